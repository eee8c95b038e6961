"""Created, changed, gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.changes import created_changed_gone, events_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = ("id", "name")
ROSA = {"id": "1", "name": "Rosa"}
ROSIE = {"id": "1", "name": "Rosie"}
tell = created_changed_gone("contact", KEYS, "updated")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ROSA, ["contact.created"]),
        (ROSA, ROSIE, ["contact.updated"]),
        (ROSA, None, ["contact.deleted"]),
        (None, None, []),
    ],
)
def test_what_two_looks_mean(before: Any, after: Any, told: list[str]) -> None:
    assert [what.type for what in tell(before, after, NOW)] == told


def key(before: Any, after: Any, now: datetime = NOW) -> str:
    (what,) = tell(before, after, now)
    return what.key


def test_the_same_change_seen_at_other_moments_has_one_key_where_the_app_dates_it() -> None:
    dated = {**ROSIE, "updated": "2026-11-21T11:00:00Z"}
    assert key(ROSA, dated) == key(ROSA, dated, NOW + timedelta(hours=1))


def test_a_record_that_goes_back_to_what_it_was_is_told_again() -> None:
    first = key(ROSA, {**ROSIE, "updated": "2026-11-21T11:00:00Z"})
    again = key(ROSA, {**ROSIE, "updated": "2026-11-21T11:05:00Z"})
    assert first != again
    assert key(ROSA, ROSIE) != key(ROSA, ROSIE, NOW + timedelta(seconds=1))


def test_two_states_of_a_new_record_have_two_keys() -> None:
    """Else a workflow that saw it first in the second state would be given the first."""
    assert key(None, ROSA) != key(None, ROSIE)


def test_titles_read_as_words() -> None:
    assert dict(events_of("calendar_group", "Calendar group")) == {
        "calendar_group.created": "Calendar group created",
        "calendar_group.updated": "Calendar group changed",
        "calendar_group.deleted": "Calendar group deleted",
    }
