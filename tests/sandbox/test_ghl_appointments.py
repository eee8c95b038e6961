"""Appointments of the simulated GHL: one winner per slot, flat answers, reads with everything."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl, set_clock

TEN = "2027-02-08T10:00:00-05:00"
HALF_PAST = "2027-02-08T10:30:00-05:00"
GONE = "The slot you have selected is no longer available."
PATH = "/calendars/events/appointments"


def told(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["message"]


def read(ghl: Ghl, appointment_id: str) -> dict[str, Any]:
    answer = ghl.client.get(f"{PATH}/{appointment_id}")
    assert answer.status_code == 200
    return answer.json()["event"]


def test_a_created_appointment_is_flat_and_without_its_dates(ghl: Ghl) -> None:
    answer = ghl.book(TEN, title="Certificate: Safety", description="Marked", address="Room 4")
    assert answer.status_code == 200
    made = answer.json()
    assert (made["startTime"], made["endTime"]) == (TEN, HALF_PAST)
    assert (made["title"], made["appointmentStatus"]) == ("Certificate: Safety", "confirmed")
    assert made["meetingLocationType"] == "custom"
    assert made["isRecurring"] is False
    assert not {"dateAdded", "dateUpdated", "description", "event"} & set(made)


def test_a_read_wraps_the_appointment_with_everything(ghl: Ghl) -> None:
    made = ghl.book(TEN, description="Marked").json()
    event = read(ghl, made["id"])
    assert (event["description"], event["title"]) == ("Marked", "Ada Moreno")
    assert (event["users"], event["groupId"], event["createdBy"]["source"]) == ([], "", "api")
    assert datetime.fromisoformat(event["dateAdded"]) <= datetime.fromisoformat(event["dateUpdated"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"attendees": []}, "property attendees should not exist"),
        ({"startTime": None}, "startTime must be a string"),
        (
            {"appointmentStatus": "booked"},
            "appointmentStatus must be one of the following values: new, confirmed",
        ),
        ({"startTime": "tomorrow"}, "startTime must be a valid ISO 8601 date string with an offset"),
        (
            {"startTime": "2027-02-08T10:00:00"},
            "startTime must be a valid ISO 8601 date string with an offset",
        ),
        ({"endTime": TEN}, "endTime must be after startTime"),
        ({"toNotify": "no"}, "toNotify must be a boolean value"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(ghl: Ghl, body: dict[str, Any], message: str) -> None:
    answer = ghl.book(**{"start": TEN, **body})
    assert answer.status_code == 422
    assert answer.json()["message"][0].startswith(message)


def test_notes_are_taken_and_dropped(ghl: Ghl) -> None:
    answer = ghl.book(TEN, notes="remember me")
    assert answer.status_code == 200
    assert "notes" not in answer.json()
    assert read(ghl, answer.json()["id"])["notes"] == ""


def test_calendar_and_contact_have_to_exist(ghl: Ghl) -> None:
    assert ghl.book(TEN, calendarId="none").status_code == 404
    assert told(ghl.book(TEN, contactId="none")) == (400, "Contact not found for id:none")
    assert ghl.client.get(f"{PATH}/none").status_code == 404


@pytest.mark.parametrize(
    ("start", "body", "status"),
    [
        (TEN, {}, 200),
        ("2027-02-08T16:00:00+01:00", {}, 200),
        ("2027-02-08T15:00:00+00:00", {}, 200),
        # The same instant rewritten to UTC is not recognised.
        ("2027-02-08T15:00:00Z", {}, 400),
        ("2027-02-08T10:10:00-05:00", {}, 400),
        ("2027-02-08T08:30:00-05:00", {}, 400),
        ("2027-02-08T17:00:00-05:00", {}, 400),
        ("2027-02-07T10:00:00-05:00", {}, 400),
        ("2027-01-25T10:00:00-05:00", {}, 400),
        ("2027-02-07T03:12:00-05:00", {"ignoreFreeSlotValidation": True}, 200),
        ("2027-01-25T10:00:00Z", {"ignoreFreeSlotValidation": True}, 200),
    ],
)
def test_a_time_has_to_be_a_free_slot_unless_told_otherwise(
    ghl: Ghl, start: str, body: dict[str, Any], status: int
) -> None:
    answer = ghl.book(start, **body)
    assert answer.status_code == status
    if status == 400:
        assert told(answer) == (400, GONE)


@pytest.mark.parametrize(("ignore", "status"), [(False, 400), (True, 200)])
def test_notice_can_be_ignored(ghl: Ghl, ignore: bool, status: int) -> None:
    hours = {"openHour": 9, "openMinute": 0, "closeHour": 12, "closeMinute": 0}
    body = {
        "locationId": ghl.location,
        "name": "Far ahead",
        "openHours": [{"daysOfTheWeek": [1], "hours": [hours]}],
        "allowBookingAfter": 2,
        "allowBookingAfterUnit": "weeks",
    }
    calendar = ghl.client.post("/calendars/", json=body).json()["calendar"]["id"]
    assert ghl.book(TEN, calendarId=calendar, ignoreDateRange=ignore).status_code == status


def test_a_taken_slot_is_taken(ghl: Ghl) -> None:
    assert ghl.book(TEN).status_code == 200
    assert told(ghl.book(TEN)) == (400, GONE)
    assert ghl.book(TEN, ignoreFreeSlotValidation=True).status_code == 200
    assert ghl.book(HALF_PAST).status_code == 200


def test_of_identical_bookings_at_once_one_wins(ghl: Ghl) -> None:
    body = {
        "calendarId": ghl.calendar()["id"],
        "locationId": ghl.location,
        "contactId": ghl.contact()["id"],
        "startTime": TEN,
    }
    together = threading.Barrier(4)

    def book(_: int) -> int:
        together.wait()
        return ghl.client.post(PATH, json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(book, range(4))) == [200, 400, 400, 400]
    assert len(ghl.sandbox.dump()["ghl"]["appointments"]) == 1


def test_a_team_calendar_wants_to_know_who(ghl: Ghl) -> None:
    calendar = ghl.calendar("Advice call")
    member = calendar["teamMembers"][1]["userId"]
    assert told(ghl.book(TEN, calendarId=calendar["id"])) == (
        422,
        ["A team member needs to be selected. assignedUserId is missing"],
    )
    assert ghl.book(TEN, calendarId=calendar["id"], assignedUserId="stranger").status_code == 422
    made = ghl.book(TEN, calendarId=calendar["id"], assignedUserId=member).json()
    assert made["assignedUserId"] == member
    assert read(ghl, made["id"])["users"] == [member]


def test_a_primary_member_is_the_default(ghl: Ghl) -> None:
    seeded = ghl.calendar("Advice call")
    first, second = (member["userId"] for member in seeded["teamMembers"])
    body = {
        "locationId": ghl.location,
        "name": "With a primary",
        "calendarType": "round_robin",
        "openHours": seeded["openHours"],
        "teamMembers": [{"userId": first}, {"userId": second, "isPrimary": True}],
    }
    calendar = ghl.client.post("/calendars/", json=body).json()["calendar"]["id"]
    assert ghl.book(TEN, calendarId=calendar).json()["assignedUserId"] == second


def test_a_change_of_words_leaves_the_time(ghl: Ghl) -> None:
    made = ghl.book(TEN, description="one").json()
    set_clock(ghl.sandbox, "2027-02-09T00:00:00+00:00")
    answer = ghl.client.put(f"{PATH}/{made['id']}", json={"description": "two", "title": "New"})
    assert answer.status_code == 200
    assert not {"dateAdded", "dateUpdated", "description"} & set(answer.json())
    event = read(ghl, made["id"])
    assert (event["description"], event["title"], event["startTime"]) == ("two", "New", TEN)
    assert event["dateUpdated"] > event["dateAdded"]


def test_a_moved_appointment_keeps_its_length_and_needs_a_free_slot(ghl: Ghl) -> None:
    made = ghl.book(TEN).json()
    ghl.book("2027-02-08T11:00:00-05:00")
    path = f"{PATH}/{made['id']}"
    moved = ghl.client.put(path, json={"startTime": HALF_PAST}).json()
    assert (moved["startTime"], moved["endTime"]) == (HALF_PAST, "2027-02-08T11:00:00-05:00")
    assert told(ghl.client.put(path, json={"startTime": "2027-02-08T11:00:00-05:00"})) == (400, GONE)
    forced = {"startTime": "2027-02-08T11:00:00-05:00", "ignoreFreeSlotValidation": True}
    assert ghl.client.put(path, json=forced).status_code == 200


def test_the_same_whole_state_put_twice_is_accepted_twice(ghl: Ghl) -> None:
    made = ghl.book(TEN).json()
    body = {"startTime": HALF_PAST, "endTime": "2027-02-08T11:00:00-05:00", "title": "Moved"}
    answers = [ghl.client.put(f"{PATH}/{made['id']}", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_cancelled_appointment_comes_back_only_while_its_slot_is_free(ghl: Ghl) -> None:
    path = f"{PATH}/{ghl.book(TEN).json()['id']}"
    assert ghl.client.put(path, json={"appointmentStatus": "cancelled"}).status_code == 200
    assert ghl.client.put(path, json={"appointmentStatus": "confirmed"}).status_code == 200
    assert ghl.client.put(path, json={"appointmentStatus": "cancelled"}).status_code == 200
    assert ghl.book(TEN).status_code == 200
    assert told(ghl.client.put(path, json={"appointmentStatus": "confirmed"})) == (400, GONE)


@pytest.mark.parametrize("body", [{"locationId": "x"}, {"contactId": "x"}, {"notes": "x"}])
def test_an_update_takes_only_its_own_fields(ghl: Ghl, body: dict[str, str]) -> None:
    made = ghl.book(TEN).json()
    assert ghl.client.put(f"{PATH}/{made['id']}", json=body).status_code == 422


@pytest.mark.parametrize("body", [{"json": {}}, {}])
def test_an_appointment_is_deleted_as_an_event(ghl: Ghl, body: dict[str, Any]) -> None:
    made = ghl.book(TEN).json()
    answer = ghl.client.request("DELETE", f"/calendars/events/{made['id']}", **body)
    assert (answer.status_code, answer.json()["succeeded"]) == (201, True)
    assert ghl.client.get(f"{PATH}/{made['id']}").status_code == 404
    assert ghl.book(TEN).status_code == 200


def events(ghl: Ghl, **params: str) -> httpx.Response:
    window = {"startTime": "1802044800000", "endTime": "1802131200000"}
    return ghl.client.get("/calendars/events", params={"locationId": ghl.location, **window, **params})


def test_events_of_a_window_are_listed(ghl: Ghl) -> None:
    """The window is 2027-02-08 in UTC."""
    team = ghl.calendar("Advice call")
    user = team["teamMembers"][0]["userId"]
    first = ghl.book(TEN).json()["id"]
    second = ghl.book(HALF_PAST, calendarId=team["id"], assignedUserId=user).json()["id"]
    ghl.book("2027-02-09T10:00:00-05:00")
    ghl.sandbox.act("ghl", "change_status", {"appointment": first, "status": "cancelled"})
    by_calendar = events(ghl, calendarId=ghl.calendar()["id"]).json()["events"]
    assert [(row["id"], row["appointmentStatus"]) for row in by_calendar] == [(first, "cancelled")]
    assert "dateUpdated" in by_calendar[0]
    assert [row["id"] for row in events(ghl, userId=user).json()["events"]] == [second]
    assert events(ghl, groupId="none").json()["events"] == []


@pytest.mark.parametrize("params", [{}, {"calendarId": "x", "startTime": "2027-02-08"}, {"limit": "5"}])
def test_events_need_an_owner_and_milliseconds(ghl: Ghl, params: dict[str, str]) -> None:
    assert events(ghl, **params).status_code == 422


def test_a_person_can_take_a_time_by_hand(ghl: Ghl) -> None:
    ghl.sandbox.act("ghl", "book_appointment", {"calendar": ghl.calendar()["id"], "start": TEN})
    assert told(ghl.book(TEN)) == (400, GONE)
