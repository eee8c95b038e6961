"""What several calls do for one contact: its own fields by name, tags, lists, automations, times to offer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.connectors.activecampaign.contacts import CONTACT
from integrations.connectors.activecampaign.pages import listed, rows_of
from integrations.connectors.activecampaign.proofs import tag_named
from integrations.engine.errors import Duplicate, MappingFailed
from integrations.engine.paginate import Asked, ask, collect
from integrations.engine.spec import Field, FieldType, Procedure, Script, Situation, Write

SUBSCRIBED, UNSUBSCRIBED = "1", "2"
MOST_SLOTS = 20
LAYOUT = "%a %d %b %Y, %H:%M"


def _write(operation: str, values: Mapping[str, Any]) -> Script:
    outcome = yield Write(operation, values)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value if isinstance(outcome.value, dict) else {}


# --- its own fields, by their personalisation tags ------------------------------------------------


def keep_contact(values: Mapping[str, Any], situation: Situation) -> Script:
    """The contact, created or updated by e-mail, its own fields by personalisation tag (`GHL_CALENDAR_ID`).

    A field that is not there yet is made, and shown everywhere: one without a relation is invisible.
    """
    given = values.get("own") or {}
    if not isinstance(given, Mapping):
        raise MappingFailed("“Own fields” are personalisation tags with their values.")
    filled = yield from _own_fields({str(key).upper(): _text(value) for key, value in given.items()})
    people = {key: values[key] for key in ("email", "firstName", "lastName", "phone") if values.get(key)}
    return (yield from _write("contacts.sync", {**people, **({"fieldValues": filled} if filled else {})}))


def _own_fields(wanted: Mapping[str, str]) -> Script:
    if not wanted:
        return []
    rows = yield from collect(listed("fields.list", {}, "fields"))
    ids = {str(row.get("perstag")).upper(): str(row.get("id")) for row in rows}
    for perstag in wanted:
        if perstag not in ids:
            title = perstag.replace("_", " ").capitalize()
            made = yield from _write(
                "fields.create", {"title": title, "type": "text", "perstag": perstag, "visible": 1}
            )
            yield from _write("field_rels.create", {"field": str(made["id"]), "relid": 0})
            ids[perstag] = str(made["id"])
    return [{"field": ids[perstag], "value": value} for perstag, value in wanted.items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


# --- times ----------------------------------------------------------------------------------------


def read_contact(values: Mapping[str, Any], situation: Situation) -> Script:
    """The contact, and under `zone` the time zone that one of its own fields holds; "" for none."""
    contact = yield from ask("contacts.get", {"id": values["contact"]})
    wanted = str(values.get("zone_field") or "")
    own = {str(row.get("field")): row.get("value") for row in rows_of(contact.get("fieldValues"), "")}
    return {**contact, "zone": _zone(own.get(wanted)) if wanted else ""}


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value or "").strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def offer_times(values: Mapping[str, Any], situation: Situation) -> Script:
    """Fields SLOT_1 to SLOT_n and SLOTS_URL of the contact: the times in its zone, and where to book.

    Fields beyond the last time are emptied, so that no old time is offered. What they hold already is
    written again: it does no harm, and their present values would cost a call to read.
    """
    most = _most(values.get("most"))
    zone = ZoneInfo(str(values["zone"]))
    layout = str(values.get("layout") or LAYOUT)
    starts = [_start(row) for row in values.get("times") or []][:most]
    texts = [start.astimezone(zone).strftime(layout) for start in starts]
    shown = {f"SLOT_{place + 1}": (texts + [""] * most)[place] for place in range(most)}
    own = {**shown, "SLOTS_URL": values.get("url"), "SLOTS_ZONE": zone.key}
    contact = yield from keep_contact({"email": values["email"], "own": own}, situation)
    return {"contact": str(contact.get("id") or ""), "times": texts, "zone": zone.key}


def _most(value: Any) -> int:
    try:
        most = 3 if value in (None, "") else int(str(value))
    except ValueError:
        most = 0
    if not 1 <= most <= MOST_SLOTS:
        raise MappingFailed(f"1 to {MOST_SLOTS} times can be offered, and not {value}.")
    return most


def _start(row: Any) -> datetime:
    text = row.get("startTime") if isinstance(row, Mapping) else row
    try:
        start = datetime.fromisoformat(str(text))
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise MappingFailed("A time to offer needs an offset, such as 2026-11-23T10:00:00-06:00.")
    return start


# --- tags, lists, automations ---------------------------------------------------------------------


def segment_contact(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{tags, list, list_state, automation}`: what the tables say of this calendar, done to the contact.

    A table's rows begin with a calendar's id, name or slug; what is not in it is left alone.
    """
    contact, tags = str(values["contact"]), _tags_of(values)
    listing, automation = (_row(values, table) for table in ("lists", "automations"))
    for tag in tags:
        yield from give_tag(contact, tag)
    state = (yield from subscribe(contact, listing)) if listing else ""
    if automation:
        yield from start_automation(contact, automation)
    return {"tags": tags, "list": listing, "list_state": state, "automation": automation}


