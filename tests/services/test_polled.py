"""What looks find by themselves: every kind of change told apart, with webhooks and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import VendorTrouble
from integrations.models import ApiCall, Connection, Cursor, Event, RecordLink, SeenRow, Workflow
from integrations.services import connect, intervals, rereads, sweeps, verification
from tests.services.telling import Pair, documents, listening, pair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

CALENDARS = "2021-04-15"


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def types() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def again(workflow: Workflow) -> sweeps.Swept:
    """The next look, long after the last."""
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    SeenRow.objects.update(checked_at=long_ago)
    SeenRow.objects.exclude(missing_since=None).update(missing_since=long_ago)
    return sweeps.sweep(workflow)


def here(two: Pair, collection: str) -> list[dict[str, Any]]:
    return [row for row in documents(collection) if row.get("locationId") == two.source.account]


# --- one life of each kind of record --------------------------------------------------------------

Life = tuple[Callable[[Pair], str], Callable[[Pair, str], Any], Callable[[Pair, str], Any]]


def calendar(two: Pair) -> str:
    body = {"locationId": two.source.account, "name": "Office hours"}
    return str(two.at_source("POST", "/calendars/", CALENDARS, **body)["calendar"]["id"])


def group(two: Pair) -> str:
    body = {"locationId": two.source.account, "name": "Talks", "description": "x", "slug": "talks"}
    return str(two.at_source("POST", "/calendars/groups", CALENDARS, **body)["group"]["id"])


def tag(two: Pair) -> str:
    path = f"/locations/{two.source.account}/tags"
    return str(two.at_source("POST", path, name="vip")["tag"]["id"])


def schedule(two: Pair) -> str:
    user = documents("users")[0]["id"]
    rules = [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]
    body = {"locationId": two.source.account, "userId": user, "name": "Mondays", "rules": rules}
    made = two.at_source("POST", "/calendars/schedules", CALENDARS, timezone="America/New_York", **body)
    return str(made["schedule"]["id"])


def contact(two: Pair) -> str:
    return two.create("Rosa")


def task(two: Pair) -> str:
    body = {"title": "Send it", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    return str(two.at_source("POST", f"/contacts/{two.create('Rosa')}/tasks", **body)["task"]["id"])


def owner(collection: str, record: str) -> str:
    return str(next(row["contactId"] for row in documents(collection) if row["id"] == record))


def opportunity(two: Pair) -> str:
    pipelines = two.at_source("GET", f"/opportunities/pipelines?locationId={two.source.account}")
    body = {
        "locationId": two.source.account,
        "contactId": two.create("Rosa"),
        "pipelineId": pipelines["pipelines"][0]["id"],
        "name": "Advanced course",
        "status": "open",
    }
    return str(two.at_source("POST", "/opportunities/", **body)["opportunity"]["id"])


def appointment(two: Pair) -> str:
    calendar_id = next(row["id"] for row in here(two, "calendars") if row["calendarType"] == "event")
    start = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    body = {
        "locationId": two.source.account,
        "calendarId": calendar_id,
        "contactId": two.create("Rosa"),
        "startTime": start.isoformat(),
        "endTime": (start + timedelta(minutes=30)).isoformat(),
        "title": "Review",
        "ignoreFreeSlotValidation": True,
    }
    return str(two.at_source("POST", "/calendars/events/appointments", CALENDARS, **body)["id"])


LIVES: dict[str, Life] = {
    "calendars.changed": (
        calendar,
        lambda two, id: two.at_source("PUT", f"/calendars/{id}", CALENDARS, name="Open hours"),
        lambda two, id: two.at_source("DELETE", f"/calendars/{id}", CALENDARS),
    ),
    "groups.changed": (
        group,
        lambda two, id: two.at_source("PUT", f"/calendars/groups/{id}/status", CALENDARS, isActive=False),
        lambda two, id: two.at_source("DELETE", f"/calendars/groups/{id}", CALENDARS),
    ),
    "schedules.changed": (
        schedule,
        lambda two, id: two.at_source("PUT", f"/calendars/schedules/{id}", CALENDARS, name="Weekdays"),
        lambda two, id: two.at_source("DELETE", f"/calendars/schedules/{id}", CALENDARS),
    ),
    "tags.changed": (
        tag,
        lambda two, id: two.at_source("PUT", f"/locations/{two.source.account}/tags/{id}", name="VIP"),
        lambda two, id: two.at_source("DELETE", f"/locations/{two.source.account}/tags/{id}"),
    ),
    "tasks.changed": (
        task,
        lambda two, id: two.at_source(
            "PUT", f"/contacts/{owner('contact_tasks', id)}/tasks/{id}", title="Post it"
        ),
        lambda two, id: two.at_source("DELETE", f"/contacts/{owner('contact_tasks', id)}/tasks/{id}"),
    ),
    "opportunities.changed": (
        opportunity,
        lambda two, id: two.at_source("PUT", f"/opportunities/{id}/status", status="won"),
        lambda two, id: two.at_source("DELETE", f"/opportunities/{id}"),
    ),
    "appointments.changed": (
        appointment,
        lambda two, id: two.at_source(
            "PUT", f"/calendars/events/appointments/{id}", CALENDARS, appointmentStatus="cancelled"
        ),
        lambda two, id: two.at_source("DELETE", f"/calendars/events/{id}", CALENDARS),
    ),
}


@pytest.mark.parametrize("trigger", LIVES)
def test_created_changed_and_deleted_are_found_and_told_apart(two: Pair, trigger: str) -> None:
    make, change, delete = LIVES[trigger]
    workflow = listening(two, trigger)
    assert again(workflow).events == 0
    record = make(two)
    assert again(workflow).events == 1
    assert again(workflow).events == 0
    change(two, record)
    assert again(workflow).events == 1
    delete(two, record)
    assert sum(again(workflow).events for _ in range(2)) == 1
    assert again(workflow).events == 0
    assert [kind.rpartition(".")[2] for kind in types()] == ["created", "updated", "deleted"]
    assert set(Event.objects.values_list("record", flat=True)) == {record}
    looked_for_alone = ("calendars", "groups", "schedules", "tags")
    found = "poll" if trigger.startswith(looked_for_alone) else "recovered"
    untold = Event.objects.filter(type="task.updated")  # there is no such webhook
    assert set(untold.values_list("source", flat=True)) <= {"poll"}
    assert set(Event.objects.exclude(pk__in=untold).values_list("source", flat=True)) == {found}


def test_a_contact_that_is_changed_is_read_whole(two: Pair) -> None:
    """Searching leaves fields out: what it shows only tells which contacts have changed."""
    workflow = listening(two, "contacts.changed")
    id = two.create("Rosa")
    again(workflow)
    two.change(id, lastName="Diaz")
    again(workflow)
    assert types() == ["contact.created", "contact.updated"]
    assert ApiCall.objects.filter(purpose="re-read", url__contains=id).count() == 2
    again(workflow)
    assert ApiCall.objects.filter(purpose="re-read", url__contains=id).count() == 2


def test_what_was_read_before_a_look_was_cut_off_is_not_read_again(
    two: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = listening(two, "contacts.changed")
    first, second = two.create("Rosa"), two.create("Grace")
    real = rereads.read_all

    def cut_off(wanted: list[rereads.Wanted], **more: Any) -> None:
        real([one for one in wanted if one.record == first], **more)
        for one in wanted:
            if one.record != first:
                one.error = VendorTrouble("GoHighLevel failed.")

    with monkeypatch.context() as patch:
        patch.setattr(rereads, "read_all", cut_off)
        with pytest.raises(VendorTrouble):
            again(workflow)
    assert list(Event.objects.values_list("record", flat=True)) == [first]
    assert Cursor.objects.get().problem == "GoHighLevel failed."
    assert again(workflow).events == 1
    assert set(Event.objects.values_list("record", flat=True)) == {first, second}
    assert ApiCall.objects.filter(purpose="re-read", url__contains=first).count() == 1


def test_notes_of_contacts_that_we_have_to_do_with_are_looked_at(two: Pair) -> None:
    workflow = listening(two, "notes.changed")
    ours, theirs = two.create("Rosa"), two.create("Grace")
    for id in (ours, theirs):
        two.at_source("POST", f"/contacts/{id}/notes", body="Called.")
    assert again(workflow).rows == 0
    contacts = listening(two, "contacts.changed", name="Contacts")
    RecordLink.objects.create(
        team=two.team, workflow=contacts, connection=two.target, record=ours, name="copy", record_id="there"
    )
    assert again(workflow).events == 1
    (note,) = [row for row in documents("contact_notes") if row["contactId"] == ours]
    two.at_source("PUT", f"/contacts/{ours}/notes/{note['id']}", body="Called twice.")
    again(workflow)
    two.at_source("DELETE", f"/contacts/{ours}/notes/{note['id']}")
    again(workflow)
    assert types() == ["note.created", "note.updated", "note.deleted"]


def test_notes_of_many_contacts_are_looked_at_in_turns(two: Pair) -> None:
    workflow = listening(two, "notes.changed")
    contacts = listening(two, "contacts.changed", name="Contacts")
    for n in range(120):
        RecordLink.objects.create(
            team=two.team, workflow=contacts, connection=two.target, record=f"con{n}", name="c", record_id="x"
        )
    assert sweeps.sweep(workflow).calls == 50


def test_a_task_that_was_completed_is_changed_and_not_gone(two: Pair) -> None:
    """It is no longer among the open ones that a look reads."""
    workflow = listening(two, "tasks.changed")
    id = task(two)
    again(workflow)
    two.at_source("PUT", f"/contacts/{owner('contact_tasks', id)}/tasks/{id}/completed", completed=True)
    again(workflow)
    assert types() == ["task.created", "task.completed"]
    assert Event.objects.order_by("-pk")[0].payload["completed"] is True
    calls = ApiCall.objects.filter(purpose="re-read").count()
    again(workflow)
    again(workflow)
    assert ApiCall.objects.filter(purpose="re-read").count() == calls


def test_an_appointment_that_is_past_is_not_gone(two: Pair) -> None:
    workflow = listening(two, "appointments.changed", days_ahead=7)
    appointment(two)
    again(workflow)
    with two.sandbox.store.transaction("ghl") as tx:
        (row,) = tx.all("appointments")
    two.at_source(
        "PUT",
        f"/calendars/events/appointments/{row['id']}",
        CALENDARS,
        startTime=(datetime.now(UTC) + timedelta(days=20)).isoformat(),
        endTime=(datetime.now(UTC) + timedelta(days=20, hours=1)).isoformat(),
        ignoreFreeSlotValidation=True,
    )
    again(workflow)
    assert types() == ["appointment.created", "appointment.updated"]
    again(workflow)
    assert len(types()) == 2


def test_only_the_chosen_calendars_are_looked_at_and_heard(two: Pair) -> None:
    chosen = next(row["id"] for row in here(two, "calendars") if row["calendarType"] != "event")
    workflow = listening(two, "appointments.changed", calendar_ids=[chosen])
    appointment(two)
    two.hear()
    again(workflow)
    assert types() == []


Rows = list[tuple[str, dict[str, Any]]]


def groups_of(two: Pair) -> Rows:
    with two.sandbox.store.reading("ghl") as tx:
        return tx.rows("calendar_groups")


def hide(two: Pair, rows: Rows) -> None:
    with two.sandbox.store.transaction("ghl") as tx:
        for id, _ in rows:
            tx.delete("calendar_groups", id)


def show(two: Pair, rows: Rows) -> None:
    with two.sandbox.store.transaction("ghl") as tx:
        for id, row in rows:
            tx.put("calendar_groups", id, row, [row["locationId"]])


def test_a_row_that_one_look_misses_and_the_next_brings_is_no_news(two: Pair) -> None:
    """A list without a way to read one row alone: it has to be missing twice."""
    workflow = listening(two, "groups.changed")
    group(two)
    again(workflow)
    real = groups_of(two)
    hide(two, real)
    assert again(workflow).events == 0
    show(two, real)
    again(workflow)
    assert types() == ["calendar_group.created"]


def test_a_key_has_no_webhooks_so_its_looks_recover_nothing(two: Pair) -> None:
    secrets, settings_ = connect.sandbox_secrets("ghl", "pit")
    keyed = connect.add(
        two.team, "ghl", name="Key", environment="sandbox", auth="pit", settings_=settings_, secrets=secrets
    )
    verification.verify(keyed)
    workflow = listening(two, "contacts.changed", source=keyed)
    two.create("Rosa")
    again(workflow)
    assert Event.objects.get().source == "poll"


# --- how often ------------------------------------------------------------------------------------


def interval(workflow: Workflow, calls: int) -> tuple[int, str]:
    connection = Connection.objects.get(name="Source")
    cursor = Cursor.objects.get(workflow=workflow)
    cursor.calls = calls
    cursor.save()
    source = sweeps._source(workflow)
    assert source is not None
    Cursor.objects.update(lease_until=None)
    assert source.connection == connection
    return intervals.interval(source, calls, datetime.now(UTC))


def test_the_interval_is_the_workflows_own_while_nothing_speaks_against_it(two: Pair) -> None:
    workflow = listening(two, "calendars.changed")
    assert interval(workflow, 2) == (5, "")


def test_while_webhooks_arrive_looks_come_less_often(two: Pair) -> None:
    workflow = listening(two, "contacts.changed")
    assert interval(workflow, 1)[0] == 5
    two.create("Rosa")
    two.hear()
    minutes, why = interval(workflow, 1)
    assert minutes == 15
    assert "Webhooks tell" in why


def test_what_no_webhook_tells_is_looked_for_as_often_as_ever(two: Pair) -> None:
    """Edits of tasks have no webhook."""
    workflow = listening(two, "tasks.changed")
    two.create("Rosa")
    two.hear()
    assert interval(workflow, 1)[0] == 5


def test_where_the_quota_is_short_looks_come_less_often_and_say_why(two: Pair) -> None:
    """100 calls every five minutes would be 28,800 a day of at most 10,000, half of which are for looks."""
    workflow = listening(two, "calendars.changed")
    two.sandbox.set_setting("ghl", "daily_limit", 10_000)
    sweeps.sweep(workflow)
    minutes, why = interval(workflow, 100)
    assert minutes == 29
    assert "10,000 calls a day" in why


def test_what_other_looks_at_the_account_take_counts_too(two: Pair) -> None:
    two.sandbox.set_setting("ghl", "daily_limit", 10_000)
    workflow, other = listening(two, "calendars.changed"), listening(two, "tags.changed", name="Other")
    Cursor.objects.filter(workflow=other).update(calls=100)
    alone, _ = interval(workflow, 10)
    assert alone > 5


def test_what_was_decided_stands_on_the_cursor(two: Pair) -> None:
    workflow = listening(two, "contacts.changed")
    two.create("Rosa")
    two.hear()
    sweeps.sweep(workflow)
    cursor = Cursor.objects.get()
    assert (cursor.interval_min, cursor.calls) == (15, 1)
    assert cursor.widened_why
