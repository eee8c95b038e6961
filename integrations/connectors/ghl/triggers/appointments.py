"""Appointments: three events, and `appointments.changed`, which hears them and looks through the calendars.

There is no list of all appointments of a location (issue 7 of the docs repository) and no paging: a look
reads each calendar in windows. Times come with whatever offset, and lists have been seen to leave fields out:
so what is compared is the instant, and one that has changed is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.ghl.proofs import epoch_ms
from integrations.connectors.ghl.triggers.notes import rows
from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import ask
from integrations.engine.spec import (
    Field,
    FieldType,
    JsonObject,
    Page,
    Script,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

SCOPE = "calendars/events.readonly"  # presumed: the table of scopes leaves these events out
WINDOW = timedelta(days=31)
DAYS_BACK, DAYS_AHEAD = 1, 60

APPOINTMENT: JsonObject = {
    "id": "evt0000000000000001",
    "title": "Certificate: First Aid",
    "calendarId": "cal0000000000000001",
    "contactId": "con0000000000000001",
    "groupId": "",
    "appointmentStatus": "confirmed",
    "assignedUserId": "usr0000000000000001",
    "users": [],
    "address": "1 Harbour Street",
    "notes": "",
    "source": "calendar_page",
    "startTime": "2026-11-23T10:00:00-06:00",
    "endTime": "2026-11-23T10:30:00-06:00",
    "dateAdded": "2026-11-20T10:00:00.000Z",
    "dateUpdated": "2026-11-20T10:00:00.000Z",
}
SAMPLE: JsonObject = {"locationId": "loc0000000000000001", "appointment": APPOINTMENT}
ROW: JsonObject = {
    **APPOINTMENT,
    "starts_at": "2026-11-23T16:00:00+00:00",
    "ends_at": "2026-11-23T16:30:00+00:00",
}
KEPT = (
    "id", "title", "calendarId", "contactId", "appointmentStatus", "assignedUserId", "address", "starts_at",
    "ends_at",
)  # fmt: skip


def fetch(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The appointment, or None when it is gone."""
    try:
        found = yield from ask("appointments.get", {"eventId": record})
    except NotFound:
        return None
    return None if found.get("deleted") else plain(found)


def fetch_told(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The same under the key that the webhook has it under."""
    found = yield from fetch(record, known, settings)
    return None if found is None else {"appointment": found}


def sweep(since: Since) -> Sweep:
    """All appointments of the chosen calendars, or of every one, in the chosen span of days."""
    calendars = _chosen(since.settings)
    if not calendars:
        listed = yield from ask("calendars.list", {})
        calendars = [str(row.get("id")) for row in rows(listed, "calendars")]
    for calendar in calendars:
        for start, end in _windows(since):
            asked = {"calendarId": calendar, "startTime": str(epoch_ms(start)), "endTime": str(epoch_ms(end))}
            try:
                found = yield from ask("events.list", asked)
            except NotFound:  # the calendar is gone, and what was in it is read one by one
                break
            yield Page([plain(row) for row in rows(found, "events") if not row.get("deleted")])


def admits(row: JsonObject, settings: Mapping[str, Any]) -> bool:
    chosen = _chosen(settings)
    return not chosen or row.get("calendarId") in chosen


def plain(row: JsonObject) -> JsonObject:
    """With its times in UTC beside those that came, which have the offset of whoever asks."""
    return {**row, "starts_at": _utc(row.get("startTime")), "ends_at": _utc(row.get("endTime"))}


def _utc(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else value


def _chosen(settings: Mapping[str, Any]) -> list[str]:
    value = settings.get("calendar_ids")
    items = value.split(",") if isinstance(value, str) else value or []
    return [str(item).strip() for item in items if str(item).strip()]


def _windows(since: Since) -> Iterator[tuple[datetime, datetime]]:
    now = since.now or datetime.now(UTC)
    start = now - timedelta(days=_days(since.settings, "days_back", DAYS_BACK))
    last = now + timedelta(days=_days(since.settings, "days_ahead", DAYS_AHEAD))
    while start < last:
        yield start, min(start + WINDOW, last)
        start += WINDOW


def _days(settings: Mapping[str, Any], key: str, default: int) -> int:
    value = settings.get(key)
    return default if value in (None, "") else max(0, min(int(value), 366))


def _told(kind: str, title: str, *, complete: bool = True) -> Told:
    return Told(
        type=kind,
        title=title,
        scope=SCOPE,
        fields=(
            *fields("locationId"),
            Field(key="appointment", type=FieldType.OBJECT, fields=fields(TOLD_FIELDS)),
        ),
        sample=SAMPLE,
        record=("appointment.id", "id"),
        fetch=fetch_told if complete else None,
        operations=("appointments.get",) if complete else (),
    )


TOLD_FIELDS = (
    "id address title calendarId contactId groupId appointmentStatus assignedUserId users:l notes source "
    "startTime:t endTime:t dateAdded:t dateUpdated:t"
)
TOLD = (
    _told("AppointmentCreate", "An appointment is booked (AppointmentCreate)"),
    _told("AppointmentUpdate", "An appointment is changed (AppointmentUpdate)"),
    _told("AppointmentDelete", "An appointment is deleted (AppointmentDelete)", complete=False),
)
CHANGED = Trigger(
    key="appointments.changed",
    title="An appointment is booked, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("appointment", "Appointment"),
    sample={
        "appointment.created": ROW,
        "appointment.updated": {**ROW, "appointmentStatus": "cancelled"},
        "appointment.deleted": ROW,
    },
    fields=(
        Field(
            key="calendar_ids",
            label="Calendars",
            type=FieldType.LIST,
            reference="calendars",
            help="Only appointments in these; none chosen means all.",
        ),
        Field(
            key="days_back",
            label="Days back",
            type=FieldType.INTEGER,
            default=DAYS_BACK,
            help="How far a look reaches back.",
        ),
        Field(
            key="days_ahead",
            label="Days ahead",
            type=FieldType.INTEGER,
            default=DAYS_AHEAD,
            help="And ahead; each 31 days of a calendar are one call.",
        ),
    ),
    scopes=(SCOPE, "calendars.readonly"),
    sweep=sweep,
    operations=("calendars.list", "events.list", "appointments.get"),
    remember=KEPT,
    happenings=created_changed_gone("appointment", KEPT, "dateUpdated"),
    fetch=fetch,
    hears=("AppointmentCreate", "AppointmentUpdate", "AppointmentDelete"),
    whole=True,
    changed_at="dateUpdated",
    made_at="dateAdded",
    glimpse=True,
    admits=admits,
    answer=fields(f"{TOLD_FIELDS} locationId description starts_at:t ends_at:t"),
)
TRIGGERS = (CHANGED,)
