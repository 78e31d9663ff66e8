# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The Kubernetes objects of a served model.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import MANAGED
from ansible_collections.baremetal.mlops.plugins.module_utils._serving import state as states
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.state import Revision, State

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.baremetal.mlops.plugins.module_utils._objects.model import Object
    from ansible_collections.baremetal.mlops.plugins.module_utils._serving.wanted import Component, Site, Wanted

SERVING = "serving.kserve.io/v1beta1"
ROUTING = "gateway.networking.k8s.io/v1"
INFERENCE_SERVICE, HTTP_ROUTE = "InferenceService", "HTTPRoute"
LABEL = "baremetal.mlops/model"
REGISTERED, VERSION, SOURCE = "baremetal.mlops/registered-model", "baremetal.mlops/version", "baremetal.mlops/source"
PORT = 80
# What the runtimes read. KServe prefers what a model says to what its runtime says.
MODEL_NAME = "MODEL_NAME"
DIGITS = 6
EXPLANATIONS = "^/v[12]/models/[^/]+(:|/)explain$"
# What may change without another revision: the number of pods.
SCALE = ("minReplicas", "maxReplicas", "scaleMetric", "scaleTarget")


def reference(site: Site, api_version: str, kind: str, name: str) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": site.namespace}}


def revision(site: Site, wanted: Wanted, version: int, source: str) -> tuple[Revision, Object]:
    """A version as it is to be served, and its InferenceService.

    KServe hands labels and annotations on to the pods: what changes while a version is served is not among them.
    """
    scaled = wanted.max_replicas > wanted.min_replicas
    annotations = {
        "serving.kserve.io/deploymentMode": "Standard",
        "serving.kserve.io/autoscalerClass": "hpa" if scaled else "none",
        REGISTERED: wanted.model,
        VERSION: str(version),
        SOURCE: source,
    }
    spec = _spec(site, wanted, source)
    name = f"{wanted.name}-v{version}-{_digest(annotations, spec)}"
    entry = "transformer" if wanted.transformer else "predictor"
    manifest = reference(site, SERVING, INFERENCE_SERVICE, name)
    # The route is ours: KServe's own has one backend only.
    visible = {"networking.kserve.io/visibility": "cluster-local"}
    manifest["metadata"] |= {"labels": {**MANAGED, LABEL: wanted.name, **visible}, "annotations": annotations}
    return Revision(version, name, entry, wanted.explainer is not None), {**manifest, "spec": spec}


def route(site: Site, wanted: Wanted, state: State) -> Object:
    """All that decides who answers is in this one object, and so in one write."""
    shares = [(state.champion, 100 - state.percent)]
    if state.candidate is not None and state.percent:
        shares.append((state.candidate, state.percent))
    rules = [_rule("PathPrefix", "/", [(one.service, share) for one, share in shares if share])]
    explained = [(f"{one.name}-explainer", share) for one, share in shares if share and one.explained]
    if explained:
        rules.insert(0, _rule("RegularExpression", EXPLANATIONS, explained))
    manifest = reference(site, ROUTING, HTTP_ROUTE, wanted.name)
    manifest["metadata"] |= {
        "labels": {**MANAGED, LABEL: wanted.name},
        "annotations": {states.ANNOTATION: state.text()},
    }
    parent = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": site.gateway_name,
        "namespace": site.gateway_namespace,
        "sectionName": site.gateway_listener,
    }
    return {**manifest, "spec": {"parentRefs": [parent], "hostnames": [wanted.host], "rules": rules}}


def _rule(kind: str, path: str, shares: Sequence[tuple[str, int]]) -> Object:
    backends = [{"group": "", "kind": "Service", "name": name, "port": PORT, "weight": share} for name, share in shares]
    return {"matches": [{"path": {"type": kind, "value": path}}], "backendRefs": backends}


def _spec(site: Site, wanted: Wanted, source: str) -> Object:
    """Clients call the model by its name, whatever the name of the InferenceService."""
    predictor: Object = {
        "minReplicas": wanted.min_replicas,
        "maxReplicas": wanted.max_replicas,
        "serviceAccountName": site.service_account,
        "model": {
            "modelFormat": {"name": wanted.model_format},
            "protocolVersion": "v2",
            "storageUri": source,
            **({"runtime": wanted.runtime} if wanted.runtime else {}),
            "env": _env({MODEL_NAME: wanted.name, **wanted.env}),
            **({"args": list(wanted.arguments)} if wanted.arguments else {}),
            **({"resources": wanted.resources} if wanted.resources else {}),
        },
    }
    if wanted.scale_metric:
        predictor["scaleMetric"] = wanted.scale_metric
    if wanted.scale_target is not None:
        predictor["scaleTarget"] = wanted.scale_target
    spec = {"predictor": predictor}
    for part, component in (("transformer", wanted.transformer), ("explainer", wanted.explainer)):
        if component is not None:
            spec[part] = _component(component, wanted.name)
    return spec


def _component(component: Component, name: str) -> Object:
    container = {
        "name": "kserve-container",
        "image": component.image,
        # As one word KServe would not find it, and append the name of the InferenceService.
        "args": [*component.arguments, "--model_name", name],
        **({"env": _env(component.env)} if component.env else {}),
        **({"resources": component.resources} if component.resources else {}),
    }
    return {
        "minReplicas": component.min_replicas,
        "maxReplicas": component.max_replicas,
        "containers": [container],
    }


def _env(env: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": str(value)} for name, value in env.items()]


def _digest(annotations: Mapping[str, str], spec: Mapping[str, Mapping[str, t.Any]]) -> str:
    fixed = {part: {key: value for key, value in one.items() if key not in SCALE} for part, one in spec.items()}
    return hashlib.sha256(json.dumps([annotations, fixed], sort_keys=True).encode()).hexdigest()[:DIGITS]
