"""What the triggers of GoHighLevel ask for, and make of what comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.connectors.ghl.triggers import TRIGGERS, appointments, calendars, contacts, notes, tasks
from integrations.engine.errors import NotFound, VendorTrouble
from integrations.engine.paginate import collect
from integrations.engine.spec import Outcome, Read, Since
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def since(moment: datetime | None = None, **settings: Any) -> Since:
    return Since(moment=moment, settings=settings, now=NOW, parents=("con1", "con2"))


# --- contacts -------------------------------------------------------------------------------------


def test_changed_contacts_are_asked_for_by_range_in_the_order_they_were_made() -> None:
    """A flat `gte` is refused with 422; the order of changes moves while a look goes on."""
    _, (asked,) = drive(collect(contacts.sweep(since(NOW))), lambda command: {"contacts": []})
    assert asked.values == {
        "pageLimit": 100,
        "sort": [{"field": "dateAdded", "direction": "asc"}],
        "filters": [{"field": "dateUpdated", "operator": "range", "value": {"gte": NOW.isoformat()}}],
    }


def test_the_next_page_starts_where_the_last_row_says() -> None:
    pages = [[{"id": f"{n}", "searchAfter": [n, "x"]} for n in range(100)], [{"id": "last"}]]
    rows, asked = drive(collect(contacts.sweep(since())), lambda command: {"contacts": pages.pop(0)})
    assert len(rows) == 101
    assert [command.values.get("searchAfter") for command in asked] == [None, [99, "x"]]


# --- tasks ----------------------------------------------------------------------------------------

TASK = {"id": "t1", "title": "Send it", "contactId": "con1"}


def test_a_task_whose_contact_is_known_is_read_at_once() -> None:
    task, asked = drive(tasks.fetch("t1", {"contactId": "con1"}, {}), lambda command: dict(TASK))
    assert [command.operation for command in asked] == ["contact_tasks.get"]
    assert task["contactId"] == "con1"


def test_without_its_contact_it_is_looked_for_by_its_title_first() -> None:
    def answer(command: Command) -> Any:
        if command.operation == "contact_tasks.get":
            return dict(TASK)
        return [{"_id": "t1", "contactId": "con1"}] if command.values.get("query") == "Send it" else []

    task, asked = drive(tasks.fetch("t1", {"title": "Send it"}, {}), answer)
    assert [command.operation for command in asked] == ["tasks.search", "contact_tasks.get"]
    assert task["id"] == "t1"


@pytest.mark.parametrize("title", [None, "", 5, "Send it"])
def test_a_task_that_is_nowhere_is_gone(title: Any) -> None:
    task, _ = drive(tasks.fetch("t1", {"title": title}, {}), lambda command: [])
    assert task is None


def test_more_tasks_than_can_be_looked_through_are_trouble_and_not_a_deletion() -> None:
    def answer(command: Command) -> Any:
        start = command.values["skip"]
        return [{"id": f"other{n}"} for n in range(start, start + 100)]

    with pytest.raises(VendorTrouble, match="first thousand"):
        drive(tasks.fetch("t1", {}, {}), answer)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"_id": "t1", "assignedTo": {"id": "u1"}}, {"id": "t1", "assignedTo": "u1"}),
        ({"id": "t1", "assignedTo": "u1"}, {"id": "t1", "assignedTo": "u1"}),
        ({"id": "t1", "assignedTo": None, "body": None}, {"assignedTo": "", "body": ""}),
        ({"id": "t1", "completed": None}, {"completed": False}),
    ],
)
def test_tasks_have_one_form_wherever_they_are_read(row: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = tasks.plain(row)
    assert {key: plain[key] for key in expected} == expected
    assert set(tasks.KEPT) <= set(plain)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, {"completed": False}, "task.created"),
        (None, {"completed": True}, "task.created"),
        ({"completed": False}, {"completed": True}, "task.completed"),
        ({"completed": True}, {"completed": False}, "task.updated"),
        ({"completed": True, "title": "a"}, {"completed": True, "title": "b"}, "task.updated"),
        ({"completed": True}, None, "task.deleted"),
    ],
)
def test_completing_is_told_apart_from_editing(before: Any, after: Any, told: str) -> None:
    full = [None if row is None else {"id": "t1", **row} for row in (before, after)]
    (what,) = tasks.happenings(full[0], full[1], NOW)
    assert what.type == told
    assert what.key.startswith(f"{told}:t1:")


def test_only_open_tasks_are_looked_at_unless_all_are_wanted() -> None:
    _, (asked,) = drive(collect(tasks.sweep(since())), lambda command: [])
    assert asked.values["completed"] is False
    _, (asked,) = drive(collect(tasks.sweep(since(completed_too=True))), lambda command: [])
    assert "completed" not in asked.values


# --- appointments ---------------------------------------------------------------------------------


def spans(settings: dict[str, Any]) -> list[tuple[str, timedelta]]:
    def answer(command: Command) -> Any:
        return [{"id": "cal1"}, {"id": "cal2"}] if command.operation == "calendars.list" else []

    _, asked = drive(collect(appointments.sweep(since(**settings))), answer)
    found = []
    for command in asked:
        if command.operation == "events.list":
            start, end = (int(command.values[key]) / 1000 for key in ("startTime", "endTime"))
            found.append((command.values["calendarId"], timedelta(seconds=end - start)))
    return found


def test_every_calendar_is_read_in_windows_that_cover_the_days_wanted() -> None:
    month, rest = timedelta(days=31), timedelta(days=30)  # a day back and sixty ahead
    assert spans({}) == [("cal1", month), ("cal1", rest), ("cal2", month), ("cal2", rest)]
    assert spans({"calendar_ids": "cal9", "days_back": 0, "days_ahead": 7}) == [("cal9", timedelta(days=7))]


@pytest.mark.parametrize("chosen", ["cal1, cal2", ["cal1", "cal2"], [" cal1", "cal2 ", ""]])
def test_chosen_calendars_may_be_a_list_or_text(chosen: Any) -> None:
    assert {calendar for calendar, _ in spans({"calendar_ids": chosen})} == {"cal1", "cal2"}
    assert appointments.admits({"calendarId": "cal1"}, {"calendar_ids": chosen})
    assert not appointments.admits({"calendarId": "cal3"}, {"calendar_ids": chosen})


def test_without_a_choice_every_calendar_counts() -> None:
    assert appointments.admits({"calendarId": "cal3"}, {})


def test_a_calendar_that_is_gone_stops_no_look() -> None:
    def answer(command: Command) -> Any:
        if command.values["calendarId"] == "gone":
            return Outcome(error=NotFound("Calendar not found."))
        return [{"id": "a1", "startTime": "2026-11-23T10:00:00-06:00"}, {"id": "a2", "deleted": True}]

    rows, _ = drive(collect(appointments.sweep(since(calendar_ids=["gone", "cal1"]))), answer)
    assert {row["id"] for row in rows} == {"a1"}


@pytest.mark.parametrize(
    ("time", "same"),
    [
        ("2026-11-23T10:00:00-06:00", "2026-11-23T16:00:00+00:00"),
        ("2026-11-23T16:00:00Z", "2026-11-23T16:00:00+00:00"),
        ("2026-11-23 10:00:00", "2026-11-23 10:00:00"),
        (None, None),
        ("soon", "soon"),
    ],
)
def test_times_are_compared_as_instants(time: Any, same: Any) -> None:
    assert appointments.plain({"startTime": time})["starts_at"] == same


def test_an_appointment_marked_deleted_is_gone() -> None:
    row, _ = drive(appointments.fetch("a1", {}, {}), lambda command: {"id": "a1", "deleted": True})
    assert row is None


# --- notes, schedules, tags -----------------------------------------------------------------------


def test_notes_are_read_contact_by_contact_and_a_contact_that_is_gone_has_none() -> None:
    def answer(command: Command) -> Any:
        if command.values["contactId"] == "con2":
            return Outcome(error=NotFound("Contact not found."))
        return [{"id": "n1", "body": "x"}]

    rows, asked = drive(collect(notes.sweep(since())), answer)
    assert [command.values["contactId"] for command in asked] == ["con1", "con2"]
    assert rows == [{"id": "n1", "body": "x", "contactId": "con1"}]


def test_schedules_are_asked_for_user_by_user() -> None:
    def answer(command: Command) -> Any:
        return [{"id": "u1"}, {"id": "u2"}] if command.operation == "users.list" else []

    _, asked = drive(collect(calendars.sweep_schedules(since())), answer)
    assert [command.values.get("userId") for command in asked] == [None, "u1", "u2"]


def test_drafts_of_calendars_are_looked_at_too() -> None:
    _, (asked,) = drive(collect(calendars.sweep_calendars(since())), lambda command: [])
    assert asked == Read("calendars.list", {"showDrafted": True})


@pytest.mark.parametrize("key", [key for key, t in TRIGGERS.items() if t.happenings])
def test_what_is_compared_never_holds_a_time_that_moves_by_itself(key: str) -> None:
    """Else a record would be told as changed because somebody looked at it."""
    moving = {"dateUpdated", "updatedAt", "lastActivity", "searchAfter", "traceId"}
    assert not moving & set(TRIGGERS[key].remember)
