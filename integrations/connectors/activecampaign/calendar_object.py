"""How a calendar of GoHighLevel is kept in ActiveCampaign, which has none of its own that could be booked.

As a record of the custom object “GHL Calendar”, where the plan has custom objects (private ones: Enterprise,
says the vendor's guide to them); as a contact tag `cal:<slug>` whose description says the rest; or as a
calendar feed of that title, which shows ActiveCampaign's own tasks and no bookings. The record remembers what
name and zone both sides last agreed on, so that either can tell whether the other was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.connectors.activecampaign.pages import listed, rows_of
from integrations.connectors.activecampaign.proofs import record_with, schema_with, tag_named
from integrations.connectors.activecampaign.records import RECORD
from integrations.engine.errors import Duplicate, Refused, StopRun
from integrations.engine.paginate import Asked, ask, collect
from integrations.engine.spec import Field, FieldType, JsonObject, Procedure, Script, Situation, Write

SLUG = "ghl-calendar"
# Field of the record -> (its label, the value it is filled from)
FIELDS = {
    "calendar-id": ("Calendar id", "calendarId"),
    "name": ("Name", "name"),
    "timezone": ("Time zone", "timezone"),
    "slug": ("Slug", "slug"),
    "is-active": ("Active", "isActive"),
    "group-id": ("Group id", "groupId"),
    "synced-name": ("Name last agreed on", "name"),
    "synced-timezone": ("Time zone last agreed on", "timezone"),
}
SCHEMA: JsonObject = {
    "slug": SLUG,
    "labels": {"singular": "GHL Calendar", "plural": "GHL Calendars"},
    "description": "Calendars of GoHighLevel, kept by GHL Hub.",
    "fields": [
        {
            "id": key,
            "slug": key,
            "labels": {"singular": label, "plural": f"{label}s"},
            "type": "text",
            "isRequired": False,
        }
        for key, (label, _) in FIELDS.items()
    ],
    "relationships": [
        {
            "id": "primary-contact",
            "labels": {"singular": "Contact", "plural": "Contacts"},
            "description": "Whoever looks after the calendar",
            "namespace": "contacts",
            "hasMany": False,
        }
    ],
}
OBJECT, TAG, FEED = "object", "tag", "feed"
LONGEST_TAG = 100


def schema_of() -> Asked:
    """The custom object that holds calendars; None where there is none, or the plan has none."""
    return (yield from schema_with(SLUG))


def find_calendar(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{how, schema, record, values}`: how this calendar is, or is to be, kept, and what is kept of it now.

    `how` is object, tag or feed; `record` and `values` are empty where nothing is kept yet.
    """
    how, schema = yield from _way(str(values.get("how") or "auto"))
    record: JsonObject = {}
    if how == OBJECT and schema:
        where = {"schemaId": schema, "externalId": values["calendarId"]}
        record = (yield from _sure(lambda: record_with(where))) or {}
    fields = {str(row.get("id")): row.get("value") for row in rows_of(record.get("fields"), "")}
    named = {key.replace("-", "_"): fields.get(key) or "" for key in FIELDS} if record else {}
    return {"how": how, "schema": schema, "record": record, "values": named}


def _way(how: str) -> Script:
    """What was chosen; with “auto” the custom object, unless the account refuses them."""
    if how not in ("auto", OBJECT):
        return how, ""
    try:
        found = yield from _sure(schema_of)
    except StopRun:
        if how == OBJECT:
            raise
        return TAG, ""
    return OBJECT, str(found["id"]) if found else ""


def _sure(script: Callable[[], Script]) -> Script:
    """What a refusal of custom objects means: a plan without them and a bad key are the same 403.

    Another call tells them apart: it parks the run where it is the key, and then they are asked again.
    """
    try:
        return (yield from script())
    except Refused:
        yield from ask("users.me", {})
        return (yield from script())


