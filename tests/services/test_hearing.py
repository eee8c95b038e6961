"""Looking into what apps sent: read once, told once, never lost; and of what we wrote nobody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import CredentialRefused, Throttled, VendorTrouble
from integrations.models import (
    ApiCall,
    Cursor,
    Effect,
    Event,
    Notice,
    Run,
    SeenRow,
    Tally,
    Workflow,
)
from integrations.services import byhand, hearing, hints, hooks, lifecycle, rereads, sightings, sweeps
from integrations.services.drain import drain_once
from tests.services.telling import COPY, Pair, documents, listening, mapped, pair, payload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def types() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def reads(path: str, method: str = "GET") -> int:
    return ApiCall.objects.filter(purpose="re-read", method=method, url__contains=path).count()


def give(two: Pair, kind: str, **more: Any) -> Notice:
    """A delivery of the sandbox's that nothing in the sandbox caused, accepted and not looked into."""
    return hooks.by_hand(two.source, kind, payload(two.source, kind, **more), datetime.now(UTC))


# --- a hint ---------------------------------------------------------------------------------------


def test_a_webhook_makes_the_record_read_and_its_change_told(two: Pair) -> None:
    workflow = listening(two, "contacts.changed")
    contact = two.create("Rosa", lastName="Diaz")
    heard = two.hear()
    event = Event.objects.get()
    assert (event.type, event.record, event.source) == ("contact.created", contact, "webhook")
    assert event.payload["lastName"] == "Diaz"
    assert "dateUpdated" in event.payload  # no webhook has it
    assert event.notice is not None
    assert (event.notice.type, event.notice.state) == ("ContactCreate", "heard")
    assert Run.objects.get().workflow == workflow
    assert (heard.notices, heard.events, heard.runs) == (1, 1, 1)


