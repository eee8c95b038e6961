"""From blank to the app: a schedule reads a list, and each row of it is updated or created."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.engine import conditions
from integrations.engine.conditions import Comparison
from integrations.engine.errors import WrongUse
from integrations.engine.spec import FieldMapping, Finding
from integrations.models import ApiCall, Clock, Connection, Run, RunState, Workflow
from integrations.services import (
    building,
    clocks,
    config,
    connect,
    decisions,
    drafts,
    forecast,
    lifecycle,
    planning,
    scopes,
    starts,
    stories,
    unproven,
)
from integrations.services.config_import import import_config
from integrations.services.drain import Drain
from tests.hub import Hub
from tests.proving import proved
from tests.services.test_explore import sent

BY_MAIL = Finding(
    operation="contacts.duplicate", by="email", filter="email", update="contacts.update", visible_after_s=5
)
VERSION = FieldMapping(target="headers.Version", default="2021-07-28")
PEOPLE = [("Rosa", "rosa@example.org"), ("Sam", "sam@example.org"), ("Kim", "kim@example.org")]


def nightly(hub: Hub, finds: Finding | None = BY_MAIL) -> Workflow:
    """A draft that takes all certificates to contacts."""
    made = building.start_blank(hub.team, name="Nightly", source=hub.accredible, trigger="hub.schedule")
    drafts.save_trigger_settings(made, {"how": "minutes", "minutes": 10})
    look = building.add_call(made, hub.accredible, "credentials.search")
    put = building.add_call(made, hub.ghl, "contacts.create", finds=finds, title="Contact")
    drafts.save_mappings(
        made,
        {
            look.id: (FieldMapping(target="query", default={"approve": True}),),
            put.id: (
                FieldMapping(target="email", source="item.recipient_email"),
                FieldMapping(target="name", source="item.recipient_name"),
            ),
        },
    )
    each = {"for_each": f"steps.{look.id}.credentials", "item_key": "id", "goes_on": True}
    building.change_step(made, put.id, each)
    return made


def go_live(workflow: Workflow) -> None:
    proved(workflow)
    lifecycle.deploy(workflow)


def strike(workflow: Workflow) -> Run:
    clock = Clock.objects.get(workflow=workflow)
    clocks.strike_due(clock.next_at + timedelta(seconds=1))
    return Run.objects.filter(workflow=workflow).latest("pk")


def to_the_end(run: Run, tries: int = 6) -> Run:
    """Drains, a minute apart."""
    for minute in range(tries):
        ahead = timedelta(minutes=minute)
        Drain(clock=lambda ahead=ahead: datetime.now(UTC) + ahead, only=[run.pk]).run(for_s=20)  # type: ignore[misc]
        run.refresh_from_db()
        if run.finished_at or run.state == RunState.HELD:
            break
    return run


def mails(hub: Hub) -> list[str]:
    known = {mail for _, mail in PEOPLE}
    return sorted(row["email"] for row in hub.contacts() if row.get("email") in known)


@pytest.fixture
def issued(hub: Hub) -> Hub:
    for name, mail in PEOPLE:
        hub.issue(recipient_name=name, recipient_email=mail)
    return hub


@pytest.mark.parametrize("fault", ["", "lost_answer"])
def test_each_row_of_the_list_has_one_contact_however_often_it_strikes(issued: Hub, fault: str) -> None:
    workflow = nightly(issued)
    assert lifecycle.problems(workflow, with_test=False) == []
    go_live(workflow)
    if fault:
        issued.sandbox.set_fault("ghl", fault, match="POST /contacts/")
    first = to_the_end(strike(workflow))
    assert first.state == RunState.SUCCEEDED, first.reason
    assert mails(issued) == sorted(mail for _, mail in PEOPLE)

    second = to_the_end(strike(workflow))
    assert second.pk != first.pk
    assert second.state == RunState.SUCCEEDED, second.reason
    assert mails(issued) == sorted(mail for _, mail in PEOPLE)
    told = [step.story.value["what"] for step in stories.view_of(second).steps if step.story.item]
    assert set(told) == {"updated"}
    assert stories.lineage_holds(second) == []


def test_the_dry_run_tells_the_creates_from_the_updates_and_writes_nothing(issued: Hub) -> None:
    workflow = nightly(issued)
    before = len(issued.contacts())
    made = planning.plan(workflow)
    kinds = [write.kind for write in made.writes]
    assert set(kinds) == {"create"}
    assert {mail for _, mail in PEOPLE} <= {write.values["email"] for write in made.writes}
    assert len(issued.contacts()) == before
    go_live(workflow)
    to_the_end(strike(workflow))
    again = planning.plan(workflow)
    assert {write.kind for write in again.writes} == {"update"}
    assert all(write.before for write in again.writes)


def test_what_it_needs_and_costs_counts_the_look_and_the_update(hub: Hub) -> None:
    workflow = nightly(hub)
    spec = drafts.compile_draft(workflow)
    assert scopes.of_workflow(spec, "ghl") == {"contacts.readonly", "contacts.write"}
    assert unproven.unproven(spec) == []
    per_event = {cost.connection: cost.calls for cost in forecast.per_event(workflow)}
    assert per_event[hub.ghl] == 2


def test_it_is_exported_and_imported_the_same(hub: Hub) -> None:
    workflow = nightly(hub)
    building.add_call(workflow, hub.ghl, "http PUT /contacts/{contactId} repeatable")
    before, exported = drafts.compile_draft(workflow), config.export_text()
    assert "http PUT /contacts/{contactId} repeatable" in exported
    Workflow.objects.filter(name="Nightly").delete()
    import_config(config.parse(exported))
    assert drafts.compile_draft(Workflow.objects.get(name="Nightly")) == before


def test_a_file_may_leave_out_what_could_be_but_one_thing_and_is_told_what_is_wrong(hub: Hub) -> None:
    nightly(hub)
    exported = config.export_text()
    shorter = exported.replace("update_id: contactId", "").replace("filter: email", "filter: ''")
    Workflow.objects.filter(name="Nightly").delete()
    import_config(config.parse(shorter))
    finds = drafts.compile_draft(Workflow.objects.get(name="Nightly")).steps[1].finds
    assert finds is not None and (finds.filter, finds.update_id) == ("email", "contactId")

    with pytest.raises(WrongUse, match="There is no field of"):
        import_config(config.parse(exported.replace("by: email", "by: e_mail")))


# --- a call of one's own --------------------------------------------------------------------------


def noting(hub: Hub, call: str, *more: FieldMapping) -> Workflow:
    sent(hub, "contacts.upsert", {"email": "ada@example.org", "firstName": "Ada"})
    made = building.start_blank(hub.team, name="Note", source=hub.ghl, trigger="hub.by_hand")
    step = building.add_call(made, hub.ghl, call, title="Note")
    contact = FieldMapping(target="contactId", default=hub.contacts()[0]["id"])
    drafts.save_mappings(made, {step.id: (contact, VERSION, *more)})
    return made


NOTE = FieldMapping(target="body.body", default="Called back")


def test_a_call_of_ones_own_reads_signed_by_the_connection_and_its_answer_is_there_for_others(
    hub: Hub,
) -> None:
    workflow = noting(hub, "http GET /contacts/{contactId}")
    answer = building.add_plain(workflow, "answer")
    source = "steps.http_get_contacts_contactid.contact.id"
    drafts.save_mappings(workflow, {answer.id: (FieldMapping(target="id", source=source),)})
    assert lifecycle.problems(workflow, with_test=False) == []
    run = to_the_end(lifecycle.sandbox_test(workflow, payload={}))
    assert run.state == RunState.SUCCEEDED, run.reason
    assert run.answer == {"id": hub.contacts()[0]["id"]}
    call = ApiCall.objects.get(run=run)
    assert (call.status, call.request_headers["Authorization"]) == (200, "[hidden]")


def test_its_write_is_in_the_plan_and_held_where_its_answer_is_lost(hub: Hub) -> None:
    workflow = noting(hub, "http POST /contacts/{contactId}/notes", NOTE)
    (planned,) = planning.plan(workflow).writes
    assert (planned.kind, planned.values["body"]) == ("create", {"body": "Called back"})
    assert "cannot find out whether it happened" in unproven.unproven(drafts.compile_draft(workflow))[0]
    hub.sandbox.set_fault("ghl", "lost_answer", match="/notes")
    run = to_the_end(lifecycle.sandbox_test(workflow, payload={}))
    assert run.state == RunState.HELD
    notes = [row for row in hub.documents("ghl", "contact_notes") if row["body"] == "Called back"]
    assert len(notes) == 1
    assert len(ApiCall.objects.filter(run=run)) == 1


def test_an_update_of_ones_own_shows_before_and_after_where_the_app_can_be_read(hub: Hub) -> None:
    new = FieldMapping(target="body.firstName", default="Changed")
    workflow = noting(hub, "http PUT /contacts/{contactId} repeatable", new)
    (planned,) = planning.plan(workflow).writes
    (change,) = planned.changes
    assert (change.field, change.after, change.differs) == ("firstName", "Changed", True)
    assert change.before == hub.contacts()[0]["firstName"]


def test_over_a_connection_that_is_read_only_its_write_is_told_before_it_goes_live(hub: Hub) -> None:
    workflow = noting(hub, "http POST /contacts/{contactId}/notes", NOTE)
    Connection.objects.filter(pk=hub.ghl.pk).update(read_only=True)
    assert any("read-only" in problem for problem in lifecycle.problems(workflow, with_test=False))


def test_an_outbound_webhook_is_a_step_like_any_other(hub: Hub) -> None:
    bridge = connect.add(hub.team, "bridge", name="Shop", environment="sandbox", auth="signed")
    assert [(row, call.key) for row, call in building.senders(hub.team)] == [(bridge, "events.send")]


# --- steps that are no call -----------------------------------------------------------------------


def plain(hub: Hub) -> Workflow:
    """A filter, a switch of three, a wait, an approval and an answer, as the building pages make them."""
    made = building.start_blank(hub.team, name="Plain", source=hub.ghl, trigger="hub.by_hand")
    drafts.save_trigger_settings(made, {"fields": ["Level"]})
    only = building.add_plain(made, "filter", title="Only levels")
    building.change_step(
        made, only.id, {"when": conditions.write(Comparison("event.values.level", "filled"))}
    )
    gold = building.add_plain(made, "wait", title="Gold waits")
    silver = building.add_plain(made, "wait", title="Silver waits")
    other = building.add_plain(made, "approve", title="May others go on?")
    end = building.add_plain(made, "answer", title="Done")
    is_ = {
        level: conditions.write(Comparison("event.values.level", "is", level)) for level in ("gold", "silver")
    }
    building.change_step(made, gold.id, {"when": is_["gold"]})
    building.change_step(made, silver.id, {"when": is_["silver"]})
    building.change_step(made, other.id, {"when": conditions.otherwise([gold.id, silver.id])})
    drafts.save_mappings(
        made,
        {
            gold.id: (FieldMapping(target="minutes", default=2),),
            silver.id: (FieldMapping(target="minutes", default=90),),
            end.id: (FieldMapping(target="level", source="event.values.level"),),
        },
    )
    return made


@pytest.mark.parametrize(
    ("level", "states"),
    [
        ("gold", [RunState.WAITING, RunState.SUCCEEDED]),
        ("silver", [RunState.WAITING, RunState.WAITING]),
        ("tin", [RunState.WAITING, RunState.WAITING]),
        ("", [RunState.SKIPPED, RunState.SKIPPED]),
    ],
)
def test_filter_switch_wait_and_approval_do_as_they_say(hub: Hub, level: str, states: list[RunState]) -> None:
    workflow = plain(hub)
    go_live(workflow)
    run = starts.by_hand(workflow, {"level": level})
    seen = []
    for minutes in (0, 5):
        ahead = timedelta(minutes=minutes)
        Drain(clock=lambda ahead=ahead: datetime.now(UTC) + ahead, only=[run.pk]).run(for_s=20)  # type: ignore[misc]
        run.refresh_from_db()
        seen.append(run.state)
    assert seen == states
    asked = run.steps.filter(done=False, step="may_others_go_on").first()
    assert (asked is not None) == (level == "tin")
    if asked is not None:
        decisions.approve(asked, True, None)
        assert to_the_end(run).answer["level"] == "tin"
