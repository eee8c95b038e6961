"""Look-ups after a write whose outcome is unknown: was it made?

Clocks differ between us and the app, so a record counts as ours when it appeared up to CLOCK_ALLOWANCE
before the claim. How fast GoHighLevel's look-ups see a new record is not documented (its search is said to
lag a few seconds), hence VISIBLE_AFTER_S.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Attempt, JsonObject

CLOCK_ALLOWANCE = timedelta(seconds=60)
VISIBLE_AFTER_S = 15.0
AROUND = timedelta(hours=12)


def find_upserted(attempt: Attempt) -> Asked:
    """The contact, if it shows what was written; else the upsert is repeated, which updates it."""
    contact = yield from _contact(attempt)
    return contact if contact and _shows(contact, attempt) else None


def _shows(contact: JsonObject, attempt: Attempt) -> bool:
    """Texts are compared without regard to case: GoHighLevel lower-cases e-mail addresses."""
    written = {key: value for key, value in attempt.values.items() if isinstance(value, str) and value}
    return all(str(contact.get(key, "")).lower() == value.lower() for key, value in written.items())


def find_created(attempt: Attempt) -> Asked:
    """The contact, if it was added since the claim; an older one is somebody else's."""
    contact = yield from _contact(attempt)
    return contact if since(contact, attempt, "dateAdded") else None


def _contact(attempt: Attempt) -> Asked:
    contact = yield from existing_contact(attempt.values)
    return contact


def existing_contact(values: Mapping[str, Any]) -> Asked:
    """The contact that an upsert of these values would update, by e-mail, else by phone."""
    email, phone = values.get("email"), values.get("phone")
    wanted = {"email": email} if email else {"number": phone} if phone else None
    if wanted is None:
        return None
    try:
        found = yield from ask("contacts.duplicate", wanted)
    except NotFound:
        return None
    return found if isinstance(found, dict) else None


def since(record: JsonObject | None, attempt: Attempt, *keys: str) -> bool:
    times = [time_of(record.get(key)) for key in keys] if record else []
    earliest = attempt.claimed_at - CLOCK_ALLOWANCE
    return any(time is not None and time >= earliest for time in times)


def find_appointment(attempt: Attempt) -> Asked:
    """The appointment that carries our mark, cancelled or not, among the calendar's around that time.

    Lists have been seen to leave out the description; such a row of the same contact is read by itself.
    """
    start = time_of(attempt.values.get("startTime"))
    if start is None:
        return None
    events = yield from ask(
        "events.list",
        {
            "calendarId": attempt.values["calendarId"],
            "startTime": str(epoch_ms(start - AROUND)),
            "endTime": str(epoch_ms(start + AROUND)),
        },
    )
    rows = [row for row in events or [] if isinstance(row, dict)]
    for row in rows:
        if _marked(row, attempt.mark):
            return row
    for row in rows:
        if row.get("contactId") == attempt.values.get("contactId") and "description" not in row:
            full = yield from ask("appointments.get", {"eventId": row.get("id")})
            if isinstance(full, dict) and _marked(full, attempt.mark):
                return full
    return None


def _marked(row: JsonObject, mark: str) -> bool:
    return any(mark in str(row.get(key) or "") for key in ("description", "notes"))


def find_notification(attempt: Attempt) -> Asked:
    """The calendar's notification of the same type, channel, receiver and time before."""
    found = yield from ask("notifications.list", {"calendarId": attempt.values["calendarId"]})
    rows = [row for row in found or [] if isinstance(row, dict)]
    return next((row for row in rows if same_notification(row, attempt.values)), None)


def same_notification(row: JsonObject, wanted: Any) -> bool:
    """Whether an active notification does what `wanted` asks for."""
    if row.get("deleted") or row.get("isActive") is False:
        return False
    if any(row.get(key) != wanted.get(key) for key in ("notificationType", "channel", "receiverType")):
        return False
    return _times(row.get("beforeTime")) == _times(wanted.get("beforeTime"))


def _times(value: Any) -> set[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return {(f"{row.get('timeOffset')}", str(row.get("unit"))) for row in rows if isinstance(row, dict)}


def epoch_ms(moment: datetime) -> int:
    """The unit of free-slots and events.list."""
    return round(moment.timestamp() * 1000)


def time_of(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo else None
