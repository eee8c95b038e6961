"""What happens in ActiveCampaign: told by webhook, and found by looking, as lost webhooks never come again.

Contacts are filtered by when they changed and cannot be sorted by it. Who was given a tag is listed by time.
Records of custom objects and calendar feeds have no webhook at all: a look reads all of them and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.connectors.activecampaign import contacts, records
from integrations.connectors.activecampaign.calendar_object import schema_of
from integrations.connectors.activecampaign.events import (
    AUTOMATION,
    AUTOMATION_SAMPLE,
    TAGGED,
    TYPES,
    UNTAGGED,
    sample,
)
from integrations.connectors.activecampaign.hooks import OTHERS
from integrations.connectors.activecampaign.pages import SIZE, listed, number, rows_of
from integrations.connectors.activecampaign.pages import contacts as all_contacts
from integrations.connectors.activecampaign.proofs import tag_named, time_of
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.errors import NotFound
from integrations.engine.paginate import Asked, ask, collect
from integrations.engine.spec import (
    Field,
    Happening,
    JsonObject,
    Page,
    Script,
    Since,
    Sweep,
    Trigger,
    TriggerKind,
)

OVERLAP_S = 600

# --- contacts -------------------------------------------------------------------------------------

CONTACT_KEPT = ("id", "email", "firstName", "lastName", "phone", "fieldValues")
CONTACT_ROW = {**contacts.CONTACT, "fieldValues": [{"id": "1", "value": "cal0000000000000001"}]}


def sweep_contacts(since: Since) -> Sweep:
    """Shown without their own fields: one that is new or changed is read by itself."""
    changed = {"filters[updated_after]": since.moment.isoformat()} if since.moment else {}
    yield from all_contacts(changed)


def fetch_contact(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    try:
        found = yield from ask("contacts.get", {"id": record})
    except NotFound:
        return None
    return {**found, "fieldValues": _own(found.get("fieldValues"))}


def _own(values: Any) -> list[JsonObject]:
    """Its own fields by their ids: a value's own id and times change with each write."""
    rows = rows_of(values, "fieldValues")
    plain = [{"id": str(row.get("field")), "value": row.get("value")} for row in rows if row.get("value")]
    return sorted(plain, key=lambda row: number(row["id"]))


CONTACTS = Trigger(
    key="contacts.changed",
    title="A contact is created, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("contact", "Contact"),
    sample={
        "contact.created": CONTACT_ROW,
        "contact.updated": {**CONTACT_ROW, "phone": "+15005550009"},
        "contact.deleted": CONTACT_ROW,
    },
    sweep=sweep_contacts,
    operations=("contacts.list", "contacts.get"),
    remember=CONTACT_KEPT,
    happenings=created_changed_gone("contact", CONTACT_KEPT, "udate"),
    overlap_s=OVERLAP_S,
    glimpse=True,
    changed_at="udate",
    made_at="cdate",
    hears=("subscribe", "update"),
    fetch=fetch_contact,
)

# --- tags on contacts -----------------------------------------------------------------------------

TAG_ROW: JsonObject = {
    "record": "19:wants times",
    "id": "112479",
    "contact": "19",
    "tag": "wants times",
    "tag_id": "16",
    "cdate": "2026-11-20T04:00:00-06:00",
}
TAG_KEPT = ("record", "id", "contact", "tag")


def sweep_tagged(since: Since) -> Sweep:
    """Who was given the tag (or any), the newest first, back to the last look."""
    wanted = str(since.settings.get("tag") or "").strip()
    names = yield from _tag_names(wanted)
    asked: dict[str, Any] = {"orders[cdate]": "desc", "limit": SIZE}
    if wanted:
        asked["filters[tagid]"] = next(iter(names), "0")
    offset = 0
    while True:
        found = yield from ask("contact_tags.list", {**asked, "offset": offset})
        rows = rows_of(found, "contactTags")
        yield Page([_tagged(row, names[str(row["tag"])]) for row in rows if str(row.get("tag")) in names])
        if len(rows) < SIZE or _is_before(rows[-1], since.moment):
            return
        offset += len(rows)


def _tag_names(wanted: str) -> Asked:
    """Contact tags by id, all of them or the one wanted; a tag deleted since is left out."""
    if wanted:
        found = yield from tag_named(wanted)
        return {str(found["id"]): str(found["tag"])} if found else {}
    rows = yield from collect(listed("tags.list", {}, "tags"))
    return {str(row.get("id")): str(row.get("tag")) for row in rows if row.get("tagType") == "contact"}


def _tagged(row: JsonObject, name: str) -> JsonObject:
    contact = str(row.get("contact"))
    return {
        "record": f"{contact}:{name}",
        "id": str(row.get("id")),
        "contact": contact,
        "tag": name,
        "tag_id": str(row.get("tag")),
        "cdate": row.get("cdate"),
    }


def _is_before(row: JsonObject, moment: datetime | None) -> bool:
    at = time_of(row.get("cdate"))
    return moment is not None and at is not None and at < moment