def keep_calendar(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{how, id, name, written}`: the calendar as it is kept now. What is so already is not written again."""
    found = yield from find_calendar(values, situation)
    how = found["how"]
    if how == OBJECT:
        try:
            kept = yield from _sure(lambda: _as_record(values, found))
        except StopRun:
            if values.get("how") == OBJECT:
                raise
            how, kept = TAG, (yield from _as_tag(values))
    elif how == FEED:
        kept = yield from _as_feed(values)
    else:
        kept = yield from _as_tag(values)
    return {"how": how, **kept}


def _as_record(values: Mapping[str, Any], found: JsonObject) -> Script:
    schema = found["schema"] or (yield from _made_schema())
    given = {key: _text(values.get(source)) for key, (_, source) in FIELDS.items()}
    if not found["record"]:
        given["slug"] = yield from _own_slug(values, given["slug"], schema)
    elif found["values"]["slug"].startswith(f"{given['slug']}-"):
        given["slug"] = found["values"]["slug"]
    shown = {"id": found["record"].get("id", ""), "name": given["slug"]}
    if found["record"] and all(found["values"][key.replace("-", "_")] == text for key, text in given.items()):
        return {**shown, "written": False}
    record = yield from _write(
        "records.upsert",
        {
            "schemaId": schema,
            "externalId": values["calendarId"],
            "fields": [{"id": key, "value": text} for key, text in given.items()],
        },
    )
    return {**shown, "id": str(record.get("id") or ""), "written": True}


def _made_schema() -> Script:
    try:
        made = yield from _write("schemas.create", SCHEMA)
    except Duplicate:  # somebody else was faster
        made = yield from schema_of()
    return str((made or {}).get("id") or "")


def _own_slug(values: Mapping[str, Any], slug: str, schema: str) -> Asked:
    """The slug, made longer where another calendar has the same."""
    for row in (yield from collect(listed("records.list", {"schemaId": schema}, "records"))):
        fields = {str(field.get("id")): field.get("value") for field in rows_of(row.get("fields"), "")}
        if fields.get("slug") == slug and row.get("externalId") != values["calendarId"]:
            return f"{slug}-{_short(values)}"
    return slug


def _as_tag(values: Mapping[str, Any]) -> Script:
    """`cal:<slug>`. Its description names the calendar, so that two with one slug are kept apart."""
    slug = _text(values.get("slug")) or _text(values["calendarId"])
    wanted = f"{_text(values.get('name'))} ({values['calendarId']}, {_text(values.get('timezone'))})"
    for name in (f"cal:{slug}", f"cal:{slug}-{_short(values)}"):
        name = name[:LONGEST_TAG]
        tag = yield from tag_named(name)
        if tag is None:
            new = {"tag": name, "tagType": "contact", "description": wanted}
            made = yield from _write("tags.create", new)
            return {"id": str(made.get("id") or ""), "name": name, "written": True}
        if tag.get("description") == wanted:
            return {"id": str(tag["id"]), "name": name, "written": False}
        if not tag.get("description") or f"({values['calendarId']}," in str(tag["description"]):
            yield from _write("tags.update", {"id": tag["id"], "tag": name, "description": wanted})
            return {"id": str(tag["id"]), "name": name, "written": True}
    raise StopRun(f"The tags cal:{slug} are both of other calendars; give this calendar another slug.")


def _as_feed(values: Mapping[str, Any]) -> Script:
    """A feed of that title. It has no place for the calendar's id, so it is known by its title alone."""
    title = _text(values.get("name"))
    for row in (yield from collect(listed("calendar_feeds.list", {}, "calendars"))):
        if row.get("title") == title:
            return {"id": str(row.get("id")), "name": title, "written": False}
    made = yield from _write("calendar_feeds.create", {"title": title, "type": "All"})
    return {"id": str(made.get("id") or ""), "name": title, "written": True}


def _write(operation: str, values: Mapping[str, Any]) -> Script:
    outcome = yield Write(operation, values)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value if isinstance(outcome.value, dict) else {}


def _short(values: Mapping[str, Any]) -> str:
    return str(values["calendarId"])[-6:].lower()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()


HOW = Field(
    key="how",
    label="Kept as",
    default="auto",
    choices=(
        ("auto", "a custom object where the plan has them, else a tag"),
        (OBJECT, "a custom object"),
        (TAG, "a contact tag"),
        (FEED, "a calendar feed"),
    ),
)
CALENDAR_ID = Field(key="calendarId", label="Calendar id", required=True)

FIND_CALENDAR = Procedure(
    key="find_calendar",
    title="Find a GoHighLevel calendar's record",
    run=find_calendar,
    fields=(HOW, CALENDAR_ID),
    operations=("users.me", "schemas.list", "records.by_external_id"),
    sample={
        "how": OBJECT,
        "schema": RECORD["schemaId"],
        "record": RECORD,
        "values": {"name": "Review call", "timezone": "America/New_York", "synced_name": "Review call"},
    },
)
KEEP_CALENDAR = Procedure(
    key="keep_calendar",
    title="Keep a GoHighLevel calendar's record",
    run=keep_calendar,
    fields=(
        HOW,
        CALENDAR_ID,
        Field(key="name", label="Name", required=True),
        Field(key="timezone", label="Time zone", help="A zone's name, such as Europe/Berlin."),
        Field(key="slug", label="Slug"),
        Field(key="isActive", label="Active", type=FieldType.BOOLEAN),
        Field(key="groupId", label="Group id"),
    ),
    operations=(
        "users.me",
        "schemas.list",
        "schemas.create",
        "records.by_external_id",
        "records.list",
        "records.upsert",
        "tags.list",
        "tags.create",
        "tags.update",
        "calendar_feeds.list",
        "calendar_feeds.create",
    ),
    calls=3,
    writes=True,
    sample={"how": OBJECT, "id": RECORD["id"], "name": "review-call", "written": True},
)
