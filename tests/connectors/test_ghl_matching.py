"""Which calendar, group or schedule of GoHighLevel another app's record stands for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.errors import HubError, MappingFailed, Refused
from integrations.engine.spec import Situation
from tests.connectors.driving import Command, drive

SITUATION = Situation(now=datetime(2026, 11, 21, 10, 0, tzinfo=UTC), settings={})
CALENDARS = [
    {"id": "c1", "name": "Review call", "slug": "review-call"},
    {"id": "c2", "name": "Evening class", "slug": "evening-class"},
]
GROUPS = [
    {"id": "g1", "name": "Reviews", "slug": "reviews"},
    {"id": "g2", "name": "Coaches", "slug": "coaches-2"},
]


def found(procedure: str, values: dict[str, Any], answers: dict[str, Any]) -> tuple[Any, list[Command]]:
    def answer(command: Command) -> Any:
        given = answers[command.operation]
        return given(command.values) if callable(given) else given

    return drive(CONNECTOR.procedure(procedure).run(values, SITUATION), answer)


# --- calendars ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "id", "by"),
    [
        ({"name": "Evening class"}, "c2", "name"),
        ({"name": " EVENING class "}, "c2", "name"),
        ({"name": "Evening class", "calendarId": "c1"}, "c1", "id"),
        ({"name": "Evening class", "calendarId": "gone"}, "c2", "name"),
        ({"name": "Evening class", "by_name": False}, "", ""),
        ({"name": "Another", "calendarId": None}, "", ""),
    ],
)
def test_a_calendar_is_the_one_known_else_one_of_the_name(values: dict[str, Any], id: str, by: str) -> None:
    value, asked = found("match_calendar", values, {"calendars.list": CALENDARS})
    assert (value["id"], value["by"]) == (id, by)
    assert asked[0].values == {"showDrafted": True}, "a draft is a calendar too"


def test_two_of_one_name_are_not_told_apart_by_guessing() -> None:
    twins = [*CALENDARS, {"id": "c3", "name": "review CALL"}]
    with pytest.raises(Refused, match="There are 2 calendars named “Review call”"):
        found("match_calendar", {"name": "Review call"}, {"calendars.list": twins})
    value, _ = found("match_calendar", {"name": "Review call", "calendarId": "c3"}, {"calendars.list": twins})
    assert value["id"] == "c3"


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "id", "slug"),
    [
        ({"name": "Reviews"}, "g1", "reviews"),
        ({"name": "New team"}, "", "new-team"),
        ({"name": "Reviews", "by_name": False}, "", "reviews-2"),
        ({"name": "Coaches", "by_name": False}, "", "coaches"),
        ({"name": "Anything", "slug": "reviews"}, "g1", "reviews"),
        ({"name": "Coaches", "slug": "coaches"}, "g2", "coaches-2"),
        ({"name": "Coaches", "groupId": "g2", "slug": "reviews"}, "g2", "reviews-2"),
        ({"name": "Renamed", "groupId": "g2"}, "g2", "coaches-2"),
        ({"name": "夜間", "otherwise": "team-31"}, "", "team-31"),
        ({"name": "夜間"}, "", "group"),
    ],
)
def test_a_group_keeps_its_slug_or_gets_one_that_is_free(values: dict[str, Any], id: str, slug: str) -> None:
    taken = {row["slug"] for row in GROUPS}
    answers = {
        "calendar_groups.list": GROUPS,
        "calendar_groups.validate_slug": lambda given: {"available": given["slug"] not in taken},
    }
    value, _ = found("match_group", values, answers)
    assert (value["id"], value["slug"]) == (id, slug)


def test_the_search_for_a_slug_ends() -> None:
    answers = {"calendar_groups.list": [], "calendar_groups.validate_slug": {"available": False}}
    with pytest.raises(Refused, match="slugs like it are taken"):
        found("match_group", {"name": "Reviews"}, answers)


# --- schedules ------------------------------------------------------------------------------------

STAFFED = {"id": "c1", "teamMembers": [{"userId": "u1"}, {"userId": "u2"}]}
TIED = {"id": "s2", "timezone": "America/New_York", "calendarIds": ["c1"]}


@pytest.mark.parametrize(
    ("zone", "differs", "says"),
    [
        ("Europe/Berlin", True, ""),
        ("America/New_York", False, ""),
        ("UTC", False, "do not take the time zone UTC"),
        ("America/Argentina/Buenos_Aires", False, "do not take the time zone"),
    ],
)
def test_a_zone_belongs_on_the_schedule_tied_to_the_calendar(zone: str, differs: bool, says: str) -> None:
    def schedules(given: Any) -> list[Any]:
        return [TIED] if given["userId"] == "u2" else [{"id": "s1", "calendarIds": []}]

    answers = {"calendars.get": STAFFED, "schedules.search": schedules}
    value, _ = found("match_schedule", {"calendarId": "c1", "timezone": zone}, answers)
    assert (value["id"], value["differs"]) == ("s2", differs)
    assert says in value["says"]


def test_without_a_schedule_it_says_so_and_asks_nobody_else() -> None:
    answers = {"calendars.get": {"id": "c1", "teamMembers": []}}
    value, asked = found("match_schedule", {"calendarId": "c1", "timezone": "Europe/Berlin"}, answers)
    assert (value["id"], value["differs"], len(asked)) == ("", False, 1)
    assert "nowhere to put Europe/Berlin" in value["says"]


# --- reminders ------------------------------------------------------------------------------------


def row(id: str, channel: str, offset: int, unit: str, **more: Any) -> dict[str, Any]:
    return {
        "_id": id,
        "receiverType": "contact",
        "channel": channel,
        "notificationType": "reminder",
        "isActive": True,
        "beforeTime": [{"timeOffset": offset, "unit": unit}],
        **more,
    }


THERE = [row("ours", "email", 1, "days"), row("theirs", "sms", 2, "hours")]


@pytest.mark.parametrize(
    ("values", "add", "remove"),
    [
        ({"reminders": [{"minutes_before": 1440}]}, [], []),
        ({"reminders": [{"minutes_before": 90, "channel": "SMS"}]}, ["sms-90"], ["ours"]),
        ({"reminders": [{"minutes_before": "60", "channel": "in-app"}]}, ["inApp-60"], ["ours"]),
        ({"reminders": [{"minutes_before": 60}, {"minutes_before": 60}]}, ["email-60"], ["ours"]),
        ({"reminders": []}, [], ["ours"]),
        ({"reminders": None, "given": True}, [], ["ours"]),
        ({"given": False}, [], []),
        ({"reminders": [{"minutes_before": 120, "channel": "sms"}], "ours": []}, [], []),
    ],
)
def test_reminders_are_added_where_they_lack_and_only_ours_are_taken_away(
    values: dict[str, Any], add: list[str], remove: list[str]
) -> None:
    given = {"calendarId": "c1", "ours": ["ours"], **values}
    value, _ = found("plan_reminders", given, {"notifications.list": THERE})
    assert [one["key"] for one in value["add"]] == add
    assert [one["id"] for one in value["remove"]] == remove


def test_a_calendar_that_is_yet_to_be_made_is_not_asked() -> None:
    value, asked = found("plan_reminders", {"reminders": [{"minutes_before": 2880}]}, {})
    assert asked == []
    assert [one["beforeTime"] for one in value["add"]] == [[{"timeOffset": 2, "unit": "days"}]]


@pytest.mark.parametrize(
    ("reminder", "words"),
    [
        ({}, "minutes_before"),
        ({"minutes_before": 0}, "minutes_before"),
        ({"minutes_before": -5}, "minutes_before"),
        ({"minutes_before": 1.5}, "minutes_before"),
        ("60", "minutes_before"),
        ({"minutes_before": 60, "channel": "fax"}, "cannot be sent by “fax”"),
    ],
)
def test_a_reminder_that_is_none_is_refused_in_words(reminder: Any, words: str) -> None:
    with pytest.raises(MappingFailed, match=words) as caught:
        found("plan_reminders", {"reminders": [reminder]}, {})
    assert isinstance(caught.value, HubError)