def fetch_tagged(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    """The tag on the contact, as its own list of tags shows it; None when it is not there (any more)."""
    contact, _, name = record.partition(":")
    try:
        found = yield from ask("contacts.tags", {"id": contact})
    except NotFound:
        return None
    tag = yield from tag_named(name)
    rows = [row for row in rows_of(found, "contactTags") if tag and str(row.get("tag")) == str(tag["id"])]
    return _tagged(max(rows, key=lambda row: number(row.get("id"))), str(tag["tag"])) if rows else None


def is_wanted(row: JsonObject, settings: Mapping[str, Any]) -> bool:
    wanted = str(settings.get("tag") or "").strip()
    return not wanted or wanted.casefold() == str(row.get("tag")).casefold()


def tagged_happenings(before: JsonObject | None, after: JsonObject | None, now: datetime) -> list[Happening]:
    """Each time a contact is given a tag has an id of its own, so it is told once, however it is heard of."""
    shown = after if after is not None else before
    if shown is None or (before and after and before.get("id") == after.get("id")):
        return []
    what = "contact.tagged" if after is not None else "contact.untagged"
    return [Happening(type=what, key=f"{what}:{shown.get('id')}")]


TAGS = Trigger(
    key="contact_tags.changed",
    title="A contact is given a tag, or loses it",
    kind=TriggerKind.POLL,
    events=(("contact.tagged", "Contact given a tag"), ("contact.untagged", "Tag taken from a contact")),
    sample={"contact.tagged": TAG_ROW, "contact.untagged": TAG_ROW},
    fields=(
        Field(key="tag", label="Tag", reference="tags", help="Only this tag; none chosen means every tag."),
    ),
    record_id="record",
    sweep=sweep_tagged,
    operations=("tags.list", "contact_tags.list", "contacts.tags"),
    remember=TAG_KEPT,
    happenings=tagged_happenings,
    overlap_s=OVERLAP_S,
    made_at="cdate",
    hears=(TAGGED, UNTAGGED),
    fetch=fetch_tagged,
    admits=is_wanted,
)

# --- records of custom objects --------------------------------------------------------------------

RECORD_KEPT = ("id", "externalId", "schemaId", "fields")
RECORD_ROW = {
    **records.RECORD,
    "values": {
        "calendar_id": "cal0000000000000001",
        "name": "Review call",
        "timezone": "America/New_York",
        "synced_name": "Review call",
        "synced_timezone": "America/New_York",
    },
}


def sweep_records(since: Since) -> Sweep:
    """All records of the object chosen; without a choice, of the one that holds GoHighLevel's calendars."""
    schema = str(since.settings.get("schema") or "").strip()
    if not schema:
        found = yield from schema_of()
        schema = str(found["id"]) if found else ""
    if not schema:
        return
    rows = yield from collect(listed("records.list", {"schemaId": schema}, "records"))
    yield Page([plain(row, schema) for row in rows])


def plain(row: JsonObject, schema: str = "") -> JsonObject:
    """With its fields under `values` too, by their ids with underscores, so that a mapping can name them."""
    fields = {str(field.get("id")): field.get("value") for field in rows_of(row.get("fields"), "")}
    values = {key.replace("-", "_"): value for key, value in fields.items()}
    return {**row, "schemaId": str(row.get("schemaId") or schema), "values": values}


def fetch_record(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    schema = str(known.get("schemaId") or "")
    try:
        found = yield from ask("records.get", {"schemaId": schema, "recordId": record})
    except NotFound:
        return None
    return plain(found, schema)


RECORDS = Trigger(
    key="records.changed",
    title="A record of a custom object is created, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("record", "Record"),
    sample={
        "record.created": RECORD_ROW,
        "record.updated": {**RECORD_ROW, "values": {**RECORD_ROW["values"], "name": "Long review call"}},
        "record.deleted": RECORD_ROW,
    },
    fields=(
        Field(
            key="schema",
            label="Custom object",
            reference="schemas",
            help="None chosen: the object in which the hub keeps GoHighLevel's calendars.",
        ),
    ),
    sweep=sweep_records,
    operations=("schemas.list", "records.list", "records.get"),
    remember=RECORD_KEPT,
    happenings=created_changed_gone("record", RECORD_KEPT, "updatedTimestamp"),
    changed_at="updatedTimestamp",
    made_at="createdTimestamp",
    whole=True,
    fetch=fetch_record,
)

# --- calendar feeds -------------------------------------------------------------------------------

FEED_KEPT = ("id", "title", "type")


def sweep_feeds(since: Since) -> Sweep:
    yield from listed("calendar_feeds.list", {}, "calendars")


FEEDS = Trigger(
    key="calendar_feeds.changed",
    title="A calendar feed is created, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("calendar_feed", "Calendar feed"),
    sample={
        "calendar_feed.created": records.FEED,
        "calendar_feed.updated": {**records.FEED, "title": "Long review call"},
        "calendar_feed.deleted": records.FEED,
    },
    sweep=sweep_feeds,
    operations=("calendar_feeds.list", "calendar_feeds.get"),
    remember=FEED_KEPT,
    happenings=created_changed_gone("calendar_feed", FEED_KEPT, "mdate"),
    changed_at="mdate",
    made_at="cdate",
    whole=True,
    reread="calendar_feeds.get",
)

# --- webhooks as they come ------------------------------------------------------------------------


def raw(kind: str, title: str, shown: JsonObject) -> Trigger:
    return Trigger(
        key=f"webhook.{kind}",
        title=f"{title} (as the webhook tells it)",
        kind=TriggerKind.WEBHOOK,
        events=((kind, title),),
        sample={kind: shown},
        record_id=" || ".join((*(f"{key}.id" for key in ("contact", *OTHERS)), "type")),
        hears=(kind,),
    )


RAW = (
    *(raw(kind, title, sample(kind)) for kind, (title, _) in TYPES.items()),
    raw(AUTOMATION, "An automation asks", AUTOMATION_SAMPLE),
)

TRIGGERS = {trigger.key: trigger for trigger in (CONTACTS, TAGS, RECORDS, FEEDS, *RAW)}
