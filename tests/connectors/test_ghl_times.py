"""Free times of GoHighLevel calendars: ranges, zones, clock changes, seats; and confirming one of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.connectors.ghl.availability import Range
from integrations.connectors.ghl.times import BY_ROOM, BY_SEATS
from integrations.engine.errors import Conflict, MappingFailed
from integrations.engine.fitting import fit
from integrations.engine.spec import Situation
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BERLIN = Situation(now=NOW, settings={"timezone": "Europe/Berlin"})
CALENDAR = {"id": "k", "name": "Review call", "slotDuration": 45, "slotDurationUnit": "mins"}
MONDAY = {
    "2026-11-23": {"slots": ["2026-11-23T09:00:00+01:00", "2026-11-23T10:00:00+01:00"]},
    "traceId": "0f1e2d3c",
}


def run(
    key: str, values: dict[str, Any], *, taken: tuple[str, ...] = (), **answers: Any
) -> tuple[Any, list[Command]]:
    known = {
        "calendars.get": CALENDAR,
        "calendars.free_slots": MONDAY,
        "locations.get": {"timezone": "America/Chicago"},
        **{name.replace("__", "."): answer for name, answer in answers.items()},
    }
    script = CONNECTOR.procedure(key).run({"calendarId": "k", **values}, BERLIN)
    return drive(script, lambda command: known[command.operation], taken=taken)


def free(values: dict[str, Any], **more: Any) -> tuple[Any, list[Command]]:
    return run("free_times", {"from_day": "2026-11-23", "to_day": "2026-11-23", **values}, **more)


def starts(found: Any) -> list[str]:
    return [time["startTime"] for time in found["times"]]


# --- ranges and zones -----------------------------------------------------------------------------


def test_the_times_of_a_range_are_told_as_the_app_wrote_them_with_their_ends() -> None:
    found, asked = free({})
    assert found["calendar"]["name"] == "Review call"
    assert {key: value for key, value in found.items() if key != "calendar"} == {
        "zone": "Europe/Berlin",
        "first": "2026-11-23",
        "last": "2026-11-23",
        "times": [
            {"startTime": "2026-11-23T09:00:00+01:00", "endTime": "2026-11-23T09:45:00+01:00"},
            {"startTime": "2026-11-23T10:00:00+01:00", "endTime": "2026-11-23T10:45:00+01:00"},
        ],
        "days": [
            {
                "date": "2026-11-23",
                "slots": [
                    {"start": "2026-11-23T09:00:00+01:00", "end": "2026-11-23T09:45:00+01:00"},
                    {"start": "2026-11-23T10:00:00+01:00", "end": "2026-11-23T10:45:00+01:00"},
                ],
            }
        ],
        "capacity": "",
    }
    assert [command.operation for command in asked] == ["calendars.get", "calendars.free_slots"]
    assert asked[1].values["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("days", [1, 30, 31, 62, 186])
def test_a_long_range_is_split_into_ranges_the_app_accepts(days: int) -> None:
    last = date(2026, 11, 23) + timedelta(days=days - 1)
    _, asked = free({"to_day": last.isoformat()}, calendars__free_slots={})
    windows = [command.values for command in asked if command.operation == "calendars.free_slots"]
    assert all(0 < w["endDate"] - w["startDate"] <= 31 * 86_400_000 for w in windows)
    assert all(b["startDate"] == a["endDate"] + 1 for a, b in pairwise(windows))
    assert windows[0]["startDate"] == datetime(2026, 11, 22, 23, tzinfo=UTC).timestamp() * 1000
    ends = datetime.fromtimestamp((windows[-1]["endDate"] + 1) / 1000, ZoneInfo("Europe/Berlin"))
    assert (ends.date(), ends.hour, ends.minute) == (last + timedelta(days=1), 0, 0)
    assert all(w["timezone"] == "Europe/Berlin" for w in windows)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2027, 10, 31), 25),
        ("America/New_York", date(2027, 3, 14), 23),
        ("Australia/Lord_Howe", date(2027, 10, 3), 23.5),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # there midnight itself is left out
        ("Asia/Kolkata", date(2027, 3, 28), 24),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: float) -> None:
    begin, end = Range(first=day, last=day, zone=ZoneInfo(zone)).bounds
    assert (end - begin).total_seconds() == hours * 3_600


def test_without_days_it_is_the_week_that_begins_today_and_nothing_past_is_offered() -> None:
    today = {"2026-11-20": {"slots": ["2026-11-20T10:30:00+01:00", "2026-11-20T11:00:00+01:00"]}}
    found, _ = run("free_times", {}, calendars__free_slots=today)
    assert (found["first"], found["last"]) == ("2026-11-20", "2026-11-26")
    assert starts(found) == ["2026-11-20T11:00:00+01:00"]


def test_a_moment_is_taken_for_its_day_in_the_zone_asked_for() -> None:
    found, _ = free({"from_day": "2026-11-22T23:30:00+00:00", "zone": "Asia/Kolkata"})
    assert (found["first"], found["zone"]) == ("2026-11-23", "Asia/Kolkata")


def test_what_the_app_adds_beyond_the_range_is_left_out() -> None:
    beyond = {**MONDAY, "2026-11-24": {"slots": ["2026-11-24T09:00:00+01:00"]}}
    found, _ = free({}, calendars__free_slots=beyond)
    assert starts(found) == MONDAY["2026-11-23"]["slots"]  # type: ignore[index]


BAD = [
    (
        {"from_day": "2026-11-24"},
        "The range ends on 2026-11-23, before it begins on 2026-11-24: swap the two days.",
    ),
    (
        {"to_day": "2028-11-23"},
        "732 days are too many to look through; at most 186 can be asked for at a time.",
    ),
    (
        {"zone": "Mars/Olympus"},
        "There is no time zone “Mars/Olympus”; choose one by its name, such as Europe/Berlin.",
    ),
    ({"from_day": "next week"}, "“From” must be a date such as 2026-11-20."),
    (
        {"from_day": "1795496400000"},
        "“From” is written as a date such as 2026-11-20, and not in milliseconds since 1970.",
    ),
    ({"most": "-3"}, "“At most” is a whole number of times, and not “-3”."),
    ({"hold_minutes": 600}, "A time is held for 1 to 60 minutes, and not for 600."),
]


@pytest.mark.parametrize(("values", "sentence"), BAD)
def test_what_cannot_be_asked_for_is_said_in_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MappingFailed) as caught:
        free(values)
    assert caught.value.sentence == sentence


# --- how many, for whom ---------------------------------------------------------------------------


def test_what_other_flows_hold_is_not_offered() -> None:
    found, _ = free({}, taken=("2026-11-23T09:00:00+01:00",))
    assert starts(found) == ["2026-11-23T10:00:00+01:00"]


def test_no_more_are_given_than_were_asked_for() -> None:
    assert len(free({"most": "1"})[0]["times"]) == 1
    assert len(free({"most": 1, "hold_for": "c1"})[0]["times"]) == 1


def booking(start: str, status: str = "confirmed") -> dict[str, Any]:
    return {"id": start, "startTime": start, "appointmentStatus": status}


def test_seats_are_those_of_the_calendar_less_what_is_booked_and_said_to_be_an_estimate() -> None:
    booked = [
        booking("2026-11-23T08:00:00Z"),
        booking("2026-11-23T02:00:00-06:00"),
        booking("2026-11-23T09:00:00+01:00", "cancelled"),
    ]
    found, asked = free(
        {"capacity": True}, calendars__get={**CALENDAR, "appoinmentPerSlot": 5}, events__list=booked
    )
    assert [time["seats"] for time in found["times"]] == [3, 5]
    assert found["capacity"] == BY_SEATS
    assert found["capacity"].startswith("An estimate")
    listed = next(command for command in asked if command.operation == "events.list")
    assert listed.values["calendarId"] == "k"
    assert listed.values["startTime"] == "1795388400000"


def test_without_seats_of_its_own_a_calendar_has_those_of_its_rooms() -> None:
    rooms = [
        {"capacity": 8, "calendarIds": ["k", "other"]},
        {"capacity": 30, "calendarIds": ["other"]},
        {"capacity": None, "calendarIds": ["k"]},
    ]
    found, _ = free(
        {"capacity": True}, resources__list=rooms, events__list=[booking("2026-11-23T10:00:00+01:00")]
    )
    assert [time["seats"] for time in found["times"]] == [8, 7]
    assert found["capacity"] == BY_ROOM


def test_a_calendar_for_one_at_a_time_has_one_seat_left() -> None:
    found, asked = free({"capacity": True}, resources__list=[])
    assert [time["seats"] for time in found["times"]] == [1, 1]
    assert "events.list" not in [command.operation for command in asked]


# --- confirming one -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chosen", ["2026-11-23T09:00:00+01:00", "2026-11-23T08:00:00Z", "2026-11-23T03:00:00-05:00"]
)
def test_a_chosen_time_is_confirmed_in_the_apps_own_writing(chosen: str) -> None:
    found, asked = run("confirm_time", {"startTime": chosen})
    assert found["startTime"] == "2026-11-23T09:00:00+01:00"
    assert found["endTime"] == "2026-11-23T09:45:00+01:00"
    assert [command.operation for command in asked] == ["calendars.get", "calendars.free_slots"]


def test_a_time_that_is_taken_by_now_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="is not free any more; choose another time"):
        run("confirm_time", {"startTime": "2026-11-23T11:00:00+01:00"})
    with pytest.raises(Conflict, match="is being booked by another flow; choose another time"):
        run(
            "confirm_time",
            {"startTime": "2026-11-23T08:00:00Z"},
            taken=("2026-11-23T09:00:00+01:00",),
        )


def test_a_time_without_an_offset_cannot_be_confirmed() -> None:
    with pytest.raises(MappingFailed, match="“Start” needs a time with offset"):
        run("confirm_time", {"startTime": "2026-11-23T09:00:00"})


@pytest.mark.parametrize(
    ("operation", "key"),
    [("calendars.free_slots", "startDate"), ("events.list", "startTime"), ("block_slots.list", "endTime")],
)
def test_where_the_app_wants_milliseconds_a_date_is_told_how_to_become_them(operation: str, key: str) -> None:
    with pytest.raises(MappingFailed, match="the transform `to_epoch_ms` writes a time so"):
        fit("2026-11-24T05:00:00-06:00", CONNECTOR.operation(operation).field(key))
