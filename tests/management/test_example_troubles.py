"""Every example of docs/examples/ does its work once, whatever becomes of the calls on the way."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Connection
from integrations.services import byhand, drafts
from integrations.services.drill import rounds, verdicts
from tests.examples import Case
from tests.hub import Hub
from tests.management.test_examples import CASES, each_case, file_of, live, watched
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")

# What befalls the calls, how often; and which of them: an answer is lost after something was written.
TROUBLES = {
    "lost answers": ("lost_answer", 1, ("POST /", "PUT /")),
    "too many calls": ("throttle", 3, ("",)),
    "a failing app": ("server_error", 2, ("",)),
    "an event told twice": ("", 0, ()),
}
each_trouble = pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)


@each_trouble
@each_case
def test_an_example_does_its_work_once_in_spite_of(
    ask: Any, case: Case, trouble: tuple[str, int, tuple[str, ...]]
) -> None:
    fault, count, matches = trouble
    hub = live(ask, case)
    for app in hub.sandbox.apps():
        for match in matches:
            hub.sandbox.set_fault(app, fault, match=match, count=count)

    told(hub, case)
    rounds.come_to_an_end()
    if not fault:
        once = watched(hub, case)
        told(hub, case)
        rounds.come_to_an_end()
        assert watched(hub, case) == once

    states = {run.state for run in hub.workflow.runs.all()}
    if "held" in states:  # what cannot be looked up is a person's to decide, and never repeated by itself
        assert fault == "lost_answer"
        assert verdicts.without_proof(hub.workflow.runs.get(state="held"))
        return
    assert {"succeeded"} <= states <= {"succeeded", "skipped"}, reasons(hub)
    case.done(hub)
    before = watched(hub, case)
    rounds.come_to_an_end(rounds=2)
    assert watched(hub, case) == before


def told(hub: Hub, case: Case) -> None:
    _, payload = file_of(case, "event.json")
    spec = drafts.compile_draft(hub.workflow)
    source: Connection = drafts.bound(hub.workflow)[spec.trigger_role]
    kind = case.event_type or byhand.event_type_of(hub.workflow, "", payload)
    byhand.emit(source, kind, payload)


def reasons(hub: Hub) -> list[str]:
    return [f"{run.state}: {run.reason}" for run in hub.workflow.runs.all()]


def test_there_are_examples_to_try() -> None:
    assert len(CASES) >= 15
