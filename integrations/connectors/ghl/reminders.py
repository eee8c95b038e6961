"""`ensure_reminder`: a calendar reminds people of its appointments; set once per calendar, never twice.

In GoHighLevel a reminder belongs to the calendar, not to the appointment (official OpenAPI, calendars,
`POST /calendars/{calendarId}/notifications`). Which words `unit` takes is not in the specification; those
offered here are the ones it uses elsewhere for lengths of time, and an operator may type another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.proofs import same_notification
from integrations.engine.errors import MappingFailed
from integrations.engine.paginate import ask
from integrations.engine.spec import Field, FieldType, Procedure, Script, Situation, Write


def ensure_reminder(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{created, notification}`: written only where the calendar has no equal, active reminder."""
    wanted = _wanted(values)
    found = yield from ask("notifications.list", {"calendarId": wanted["calendarId"]})
    for row in found or []:
        if isinstance(row, dict) and same_notification(row, wanted):
            return {"created": False, "notification": row}
    outcome = yield Write("notifications.create", wanted)
    if outcome.error is not None:
        raise outcome.error
    return {"created": True, "notification": outcome.value}


def _wanted(values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        offset = int(values["timeOffset"])
    except (TypeError, ValueError):
        raise MappingFailed("“How long before” must be a whole number.") from None
    return {
        "calendarId": values["calendarId"],
        "receiverType": values.get("receiverType") or "contact",
        "channel": values.get("channel") or "email",
        "notificationType": "reminder",
        "isActive": True,
        "beforeTime": [{"timeOffset": offset, "unit": values.get("unit") or "hours"}],
    }


ENSURE_REMINDER = Procedure(
    key="ensure_reminder",
    title="Make sure the calendar sends a reminder",
    run=ensure_reminder,
    fields=(
        Field(key="calendarId", label="Calendar", required=True, reference="calendars"),
        Field(key="timeOffset", label="How long before", type=FieldType.INTEGER, required=True, default=24),
        Field(
            key="unit",
            label="Unit",
            default="hours",
            choices=(("mins", "minutes"), ("hours", "hours"), ("days", "days")),
        ),
        Field(
            key="channel",
            label="By",
            default="email",
            choices=(("email", "e-mail"), ("sms", "SMS"), ("inApp", "in the app"), ("whatsapp", "WhatsApp")),
        ),
        Field(
            key="receiverType",
            label="To",
            default="contact",
            choices=(("contact", "the contact"), ("assignedUser", "the assigned user"), ("guest", "guests")),
        ),
    ),
    operations=("notifications.list", "notifications.create"),
    calls=1,  # the second only once a calendar
    writes=True,
    sample={
        "created": True,
        "notification": {
            "_id": "ntf0000000000000001",
            "receiverType": "contact",
            "channel": "email",
            "notificationType": "reminder",
            "isActive": True,
            "beforeTime": [{"timeOffset": 24, "unit": "hours"}],
        },
    },
)
