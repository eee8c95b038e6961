"""`ensure_reminder`: a calendar reminds people of its appointments; set once per calendar, never twice.
`plan_reminders`: which to add and which of ours to take away, so that a calendar has those that are wanted.

In GoHighLevel a reminder belongs to the calendar, not to the appointment (official OpenAPI, calendars,
`POST /calendars/{calendarId}/notifications`). Which words `unit` takes is not in the specification; those
offered here are the ones it uses elsewhere for lengths of time, and an operator may type another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.ghl.finding import rows_of
from integrations.connectors.ghl.proofs import same_notification
from integrations.engine.errors import MappingFailed
from integrations.engine.paginate import Asked, ask
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Script, Situation, Write

CHANNELS = {"email": "email", "sms": "sms", "text": "sms", "inapp": "inApp", "whatsapp": "whatsapp"}
UNITS = ((1440, "days"), (60, "hours"), (1, "mins"))


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


def plan_reminders(values: Mapping[str, Any], situation: Situation) -> Asked:
    """`{add: [{key, channel, beforeTime}], remove: [{id}]}`.

    One that is there is not added again, whoever made it, and only ours are taken away.
    """
    if values.get("given") is False:
        return {"add": [], "remove": []}
    wanted = {row["key"]: row for row in map(_reminder, values.get("reminders") or [])}
    found = []
    if values.get("calendarId"):
        found = rows_of((yield from ask("notifications.list", {"calendarId": values["calendarId"]})))
    ours = {str(known) for known in values.get("ours") or []}
    rows = [row for row in found if isinstance(row, dict)]
    return {
        "add": [one for one in wanted.values() if not any(same_notification(row, one) for row in rows)],
        "remove": [
            {"id": row["_id"]}
            for row in rows
            if row.get("_id") in ours and not any(same_notification(row, one) for one in wanted.values())
        ],
    }


def _reminder(given: Any) -> JsonObject:
    row = given if isinstance(given, dict) else {}
    try:
        minutes = int(str(row.get("minutes_before")))
    except ValueError:
        minutes = 0
    if minutes <= 0:
        raise MappingFailed("A reminder needs “minutes_before”, a whole number of minutes such as 60.")
    word = str(row.get("channel") or "email").strip().casefold()
    channel = CHANNELS.get(word.replace("-", "").replace(" ", ""))
    if channel is None:
        raise MappingFailed(
            f"A reminder cannot be sent by “{word}”; it goes by email, sms, inApp or whatsapp."
        )
    size, unit = next((size, unit) for size, unit in UNITS if minutes % size == 0)
    return {
        "key": f"{channel}-{minutes}",
        "receiverType": "contact",
        "channel": channel,
        "notificationType": "reminder",
        "isActive": True,
        "beforeTime": [{"timeOffset": minutes // size, "unit": unit}],
    }


PLAN_REMINDERS = Procedure(
    key="plan_reminders",
    title="See which reminders a calendar lacks, and which of ours it should lose",
    run=plan_reminders,
    fields=(
        Field(
            key="calendarId",
            label="Calendar",
            reference="calendars",
            help="Empty: one that is yet to be made, and has none.",
        ),
        Field(
            key="reminders",
            label="Wanted",
            type=FieldType.LIST,
            help="Each {minutes_before, channel}; the channel is email, sms, inApp or whatsapp.",
        ),
        Field(key="ours", label="Ids of those we made", type=FieldType.LIST),
        Field(
            key="given",
            label="Wanted at all",
            type=FieldType.BOOLEAN,
            default=True,
            help="No: nothing is known of reminders, so all stay as they are.",
        ),
    ),
    operations=("notifications.list",),
    sample={
        "add": [
            {
                "key": "email-1440",
                "receiverType": "contact",
                "channel": "email",
                "notificationType": "reminder",
                "isActive": True,
                "beforeTime": [{"timeOffset": 1, "unit": "days"}],
            }
        ],
        "remove": [{"id": "ntf0000000000000001"}],
    },
)

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
