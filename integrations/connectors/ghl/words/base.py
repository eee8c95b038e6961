"""What the table cannot know of a call: our name for it, and our words for its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.fitting import EPOCH_MS
from integrations.engine.spec import Booking, FieldType, Keyed, Kind

FieldWords = Mapping[str, Any]
"""What is said of a field beside the table: label, type, reference, help, default, keyed ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One call: `call` names it in the table, `key` and `title` are ours.

    `fields` are words for its own fields, over those of its area; `first` are the fields an operator looks
    for first. `kind`, `result` and `record_id` stand here where the rules (by method, by the answer's shape)
    do not fit.
    """

    call: str
    key: str
    title: str
    fields: Mapping[str, FieldWords] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    kind: Kind | None = None
    result: str | None = None
    record_id: str | None = None
    reaches_people: bool = False
    books: Booking | None = None
    offered_s: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The calls of one area, and words for fields wherever they occur in it, however deep."""

    calls: tuple[Words, ...]
    fields: Mapping[str, FieldWords] = field(default_factory=dict)


def named(key: str, title: str, call: str, **more: Any) -> Words:
    return Words(key=key, title=title, call=call, **more)


def picked(label: str, reference: str, **more: Any) -> FieldWords:
    return {"label": label, "reference": reference, **more}


MOMENT: FieldWords = {"type": FieldType.DATETIME, "help": "With offset, such as 2026-11-23T10:00:00-06:00."}
EPOCH: FieldWords = {"type": FieldType.INTEGER, "help": "Epoch milliseconds.", "format": EPOCH_MS}
EPOCH_TEXT: FieldWords = {"help": "Epoch milliseconds.", "format": EPOCH_MS}
ANSWERED = Keyed(id="id", written="field_value", read="value")

EVERYWHERE: Mapping[str, FieldWords] = {
    "locationId": {"label": "Location id"},
    "location_id": {"label": "Location id"},
    "companyId": {"label": "Company (agency) id"},
    "contactId": {"label": "Contact id"},
    "calendarId": picked("Calendar", "calendars"),
    "userId": picked("User", "users"),
    "userIds": picked("Users", "users"),
    "assignedTo": picked("Assigned user", "users"),
    "assignedUserId": picked("Team member", "users"),
    "email": {"label": "E-mail", "type": FieldType.EMAIL},
    "phone": {"label": "Phone", "type": FieldType.PHONE},
    "firstName": {"label": "First name"},
    "lastName": {"label": "Last name"},
    "name": {"label": "Name"},
    "title": {"label": "Title"},
    "description": {"label": "Description"},
    "status": {"label": "Status"},
    "website": {"label": "Website"},
    "timezone": {"label": "Time zone", "help": "A zone's name, such as Europe/Berlin."},
    "query": {"label": "Search words"},
    "skip": {"label": "Leave out the first"},
    "limit": {"label": "At most"},
    "address": {"label": "Address"},
    "city": {"label": "City"},
    "state": {"label": "State"},
    "country": {"label": "Country", "help": "Two letters, such as US."},
    "postalCode": {"label": "Postal code"},
}
