# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Requests of kubelets for serving certificates: which are right, and the plan to approve those.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._reconcile import Plan, Step

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

SIGNER = "kubernetes.io/kubelet-serving"
USER = "system:node:"
GROUPS = {"system:nodes", "system:authenticated"}
USAGES = ({"server auth", "digital signature"}, {"server auth", "digital signature", "key encipherment"})
PAUSE = 2.0


@dataclasses.dataclass(frozen=True)
class Node:
    """A node of the inventory: a certificate may hold its name and these addresses, and nothing else."""

    name: str
    addresses: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class SigningRequest:
    """A certificate signing request as the API server holds it, with what its PKCS #10 part says."""

    name: str
    signer: str
    username: str
    groups: Collection[str]
    usages: Collection[str]
    decided: bool
    common_name: str = ""
    organizations: Sequence[str] = ()
    dns_names: Sequence[str] = ()
    ip_addresses: Sequence[str] = ()
    other_names: Sequence[str] = ()


class RequestsClient(t.Protocol):
    """The calls that a plan needs. The API client and the tests' fake both have them."""

    def requests(self) -> list[SigningRequest]: ...
    def approve(self, name: str) -> None: ...


def plan(client: RequestsClient, nodes: Mapping[str, Node]) -> Plan:
    """Approve each waiting request that is right. One that is not right is left waiting and shown."""
    waiting = [request for request in client.requests() if request.signer == SIGNER and not request.decided]
    wrong = {request.name: found for request in waiting if (found := problems(request, nodes))}
    right = [request for request in waiting if request.name not in wrong]
    return Plan(
        before={"waiting": [f"{request.name} of {request.username}" for request in waiting]},
        after={"waiting": [f"{request.name} of {request.username}" for request in waiting if request.name in wrong]},
        steps=[
            Step(f"approve {request.name} of {request.username}", functools.partial(client.approve, request.name))
            for request in right
        ],
    )


def refused(client: RequestsClient, nodes: Mapping[str, Node]) -> list[dict[str, str]]:
    """The waiting requests that are not right, and why."""
    waiting = [request for request in client.requests() if request.signer == SIGNER and not request.decided]
    return [
        {"name": request.name, "username": request.username, "reason": "; ".join(found)}
        for request in waiting
        if (found := problems(request, nodes))
    ]


def problems(request: SigningRequest, nodes: Mapping[str, Node]) -> list[str]:
    """Why a request must not be approved. Empty when it is right."""
    node = nodes.get(request.username.removeprefix(USER))
    if not request.username.startswith(USER) or node is None:
        return [f"{request.username} is not a node of the inventory"]
    found = []
    if not GROUPS.issubset(request.groups):
        found.append(f"its sender is not in the groups {', '.join(sorted(GROUPS))}")
    if request.common_name != request.username:
        found.append(f"its common name is {request.common_name}, not {request.username}")
    if list(request.organizations) != ["system:nodes"]:
        found.append(f"its organizations are {list(request.organizations)}, not system:nodes alone")
    if set(request.usages) not in USAGES:
        found.append(f"its usages are {sorted(request.usages)}")
    strange = [name for name in request.dns_names if name != node.name]
    strange += [address for address in request.ip_addresses if address not in node.addresses]
    strange += request.other_names
    if strange:
        found.append(f"it asks for {', '.join(strange)}, which the inventory does not give to {node.name}")
    if not request.dns_names and not request.ip_addresses:
        found.append("it names neither a host nor an address")
    return found


def missing(requests: Sequence[SigningRequest], names: Sequence[str]) -> list[str]:
    """The nodes that have not asked for a serving certificate yet."""
    asked = {request.username.removeprefix(USER) for request in requests if request.signer == SIGNER}
    return [name for name in names if name not in asked]


def wait_for(
    client: RequestsClient,
    names: Sequence[str],
    timeout: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Wait until each of these nodes has asked."""
    end = clock() + timeout
    while late := missing(client.requests(), names):
        if clock() >= end:
            raise ApiError(
                f"no request for a serving certificate from {', '.join(late)} within {timeout:.0f} s: "
                "look at `journalctl -u kubelet` there"
            )
        sleep(PAUSE)
