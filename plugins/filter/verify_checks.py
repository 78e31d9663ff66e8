# Copyright (c) 2026 baremetal.mlops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: verify_checks
short_description: What the proof of the platform found, as a list of checks
version_added: 0.1.0
description:
  - Judges what the role P(baremetal.mlops.platform_verify#role) saw.
  - Whatever was not seen counts against the platform. Nothing is passed because it could not be asked.
author:
  - baremetal.mlops contributors (@baremetal-mlops)
options:
  _input:
    description: What was seen, each part as a job or a server gave it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the checks that failed
  ansible.builtin.debug:
    msg: "{{ seen | baremetal.mlops.verify_checks | rejectattr('ok') }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(name), C(ok) and C(said).
  type: list
  elements: dict
"""

import math
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Seen = t.Mapping[str, t.Any]
# 8 figures and 100 measured latencies
ROWS = {"runs": 1, "params": 3, "metrics": 108, "versions": 1, "champions": 1}
PERCENT = 10
# Of a share that chance decides, further off than this is none by chance (one in 15,000).
DEVIATIONS = 4
OK = 200
UNAUTHORIZED = 401


def verify_checks(seen: Seen) -> list[dict[str, t.Any]]:
    return [{"name": name, "ok": ok, "said": said} for name, (ok, said) in _judged(seen).items()]


def _judged(seen: Seen) -> Mapping[str, tuple[bool, str]]:
    return {
        "a job trained a model and registered it": _trained(seen),
        "gates refused it, and promoted it when it passed all of them": _promoted(seen),
        "another version took its place, and was rolled back": _rolled_back(seen),
        "another pod loaded the champion and predicted the same": _predicted(seen),
        "the champion is served, and answers as in training": _served(seen),
        "a challenger gets its part of the requests": _shared(seen),
        "a challenger that fails is rolled back by its errors": _broken(seen),
        "the next champion takes over, and the former one again": _switched(seen),
        **({"predictions go on without MLflow and PostgreSQL": _alone(seen)} if seen["outage"] else {}),
        "the run and the model's version are rows in PostgreSQL": _rows(seen),
        "they came through PgBouncer, and nobody else is connected": _pooled(seen),
        "the model is in the bucket": _objects(seen),
        "the disks of the MLflow pods hold nothing": _disks(seen),
        "deleting the MLflow pods lost nothing": _survived(seen),
        "the UI answers over TLS through the gateway": _page(seen),
        "it refuses nobody's login and the password of older versions": _refused(seen),
        "pods of clients reach what they may and nothing else": _connections(seen),
    }


def _trained(seen: Seen) -> tuple[bool, str]:
    trained = seen["trained"]
    if "run_id" not in trained:
        return False, _failed(trained)
    return True, f"run {trained['run_id']}, accuracy {trained['accuracy']:.4f}"


def _promoted(seen: Seen) -> tuple[bool, str]:
    refusal, promotion = _model(seen["refusal"]), _model(seen["promotion"])
    ok = refusal.get("refused") is True and refusal.get("promoted") is False and promotion.get("promoted") is True
    passed = [gate["name"] for gate in promotion.get("gates", []) if gate["passed"]]
    said = promotion.get("reason") or seen["promotion"].get("msg", "no answer")
    return ok and 0 < len(passed) == len(promotion.get("gates", [])), said


def _rolled_back(seen: Seen) -> tuple[bool, str]:
    trained, after, back = seen["trained"], _model(seen["next"]), _model(seen["rollback"])
    ok = (
        after.get("promoted") is True
        and back.get("rolled_back") is True
        and str(after.get("champion")) == trained.get("next_version")
        and str(back.get("champion")) == trained.get("model_version")
    )
    said = back.get("reason") or seen["rollback"].get("msg", "no answer")
    return ok, said


def _model(result: Seen) -> Seen:
    """What model_promotion said of its only model."""
    models: list[Seen] = result.get("models") or [{}]
    return models[0]


def _predicted(seen: Seen) -> tuple[bool, str]:
    trained, predicted = seen["trained"], seen["predicted"]
    if "predictions" not in predicted or "predictions" not in trained:
        return False, _failed(predicted)
    same = all(predicted[key] == trained[key] for key in ("predictions", "run_id", "model_version"))
    said = f"version {predicted['model_version']}, {predicted['rows']} rows, sha256 {predicted['predictions'][:12]}"
    return same, said if same else f"{said}, but training had {trained['predictions'][:12]}"


def _served(seen: Seen) -> tuple[bool, str]:
    rolled = _phase(seen, "champion")["rolled"]
    found, asked = _model(rolled), _phase(seen, "split")["asked"]
    if found.get("champion") is None:
        return False, rolled.get("msg", "no answer")
    right = asked.get("answers", {}).get(seen["trained"].get("answer"), 0)
    p99 = asked.get("p99_ms")
    said = f"version {found['champion']} at {found['url']}, right answers {right}, p99 {p99} ms"
    is_it = str(found["champion"]) == seen["trained"].get("model_version")
    return is_it and right > 0 and p99 is not None and p99 <= seen["p99_limit_ms"], said


def _shared(seen: Seen) -> tuple[bool, str]:
    challenge, asked = _model(_phase(seen, "challenger")["rolled"]), _phase(seen, "split")["asked"]
    trained, answers = seen["trained"], asked.get("answers", {})
    count = asked.get("requests", 0)
    mine = answers.get(trained.get("next_answer"), 0)
    theirs = answers.get(trained.get("answer"), 0)
    expected = count * PERCENT / 100
    deviation = math.sqrt(expected * (1 - PERCENT / 100))
    said = f"{mine} of {count} requests, {asked.get('failed', 'unknown')} failed"
    ok = (
        challenge.get("percent") == PERCENT
        and count > 0
        and mine + theirs == count
        and abs(mine - expected) <= DEVIATIONS * deviation
    )
    return ok, said if ok else f"{said}; {_phase(seen, 'challenger')['rolled'].get('msg') or challenge.get('reason')}"


def _broken(seen: Seen) -> tuple[bool, str]:
    phase = _phase(seen, "broken")
    found, asked = _model(phase["rolled"]), phase["asked"]
    count, failed = asked.get("requests", 0), asked.get("failed", 0)
    share = PERCENT / 100
    most = count * share + DEVIATIONS * math.sqrt(count * share * (1 - share))
    said = f"{found.get('reason') or phase['rolled'].get('msg', 'no answer')}; {failed} of {count} requests failed"
    ok = found.get("rolled_back") is True and str(found.get("champion")) == seen["trained"].get("model_version")
    return ok and 0 < failed <= most, said


def _switched(seen: Seen) -> tuple[bool, str]:
    trained, said, ok = seen["trained"], [], True
    for name, key in (("next", "next_version"), ("rollback", "model_version")):
        phase = _phase(seen, name)
        found, asked = _model(phase["rolled"]), phase["asked"]
        count, failed = asked.get("requests", 0), asked.get("failed", "unknown")
        ok = ok and str(found.get("champion")) == trained.get(key) and count > 0 and failed == 0
        reason = phase["rolled"].get("msg") or f"{failed} of {count} requests failed"
        said.append(f"version {found.get('champion')}, {reason}")
    return ok, ", then ".join(said)


def _alone(seen: Seen) -> tuple[bool, str]:
    asked = _phase(seen, "alone")["asked"]
    count, right = asked.get("requests", 0), asked.get("answers", {}).get(seen["trained"].get("answer"), 0)
    return 0 < count == right, f"{right} of {count} requests answered right, p99 {asked.get('p99_ms')} ms"


def _phase(seen: Seen, name: str) -> Seen:
    """What was rolled out and answered in one part of the proof."""
    return {"rolled": {}, "asked": {}, **seen["served"].get(name, {})}


def _rows(seen: Seen) -> tuple[bool, str]:
    rows = seen["rows"]
    said = ", ".join(f"{table} {rows.get(table, 'none')}" for table in ROWS)
    return all(rows.get(table) == count for table, count in ROWS.items()), said


def _pooled(seen: Seen) -> tuple[bool, str]:
    clients, poolers = set(seen["rows"].get("clients") or []), set(seen["poolers"])
    said = f"connected from {_list(clients)}, poolers are {_list(poolers)}"
    return bool(clients) and clients <= poolers, said


def _objects(seen: Seen) -> tuple[bool, str]:
    keys = [key.rpartition("/")[2] for key in seen["objects"]]
    found = "MLmodel" in keys and any(key.startswith("model.") for key in keys)
    return found, f"objects {len(keys)} below {seen['trained'].get('artifact_location', 'nowhere')}"


def _disks(seen: Seen) -> tuple[bool, str]:
    disks: Mapping[str, str | None] = seen["disks"]
    if not disks or None in disks.values():
        return False, "not all pods could be asked"
    found = [line for text in disks.values() for line in str(text).split()]
    return not found, _list(found) if found else f"no run, model or database on the disks of {len(disks)}"


def _survived(seen: Seen) -> tuple[bool, str]:
    before, after = set(seen["before"]), set(seen["after"])
    metrics = {metric["key"]: metric["value"] for metric in seen["run"].get("data", {}).get("metrics", [])}
    new = bool(before) and bool(after) and not before & after
    same = "accuracy" in metrics and metrics["accuracy"] == seen["trained"].get("accuracy")
    said = f"pods deleted {len(before)}, new {len(after - before)}, accuracy {metrics.get('accuracy', 'lost')}"
    return new and same, said


def _page(seen: Seen) -> tuple[bool, str]:
    page = seen["page"]
    shown = page.get("status") == OK and "<title>MLflow</title>" in page.get("content", "")
    return shown, f"{page.get('url', '')} {page.get('status', '')} {page.get('msg', '')}".strip()


def _refused(seen: Seen) -> tuple[bool, str]:
    statuses = seen["refused"]
    return bool(statuses) and set(statuses) == {UNAUTHORIZED}, f"status {_list(map(str, statuses))}"


def _connections(seen: Seen) -> tuple[bool, str]:
    tried = seen["connected"]
    wrong = [target["name"] for target in tried if target["reached"] is not target["open"]]
    if wrong or len(tried) != seen["targets"] or not tried:
        return False, f"wrong: {_list(wrong)}; {len(tried)} of {seen['targets']} tried"
    reached = _list(target["name"] for target in tried if target["open"])
    return True, f"open {reached}; blocked {_list(target['name'] for target in tried if not target['open'])}"


def _failed(job: Seen) -> str:
    return f"the job failed: {job.get('error', 'it said nothing')}"


def _list(items: t.Iterable[str]) -> str:
    return ", ".join(sorted(items)) or "nothing"


class FilterModule:
    def filters(self) -> dict[str, Callable[..., t.Any]]:
        return {"verify_checks": verify_checks}
