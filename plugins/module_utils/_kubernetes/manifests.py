# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Static pods of a control plane: what kubeadm would write now, and the plan to make the files so.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import pathlib
import tempfile
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import HostError
from ansible_collections.baremetal.mlops.plugins.module_utils._node.files import File

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


def rendered(config: str, directory: str, run_command: Callable[..., tuple[int, str, str]]) -> Sequence[File]:
    """The manifests that kubeadm makes of this configuration, written into a directory of their own."""
    with tempfile.TemporaryDirectory() as scratch:
        argv = ["kubeadm", "init", "phase", "control-plane", "all", "--dry-run", "--config", config]
        code, out, err = run_command(argv, environ_update={"KUBEADM_INIT_DRYRUN_DIR": scratch})
        if code:
            raise HostError(f"kubeadm cannot use {config}: {(err or out).strip().splitlines()[-1]}")
        files = {path.stem: path.read_text() for path in pathlib.Path(scratch).rglob("kube-*.yaml")}
    if missing := [name for name in NAMES if name not in files]:
        raise HostError(f"kubeadm wrote no manifest for {', '.join(missing)}")
    return [File(f"{directory}/{name}.yaml", files[name], "0600") for name in NAMES]
