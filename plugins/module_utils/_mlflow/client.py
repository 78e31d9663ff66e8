# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""MLflow's REST API. The only file that knows its URLs, its shapes and its error codes.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

import contextlib
import http
import json
import re
import typing as t
import urllib.parse

from ansible_collections.baremetal.mlops.plugins.module_utils import _http
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.entities import (
    Experiment,
    ModelVersion,
    RegisteredModel,
    Run,
)

with contextlib.suppress(ImportError):  # _http.pool says so.
    import urllib3

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import Connection

Body = dict[str, t.Any]

PAGE = 1000
# What a filter can name without any question of quoting; and how long one may be, as it is part of the address.
PLAIN = re.compile(r"[A-Za-z0-9_. -]+")
FILTER_LENGTH = 4000
MISSING = "RESOURCE_DOES_NOT_EXIST"
EXISTS = "RESOURCE_ALREADY_EXISTS"
ARCHIVED, UNSTAGED = "Archived", "None"
IS_PROMPT = "mlflow.prompt.is_prompt"
LONGEST_REASON = 300


class MlflowClient:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._base = f"{connection.tracking_uri}/api/2.0/mlflow"
        self._pool = _http.pool(verify=connection.verify, timeout=connection.timeout)
        self._headers = {"Accept": "application/json", **connection.authorization}
        if not connection.tracking_uri.startswith("https:"):
            # MLflow's workers send an answer in two parts, and on a kept connection the second waits for a delayed
            # acknowledgement: 60 instead of 25 ms a request. Behind TLS it is another server that answers.
            self._headers["Connection"] = "close"

    # Experiments

    def experiments(self, names: Collection[str] | None = None) -> dict[str, Experiment]:
        """Those of ``names`` that exist, also archived ones; all of them if no names are given."""
        query: Body = {"view_type": "ALL", "order_by": "experiment_id"}
        if names is not None and len(names) == 1 and (filters := _filters(names, "=")):
            query["filter"] = filters[0]
        pages = self._pages("experiments/search", "experiments", query, "read the experiments")
        return _kept((_experiment(raw) for raw in pages), names)

    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> None:
        """If another run made it meanwhile, its tags are set."""
        body: Body = {"name": name, "tags": _pairs(tags)}
        if artifact_location:
            body["artifact_location"] = artifact_location
        if self._call("POST", "experiments/create", f"create experiment {name}", body=body, but=EXISTS) is None:
            raw = self._call(
                "GET", "experiments/get-by-name", f"read experiment {name}", query={"experiment_name": name}
            )
            actual = _experiment((raw or {}).get("experiment", {}))
            if actual.archived:
                raise ItemError(f"MLflow: cannot create experiment {name}: it has been archived meanwhile")
            for key, value in tags.items():
                if actual.tags.get(key) != value:
                    self.set_experiment_tag(actual, key, value)

    def archive_experiment(self, experiment: Experiment) -> None:
        doing = f"archive experiment {experiment.name}"
        self._call("POST", "experiments/delete", doing, body={"experiment_id": experiment.experiment_id}, but=MISSING)

    def restore_experiment(self, experiment: Experiment) -> None:
        doing = f"restore experiment {experiment.name}"
        self._call("POST", "experiments/restore", doing, body={"experiment_id": experiment.experiment_id}, but=MISSING)

    def set_experiment_tag(self, experiment: Experiment, key: str, value: str) -> None:
        body = {"experiment_id": experiment.experiment_id, "key": key, "value": value}
        doing = f"set tag {key} of experiment {experiment.name}"
        self._call("POST", "experiments/set-experiment-tag", doing, body=body)

    def delete_experiment_tag(self, experiment: Experiment, key: str) -> None:
        body = {"experiment_id": experiment.experiment_id, "key": key}
        doing = f"delete tag {key} of experiment {experiment.name}"
        self._call("POST", "experiments/delete-experiment-tag", doing, body=body, but=MISSING)

    # Registered models

    def models(self, names: Collection[str] | None = None) -> dict[str, RegisteredModel]:
        """Those of ``names`` that exist, all of them if no names are given. Prompts are none."""
        filters = [] if names is None else _filters(names)
        query = {"filter": filters[0]} if len(filters) == 1 else {}
        pages = self._pages("registered-models/search", "registered_models", query, "read the models")
        return _kept((_model(raw) for raw in pages), names)

    def model(self, name: str) -> RegisteredModel | None:
        """One model. A prompt is none."""
        raw = self._call("GET", "registered-models/get", f"read model {name}", query={"name": name}, but=MISSING)
        found = _model((raw or {}).get("registered_model", {}))
        return None if raw is None or found.tags.get(IS_PROMPT) == "true" else found

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """If another run made it meanwhile, description and tags are set."""
        doing = f"create model {name}"
        body = {"name": name, "description": description, "tags": _pairs(tags)}
        if self._call("POST", "registered-models/create", doing, body=body, but=EXISTS) is not None:
            return
        actual = self.model(name)
        if actual is None:
            raise ItemError(f"MLflow: cannot {doing}: a prompt has that name", error_code=EXISTS)
        if description and actual.description != description:
            self.set_description(name, description)
        for key, value in tags.items():
            if actual.tags.get(key) != value:
                self.set_tag(name, key, value)

    def delete_model(self, name: str) -> None:
        """With all its versions."""
        self._call("DELETE", "registered-models/delete", f"delete model {name}", body={"name": name}, but=MISSING)

    def set_description(self, name: str, description: str) -> None:
        body = {"name": name, "description": description}
        self._call("PATCH", "registered-models/update", f"set the description of model {name}", body=body)

    def set_tag(self, name: str, key: str, value: str) -> None:
        body = {"name": name, "key": key, "value": value}
        self._call("POST", "registered-models/set-tag", f"set tag {key} of model {name}", body=body)

    def delete_tag(self, name: str, key: str) -> None:
        doing = f"delete tag {key} of model {name}"
        self._call("DELETE", "registered-models/delete-tag", doing, body={"name": name, "key": key}, but=MISSING)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """One request, whether the alias is new or moves: whoever asks meanwhile gets the old version or the new."""
        body = {"name": name, "alias": alias, "version": str(version)}
        doing = f"set alias {alias} of model {name} to version {version}"
        self._call("POST", "registered-models/alias", doing, body=body)

    def delete_alias(self, name: str, alias: str) -> None:
        doing = f"delete alias {alias} of model {name}"
        self._call("DELETE", "registered-models/alias", doing, body={"name": name, "alias": alias}, but=MISSING)

    # Versions of models

    def versions(self, wanted: Mapping[str, Collection[int]]) -> dict[str, dict[int, ModelVersion]]:
        """Versions by model and number. ``wanted`` names numbers for each model; none means all of that model."""
        found: dict[str, dict[int, ModelVersion]] = {name: {} for name in wanted}
        numbers = [number for some in wanted.values() for number in some]
        limits = ""
        if all(wanted.values()):
            limits = f" AND version_number >= {min(numbers, default=0)} AND version_number <= {max(numbers, default=0)}"
        for names in _filters(wanted) if wanted else []:
            query: Body = {"order_by": ["name", "version_number"]}
            if names:
                query["filter"] = f"{names}{limits}"
            for raw in self._pages("model-versions/search", "model_versions", query, "read the versions of the models"):
                version = _version(raw)
                numbers_of = wanted.get(version.name)
                if numbers_of is not None and (not numbers_of or version.version in numbers_of):
                    found[version.name][version.version] = version
        return found

    def download_uri(self, name: str, version: int) -> str:
        """Where the files of a version lie. Its source may be another model or a run, this never is."""
        doing = f"read where version {version} of model {name} is"
        answer = self._call("GET", "model-versions/get-download-uri", doing, query={"name": name, "version": version})
        return str((answer or {}).get("artifact_uri", ""))

    def archive_version(self, name: str, version: int) -> None:
        self._stage(name, version, ARCHIVED, f"archive version {version} of model {name}")

    def restore_version(self, name: str, version: int) -> None:
        self._stage(name, version, UNSTAGED, f"restore version {version} of model {name}")

    def set_version_description(self, name: str, version: int, description: str) -> None:
        body = {"name": name, "version": str(version), "description": description}
        doing = f"set the description of version {version} of model {name}"
        self._call("PATCH", "model-versions/update", doing, body=body)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        body = {"name": name, "version": str(version), "key": key, "value": value}
        self._call("POST", "model-versions/set-tag", f"set tag {key} of version {version} of model {name}", body=body)

    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        body = {"name": name, "version": str(version), "key": key}
        doing = f"delete tag {key} of version {version} of model {name}"
        self._call("DELETE", "model-versions/delete-tag", doing, body=body, but=MISSING)

    def delete_version(self, name: str, version: int) -> None:
        """MLflow deletes the aliases that name it as well."""
        body = {"name": name, "version": str(version)}
        doing = f"delete version {version} of model {name}"
        self._call("DELETE", "model-versions/delete", doing, body=body, but=MISSING)

    def artifacts(self, name: str, version: int) -> str | None:
        """Where the files of a version are. None if there is no such version."""
        query = {"name": name, "version": str(version)}
        doing = f"read where version {version} of model {name} is"
        answer = self._call("GET", "model-versions/get-download-uri", doing, query=query, but=MISSING)
        return None if answer is None else str(answer.get("artifact_uri", ""))

    def _stage(self, name: str, version: int, stage: str, doing: str) -> None:
        body = {"name": name, "version": str(version), "stage": stage, "archive_existing_versions": False}
        self._call("POST", "model-versions/transition-stage", doing, body=body)

    # Runs

    def run(self, run_id: str) -> Run | None:
        raw = self._call("GET", "runs/get", f"read run {run_id}", query={"run_id": run_id}, but=MISSING)
        if raw is None:
            return None
        info, data = raw["run"]["info"], raw["run"].get("data", {})
        return Run(
            run_id=run_id,
            status=info.get("status", ""),
            metrics={metric["key"]: float(metric["value"]) for metric in data.get("metrics", [])},
            params=_mapping(data.get("params")),
            tags=_mapping(data.get("tags")),
        )

    def metric_values(self, run_id: str, metric: str) -> list[float]:
        """All that a run logged under the name of a metric."""
        query = {"run_id": run_id, "metric_key": metric}
        pages = self._pages("metrics/get-history", "metrics", query, f"read metric {metric} of run {run_id}")
        return [float(value["value"]) for value in pages]

    # Requests

    def _pages(self, path: str, field: str, query: Body, doing: str) -> Iterator[Body]:
        """The items of a list, which is asked for page by page."""
        token = ""
        while True:
            asked = {"max_results": PAGE, **query, **({"page_token": token} if token else {})}
            answer = self._call("GET", path, doing, query=asked) or {}
            yield from answer.get(field, [])
            token = answer.get("next_page_token", "")
            if not token:
                return

    def _call(
        self, method: str, path: str, doing: str, *, query: Body | None = None, body: Body | None = None, but: str = ""
    ) -> Body | None:
        """The server's answer, or None if it refuses with the error code ``but``."""
        address = f"{self._base}/{path}"
        asked = f"?{urllib.parse.urlencode(query, doseq=True)}" if query else ""
        try:
            response = self._pool.request(
                method,
                f"{address}{asked}",
                body=None if body is None else json.dumps(body).encode(),
                headers={**self._headers, **({} if body is None else {"Content-Type": "application/json"})},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as exc:
            reason = _http.why(exc, self._connection.tracking_uri, self._connection.timeout)
            raise ApiError(f"MLflow: cannot {doing}: {reason}") from exc
        answer = _parsed(response.data)
        if response.status == http.HTTPStatus.OK and answer is not None:
            return answer
        if but and (answer or {}).get("error_code") == but:
            return None
        raise self._problem(doing, address, response, answer)

    def _problem(
        self, doing: str, address: str, response: urllib3.BaseHTTPResponse, answer: Body | None
    ) -> ApiError | ItemError:
        """What an answer that is no success means: for this object, or for all of them."""
        status = response.status
        code = (answer or {}).get("error_code", "")
        reason = _line((answer or {}).get("message", ""))
        if status == http.HTTPStatus.UNAUTHORIZED:
            return ApiError(self._connection.refusal, http_status=status)
        if status == http.HTTPStatus.FORBIDDEN:
            who = f"user {self._connection.username}" if self._connection.username else "who asks"
            said = reason or _line(response.data.decode(errors="replace"))
            return ItemError(f"MLflow: cannot {doing}: {who} may not: {said}", http_status=status, error_code=code)
        if code and status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
            return ItemError(f"MLflow: cannot {doing}: {reason or code}", http_status=status, error_code=code)
        if code or status in _http.TRANSIENT:
            said = reason or f"the server answers {status}"
            return ApiError(f"MLflow: cannot {doing}: {said}", http_status=status, error_code=code)
        if elsewhere := response.get_redirect_location():
            return ApiError(
                f"{self._connection.tracking_uri} points to {elsewhere}: set tracking_uri to where MLflow is"
            )
        return ApiError(
            f"there is no MLflow at {self._connection.tracking_uri}: {address} answers {status}, which is not its API",
            http_status=status,
        )


T = t.TypeVar("T", Experiment, RegisteredModel)


def _kept(found: Iterator[T], names: Collection[str] | None) -> dict[str, T]:
    """What is wanted of a list. No further page is asked for when there is nothing left to find."""
    if names is None:
        return {item.name: item for item in found}
    missing = set(names)
    kept: dict[str, T] = {}
    while missing and (item := next(found, None)):
        if item.name in missing:
            missing.remove(item.name)
            kept[item.name] = item
    return kept


def _filters(names: Collection[str], operator: str = "IN") -> list[str]:
    """Filters that find ``names``, none too long for an address. A name that needs quoting is found without any."""
    if not all(PLAIN.fullmatch(name) for name in names):
        return [""]
    if operator == "=":
        return [f"name = '{name}'" for name in names]
    chunks: list[list[str]] = [[]]
    length = 0
    for name in names:
        length += len(name) + 3
        if length > FILTER_LENGTH and chunks[-1]:
            chunks.append([])
            length = len(name) + 3
        chunks[-1].append(f"'{name}'")
    return [f"name IN ({','.join(chunk)})" for chunk in chunks]


def _experiment(raw: Body) -> Experiment:
    return Experiment(
        name=raw.get("name", ""),
        experiment_id=str(raw.get("experiment_id", "")),
        archived=raw.get("lifecycle_stage") == "deleted",
        artifact_location=raw.get("artifact_location", ""),
        tags=_mapping(raw.get("tags")),
    )


def _model(raw: Body) -> RegisteredModel:
    return RegisteredModel(
        name=raw.get("name", ""),
        description=raw.get("description", ""),
        tags=_mapping(raw.get("tags")),
        aliases={alias["alias"]: int(alias["version"]) for alias in raw.get("aliases", [])},
        has_versions=bool(raw.get("latest_versions")),
    )


def _version(raw: Body) -> ModelVersion:
    return ModelVersion(
        name=raw.get("name", ""),
        version=int(raw.get("version", 0)),
        description=raw.get("description", ""),
        tags=_mapping(raw.get("tags")),
        archived=raw.get("current_stage") == ARCHIVED,
        run_id=raw.get("run_id", ""),
        source=raw.get("source", ""),
    )


def _mapping(pairs: list[Body] | None) -> dict[str, str]:
    return {pair["key"]: pair.get("value", "") for pair in pairs or []}


def _pairs(mapping: Mapping[str, str]) -> list[Body]:
    return [{"key": key, "value": value} for key, value in mapping.items()]


def _parsed(data: bytes) -> Body | None:
    try:
        answer = json.loads(data)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _line(text: str) -> str:
    """The first line of what a server says, as far as one line of ours has room for it."""
    first = text.strip().partition("\n")[0].rstrip()
    return first if len(first) <= LONGEST_REASON else f"{first[:LONGEST_REASON]}..."