def unsegment_contact(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{taken}`: the names of the calendar's tags that were taken away. Lists and automations stay."""
    contact, taken = str(values["contact"]), []
    for name in _tags_of(values):
        for row in (yield from _has(contact, name)):
            yield from _delete(str(row["id"]))
            taken.append(name)
    return {"taken": taken}


def _tags_of(values: Mapping[str, Any]) -> list[str]:
    return [name for name in (_row(values, "tags"), str(values.get("always") or "").strip()) if name]


def _delete(association: str) -> Script:
    outcome = yield Write("contact_tags.delete", {"id": association})
    if outcome.error is not None:
        raise outcome.error


def _row(values: Mapping[str, Any], table: str) -> str:
    rows = values.get(table) or {}
    if not isinstance(rows, Mapping):
        raise MappingFailed("A table has calendars on the left and what belongs to them on the right.")
    folded = {str(key).strip().casefold(): value for key, value in rows.items()}
    for word in _words(values.get("calendar")):
        if word.casefold() in folded:
            return str(folded[word.casefold()] or "").strip()
    return ""


def _words(value: Any) -> list[str]:
    words: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    return [str(word).strip() for word in words if word not in (None, "")]


def give_tag(contact: str, name: str) -> Script:
    """The tag's id. It is found by its whole name on whatever page, and made only where there is none."""
    tag = yield from tag_named(name)
    if tag is None:
        try:
            tag = yield from _write("tags.create", {"tag": name, "tagType": "contact"})
        except Duplicate:  # somebody else was faster
            tag = yield from tag_named(name)
    tag_id = str((tag or {}).get("id") or "")
    if not (yield from _has(contact, name, tag_id)):
        yield from _write("contact_tags.create", {"contact": contact, "tag": tag_id})
    return tag_id


def _has(contact: str, name: str, tag_id: str = "") -> Asked:
    """The contact's rows with this tag."""
    if not tag_id:
        tag = yield from tag_named(name)
        tag_id = str(tag["id"]) if tag else ""
    found = yield from ask("contacts.tags", {"id": contact})
    return [row for row in rows_of(found, "contactTags") if tag_id and str(row.get("tag")) == tag_id]


def subscribe(contact: str, listing: str) -> Script:
    """subscribed, already, or unsubscribed: whoever left the list is never put on it again."""
    found = yield from ask("contacts.lists", {"id": contact})
    states = {str(row.get("list")): str(row.get("status")) for row in rows_of(found, "contactLists")}
    if states.get(listing) == UNSUBSCRIBED:
        return "unsubscribed"
    if states.get(listing) == SUBSCRIBED:
        return "already"
    yield from _write("contact_lists.set", {"contact": contact, "list": listing, "status": 1})
    return "subscribed"


def start_automation(contact: str, automation: str) -> Script:
    return (yield from _write("contact_automations.create", {"contact": contact, "automation": automation}))


def track_event(values: Mapping[str, Any], situation: Situation) -> Script:
    """The event, for the contact with that e-mail address."""
    name = str(values["event"])
    if len(name) > 32:
        raise MappingFailed(f"An event's name has at most 32 characters; this one has {len(name)}.")
    told = {"event": name, "visit": json.dumps({"email": values["email"]})}
    data = {"eventdata": values["eventdata"]} if values.get("eventdata") else {}
    return (yield from _write("events.track", {**told, **data}))


# --- as procedures --------------------------------------------------------------------------------

CONTACT_ID = Field(key="contact", label="Contact id", required=True)
ADDRESS = Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True)
CALENDAR_WORDS = Field(
    key="calendar", label="Calendar", type=FieldType.LIST, required=True, help="Its id, name and slug."
)
ALWAYS = Field(key="always", label="Tag in any case")


def _table(key: str, label: str) -> Field:
    return Field(key=key, label=label, type=FieldType.OBJECT, help="Calendar on the left.")


PROCEDURES = (
    Procedure(
        key="keep_contact",
        title="Create or update a contact, its own fields by name",
        run=keep_contact,
        fields=(
            ADDRESS,
            Field(key="firstName", label="First name"),
            Field(key="lastName", label="Last name"),
            Field(key="phone", label="Phone", type=FieldType.PHONE),
            Field(
                key="own",
                label="Own fields",
                type=FieldType.OBJECT,
                help="By personalisation tag, such as GHL_CALENDAR_ID; what is missing is made.",
            ),
        ),
        operations=("fields.list", "fields.create", "field_rels.create", "contacts.sync"),
        calls=2,
        writes=True,
        sample=CONTACT,
    ),
    Procedure(
        key="read_contact",
        title="Read a contact and its time zone",
        run=read_contact,
        fields=(
            CONTACT_ID,
            Field(key="zone_field", label="Field that holds its time zone", reference="contact_fields"),
        ),
        operations=("contacts.get",),
        sample={**CONTACT, "zone": "America/Chicago"},
    ),
    Procedure(
        key="offer_times",
        title="Write times to offer into a contact's fields",
        run=offer_times,
        fields=(
            ADDRESS,
            Field(key="times", label="Times", type=FieldType.LIST),
            Field(key="zone", label="Time zone", required=True),
            Field(key="most", label="At most", type=FieldType.INTEGER, default=3),
            Field(key="url", label="Where to book"),
            Field(key="layout", label="How a time is written", default=LAYOUT),
        ),
        operations=("fields.list", "fields.create", "field_rels.create", "contacts.sync"),
        calls=2,
        writes=True,
        sample={"contact": "19", "times": ["Mon 23 Nov 2026, 10:00"], "zone": "America/Chicago"},
    ),
    Procedure(
        key="segment_contact",
        title="Tag, subscribe or automate a contact by tables",
        run=segment_contact,
        fields=(
            CONTACT_ID,
            CALENDAR_WORDS,
            _table("tags", "Tags"),
            _table("lists", "Lists"),
            _table("automations", "Automations"),
            ALWAYS,
        ),
        operations=(
            "tags.list",
            "tags.create",
            "contacts.tags",
            "contact_tags.create",
            "contacts.lists",
            "contact_lists.set",
            "contact_automations.create",
        ),
        calls=5,
        writes=True,
        sample={"tags": ["booked"], "list": "2", "list_state": "subscribed", "automation": "3"},
    ),
    Procedure(
        key="unsegment_contact",
        title="Take a calendar's tag from a contact",
        run=unsegment_contact,
        fields=(CONTACT_ID, CALENDAR_WORDS, _table("tags", "Tags"), ALWAYS),
        operations=("tags.list", "contacts.tags", "contact_tags.delete"),
        calls=3,
        writes=True,
        sample={"taken": ["booked"]},
    ),
    Procedure(
        key="track_event",
        title="Track an event of a contact",
        run=track_event,
        fields=(
            ADDRESS,
            Field(key="event", label="Event", required=True, help="At most 32 characters."),
            Field(key="eventdata", label="What about it"),
        ),
        operations=("events.track",),
        writes=True,
        sample={"success": 1},
    ),
)
