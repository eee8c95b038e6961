"""The trigger `leads`: visits that are marked as booked, and what becomes of them, found by polling.

No webhook of Active Knocker's is known, and no filter by the time of a change: every look reads all visits of
the window and compares them with what was known. A visit that is not there any more means nothing: it may be
older than the window, and users complain of pins that get lost (anchorpointmen/nsr-sales-report, README).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from integrations.connectors.active_knocker.field_paths import lead_of, read_paths
from integrations.connectors.active_knocker.operations import STATUSES, VISIT
from integrations.connectors.active_knocker.settings import DATE, DEFAULT_PAGE, DEFAULT_WINDOW, PAGE
from integrations.engine.errors import WrongUse
from integrations.engine.fingerprint import fingerprint
from integrations.engine.paginate import ask, by_page
from integrations.engine.spec import (
    Field,
    FieldType,
    Happening,
    JsonObject,
    Page,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

BOOKED, UPDATED, CANCELLED = "pin.booked", "pin.updated", "pin.cancelled"
BOOKING_WORDS = ("appointment", "appt", "booked", "sale set")
CANCEL_WORDS = ("cancel",)
DETAILS = (
    "status_id", "notes", "name", "email", "phone", "address", "start", "end", "duration_minutes", "rep_id",
)  # fmt: skip
DIGITS = 16


def sweep(since: Since) -> Sweep:
    """All visits of the window as leads, each with its `status` in words and its `state`."""
    settings = since.settings
    paths = read_paths(settings.get("field_paths"))
    meanings = meanings_of((yield from ask("statuses.list", {})))
    booked, cancelled = chosen(settings, meanings)
    pages = by_page(
        "visits.list",
        {"date": settings.get(DATE) or DEFAULT_WINDOW},
        rows="@",
        size=_page_size(settings.get(PAGE)),
        page_key="page",
        size_key="limit",
    )
    answer = None
    while True:
        try:
            command = pages.send(answer)
        except StopIteration:
            return
        if isinstance(command, Page):
            leads = [lead_of(row, paths, settings) for row in command.rows]
            yield Page([_with_state(lead, meanings, booked, cancelled) for lead in leads])
            answer = None
        else:
            answer = yield command


def meanings_of(rows: Any) -> dict[str, str]:
    """Status id -> its meaning, as `GET /pins` has them."""
    found = [row for row in rows or [] if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row.get("id")): str(row.get("meaning") or "") for row in found}


def chosen(settings: Mapping[str, Any], meanings: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """The statuses that mean booked and those that mean cancelled: as chosen, else those that say so."""
    cancelled = _ids(settings.get("cancel_pin_ids")) or _named(meanings, CANCEL_WORDS)
    booked = _ids(settings.get("appointment_pin_ids")) or _named(meanings, BOOKING_WORDS) - cancelled
    return booked, cancelled


def _ids(value: Any) -> set[str]:
    """Of a list, or of text with commas."""
    items = value.split(",") if isinstance(value, str) else value or []
    return {str(item).strip() for item in items} - {""}


def _named(meanings: Mapping[str, str], words: Collection[str]) -> set[str]:
    return {key for key, meaning in meanings.items() if any(word in meaning.lower() for word in words)}


def _with_state(
    lead: JsonObject, meanings: Mapping[str, str], booked: Collection[str], cancelled: Collection[str]
) -> JsonObject:
    status = str(lead["status_id"] or "")
    state = "cancelled" if status in cancelled else "booked" if status in booked else "open"
    return {**lead, "status": meanings.get(status, ""), "state": state}


def _page_size(value: Any) -> int:
    try:
        size = int(str(value or DEFAULT_PAGE))
    except ValueError:
        size = 0
    if size < 1:
        raise WrongUse("“Visits a page” is a whole number from 1.")
    return size


def happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """Booked: it was not before. Changed: it was, and something about it is different. Cancelled: it was."""
    if after is None:
        return []
    was = (before or {}).get("state")
    if after.get("state") == "booked" and was != "booked":
        return [_told(BOOKED, before, after, now)]
    if was != "booked":
        return []
    if after.get("state") == "cancelled":
        return [_told(CANCELLED, before, after, now)]
    same = fingerprint(before, DETAILS) == fingerprint(after, DETAILS)
    return [] if same else [_told(UPDATED, before, after, now)]


def _told(what: str, before: JsonObject | None, after: JsonObject, now: datetime) -> Happening:
    """Of one seen for the first time the content is the key; what goes back and forth is told each time."""
    when = now.isoformat() if before else ""
    return Happening(
        type=what, key=f"{what}:{after.get('lead_id')}:{fingerprint(after, DETAILS)[:DIGITS]}:{when}"
    )


def _sample(status: str, **changes: Any) -> JsonObject:
    paths, meanings = read_paths({}), meanings_of(STATUSES)
    lead = lead_of({**VISIT, "pin_id": int(status), **changes}, paths, {"timezone": "America/Chicago"})
    return _with_state(lead, meanings, {"2"}, {"4"})


LEADS = Trigger(
    key="leads",
    title="A visit is marked as booked, changed or cancelled",
    kind=TriggerKind.POLL,
    events=((BOOKED, "Visit booked"), (UPDATED, "Booked visit changed"), (CANCELLED, "Booking cancelled")),
    sample={
        BOOKED: _sample("2"),
        UPDATED: _sample("2", appointment_date="2026-12-02 11:00"),
        CANCELLED: _sample("4"),
    },
    fields=(
        Field(
            key="appointment_pin_ids",
            label="Statuses that mean “booked”",
            type=FieldType.LIST,
            reference="statuses",
            help="None chosen: those with appointment, appt, booked or sale set in their name.",
        ),
        Field(
            key="cancel_pin_ids",
            label="Statuses that mean “cancelled”",
            type=FieldType.LIST,
            reference="statuses",
            help="None chosen: those with cancel in their name.",
        ),
    ),
    record_id="lead_id",
    sweep=sweep,
    operations=("statuses.list", "visits.list"),
    remember=("lead_id", "state", *DETAILS),
    happenings=happenings,
    interval_min=10,
)
