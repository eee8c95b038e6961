"""Calendar files as RFC 5545 has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.engine.icalendar import Entry, calendar, escaped, folded

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def entry(**more: object) -> Entry:
    start = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=-6)))
    given = {"uid": "1@hub", "start": start, "end": start + timedelta(minutes=30), "title": "Review", **more}
    return Entry(**given)  # type: ignore[arg-type]


def test_a_calendar_has_its_events_at_instants_of_utc() -> None:
    assert calendar("Acme", [entry()], NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//GHL Hub//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Acme",
        "BEGIN:VEVENT",
        "UID:1@hub",
        "DTSTAMP:20261121T080000Z",
        "DTSTART:20261123T160000Z",
        "DTEND:20261123T163000Z",
        "SUMMARY:Review",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a, b; c", "a\\, b\\; c"),
        ("back\\slash", "back\\\\slash"),
        ("two\nlines\r\nthree\rfour", "two\\nlines\\nthree\\nfour"),
        ("bell\x07 and tab\t", "bell and tab"),
        ("BEGIN:VEVENT\nEND", "BEGIN:VEVENT\\nEND"),
    ],
)
def test_text_cannot_break_out_of_its_line(text: str, written: str) -> None:
    assert escaped(text) == written


@pytest.mark.parametrize("line", ["x" * 75, "x" * 76, "é" * 200, "👩‍🏫" * 60, ""])
def test_long_lines_go_on_after_a_blank_and_no_character_is_cut(line: str) -> None:
    pieces = list(folded(line))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])


def test_what_is_cancelled_says_so() -> None:
    text = calendar("Acme", [entry(cancelled=True, place="1, Harbour St", description="Room 2")], NOW)
    assert "STATUS:CANCELLED" in text
    assert "LOCATION:1\\, Harbour St" in text
