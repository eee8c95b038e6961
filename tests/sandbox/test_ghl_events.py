"""Block slots, lists of events, notes of appointments, and who is free, in the simulated GHL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl, listed

MONDAY = "2027-02-01"
NINE, TEN, ELEVEN = (f"{MONDAY}T{hour}:00:00-05:00" for hour in ("09", "10", "11"))


def ms(text: str) -> str:
    return str(int(datetime.fromisoformat(text).timestamp() * 1000))


def block(ghl: Ghl, start: str = NINE, end: str = ELEVEN, **more: Any) -> httpx.Response:
    body = {"locationId": ghl.location, "startTime": start, "endTime": end, **more}
    return ghl.client.post("/calendars/events/block-slots", json=body)


def free(ghl: Ghl, calendar: str, *, day: str = MONDAY, **more: Any) -> list[str]:
    """Starting times of a day, as "09:00"."""
    start = datetime.fromisoformat(f"{day}T00:00:00-05:00")
    end = datetime.fromisoformat(f"{day}T23:59:00-05:00")
    return [slot[11:16] for slot in listed(ghl.slots(calendar, start, end, **more))]


def events(ghl: Ghl, path: str = "/calendars/events", **owner: str) -> list[dict[str, Any]]:
    asked = {"locationId": ghl.location, "startTime": ms(NINE), "endTime": ms(ELEVEN), **owner}
    found: list[dict[str, Any]] = ghl.client.get(path, params=asked).json()["events"]
    return found


def users(ghl: Ghl) -> list[str]:
    return [user["id"] for user in ghl.sandbox.dump()["ghl"]["users"]]


# --- block slots ----------------------------------------------------------------------------------


def test_a_blocked_time_is_not_free_until_it_is_deleted(ghl: Ghl) -> None:
    calendar = ghl.calendar()["id"]
    assert free(ghl, calendar)[:3] == ["09:00", "09:30", "10:00"]
    made = block(ghl, calendarId=calendar, title="Fire drill")
    assert made.status_code == 201
    assert made.json()["startTime"] == NINE
    assert free(ghl, calendar)[0] == "11:00"
    path = f"/calendars/events/block-slots/{made.json()['id']}"
    moved = {"locationId": ghl.location, "endTime": TEN}
    assert ghl.client.put(path, json=moved).status_code == 201
    assert free(ghl, calendar)[0] == "10:00"
    assert ghl.client.delete(f"/calendars/events/{made.json()['id']}").status_code == 201
    assert free(ghl, calendar)[0] == "09:00"


def test_a_blocked_user_is_free_in_no_calendar(ghl: Ghl) -> None:
    nora, emil = users(ghl)
    calls, course = ghl.calendar("Advice call")["id"], ghl.calendar("First aid course")["id"]
    assert block(ghl, assignedUserId=nora).status_code == 201
    assert free(ghl, calls)[0] == "09:00"
    assert free(ghl, calls, userId=nora)[0] == "11:00"
    assert free(ghl, calls, userId=emil)[0] == "09:00"
    assert free(ghl, course)[0] == "11:00"


@pytest.mark.parametrize(
    ("name", "owners", "status", "message"),
    [
        ("Certificate review", ("calendarId", "assignedUserId"), 422, "either calendarId or"),
        ("Certificate review", (), 422, "either calendarId or assignedUserId should not be empty"),
        ("Advice call", ("calendarId",), 400, "The calendar is not an event calendar."),
    ],
)
def test_a_block_slot_is_for_an_event_calendar_or_a_user(
    ghl: Ghl, name: str, owners: tuple[str, ...], status: int, message: str
) -> None:
    ids = {"calendarId": ghl.calendar(name)["id"], "assignedUserId": users(ghl)[0]}
    answer = block(ghl, **{owner: ids[owner] for owner in owners})
    said = answer.json()["message"]
    assert answer.status_code == status
    assert (said[0] if isinstance(said, list) else said).startswith(message)


@pytest.mark.parametrize(("start", "end"), [(TEN, NINE), (TEN, TEN), (NINE, "2027-02-01"), ("", TEN)])
def test_a_block_slot_needs_two_times_in_order(ghl: Ghl, start: str, end: str) -> None:
    assert block(ghl, start, end, calendarId=ghl.calendar()["id"]).status_code == 422


def test_blocked_times_and_appointments_are_two_lists(ghl: Ghl) -> None:
    calendar = ghl.calendar()["id"]
    booked = ghl.book(NINE).json()["id"]
    blocked = block(ghl, TEN, calendarId=calendar).json()["id"]
    assert [row["id"] for row in events(ghl, calendarId=calendar)] == [booked]
    assert [row["id"] for row in events(ghl, "/calendars/blocked-slots", calendarId=calendar)] == [blocked]


def test_events_are_listed_by_calendar_by_user_and_by_group(ghl: Ghl) -> None:
    course, nora = ghl.calendar("First aid course"), users(ghl)[0]
    ghl.book(NINE, calendarId=course["id"])
    assert len(events(ghl, calendarId=course["id"])) == 1
    assert len(events(ghl, userId=nora)) == 1
    assert len(events(ghl, groupId=course["groupId"])) == 1
    assert events(ghl, groupId="another") == []
    late = {"startTime": ms(TEN), "endTime": ms(ELEVEN)}
    assert events(ghl, calendarId=course["id"], **late) == []


# --- who is free ----------------------------------------------------------------------------------


def test_a_course_has_as_many_seats_as_it_says(ghl: Ghl) -> None:
    course = ghl.calendar("First aid course")["id"]
    for number in range(8):
        contact = ghl.contact(f"pupil{number}@example.com")["id"]
        assert ghl.book(NINE, calendarId=course, contactId=contact).status_code == 200
    assert "09:00" not in free(ghl, course)
    assert ghl.book(NINE, calendarId=course).status_code == 400


def test_an_appointment_elsewhere_takes_the_whole_teacher(ghl: Ghl) -> None:
    course, nora = ghl.calendar("First aid course")["id"], users(ghl)[0]
    ghl.book(NINE, calendarId=ghl.calendar("Advice call")["id"], assignedUserId=nora)
    assert free(ghl, course)[0] == "10:00"


def test_a_collective_calendar_is_free_when_everybody_is(ghl: Ghl) -> None:
    nora, emil = users(ghl)
    members = [{"userId": nora, "isPrimary": True}, {"userId": emil}]
    hours = ghl.calendar()["openHours"]
    body = {"name": "Panel", "calendarType": "collective", "teamMembers": members, "openHours": hours}
    made = ghl.client.post("/calendars/", json={"locationId": ghl.location, **body}).json()["calendar"]["id"]
    block(ghl, NINE, TEN, assignedUserId=nora)
    block(ghl, TEN, ELEVEN, assignedUserId=emil)
    assert free(ghl, made)[0] == "11:00"


def test_buffers_keep_a_distance_on_both_sides(ghl: Ghl) -> None:
    calendar = ghl.calendar()["id"]
    ghl.client.put(f"/calendars/{calendar}", json={"preBuffer": 30, "slotBuffer": 60})
    ghl.book(f"{MONDAY}T12:00:00-05:00")
    assert [time for time in free(ghl, calendar) if "10:00" <= time <= "13:30"] == [
        "10:00",
        "10:30",
        "13:00",
        "13:30",
    ]


@pytest.mark.parametrize(
    ("kind", "monday", "tuesday"),
    [(None, ["14:00", "14:30"], 16), (0, 16, 16), (1, ["14:00", "14:30"], 0)],
)
def test_custom_dates_stand_beside_or_instead_of_open_hours(
    ghl: Ghl, kind: int | None, monday: Any, tuesday: int
) -> None:
    calendar = ghl.calendar()["id"]
    hours = [{"openHour": 14, "openMinute": 0, "closeHour": 15, "closeMinute": 0}]
    dates = [{"date": f"{MONDAY}T00:00:00.000Z", "hours": hours}]
    body = {"availabilities": dates, "availabilityType": kind}
    assert ghl.client.put(f"/calendars/{calendar}", json=body).status_code == 200
    found = free(ghl, calendar)
    assert (len(found) if isinstance(monday, int) else found) == monday
    assert len(free(ghl, calendar, day="2027-02-02")) == tuesday


def test_a_schedule_counts_once_it_is_linked_and_in_its_own_zone(ghl: Ghl) -> None:
    calls, nora = ghl.calendar("Advice call")["id"], users(ghl)[0]
    rules = [
        {"type": "wday", "day": "monday", "intervals": [{"from": "15:00", "to": "16:00"}]},
        {"type": "date", "date": "2027-02-08", "intervals": [{"from": "17:00", "to": "18:00"}]},
    ]
    body = {"locationId": ghl.location, "name": "Berlin", "userId": nora, "rules": rules}
    made = ghl.client.post("/calendars/schedules", json={**body, "timezone": "Europe/Berlin"})
    schedule = made.json()["schedule"]["id"]
    assert free(ghl, calls, userId=nora)[0] == "09:00"
    ghl.client.put(f"/calendars/schedules/{schedule}/associations/{calls}")
    assert free(ghl, calls, userId=nora) == ["09:00", "09:30"]
    assert free(ghl, calls, userId=nora, day="2027-02-08") == ["11:00", "11:30"]
    assert free(ghl, calls, userId=nora, day="2027-02-02") == []
    assert len(free(ghl, calls)) == 16


# --- notes of appointments ------------------------------------------------------------------------


def test_notes_of_an_appointment_come_in_pages_of_twenty(ghl: Ghl) -> None:
    appointment = ghl.book(NINE).json()
    path = f"/calendars/appointments/{appointment['id']}/notes"
    for number in range(21):
        made = ghl.client.post(path, json={"body": f"Note {number}", "userId": users(ghl)[0]})
        assert made.status_code == 201
    assert made.json()["note"]["createdBy"]["name"] == "Nora Quist"
    first = ghl.client.get(path, params={"limit": 20, "offset": 0}).json()
    second = ghl.client.get(path, params={"limit": 20, "offset": 20}).json()
    assert (len(first["notes"]), first["hasMore"]) == (20, True)
    assert ([note["body"] for note in second["notes"]], second["hasMore"]) == (["Note 20"], False)
    note = f"{path}/{second['notes'][0]['id']}"
    assert ghl.client.put(note, json={"body": "New"}).json()["note"]["body"] == "New"
    assert ghl.client.delete(note).json()["success"] is True
    assert ghl.client.put(note, json={"body": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"limit": 21, "offset": 0}, "limit must not be greater than 20"),
        ({"limit": 20, "offset": -1}, "offset must not be less than 0"),
        ({"limit": 20}, "offset should not be empty"),
    ],
)
def test_a_page_of_notes_that_does_not_fit_is_refused(ghl: Ghl, asked: dict[str, int], message: str) -> None:
    path = f"/calendars/appointments/{ghl.book(NINE).json()['id']}/notes"
    answer = ghl.client.get(path, params=asked)
    assert (answer.status_code, answer.json()["message"][0]) == (422, message)


def test_a_note_has_at_most_5000_characters(ghl: Ghl) -> None:
    path = f"/calendars/appointments/{ghl.book(NINE).json()['id']}/notes"
    assert ghl.client.post(path, json={"body": "x" * 5000}).status_code == 201
    assert ghl.client.post(path, json={"body": "x" * 5001}).status_code == 422
