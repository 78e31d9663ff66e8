"""What a module's result says, with and without check mode."""

from __future__ import annotations

import functools
import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.baremetal.mlops.plugins.module_utils import _reconcile
from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError, ItemError


class Service:
    """Holds a list and refuses one name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add(self, name: str) -> None:
        if name == "refused":
            raise ApiError("the service refused it", http_status=403)
        if name == "unknown":
            raise ItemError("the service knows no unknown")
        self.names.append(name)

    def plan(self, wanted: list[str]) -> _reconcile.Plan:
        missing = [name for name in wanted if name not in self.names and name != "odd"]
        return _reconcile.Plan(
            before={"names": list(self.names)},
            after={"names": [*self.names, *missing]},
            steps=[_reconcile.Step(f"add {name}", functools.partial(self.add, name), (name,)) for name in missing],
            failures=[_reconcile.Failure((name,), f"{name} is odd") for name in wanted if name == "odd"],
        )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    def call(service: Service, wanted: list[str], **args: t.Any) -> dict[str, t.Any]:
        with patch_module_args(args), pytest.raises(SystemExit):
            module = AnsibleModule(argument_spec={}, supports_check_mode=True)
            _reconcile.run(module, lambda: service.plan(wanted), lambda _plan: {"names": list(service.names)})
        answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
        return answer

    return call


def test_applies_the_plan_and_then_has_nothing_to_do(run: t.Callable[..., dict[str, t.Any]]) -> None:
    service = Service()
    first = run(service, ["a", "b"])
    assert (first["changed"], first["actions"], first["names"]) == (True, ["add a", "add b"], ["a", "b"])
    second = run(service, ["a", "b"])
    assert (second["changed"], second["actions"]) == (False, [])


def test_check_mode_predicts_and_applies_nothing(run: t.Callable[..., dict[str, t.Any]]) -> None:
    service = Service()
    checked = run(service, ["a"], _ansible_check_mode=True, _ansible_diff=True)
    assert service.names == []
    real = run(service, ["a"], _ansible_diff=True)
    assert {key: checked[key] for key in ("changed", "actions", "names", "diff")} == {
        key: real[key] for key in ("changed", "actions", "names", "diff")
    }


def test_a_failure_keeps_what_was_done_before_it(run: t.Callable[..., dict[str, t.Any]]) -> None:
    failed = run(Service(), ["a", "refused", "b"])
    assert failed["failed"] is True
    assert failed["msg"] == "the service refused it"
    assert (failed["changed"], failed["actions"], failed["http_status"]) == (True, ["add a"], 403)


def test_a_diff_is_given_only_when_asked_for(run: t.Callable[..., dict[str, t.Any]]) -> None:
    assert "diff" not in run(Service(), ["a"])
    assert run(Service(), ["a"], _ansible_diff=True)["diff"] == {"before": {"names": []}, "after": {"names": ["a"]}}


def test_an_item_that_fails_leaves_the_others_alone(run: t.Callable[..., dict[str, t.Any]]) -> None:
    failed = run(Service(), ["odd", "a", "unknown", "b"])
    assert failed["failed"] is True
    assert failed["msg"] == "odd is odd; the service knows no unknown"
    assert failed["failures"] == [
        {"item": "odd", "msg": "odd is odd"},
        {"item": "unknown", "msg": "the service knows no unknown"},
    ]
    assert (failed["changed"], failed["actions"], failed["names"]) == (True, ["add a", "add b"], ["a", "b"])


def test_what_is_below_a_failed_item_is_left_out() -> None:
    service = Service()
    steps = [
        _reconcile.Step("add a field", functools.partial(service.add, "unknown"), ("x", "field")),
        _reconcile.Step("add another", functools.partial(service.add, "another"), ("x", "another")),
        _reconcile.Step("add y", functools.partial(service.add, "unknown"), ("y",)),
        _reconcile.Step("add below y", functools.partial(service.add, "below"), ("y", "below")),
    ]
    applied: list[str] = []
    failures = _reconcile._apply(steps, applied)
    assert [failure.item for failure in failures] == [("x", "field"), ("y",)]
    assert applied == ["add another"]


def test_a_step_may_say_what_it_did_instead_and_why() -> None:
    service = Service()
    steps = [
        _reconcile.Step("try", lambda: _reconcile.Done(["try", "go back"], "it was no good"), ("x",)),
        _reconcile.Step("go on", functools.partial(service.add, "x"), ("x",)),
        _reconcile.Step("nothing to do", _reconcile.Done, ("y",)),
    ]
    applied: list[str] = []
    failures = _reconcile._apply(steps, applied)
    assert [failure.msg for failure in failures] == ["it was no good"]
    assert (applied, service.names) == (["try", "go back"], [])


def test_names_given_twice_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with patch_module_args({}), pytest.raises(SystemExit):
        _reconcile.refuse_repeated(AnsibleModule(argument_spec={}), buckets=["a", "b", "a"], users=[])
    assert json.loads(capsys.readouterr().out)["msg"] == "buckets: named more than once: a"
