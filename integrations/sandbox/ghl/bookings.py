"""Who sits where when: the appointments and block slots of the simulated GHL, found by calendar or by user,
and by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.transaction import Tx

APPOINTMENTS = "appointments"
BLOCK_SLOTS = "block_slots"
FREEING = ("cancelled", "noshow", "invalid")
LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to but not including `end`."""

    start: datetime
    end: datetime

    def meets(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


def span_of(event: JsonObject) -> Span:
    return Span(datetime.fromisoformat(event["startTime"]), datetime.fromisoformat(event["endTime"]))


def keep(tx: Tx, event: JsonObject, collection: str = APPOINTMENTS) -> None:
    start = _text(span_of(event).start)
    owners = [event.get(name) for name in ("calendarId", "assignedUserId", "contactId")]
    tx.put(collection, event["id"], event, [f"{owner}:{start}" for owner in owners if owner])


def of(tx: Tx, owner_id: str, window: Span, collection: str = APPOINTMENTS) -> list[JsonObject]:
    """Events of a calendar or a user that meet the window, by start; cancelled appointments too."""
    low = _text(window.start - LONGEST) if collection == APPOINTMENTS else ""
    rows = tx.between(collection, f"{owner_id}:{low}", f"{owner_id}:{_text(window.end)}")
    return [row for row in rows if span_of(row).meets(window)]


def all_of(tx: Tx, owner_id: str) -> list[JsonObject]:
    """Every appointment of a calendar, a user or a contact, by start."""
    return tx.between(APPOINTMENTS, f"{owner_id}:", f"{owner_id}:~")


def taking(tx: Tx, owner_id: str, window: Span, but: str = "") -> list[JsonObject]:
    """Appointments that occupy their time, leaving out the one with id `but`."""
    rows = of(tx, owner_id, window)
    return [row for row in rows if row["appointmentStatus"] not in FREEING and row["id"] != but]


def blocked(tx: Tx, owner_id: str, window: Span) -> list[Span]:
    """Times that are blocked for a calendar or a user."""
    return [span_of(row) for row in of(tx, owner_id, window, BLOCK_SLOTS)]


def _text(moment: datetime) -> str:
    """UTC to the second, so that the order of texts is the order of times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
