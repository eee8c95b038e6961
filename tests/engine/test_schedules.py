"""When schedules strike, in zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.schedules import schedule_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("settings", "since", "strikes"),
    [
        ({"how": "minutes", "minutes": 15}, "2026-11-20T10:03+00:00", "2026-11-20T10:15+00:00"),
        ({"how": "minutes", "minutes": 15}, "2026-11-20T10:15+00:00", "2026-11-20T10:30+00:00"),
        ({"at": "09:00"}, "2026-11-20T08:59+00:00", "2026-11-20T09:00+00:00"),
        ({"at": "09:00"}, "2026-11-20T09:00+00:00", "2026-11-21T09:00+00:00"),
        ({"at": "09:00", "zone": "Europe/Berlin"}, "2026-11-20T07:00+00:00", "2026-11-20T09:00+01:00"),
        ({"at": "09:00", "zone": "Europe/Berlin"}, "2026-10-24T08:00+00:00", "2026-10-25T09:00+01:00"),
        # New York, 8 March 2026: 02:00 becomes 03:00, so 02:30 is struck at the change.
        ({"at": "02:30", "zone": "America/New_York"}, "2026-03-08T00:00-05:00", "2026-03-08T07:00+00:00"),
        # 1 November 2026: 01:30 comes twice, and is struck the first time.
        ({"at": "01:30", "zone": "America/New_York"}, "2026-11-01T00:00-04:00", "2026-11-01T05:30+00:00"),
        ({"how": "weekly", "days": ["mon", "fri"]}, "2026-11-20T09:00+00:00", "2026-11-23T09:00+00:00"),
    ],
)
def test_it_strikes_next(settings: dict[str, Any], since: str, strikes: str) -> None:
    assert schedule_of(settings).after(at(since)) == at(strikes)


def test_a_time_that_comes_twice_is_struck_once() -> None:
    schedule = schedule_of({"at": "01:30", "zone": "America/New_York"})
    first = schedule.after(at("2026-11-01T00:00-04:00"))

    assert schedule.after(first) == at("2026-11-02T01:30-05:00")


@pytest.mark.parametrize(
    ("missed", "late_min", "strikes"), [("skip", 1, True), ("skip", 60, False), ("once", 60, True)]
)
def test_what_was_missed_is_left_out_or_made_good(missed: str, late_min: int, strikes: bool) -> None:
    schedule = schedule_of({"at": "09:00", "missed": missed})
    stroke = at("2026-11-20T09:00+00:00")

    found = schedule.due(stroke - timedelta(days=3), stroke + timedelta(minutes=late_min))

    assert found == (stroke if strikes else None)


@pytest.mark.parametrize(
    "settings",
    [{"zone": "Europe/Nowhere"}, {"at": "25:00"}, {"how": "minutes", "minutes": 0}, {"how": "weekly"}],
)
def test_a_schedule_that_cannot_be_kept_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        schedule_of(settings)
