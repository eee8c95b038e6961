"""A draft goes live only as it came through its drill, which is asked for, watched and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import Unreachable, WrongUse
from integrations.models import AuditEntry, Drill, Environment, Workflow
from integrations.services import drafts, drilling, lifecycle
from integrations.services.drill import gate
from integrations.services.drill.driver import Report
from tests.hub import Hub, make_hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

Act = Callable[[], None]
UNFIT = {"workflow": "Follow up", "trouble": "slot_taken", "unfit": "It looks for no free time."}


def row(trouble: str = "slow", **counts: int) -> dict[str, Any]:
    return {
        "workflow": "Follow up",
        "trouble": trouble,
        "words": (),
        **{"lost": 0, "doubled": 0, "stuck": 0, "held": 0, **counts},
    }


def found(*rows: dict[str, Any], during: Act = lambda: None) -> Any:
    """A gate whose drill finds this; `during` happens after the first trouble."""

    def drilled(workflow: Workflow, *, progress: Any, cancelled: Any, **more: Any) -> Report:
        report = Report()
        for number, one in enumerate(rows, 1):
            (report.unfit if "unfit" in one else report.trials).append(one)
            progress(number, one)
            if number == 1:
                during()
            if cancelled():
                report.cancelled = True
                break
        return report

    return drilled


@pytest.fixture
def draft() -> Hub:
    made = make_hub(deploy=False)
    lifecycle.note_test(made.workflow, True)
    return made


def fresh(hub: Hub) -> Workflow:
    return Workflow.objects.get(pk=hub.workflow.pk)


@pytest.mark.parametrize(
    ("rows", "state", "problems", "may_go_live"),
    [
        (
            [row(), row("failing", held=1)],
            "passed",
            [],
            True,
        ),  # held waits for a person: neither lost nor doubled
        ([row(), row("failing", doubled=2)], "failed", ["Follow up, failing: 2 doubled"], False),
        ([row(lost=1)], "failed", ["Follow up, slow: 1 lost"], False),
        ([row(stuck=1)], "failed", ["Follow up, slow: 1 stuck"], False),
        ([], "failed", [], False),  # a drill that tried nothing shows nothing
        ([UNFIT], "passed", [], True),  # it has no call that trouble could come between
    ],
)
def test_what_the_drill_finds_opens_the_gate_or_keeps_it_shut(
    draft: Hub,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[dict[str, Any]],
    state: str,
    problems: list[str],
    may_go_live: bool,
) -> None:
    monkeypatch.setattr(gate, "drilled", found(*rows))
    with pytest.raises(WrongUse, match="Drill this draft"):
        lifecycle.deploy(fresh(draft))

    drill = drilling.run(draft.workflow)

    assert (drill.state, drill.problems) == (state, problems)
    assert lifecycle.drilled(fresh(draft)) is may_go_live
    assert (lifecycle.problems(fresh(draft)) == []) is may_go_live
    assert AuditEntry.objects.get(action="workflow.drilled").details == {"passed": may_go_live}


def test_a_later_drill_that_fails_takes_the_pass_away(draft: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    lifecycle.note_drill(draft.workflow, True)
    monkeypatch.setattr(gate, "drilled", found(row(lost=1)))

    drilling.run(draft.workflow)

    assert not lifecycle.drilled(fresh(draft))


def test_a_draft_that_is_changed_meanwhile_is_to_be_drilled_again(
    draft: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**draft.workflow.draft["options"], "days_after": 9}
    monkeypatch.setattr(
        gate, "drilled", found(row(), during=lambda: drafts.save_options(fresh(draft), options))
    )

    drill = drilling.run(draft.workflow)

    assert drill.state == "broken"
    assert "was changed while it was drilled" in drill.reason
    assert not lifecycle.drilled(fresh(draft))


def test_cancelled_it_goes_no_further_and_counts_for_nothing(
    draft: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(
        gate, "drilled", found(row(), row(), row(), during=lambda: drilling.cancel(draft.workflow))
    )

    drill = drilling.run(draft.workflow, lambda made, one: told.append(made.done))

    assert (drill.state, told) == ("cancelled", [1])
    assert not lifecycle.drilled(fresh(draft))
    with pytest.raises(WrongUse, match="is not being drilled"):
        drilling.cancel(draft.workflow)


@pytest.mark.parametrize("error", [Unreachable("The app does not answer."), WrongUse("There is no event.")])
def test_a_drill_that_cannot_be_made_says_why(
    draft: Hub, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: Any, **__: Any) -> Report:
        raise error

    monkeypatch.setattr(gate, "drilled", refuse)

    drill = drilling.run(draft.workflow)

    assert (drill.state, drill.reason) == ("broken", str(error))


def test_each_trouble_has_its_line(draft: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {**row("answer_lost", doubled=1), "words": ["2 made instead of 1"]}
    monkeypatch.setattr(gate, "drilled", found(row(), UNFIT, bad))

    drill = drilling.run(draft.workflow)

    assert [(line.title, line.held, line.words, line.why) for line in drilling.lines(drill)] == [
        ("a slow app", True, "", ""),
        ("answer lost after the commit", False, "1 doubled. 2 made instead of 1", ""),
        ("slot taken between look and book", True, "", "It looks for no free time."),
    ]
    assert (drill.lost, drill.doubled, drill.stuck, drill.done) == (0, 1, 0, 3)


def test_one_drill_of_a_workflow_at_a_time(draft: Hub) -> None:
    drilling.start(draft.workflow)
    with pytest.raises(WrongUse, match="is being drilled already"):
        drilling.start(draft.workflow)


def test_what_cannot_go_live_anyway_is_not_drilled(draft: Hub) -> None:
    draft.workflow.bindings.filter(role="crm").delete()
    with pytest.raises(WrongUse, match="Choose a connection to GoHighLevel"):
        drilling.start(draft.workflow)


def test_a_drill_whose_process_was_killed_is_said_to_be_so(draft: Hub) -> None:
    made = drilling.start(draft.workflow)
    now = datetime.now(UTC)
    assert drilling.anything_due(now)
    Drill.objects.update(state="running", lease_until=now + timedelta(minutes=1))
    assert not drilling.anything_due(now)
    Drill.objects.update(lease_until=now - timedelta(seconds=1))

    drilling.work_all()

    made.refresh_from_db()
    assert (made.state, made.reason) == ("broken", drilling.DIED)
    assert not drilling.anything_due(datetime.now(UTC))


def test_a_draft_on_real_accounts_is_neither_tested_nor_drilled_but_promoted(draft: Hub) -> None:
    for connection in (draft.ghl, draft.accredible):
        connection.environment = Environment.PRODUCTION
        connection.save()
    draft.workflow.mappings.filter(step="contact", target="source").update(source="'Course'", default=None)

    (problem,) = lifecycle.problems(fresh(draft))

    assert problem.startswith("Accredible and GHL: real accounts, on which nothing is tried out.")
    with pytest.raises(WrongUse, match="drill it on sandbox connections, before it is promoted"):
        drilling.start(fresh(draft))
