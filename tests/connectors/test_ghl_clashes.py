"""GoHighLevel for reps of another app: who they are, times asked for, bookings in busy times, schedules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.errors import Conflict, MappingFailed, Refused
from integrations.engine.spec import Situation
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BERLIN = Situation(now=NOW, settings={"timezone": "Europe/Berlin"})
CALENDAR = {"id": "k", "name": "Visits", "slotDuration": 30, "slotDurationUnit": "mins"}
MONDAY = {
    "2026-11-23": {
        "slots": [f"2026-11-23T{hour:02d}:00:00+01:00" for hour in (9, 10, 11, 13)],
    },
    "traceId": "0f1e2d3c",
}
USERS = [
    {"id": "u1", "name": "Nora Quist", "email": "Nora.Quist@example.com"},
    {"id": "u2", "name": "Emil Baum", "email": "emil.baum@example.com"},
]


def run(
    key: str, values: dict[str, Any], *, taken: tuple[str, ...] = (), **answers: Any
) -> tuple[Any, list[Command]]:
    known = {
        "calendars.get": CALENDAR,
        "calendars.free_slots": MONDAY,
        "users.list": USERS,
        "appointments.update": {"id": "a"},
        **{name.replace("__", "."): answer for name, answer in answers.items()},
    }
    script = CONNECTOR.procedure(key).run(values, BERLIN)
    return drive(script, lambda command: known[command.operation], taken=taken)


# --- who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"number": "7", "table": {"7": "u9"}}, ("u9", "table")),
        ({"number": "7", "email": "emil.baum@example.com", "table": {"7": "u9"}}, ("u9", "table")),
        ({"number": "8", "email": "Emil@Work", "table": {"emil@work": "u2"}}, ("u2", "table")),
        ({"number": "8", "email": "nora.quist@EXAMPLE.com", "table": {"7": "u9"}}, ("u1", "email")),
        ({"email": "nobody@example.com"}, ("", "")),
        ({"number": "8"}, ("", "")),
    ],
)
def test_a_rep_is_found_by_the_table_else_by_e_mail(values: dict[str, Any], found: tuple[str, str]) -> None:
    user, _ = run("find_user", values)
    assert (user["id"], user["by"]) == found


def test_nobody_is_asked_for_where_the_table_knows() -> None:
    assert run("find_user", {"number": "7", "table": {"7": "u9"}})[1] == []


# --- a time asked for -----------------------------------------------------------------------------


def asked(start: str, **more: Any) -> dict[str, Any]:
    return {"calendarId": "k", "startTime": start, **more}


@pytest.mark.parametrize(
    ("start", "free", "then"),
    [
        ("2026-11-23T10:00:00+01:00", True, None),
        ("2026-11-23T09:00:00Z", True, None),  # the same moment
        ("2026-11-23T10:15:00+01:00", False, "2026-11-23T11:00:00+01:00"),
        ("2026-11-23T12:00:00+01:00", False, "2026-11-23T13:00:00+01:00"),
        ("2026-11-23T14:00:00+01:00", False, None),
    ],
)
def test_a_time_is_free_or_the_next_is_named(start: str, free: bool, then: str | None) -> None:
    found, _ = run("check_time", asked(start))
    assert found["free"] is free
    assert (found["next"] or {}).get("startTime") == then


def test_a_free_time_is_told_as_the_app_writes_it() -> None:
    found, _ = run("check_time", asked("2026-11-23T09:00:00Z"))
    assert found["startTime"] == "2026-11-23T10:00:00+01:00"


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({}, "2026-11-23T10:30:00+01:00"),
        ({"minutes": 45}, "2026-11-23T10:45:00+01:00"),
        ({"endTime": "2026-11-23T11:00:00+01:00", "minutes": 45}, "2026-11-23T11:00:00+01:00"),
        ({"endTime": "2026-11-23T09:00:00+01:00"}, "2026-11-23T10:30:00+01:00"),  # ends before it begins
    ],
)
def test_it_lasts_as_its_end_or_minutes_say_else_as_the_calendar_does(more: dict[str, Any], end: str) -> None:
    found, _ = run("check_time", asked("2026-11-23T10:00:00+01:00", **more))
    assert found["endTime"] == end


def test_a_time_that_another_flow_is_taking_is_not_free() -> None:
    taken = ("2026-11-23T10:00:00+01:00", "2026-11-23T11:00:00+01:00")
    found, _ = run("check_time", asked("2026-11-23T10:00:00+01:00"), taken=taken)
    assert (found["free"], found["next"]["startTime"]) == (False, "2026-11-23T13:00:00+01:00")


@pytest.mark.parametrize(
    ("stands_at", "free"), [("2026-11-23T12:00:00+01:00", True), ("2026-11-23T09:00:00+01:00", False)]
)
def test_where_an_appointment_stands_already_is_free_for_it(stands_at: str, free: bool) -> None:
    found, _ = run(
        "check_time",
        asked("2026-11-23T12:00:00+01:00", eventId="a"),
        appointments__get={"id": "a", "startTime": stands_at},
    )
    assert found["free"] is free


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(MappingFailed, match="offset"):
        run("check_time", asked("2026-11-23T10:00:00"))


# --- appointments in busy times -------------------------------------------------------------------


def event(id: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "title": "Visit",
        "calendarId": "k",
        "contactId": "c",
        "startTime": f"2026-11-23T{start}:00+01:00",
        "endTime": f"2026-11-23T{end}:00+01:00",
        "appointmentStatus": "confirmed",
        **more,
    }


BUSY = [{"start": "2026-11-23T10:00", "end": "2026-11-23T12:00"}]


def clashes(events: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    given = {"userId": "u1", "day": "2026-11-23", "busy": BUSY, **values}
    found, _ = run("find_clashes", given, events__list=events)
    told: dict[str, Any] = found
    return told


@pytest.mark.parametrize(
    ("row", "clashing"),
    [
        (event("a", "10:00", "10:30"), True),
        (event("a", "09:30", "10:30"), True),
        (event("a", "11:30", "12:30"), True),
        (event("a", "09:30", "10:00"), False),
        (event("a", "12:00", "12:30"), False),
        (event("a", "10:00", "10:30", appointmentStatus="cancelled"), False),
        (event("a", "10:00", "10:30", startTime="not a time"), False),
    ],
)
def test_what_lies_in_a_busy_time_clashes(row: dict[str, Any], clashing: bool) -> None:
    assert bool(clashes([row])["clashes"]) is clashing


def test_each_is_proposed_a_later_time_of_its_own_outside_the_busy_ones() -> None:
    rows = [event("a", "10:00", "10:30"), event("b", "10:30", "11:00")]
    found = clashes(rows)["clashes"]
    assert [row["proposal"] for row in found] == [
        {"startTime": "2026-11-23T13:00:00+01:00", "endTime": "2026-11-23T13:30:00+01:00"},
        None,
    ]


def test_nothing_is_proposed_where_nobody_wants_it() -> None:
    found, asked_for = run(
        "find_clashes",
        {"userId": "u1", "busy": BUSY, "propose": False},
        events__list=[event("a", "10:00", "10:30")],
    )
    assert [row["proposal"] for row in found["clashes"]] == [None]
    assert [command.operation for command in asked_for] == ["events.list"]


@pytest.mark.parametrize(
    ("given", "windows"),
    [
        ({"busy": BUSY}, [("10:00", "12:00")]),
        ({"busy": [*BUSY, {"start": "2026-11-23T11:00", "end": "2026-11-23T13:00"}]}, [("10:00", "13:00")]),
        ({"busy": [{"start": "14:00", "end": "3:00 PM"}, *BUSY]}, [("10:00", "12:00"), ("14:00", "15:00")]),
        ({"busy": [{"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"}]}, [("10:00", "11:00")]),
        ({"busy": [], "time": "10:00", "minutes": 90}, [("10:00", "11:30")]),
        ({"busy": None}, []),
    ],
)
def test_busy_times_are_read_however_they_are_told(
    given: dict[str, Any], windows: list[tuple[str, str]]
) -> None:
    found = clashes([], **given)["windows"]
    assert [(row["startTime"][11:16], row["endTime"][11:16]) for row in found] == windows


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"busy": ["10:00"]}, "start"),
        ({"busy": [{"start": "10:00"}]}, "end"),
        ({"busy": [{"start": "12:00", "end": "10:00"}]}, "before it begins"),
        ({"busy": [], "time": "10:00"}, "minutes"),
        ({"busy": [{"start": "soon", "end": "later"}]}, "soon"),
    ],
)
def test_busy_times_that_cannot_be_read_are_refused_in_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingFailed, match=words):
        clashes([], **given)


def block(id: str, start: str, end: str) -> dict[str, Any]:
    return {"id": id, "data": {"startTime": start, "endTime": end}}


def test_only_what_is_not_blocked_yet_is_blocked_and_what_is_over_lifted() -> None:
    blocked = [
        block("same", "2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z"),
        block("other", "2026-11-23T15:00:00+01:00", "2026-11-23T16:00:00+01:00"),
        block("another_day", "2026-11-24T15:00:00+01:00", "2026-11-24T16:00:00+01:00"),
    ]
    found = clashes([], blocked=blocked)
    assert (found["block"], found["unblock"]) == ([], [{"id": "other"}])
    assert [row["key"] for row in clashes([])["block"]] == ["20261123T0900Z/20261123T1100Z"]


# --- moving one -----------------------------------------------------------------------------------

MOVE = {
    "eventId": "a",
    "calendarId": "k",
    "was": "2026-11-23T10:00:00+01:00",
    "startTime": "2026-11-23T13:00:00+01:00",
    "endTime": "2026-11-23T13:30:00+01:00",
    "toNotify": True,
}


def test_free_times_are_read_again_just_before_a_booking_moves() -> None:
    found, made = run("rebook", MOVE, appointments__get={"startTime": "2026-11-23T09:00:00Z"})
    assert found["moved"] is True
    assert [command.operation for command in made] == [
        "appointments.get", "calendars.free_slots", "appointments.update",
    ]  # fmt: skip
    assert made[-1].values == {key: MOVE[key] for key in ("eventId", "startTime", "endTime", "toNotify")}


def test_a_time_that_is_taken_by_then_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="not free any more"):
        run("rebook", MOVE, appointments__get={"startTime": MOVE["was"]}, calendars__free_slots={})


def test_a_booking_that_somebody_has_moved_meanwhile_is_left() -> None:
    found, made = run("rebook", MOVE, appointments__get={"startTime": "2026-11-23T11:00:00+01:00"})
    assert (found["moved"], len(made)) == (False, 1)


# --- a day in a schedule --------------------------------------------------------------------------

WEEK = [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]
WINDOWS = [{"startTime": "2026-11-23T09:00:00Z", "endTime": "2026-11-23T11:00:00Z"}]


def day(rules: list[dict[str, Any]], windows: list[dict[str, Any]], **more: Any) -> tuple[Any, list[Command]]:
    schedule = {"id": "s", "timezone": "Europe/Berlin", "rules": rules, "deleted": False}
    values = {"userId": "u1", "days": ["2026-11-23"], "windows": windows, **more}
    return run("set_day", values, schedules__search=[schedule], schedules__update={"id": "s"})


@pytest.mark.parametrize(
    ("windows", "intervals"),
    [
        (WINDOWS, [{"from": "09:00", "to": "10:00"}, {"from": "12:00", "to": "17:00"}]),
        (
            [{"startTime": "2026-11-23T07:00:00+01:00", "endTime": "2026-11-23T09:30:00+01:00"}],
            [{"from": "09:30", "to": "17:00"}],
        ),
        (
            [*WINDOWS, {"startTime": "2026-11-23T10:30:00+01:00", "endTime": "2026-11-23T11:00:00+01:00"}],
            [{"from": "09:00", "to": "10:00"}, {"from": "12:00", "to": "17:00"}],
        ),
        ([{"startTime": "2026-11-22T20:00:00+01:00", "endTime": "2026-11-24T08:00:00+01:00"}], []),
        (
            [{"startTime": "2026-11-23T18:00:00+01:00", "endTime": "2026-11-23T19:00:00+01:00"}],
            [{"from": "09:00", "to": "17:00"}],
        ),
    ],
)
def test_a_busy_time_is_taken_out_of_the_days_usual_hours(
    windows: list[dict[str, Any]], intervals: list[dict[str, str]]
) -> None:
    found, made = day(WEEK, windows)
    assert found["changed"] is True
    assert made[-1].values == {
        "id": "s",
        "rules": [*WEEK, {"type": "date", "date": "2026-11-23", "intervals": intervals}],
    }


def test_without_busy_times_the_day_is_as_the_week_has_it() -> None:
    ours = {"type": "date", "date": "2026-11-23", "intervals": []}
    other = {"type": "date", "date": "2026-11-24", "intervals": []}
    assert day([*WEEK, ours, other], [])[1][-1].values["rules"] == [*WEEK, other]


def test_a_day_that_is_right_is_not_written() -> None:
    right = day(WEEK, WINDOWS)[1][-1].values["rules"]
    found, made = day(right, WINDOWS)
    assert (found["changed"], [command.operation for command in made]) == (False, ["schedules.search"])


def test_a_person_without_a_schedule_is_said() -> None:
    with pytest.raises(Refused, match="no such schedule"):
        day(WEEK, WINDOWS, scheduleId="another")
