"""From draft to live, through the gate."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.models import AuditEntry, Binding, Connection, Workflow, WorkflowState
from integrations.services import connect, drafts, lifecycle
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def draft() -> Hub:
    return make_hub(deploy=False)


def map_row(hub: Hub, step: str, row: str, **values: Any) -> None:
    assert hub.workflow.mappings.filter(step=step, target=row).update(**values)


def no_connection(hub: Hub) -> None:
    Binding.objects.filter(role="crm").delete()


def broken_connection(hub: Hub) -> None:
    connect.disconnect(hub.ghl)


def no_calendar(hub: Hub) -> None:
    hub.workflow.draft["options"]["calendar_id"] = ""
    hub.workflow.save()


def no_title(hub: Hub) -> None:
    hub.workflow.mappings.filter(step="booking", target="calendarId").delete()


def no_such_path(hub: Hub) -> None:
    map_row(hub, "contact", "email", source="event.recipient_mail")


def no_such_transform(hub: Hub) -> None:
    map_row(hub, "contact", "email", transforms=[{"name": "trimm"}])


def wrong_argument(hub: Hub) -> None:
    map_row(hub, "contact", "email", transforms=[{"name": "pick", "args": {"part": "first"}}])


def no_such_field(hub: Hub) -> None:
    map_row(hub, "contact", "source", target="origin")


def mistyped_condition(hub: Hub) -> None:
    steps = hub.workflow.draft["steps"]
    next(step for step in steps if step["id"] == "contact")["when"] = "event.no_such == 'x'"
    hub.workflow.save()


def unreadable_draft(hub: Hub) -> None:
    hub.workflow.draft["steps"][0]["kind"] = "dance"
    hub.workflow.save()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_connection, "Choose a connection to GoHighLevel."),
        (broken_connection, "GHL is not connected"),
        (no_calendar, "Choose: Calendar to book in."),
        (no_title, "Book the first free time: `calendarId` needs a value, but nothing is mapped to it."),
        (no_such_path, "Find or make the contact: `email`: "),
        (no_such_transform, "trimm"),
        (wrong_argument, "Find or make the contact: `email`: "),
        (no_such_field, "There is no field “origin”"),
        (mistyped_condition, "Find or make the contact: "),
        (unreadable_draft, "There is no kind of step “dance”"),
    ],
)
def test_the_gate_says_what_stands_in_the_way(draft: Hub, spoil: Any, says: str) -> None:
    assert lifecycle.problems(draft.workflow, with_test=False) == []
    spoil(draft)
    problems = lifecycle.problems(draft.workflow)
    assert any(says in problem for problem in problems), problems
    draft.workflow.tested_hash = "anything"
    with pytest.raises(WrongUse):
        lifecycle.deploy(draft.workflow)
    assert Workflow.objects.get().live is None


def test_an_untested_draft_does_not_go_live(draft: Hub) -> None:
    with pytest.raises(WrongUse, match="Run the sandbox test of this draft"):
        lifecycle.deploy(draft.workflow)


def test_a_draft_that_passed_its_test_goes_live_and_is_looked_after(draft: Hub) -> None:
    run = lifecycle.sandbox_test(draft.workflow)
    drain_once([run.pk], for_s=20)
    run.refresh_from_db()
    assert run.state == "succeeded", run.reason
    assert "may be drilled" in lifecycle.settle_test(draft.workflow, run)
    lifecycle.note_drill(draft.workflow, True)
    assert "may be deployed" in lifecycle.settle_test(draft.workflow, run)
    version = lifecycle.deploy(draft.workflow)
    assert (version.number, draft.workflow.state) == (1, WorkflowState.LIVE)
    assert queue.next_sweep_at(draft.workflow.pk) is not None
    assert AuditEntry.objects.filter(action="workflow.deployed").get().details == {"version": 1}


def test_deploying_what_is_live_already_makes_no_second_version_of_it(hub: Hub) -> None:
    assert lifecycle.deploy(hub.workflow).number == 1
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "days_after": 9})
    proved(hub.workflow)
    assert [lifecycle.deploy(hub.workflow).number for _ in range(2)] == [2, 2]


def test_a_test_that_failed_takes_the_pass_away(draft: Hub) -> None:
    lifecycle.note_test(draft.workflow, True)
    assert lifecycle.tested(draft.workflow)
    lifecycle.note_test(draft.workflow, False)
    assert not lifecycle.tested(draft.workflow)


def test_a_draft_that_changed_after_its_test_is_tested_again(draft: Hub) -> None:
    run = lifecycle.sandbox_test(draft.workflow)
    drain_once([run.pk], for_s=20)
    drafts.save_options(draft.workflow, {**draft.workflow.draft["options"], "days_after": 9})
    run.refresh_from_db()
    assert "changed after this test" in lifecycle.settle_test(draft.workflow, run)
    assert not lifecycle.tested(draft.workflow)


@pytest.mark.parametrize("count", [1, 3])
def test_each_test_is_a_run_of_its_own(draft: Hub, count: int) -> None:
    runs = [lifecycle.sandbox_test(draft.workflow) for _ in range(count)]
    assert len({run.record for run in runs}) == count
    assert [run.version.number for run in runs] == [*range(1, count + 1)]
    assert all(run.mode == "test" and run.version.test for run in runs)


def test_a_sandbox_test_is_not_made_on_real_connections(draft: Hub) -> None:
    Connection.objects.update(environment="production")
    with pytest.raises(WrongUse, match="use the dry run"):
        lifecycle.sandbox_test(draft.workflow)


def test_an_event_that_the_trigger_does_not_know_is_answered(draft: Hub) -> None:
    with pytest.raises(WrongUse, match=r"choose one of: certificate\.issued, certificate\.revoked"):
        lifecycle.sandbox_test(draft.workflow, event_type="certificate.lost")


def test_editing_a_draft_does_not_touch_what_is_live(hub: Hub) -> None:
    assert hub.workflow.live is not None
    before = dict(hub.workflow.live.spec)
    drafts.save_options(hub.workflow, {"calendar_id": "another", "reminder_channel": "none"})
    hub.workflow.mappings.all().delete()
    hub.issue()
    (run,) = hub.run_all()
    assert run.state == "succeeded"
    assert hub.documents("ghl", "notifications")
    hub.workflow.refresh_from_db()
    assert hub.workflow.live is not None and hub.workflow.live.spec == before


def test_a_new_version_does_not_change_what_runs_began_with(hub: Hub) -> None:
    hub.issue()
    hub.look()
    drafts.save_options(hub.workflow, {**hub.workflow.draft["options"], "reminder_channel": "none"})
    proved(hub.workflow)
    assert lifecycle.deploy(hub.workflow).number == 2
    hub.issue(recipient_email="second@example.org")
    first, second = hub.run_all()
    assert (first.version.number, second.version.number) == (1, 2)


def test_pausing_and_resuming_say_when_there_is_nothing_to_do(hub: Hub) -> None:
    with pytest.raises(WrongUse, match="is not paused"):
        lifecycle.resume(hub.workflow)
    lifecycle.pause(hub.workflow)
    stale = Workflow.objects.get()
    with pytest.raises(WrongUse, match="not live"):
        lifecycle.pause(stale)
    lifecycle.resume(stale)
    assert list(AuditEntry.objects.values_list("action", flat=True)[:2]) == [
        "workflow.resumed",
        "workflow.paused",
    ]


def test_how_far_a_workflow_has_read_is_known_once_it_is_live(draft: Hub) -> None:
    assert lifecycle.cursor_of(draft.workflow) is None
    proved(draft.workflow)
    lifecycle.deploy(draft.workflow)
    draft.look()
    cursor = lifecycle.cursor_of(draft.workflow)
    assert cursor is not None and cursor.watermark is not None