def test_created_changed_and_deleted_are_told_apart(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    two.hear()
    two.change(contact, lastName="Diaz")
    two.hear()
    two.delete(contact)
    two.hear()
    assert types() == ["contact.created", "contact.updated", "contact.deleted"]
    assert Event.objects.get(type="contact.deleted").payload["firstName"] == "Rosa"
    assert sweeps.sweep(Workflow.objects.get()).events == 0


def test_many_notices_of_one_record_are_one_read_and_one_event(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    for name in ("Rosie", "Rosalind", "Rosa-Maria"):
        two.change(contact, firstName=name)
    two.hear()
    assert Notice.objects.filter(state="heard").count() == 4
    assert reads(contact) == 1
    assert types() == ["contact.created"]
    assert Event.objects.get().payload["firstName"] == "Rosa-Maria"


def test_one_read_serves_every_workflow_that_listens(two: Pair) -> None:
    for name in ("One", "Two", "Three"):
        listening(two, "contacts.changed", name=name)
    listening(two, "webhook.contact_create", name="Raw", look=False)
    contact = two.create("Rosa")
    two.hear()
    assert reads(contact) == 1
    assert sorted(types()) == ["ContactCreate", "contact.created"]
    assert sorted(Run.objects.values_list("workflow__name", flat=True)) == ["One", "Raw", "Three", "Two"]


def test_what_nothing_listens_to_is_not_even_read(two: Pair) -> None:
    listening(two, "tags.changed")
    contact = two.create("Rosa")
    two.hear()
    assert Notice.objects.get().state == "ignored"
    assert reads(contact) == 0
    assert not Event.objects.exists()


def test_a_change_already_told_is_not_told_again(two: Pair) -> None:
    """A doubled delivery with another id; or one that comes after the look that found it."""
    workflow = listening(two, "contacts.changed")
    contact = two.create("Rosa")
    sweeps.sweep(workflow)
    two.hear()
    give(two, "ContactUpdate", id=contact)
    hearing.hear_once()
    assert len(types()) == 1


def test_a_paused_workflow_listens_too(two: Pair) -> None:
    lifecycle.pause(listening(two, "contacts.changed"))
    two.create("Rosa")
    two.hear()
    assert Run.objects.get().state == "queued"


def test_what_came_late_says_so(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    then = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    give(two, "ContactCreate", id=contact, timestamp=then)
    hearing.hear_once()
    assert Event.objects.get().late


# --- the notice itself is the event ---------------------------------------------------------------


def test_without_comparison_the_notice_is_the_event_completed_by_a_read(two: Pair) -> None:
    listening(two, "webhook.note_create", look=False)
    contact = two.create("Rosa")
    note = two.at_source("POST", f"/contacts/{contact}/notes", body="Called.", title="Call")["note"]
    two.hear()
    event = Event.objects.get()
    assert (event.type, event.record, event.source) == ("NoteCreate", note["id"], "webhook")
    assert event.payload["title"] == "Call"  # the webhook leaves it out (issue 312)
    assert event.payload["webhookId"]


def test_a_task_whose_contact_was_not_told_is_found_by_searching(two: Pair) -> None:
    """Issue 332: a live TaskCreate has neither contactId nor body."""
    listening(two, "webhook.task_create", look=False)
    listening(two, "tasks.changed", name="Compared")
    contact = two.create("Rosa")
    task = {"title": "Send it", "body": "By post.", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    made = two.at_source("POST", f"/contacts/{contact}/tasks", **task)["task"]
    two.deliver()
    told = Notice.objects.get(type="TaskCreate")
    assert not told.payload.get("contactId")
    hearing.hear_once()
    raw, compared = Event.objects.get(type="TaskCreate"), Event.objects.get(type="task.created")
    for event in (raw, compared):
        assert (event.record, event.payload["contactId"]) == (made["id"], contact)
        assert event.payload["body"] == "By post."


def test_a_task_that_is_nowhere_is_told_as_it_came(two: Pair) -> None:
    listening(two, "webhook.task_create", look=False)
    give(two, "TaskCreate", id="nowhere", title="Gone already")
    hearing.hear_once()
    assert Event.objects.get().payload["title"] == "Gone already"


def test_an_event_is_told_once_however_often_it_is_looked_into(two: Pair) -> None:
    listening(two, "webhook.contact_delete", look=False)
    notice = give(two, "ContactDelete")
    hearing.hear_once()
    Notice.objects.filter(pk=notice.pk).update(state="new", due_at=datetime.now(UTC))
    hearing.hear_once()
    assert types() == ["ContactDelete"]
    assert Run.objects.count() == 1


APPOINTMENT = {"id": "evt1", "calendarId": "cal1"}


@pytest.mark.parametrize(
    ("there", "means"), [(True, "AppointmentUpdate"), (False, "AppointmentDelete")], ids=["there", "gone"]
)
def test_a_second_appointment_create_is_what_the_record_says_it_is(
    two: Pair, there: bool, means: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented examples of updates and deletions are typed AppointmentCreate."""

    def read(wanted: Any, **more: Any) -> None:
        for one in wanted:
            one.row = {"appointment": APPOINTMENT} if there else None

    monkeypatch.setattr(rereads, "read_all", read)
    for kind in ("create", "update", "delete"):
        listening(two, f"webhook.appointment_{kind}", name=kind, look=False)
    give(two, "AppointmentCreate", id=None, appointment=APPOINTMENT)
    hearing.hear_once()
    give(two, "AppointmentCreate", id=None, appointment=APPOINTMENT)
    hearing.hear_once()
    assert types() == ["AppointmentCreate", means]


# --- reads that overtake each other ---------------------------------------------------------------


def seen(two: Pair, workflow: Workflow) -> sightings.Source:
    """The workflow's source, as a read that came back has it."""
    made = hints.plan(two.source, [])
    trigger = made.connector.trigger(workflow.live.spec["trigger"])  # type: ignore[union-attr]
    return hints._source(made, workflow, trigger)


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def look(name: str, *, at: int = 0, changed: int | None = None) -> sightings.Sighting:
    stamp = None if changed is None else (NOON + timedelta(seconds=changed)).isoformat()
    row = {"id": "1", "firstName": name, "name": name, "dateUpdated": stamp}
    return sightings.Sighting(record="1", row=row, at=NOON + timedelta(seconds=at))


def take(source: sightings.Source, *looks: sightings.Sighting) -> list[int]:
    """How many events each brought."""
    return [sightings.take(source, [one], sightings.EventSource.POLL).events for one in looks]


def test_an_older_state_never_replaces_a_newer_one(two: Pair) -> None:
    source = seen(two, listening(two, "contacts.changed"))
    newer, older = look("Rosie", at=1, changed=20), look("Rosa", at=2, changed=10)
    assert take(source, newer, older) == [1, 0]
    assert SeenRow.objects.get().data["firstName"] == "Rosie"


def test_without_the_apps_time_the_read_that_began_later_counts(two: Pair) -> None:
    source = seen(two, listening(two, "contacts.changed"))
    assert take(source, look("Rosie", at=9), look("Rosa", at=3), look("Rosalind", at=12)) == [1, 0, 1]


def test_an_index_that_lags_does_not_bring_back_the_dead(two: Pair) -> None:
    source = seen(two, listening(two, "contacts.changed"))
    there = look("Rosa", at=1, changed=1)
    gone = replace(there, row=None, at=NOON + timedelta(seconds=5))
    lagging = look("Rosa", at=9, changed=1)
    assert take(source, there, gone, lagging, gone) == [1, 1, 0, 0]


def test_what_was_gone_and_is_there_again_is_created_again(two: Pair) -> None:
    source = seen(two, listening(two, "tags.changed"))
    tag = sightings.Sighting(record="1", row={"id": "1", "name": "vip"}, at=NOON)
    gone = replace(tag, row=None, at=NOON + timedelta(seconds=5))
    again = replace(tag, at=NOON + timedelta(seconds=9))
    assert take(source, tag, gone, again) == [1, 1, 1]
    assert types() == ["tag.created", "tag.deleted", "tag.created"]


def test_before_the_first_look_is_over_an_unknown_record_is_no_news(two: Pair) -> None:
    """It may have been there for years; the look after that finds it if not."""
    workflow = listening(two, "contacts.changed")
    Cursor.objects.update(watermark=None)
    SeenRow.objects.all().delete()
    two.create("Rosa")
    two.hear()
    assert not Event.objects.exists()
    assert sweeps.sweep(workflow).baseline


# --- echoes ---------------------------------------------------------------------------------------


def both_ways(two: Pair) -> None:
    listening(two, "contacts.changed", COPY, name="There")
    listening(two, "contacts.changed", COPY, name="Back", source=two.target, target=two.source)


def settle(two: Pair) -> None:
    """Until nothing moves any more."""
    for _ in range(6):
        if not two.hear().notices and not Run.objects.filter(finished_at=None).exists():
            return
        drain_once(for_s=20)
        Notice.objects.filter(state="new").update(due_at=datetime.now(UTC))
    raise AssertionError(f"it goes round: {types()}")


def test_two_workflows_in_both_directions_come_to_rest(two: Pair) -> None:
    both_ways(two)
    contact = two.create("Rosa", lastName="Diaz", tags=["one"])
    settle(two)
    two.change(contact, lastName="Diaz-Quist")
    settle(two)
    two.at_source("POST", f"/contacts/{contact}/tags", tags=["two"])
    settle(two)
    assert [run.workflow.name for run in Run.objects.order_by("pk")] == ["There", "There", "There"]
    (copy,) = two.contacts(two.target)
    assert (copy["lastName"], sorted(copy["tags"])) == ("Diaz-Quist", ["one", "two"])
    echoes = Tally.objects.filter(account=two.target.account, echoes__gt=0)
    assert sum(echoes.values_list("echoes", flat=True)) == 3
    assert SeenRow.objects.get(cursor__connection=two.target).data["lastName"] == "Diaz-Quist"


def test_what_somebody_else_changes_beside_our_write_is_told(two: Pair) -> None:
    both_ways(two)
    contact = two.create("Rosa", lastName="Diaz")
    settle(two)
    (copy,) = two.contacts(two.target)
    two.change(contact, lastName="Quist")
    two.hear()
    drain_once(for_s=20)
    elsewhere = replace(two, source=two.target)
    elsewhere.change(copy["id"], firstName="Rosalind")  # before our own change is heard of
    settle(two)
    assert Run.objects.filter(workflow__name="Back").count() == 1
    assert two.contacts(two.source)[0]["firstName"] == "Rosalind"


def test_while_a_write_of_ours_is_under_way_it_is_too_early_to_tell(two: Pair) -> None:
    both_ways(two)
    two.create("Rosa", lastName="Diaz")
    two.hear()
    drain_once(for_s=20)
    Effect.objects.update(state="claimed", settled_at=None)  # the answer is not written down yet
    two.hear()
    waiting = Notice.objects.get(connection=two.target)
    assert (waiting.state, Run.objects.count()) == ("new", 1)
    assert "under way" in waiting.problem
    Effect.objects.update(state="done", settled_at=datetime.now(UTC))
    Notice.objects.update(due_at=datetime.now(UTC))
    hearing.hear_once()
    assert Run.objects.count() == 1
    assert Notice.objects.get(connection=two.target).state == "heard"


def test_a_write_that_stays_open_is_not_waited_for_for_ever(two: Pair) -> None:
    both_ways(two)
    two.create("Rosa", lastName="Diaz")
    two.hear()
    drain_once(for_s=20)
    Effect.objects.update(state="unknown", settled_at=None, shown=None)
    two.deliver()
    for _ in range(hints.PATIENT_FOR + 2):
        Notice.objects.filter(state="new").update(due_at=datetime.now(UTC))
        hearing.hear_once()
    assert Notice.objects.get(connection=two.target).state == "heard"
    assert Run.objects.filter(workflow__name="Back").count() == 1


# --- trouble --------------------------------------------------------------------------------------


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception, *, but: str = "") -> None:
    """Every read fails, but that of one record."""
    real = rereads.read_all

    def read(wanted: Any, **more: Any) -> None:
        real([one for one in wanted if one.record == but], **more)
        for one in wanted:
            if one.record != but:
                one.error = error

    monkeypatch.setattr(rereads, "read_all", read)


def later() -> None:
    Notice.objects.filter(due_at__isnull=False).update(due_at=datetime.now(UTC))


def test_what_cannot_be_read_now_is_read_later(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    with monkeypatch.context() as patch:
        fails(patch, VendorTrouble("GoHighLevel failed."))
        two.hear()
    notice = Notice.objects.get()
    assert (notice.state, notice.problem) == ("new", "GoHighLevel failed.")
    assert notice.due_at is not None
    assert notice.due_at > datetime.now(UTC)
    later()
    hearing.hear_once()
    assert types() == ["contact.created"]


def test_it_is_given_up_in_the_end_and_the_next_look_finds_it(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = listening(two, "contacts.changed")
    two.create("Rosa")
    two.deliver()
    with monkeypatch.context() as patch:
        fails(patch, VendorTrouble("GoHighLevel failed."))
        for _ in range(hints.LAST_TRY):
            later()
            hearing.hear_once()
    assert Notice.objects.get().state == "failed"
    assert sweeps.sweep(workflow).events == 1
    assert Event.objects.get().source == "recovered"


def test_an_event_that_nothing_else_would_tell_is_told_as_it_came_in_the_end(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(two, "webhook.note_create", look=False)
    give(two, "NoteCreate", contactId="con1", body="Called.")
    fails(monkeypatch, VendorTrouble("GoHighLevel failed."))
    for _ in range(hints.LAST_TRY):
        assert not Event.objects.exists()
        later()
        hearing.hear_once()
    assert Event.objects.get().payload["body"] == "Called."


def test_a_connection_that_needs_a_person_keeps_its_notices_waiting(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    with monkeypatch.context() as patch:
        fails(patch, CredentialRefused("Connect again."))
        two.hear()
    assert Notice.objects.get().state == "waiting"
    two.source.state = "needs_reconnect"
    two.source.save()
    later()
    assert hearing.hear_once().notices == 0
    two.source.state = "connected"
    two.source.save()
    later()
    hearing.hear_once()
    assert types() == ["contact.created"]


def test_what_comes_for_a_stopped_connection_waits_without_a_call(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    two.source.state, two.source.state_reason = "needs_reconnect", "Connect it again."
    two.source.save()
    two.hear()
    notice = Notice.objects.get()
    assert (notice.state, notice.problem) == ("waiting", "Connect it again.")
    assert reads(contact) == 0


def test_one_notice_that_breaks_the_hub_stands_in_nobodys_way(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(two, "webhook.contact_delete", look=False)
    real = hints.accept

    def accept(connection: Any, trigger: str, arrivals: Any, *more: Any) -> Any:
        if arrivals[0].record == "bad":
            raise RuntimeError("a defect")
        return real(connection, trigger, arrivals, *more)

    monkeypatch.setattr(hints, "accept", accept)
    for record in ("good", "bad", "better"):
        give(two, "ContactDelete", id=record)
    hearing.hear_once()
    assert sorted(Event.objects.values_list("record", flat=True)) == ["better", "good"]
    assert Notice.objects.get(record="bad").state == "failed"
    assert "stumbled" in Notice.objects.get(record="bad").problem


def test_what_a_killed_worker_held_is_anothers_after_the_lease(two: Pair) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    two.deliver()
    Notice.objects.update(
        lease_owner="killed", lease_until=datetime.now(UTC) + timedelta(seconds=30), attempts=1
    )
    assert hearing.hear_once().notices == 0
    Notice.objects.update(lease_until=datetime.now(UTC))
    assert hearing.hear_once().events == 1


def test_a_quota_that_is_used_up_loses_nothing(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    two.sandbox.set_fault("ghl", "throttle", match="GET /contacts/", count=1)
    two.hear()
    assert Notice.objects.get().state == "new"
    later()
    hearing.hear_once()
    assert types() == ["contact.created"]


def test_a_token_that_was_taken_back_stops_the_connection_and_not_the_notice(two: Pair) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    two.sandbox.set_fault("ghl", "revoke_token", match="GET /contacts/")
    two.hear()
    two.source.refresh_from_db()
    assert two.source.state == "needs_reconnect"
    assert Notice.objects.get().state == "waiting"


def test_that_it_comes_too_soon_is_no_failure_however_often(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(two, "contacts.changed")
    two.create("Rosa")
    two.deliver()
    with monkeypatch.context() as patch:
        fails(patch, Throttled("Too many requests.", after_s=1))
        for _ in range(2 * hints.LAST_TRY):
            later()
            hearing.hear_once()
    later()
    hearing.hear_once()
    assert types() == ["contact.created"]


def test_a_flood_at_one_account_keeps_no_other_waiting(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "AT_ONCE", 6)
    for n in range(20):
        give(two, "ContactDelete", id=f"con{n}")
    other = hooks.by_hand(
        two.target, "ContactDelete", payload(two.target, "ContactDelete"), datetime.now(UTC)
    )
    taken = hearing._claim("somebody", None)
    assert other.pk in [notice.pk for notice in taken]
    assert len(taken) <= 6


def test_several_workers_take_different_notices(two: Pair) -> None:
    for n in range(10):
        give(two, "ContactDelete", id=f"con{n}")
    first, second = hearing._claim("one", None), hearing._claim("two", None)
    assert (len(first), len(second)) == (10, 0)


# --- by hand, and what looks find -----------------------------------------------------------------


def test_a_webhook_given_by_hand_goes_the_same_way(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    given = payload(two.source, "ContactCreate", id=contact)
    first = byhand.deliver(two.source, "ContactCreate", given)
    again = byhand.deliver(two.source, "ContactCreate", given)
    assert [event.type for event in first.events] == ["contact.created"]
    assert first.events[0].source == "manual"
    assert (len(first.runs), again.known, len(again.runs)) == (1, True, 1)
    two.hear()
    assert Event.objects.count() == 1


def test_what_a_look_finds_is_recovered_unless_a_webhook_waits_to_be_heard(two: Pair) -> None:
    workflow = listening(two, "contacts.changed")
    two.create("Rosa")
    two.deliver()
    two.sandbox.set_fault("ghl", "webhook_dropped")
    two.create("Grace")
    sweeps.sweep(workflow)
    found = {event.payload["firstName"]: event for event in Event.objects.all()}
    assert {name: event.source for name, event in found.items()} == {"Rosa": "webhook", "Grace": "recovered"}
    assert found["Rosa"].notice is not None
    assert Tally.objects.get(recovered__gt=0).type == "contact.created"
    hearing.hear_once()
    assert len(types()) == 2


def test_a_deleted_contact_that_something_was_made_of_is_recovered(two: Pair) -> None:
    workflow = listening(two, "contacts.changed", COPY)
    contact = two.create("Rosa")
    two.hear()
    drain_once(for_s=20)
    two.sandbox.set_fault("ghl", "webhook_dropped", count=5)
    two.delete(contact)
    SeenRow.objects.update(checked_at=datetime.now(UTC) - timedelta(hours=1))
    sweeps.sweep(workflow)
    gone = Event.objects.get(type="contact.deleted")
    assert (gone.source, gone.record) == ("recovered", contact)


def test_a_notice_of_the_apps_own_coming_is_looked_into_without_a_connection(two: Pair) -> None:
    two.sandbox.act("ghl", "add_locations", {"count": 1})
    new = next(row["id"] for row in documents("locations") if row["name"].startswith("Harbour Branch"))
    two.sandbox.act("ghl", "install_app", {"location": new})
    two.deliver()
    assert Notice.objects.get(account=new).connection is None
    hearing.hear_once()
    assert "is not connected yet" in Notice.objects.get(account=new).problem


def test_the_steps_of_a_workflow_see_the_event_whole(two: Pair) -> None:
    step = replace(COPY, mappings=mapped(email="event.email", companyName="event.companyName"))
    listening(two, "contacts.changed", step)
    two.create("Rosa", companyName="Diaz Safety")
    two.hear()
    drain_once(for_s=20)
    assert two.contacts(two.target)[0]["companyName"] == "Diaz Safety"
