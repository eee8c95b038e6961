"""Who sits where when: the appointments of the simulated GHL, found by calendar or by user, and by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.engine.spec import JsonObject
from integrations.sandbox.transaction import Tx

APPOINTMENTS = "appointments"
FREEING = ("cancelled", "noshow", "invalid")
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to but not including `end`."""

    start: datetime
    end: datetime

    def meets(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


def span_of(appointment: JsonObject) -> Span:
    return Span(
        datetime.fromisoformat(appointment["startTime"]), datetime.fromisoformat(appointment["endTime"])
    )


def keep(tx: Tx, appointment: JsonObject) -> None:
    start = _text(span_of(appointment).start)
    owners = [appointment["calendarId"], appointment["assignedUserId"]]
    tx.put(APPOINTMENTS, appointment["id"], appointment, [f"{owner}:{start}" for owner in owners if owner])


def of(tx: Tx, owner_id: str, window: Span) -> list[JsonObject]:
    """Appointments of a calendar or a user that meet the window, by start; cancelled ones too."""
    low, high = _text(window.start - LONGEST), _text(window.end)
    rows = tx.between(APPOINTMENTS, f"{owner_id}:{low}", f"{owner_id}:{high}")
    return [row for row in rows if span_of(row).meets(window)]


def taken(tx: Tx, owner_id: str, window: Span, but: str = "") -> list[Span]:
    """Times that are occupied, leaving out the appointment with id `but`."""
    rows = of(tx, owner_id, window)
    return [span_of(row) for row in rows if row["appointmentStatus"] not in FREEING and row["id"] != but]


def _text(moment: datetime) -> str:
    """UTC to the second, so that the order of texts is the order of times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
