"""The zone of a GoHighLevel calendar, which it has only through schedules and its location."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.ghl.zones import calendar_zone
from integrations.engine.spec import Read, Situation, Write
from tests.connectors.driving import drive

MEMBERS = [{"userId": "nora"}, {"userId": "emil"}]


def schedule(id: str, zone: str, *calendars: str) -> dict[str, Any]:
    return {"id": id, "timezone": zone, "calendarIds": list(calendars)}


@pytest.mark.parametrize(
    ("schedules", "told"),
    [
        ({}, ("America/Chicago", "location", "", 0)),
        ({"nora": [schedule("s1", "Europe/Berlin", "c1")]}, ("Europe/Berlin", "schedule", "s1", 1)),
        ({"nora": [schedule("s1", "Europe/Berlin", "c2")]}, ("America/Chicago", "location", "", 0)),
        (
            {
                "nora": [schedule("s1", "Europe/Berlin", "c1")],
                "emil": [schedule("s2", "Europe/Berlin", "c1")],
            },
            ("Europe/Berlin", "schedule", "", 2),
        ),
        (
            {"nora": [schedule("s1", "Europe/Berlin", "c1")], "emil": [schedule("s2", "Asia/Tokyo", "c1")]},
            ("America/Chicago", "location", "", 2),
        ),
    ],
)
def test_a_calendar_has_the_zone_of_its_schedules_else_of_its_location(
    schedules: dict[str, Any], told: tuple[str, str, str, int]
) -> None:
    def answer(command: Read | Write) -> Any:
        match command.operation:
            case "calendars.get":
                return {"id": "c1", "teamMembers": MEMBERS}
            case "schedules.search":
                return schedules.get(command.values["userId"], [])
        return {"timezone": "America/Chicago"}

    situation = Situation(now=datetime.now(UTC), settings={})
    found, _ = drive(calendar_zone({"calendarId": "c1"}, situation), answer)

    assert (found["zone"], found["source"], found["schedule"], found["schedules"]) == told
