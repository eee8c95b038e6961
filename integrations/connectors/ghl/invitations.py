"""`booking_link`: a link on which a contact picks a time, for a message, a field, or another app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import NotFound
from integrations.engine.paginate import ask
from integrations.engine.spec import Course, Field, FieldType, Invite, JsonObject, Procedure, Situation

DAYS = 30
PERSON = ("name", "email", "phone")
QUESTION = ("calendar_id", "user_id", "time_zone")


def booking_link(values: Mapping[str, Any], situation: Situation) -> Course:
    """`{url, days}`. Of a contact of whom only the id is known, name and e-mail are read."""
    person = {key: str(values[key]) for key in PERSON if values.get(key)}
    if values.get("contact_id"):
        if "email" not in person:
            person = {**(yield from _contact(str(values["contact_id"]))), **person}
        person["contact_id"] = str(values["contact_id"])
    days = int(values.get("days") or DAYS)
    question = {key: str(values[key]) for key in QUESTION if values.get(key)}
    outcome = yield Invite(page=str(values["page"]), question=question, person=person, days=days)
    return {"url": outcome.value, "days": days}


def _contact(contact: str) -> Course:
    try:
        row: JsonObject = (yield from ask("contacts.get", {"contactId": contact})) or {}
    except NotFound:
        return {}
    name = " ".join(str(row[key]) for key in ("firstName", "lastName") if row.get(key))
    known = {"name": name, "email": row.get("email"), "phone": row.get("phone")}
    return {key: str(value) for key, value in known.items() if value}


BOOKING_LINK = Procedure(
    key="booking_link",
    title="Make a booking link",
    run=booking_link,
    fields=(
        Field(
            key="page",
            label="Booking page",
            required=True,
            help="The name of the live workflow that answers with free times and books them.",
        ),
        Field(key="contact_id", label="For this contact", help="Then name and e-mail are not asked again."),
        Field(key="name", label="Name"),
        Field(key="email", label="E-mail", type=FieldType.EMAIL),
        Field(key="phone", label="Phone"),
        Field(
            key="calendar_id",
            label="Calendar",
            reference="calendars",
            help="Another than the page's own, where its workflow allows any.",
        ),
        Field(key="user_id", label="Team member", reference="users"),
        Field(key="time_zone", label="Time zone shown first", help="Empty: the visitor's own."),
        Field(key="days", label="Good for days", type=FieldType.INTEGER, default=DAYS),
    ),
    operations=("contacts.get",),
    sample={"url": "https://hub.example.com/times/gAAAAABo5f/", "days": DAYS},
)
