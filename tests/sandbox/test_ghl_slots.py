"""Free slots of the simulated GHL, against a computation that knows nothing of how they are made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.conftest import Ghl, listed, set_clock

HALF_HOUR = timedelta(minutes=30)


def local(zone: str, day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone))


def half_hours(start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start.astimezone(UTC)
    while moment <= end:
        yield moment
        moment += HALF_HOUR


def made_calendar(ghl: Ghl, **more: Any) -> dict[str, Any]:
    body = {"locationId": ghl.location, "name": "Made", "openHours": open_on(1, 9, 12), **more}
    answer = ghl.client.post("/calendars/", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["calendar"]


def open_on(day: int, opens: int, closes: int) -> list[dict[str, Any]]:
    hours = {"openHour": opens, "openMinute": 0, "closeHour": closes, "closeMinute": 0}
    return [{"daysOfTheWeek": [day], "hours": [hours]}]


def in_location(ghl: Ghl, zone: str) -> Ghl:
    """The same sandbox, seen by the location in this zone."""
    if zone == "Europe/Berlin":
        ghl.location = ghl.other_location()
        known = ghl.sandbox.dump()["ghl"]["locations"]
        assert next(row for row in known if row["id"] == ghl.location)["timezone"] == zone
        page = ghl.client.post(
            "/oauth/chooselocation",
            params={
                "response_type": "code",
                "client_id": ghl.known["client_id"],
                "redirect_uri": "https://hub.example/",
                "scope": "calendars.readonly calendars.write",
            },
            data={"location_id": ghl.location},
        )
        form = {
            "grant_type": "authorization_code",
            "code": page.headers["Location"].partition("code=")[2],
            "client_id": ghl.known["client_id"],
            "client_secret": ghl.known["client_secret"],
        }
        ghl.client = ghl.client_with(ghl.client.post("/oauth/token", data=form).json()["access_token"])
    return ghl


CLOCK_CHANGES = [
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2027, 10, 31)),
]


@pytest.mark.parametrize(("zone", "sunday"), CLOCK_CHANGES)
@pytest.mark.parametrize("shown_in", ["", "Asia/Kolkata"])
def test_office_hours_stay_office_hours_when_clocks_change(
    ghl: Ghl, zone: str, sunday: date, shown_in: str
) -> None:
    set_clock(ghl.sandbox, f"{sunday - timedelta(days=20)}T00:00:00+00:00")
    ghl = in_location(ghl, zone)
    start, end = local(zone, sunday - timedelta(days=10)), local(zone, sunday + timedelta(days=10))
    expected = [
        moment
        for moment in half_hours(start, end)
        if (there := moment.astimezone(ZoneInfo(zone))).weekday() < 5
        and time(9) <= there.time() <= time(16, 30)
    ]
    calendar = ghl.calendar(location=ghl.location)["id"]
    more = {"timezone": shown_in} if shown_in else {}
    answer = ghl.slots(calendar, start, end, **more)
    found = listed(answer)
    assert [datetime.fromisoformat(slot) for slot in found] == expected
    shown = ZoneInfo(shown_in or zone)
    assert found == [moment.astimezone(shown).isoformat() for moment in expected]
    days = {day: row["slots"] for day, row in answer.json().items() if day != "traceId"}
    assert all(slot.startswith(day) for day, slots in days.items() for slot in slots)
    assert len({slot[-6:] for slot in found}) == (1 if shown_in else 2)


@pytest.mark.parametrize(("zone", "sunday"), CLOCK_CHANGES)
def test_a_night_with_a_clock_change_has_the_hours_it_really_has(ghl: Ghl, zone: str, sunday: date) -> None:
    set_clock(ghl.sandbox, f"{sunday - timedelta(days=20)}T00:00:00+00:00")
    ghl = in_location(ghl, zone)
    calendar = made_calendar(ghl, openHours=open_on(0, 0, 6))["id"]
    start, end = local(zone, sunday), local(zone, sunday, 23)
    expected = [
        moment for moment in half_hours(start, end) if moment.astimezone(ZoneInfo(zone)).time() <= time(5, 30)
    ]
    assert len(expected) in (10, 14)
    assert [datetime.fromisoformat(slot) for slot in listed(ghl.slots(calendar, start, end))] == expected


MONDAY = local("America/New_York", date(2027, 2, 8))
DAY = timedelta(days=1)


def clock_times(ghl: Ghl, calendar: str, **more: Any) -> list[str]:
    return [slot[11:16] for slot in listed(ghl.slots(calendar, MONDAY, MONDAY + DAY, **more))]


@pytest.mark.parametrize(
    ("settings", "times"),
    [
        ({}, ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]),
        ({"slotDuration": 60}, ["09:00", "09:30", "10:00", "10:30", "11:00"]),
        ({"slotDuration": 1, "slotDurationUnit": "hours", "slotInterval": 60}, ["09:00", "10:00", "11:00"]),
        ({"slotInterval": 1, "slotIntervalUnit": "hours"}, ["09:00", "10:00", "11:00"]),
        ({"slotDuration": 50, "slotInterval": 65}, ["09:00", "10:05", "11:10"]),
        ({"isActive": False}, []),
        ({"openHours": open_on(2, 9, 12)}, []),
        ({"openHours": open_on(1, 13, 14) + open_on(1, 9, 10)}, ["09:00", "09:30", "13:00", "13:30"]),
        # The clock stands at 2027-02-01T06:00Z, 01:00 in New York; Monday the 8th is 7 days off.
        ({"allowBookingFor": 6, "allowBookingForUnit": "days"}, []),
        ({"allowBookingFor": 2, "allowBookingForUnit": "weeks", "slotInterval": 120}, ["09:00", "11:00"]),
        ({"allowBookingAfter": 2, "allowBookingAfterUnit": "weeks"}, []),
        ({"allowBookingAfter": 177.5, "allowBookingAfterUnit": "hours"}, ["11:00", "11:30"]),
    ],
)
def test_a_calendars_settings_make_its_slots(ghl: Ghl, settings: dict[str, Any], times: list[str]) -> None:
    assert clock_times(ghl, made_calendar(ghl, **settings)["id"]) == times


def test_the_very_end_of_a_day_can_be_open(ghl: Ghl) -> None:
    hours = {"openHour": 23, "openMinute": 0, "closeHour": 23, "closeMinute": 60}
    calendar = made_calendar(ghl, openHours=[{"daysOfTheWeek": [1], "hours": [hours]}])
    assert clock_times(ghl, calendar["id"]) == ["23:00", "23:30"]


@pytest.mark.parametrize(
    ("settings", "times"),
    [
        ({}, ["09:00", "09:30", "10:30", "11:00", "11:30"]),
        ({"appoinmentPerSlot": 2}, ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]),
        ({"slotBuffer": 30}, ["09:00", "10:30", "11:00", "11:30"]),
        ({"preBuffer": 30, "preBufferUnit": "mins"}, ["09:00", "09:30", "11:00", "11:30"]),
        ({"appoinmentPerDay": 1}, []),
        ({"slotDuration": 60}, ["09:00", "11:00"]),
    ],
)
def test_an_appointment_takes_its_time_out_of_the_slots(
    ghl: Ghl, settings: dict[str, Any], times: list[str]
) -> None:
    calendar = made_calendar(ghl, **settings)["id"]
    assert ghl.book("2027-02-08T10:00:00-05:00", calendarId=calendar).status_code == 200
    assert clock_times(ghl, calendar) == times


@pytest.mark.parametrize("status", ["cancelled", "noshow", "invalid"])
def test_an_appointment_that_does_not_happen_frees_its_slot(ghl: Ghl, status: str) -> None:
    calendar = made_calendar(ghl)["id"]
    booked = ghl.book("2027-02-08T10:00:00-05:00", calendarId=calendar).json()
    ghl.sandbox.act("ghl", "change_status", {"appointment": booked["id"], "status": status})
    assert "10:00" in clock_times(ghl, calendar)


def test_a_team_has_a_slot_while_one_of_them_is_free(ghl: Ghl) -> None:
    calendar = ghl.calendar("Advice call")
    nora, emil = (member["userId"] for member in calendar["teamMembers"])
    ten = "2027-02-08T10:00:00-05:00"
    assert ghl.book(ten, calendarId=calendar["id"], assignedUserId=nora).status_code == 200
    assert "10:00" in clock_times(ghl, calendar["id"])
    assert "10:00" not in clock_times(ghl, calendar["id"], userId=nora)
    assert "10:00" in clock_times(ghl, calendar["id"], userIds=[emil, nora])
    assert ghl.book(ten, calendarId=calendar["id"], assignedUserId=nora).status_code == 400
    assert ghl.book(ten, calendarId=calendar["id"], assignedUserId=emil).status_code == 200
    assert "10:00" not in clock_times(ghl, calendar["id"])


def test_the_past_is_not_offered(ghl: Ghl) -> None:
    set_clock(ghl.sandbox, "2027-02-08T10:10:00-05:00")
    assert clock_times(ghl, made_calendar(ghl)["id"]) == ["10:30", "11:00", "11:30"]


@pytest.mark.parametrize(
    ("params", "status", "message"),
    [
        (
            {"startDate": "2027-02-08"},
            422,
            ["startDate must be a number conforming to the specified constraints"],
        ),
        ({"locationId": "x"}, 422, ["property locationId should not exist"]),
        ({"timezone": "Mars/Olympus"}, 422, ["timezone must be a valid IANA time zone"]),
        ({"timezone": "../etc"}, 422, ["timezone must be a valid IANA time zone"]),
        ({"endDate": 1}, 422, ["endDate must not be before startDate"]),
        ({"endDate": 10**17}, 422, ["startDate and endDate must be epoch milliseconds"]),
        ({"endDate": 1_802_000_000_000 + 31 * 86_400_000}, 200, None),
        ({"endDate": 1_802_000_000_001 + 31 * 86_400_000}, 400, "Date range cannot be more than 31 days"),
    ],
)
def test_a_range_has_to_make_sense(
    ghl: Ghl, params: dict[str, Any], status: int, message: list[str] | str | None
) -> None:
    asked = {"startDate": 1_802_000_000_000, "endDate": 1_802_086_400_000, **params}
    answer = ghl.client.get(f"/calendars/{ghl.calendar()['id']}/free-slots", params=asked)
    assert (answer.status_code, answer.json().get("message")) == (status, message)


def test_the_answer_has_a_trace_beside_its_days(ghl: Ghl) -> None:
    answer = ghl.slots(ghl.calendar()["id"], MONDAY, MONDAY + DAY).json()
    assert set(answer) == {"2027-02-08", "traceId"}
    assert set(answer["2027-02-08"]) == {"slots"}
