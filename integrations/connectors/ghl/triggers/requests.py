"""Somebody asks for free times, and waits; somebody picks one of them.

GoHighLevel itself asks nothing of the kind: the question comes to an address of the hub, from a web page, a
form or another app, and is answered from the location's calendars.
"""

from __future__ import annotations

from integrations.engine.spec import Field, FieldType, JsonObject, Trigger, TriggerKind

ASKED, PICKED = "slots.asked", "slots.picked"

QUESTION: JsonObject = {
    "calendar_id": "",
    "calendar": "",
    "start_date": "",
    "end_date": "",
    "time_zone": "",
    "user_id": "",
    "who": "",
}
CHOICE: JsonObject = {
    **QUESTION,
    "start": "2026-11-23T10:00:00-06:00",
    "end": "2026-11-23T10:30:00-06:00",
    "title": "Review call",
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "phone": "",
    "contact_id": "",
    "note": "",
}

SLOTS_ASKED = Trigger(
    key=ASKED,
    title="Somebody asks for free times",
    kind=TriggerKind.REQUEST,
    events=((ASKED, "Free times are asked for"), (PICKED, "One of them is picked")),
    sample={ASKED: QUESTION, PICKED: CHOICE},
    fields=(
        Field(key="calendar_id", label="Calendar's id", reference="calendars"),
        Field(key="calendar", label="Calendar's name", help="In place of its id."),
        Field(
            key="start_date",
            label="First day",
            type=FieldType.DATE,
            help="Such as 2026-11-23. Empty: today.",
        ),
        Field(key="end_date", label="Last day", type=FieldType.DATE, help="Empty: a week in all."),
        Field(
            key="time_zone",
            label="Time zone",
            help="Such as Europe/Berlin; days and offsets are this zone's. Empty: the location's own.",
        ),
        Field(key="user_id", label="Team member's id", reference="users"),
        Field(key="who", label="Who asks", help="An e-mail address or a contact's id, noted with the run."),
    ),
    record_id="email || who",
    picked=PICKED,
    answer=tuple(Field(key=key) for key in CHOICE),
)
TRIGGERS = (SLOTS_ASKED,)
