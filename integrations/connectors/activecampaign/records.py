"""Custom objects, calendar feeds, notes, tasks, users, webhooks, event tracking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.connectors.activecampaign import proofs
from integrations.connectors.activecampaign.contacts import SHARED
from integrations.connectors.activecampaign.declare import ID, asked, call, inside, lists
from integrations.connectors.activecampaign.events import ASKABLE
from integrations.engine.spec import Field, FieldType, Inverse, JsonObject, Keyed
from integrations.engine.undo import removed_by

TRACKER = "https://trackcmp.net/event"
SOURCES = ("public", "admin", "api", "system")

SCHEMA: JsonObject = {
    "id": "6449c3f3-b68d-46d1-850b-c8aea998ce1b",
    "slug": "ghl-calendar",
    "visibility": "private",
    "labels": {"singular": "GHL Calendar", "plural": "GHL Calendars"},
    "fields": [{"id": "name", "labels": {"singular": "Name", "plural": "Names"}, "type": "text"}],
}
RECORD: JsonObject = {
    "id": "fb9a1ffd-5b4d-4ae1-92cf-9a4f10b0e0a4",
    "externalId": "cal0000000000000001",
    "schemaId": SCHEMA["id"],
    "fields": [
        {"id": "calendar-id", "value": "cal0000000000000001"},
        {"id": "name", "value": "Review call"},
        {"id": "timezone", "value": "America/New_York"},
    ],
    "relationships": {"primary-contact": []},
    "createdTimestamp": "2026-11-20T10:00:00.783751329Z",
    "updatedTimestamp": "2026-11-20T10:00:00.783751329Z",
}
FEED: JsonObject = {
    "id": "1",
    "userid": "1",
    "title": "Review call",
    "type": "Contacts",
    "token": "d1b2e3",
    "notification": "0",
    "cdate": "2026-11-20T04:00:00-06:00",
    "mdate": "2026-11-20T04:00:00-06:00",
}
NOTE: JsonObject = {"id": "1", "note": "Booked.", "relid": "19", "reltype": "Subscriber"}
TASK: JsonObject = {
    "id": "1",
    "title": "Review call with Rosa",
    "ownerType": "contact",
    "relid": "19",
    "status": 0,
    "note": "Booked.",
    "duedate": "2026-11-23T10:00:00-06:00",
    "edate": "2026-11-23T10:30:00-06:00",
    "dealTasktype": "2",
}
TASK_TYPE: JsonObject = {"id": "2", "title": "Meeting", "status": "1"}
USER: JsonObject = {
    "id": "1",
    "username": "nora",
    "firstName": "Nora",
    "lastName": "Quist",
    "email": "nora@example.com",
}
WEBHOOK: JsonObject = {
    "id": "1",
    "name": "GHL Hub",
    "url": "https://hub.example.com/hooks/activecampaign/1/key",
    "events": ["contact_tag_added"],
    "sources": ["public", "admin", "system"],
    "listid": "0",
    "cdate": "2026-11-20T04:00:00-06:00",
}

SCHEMA_ID = inside("schemaId", "Custom object", reference="schemas")
VALUES = Field(
    key="fields",
    label="Fields",
    type=FieldType.LIST,
    keyed=Keyed(id="id", written="value", read="value"),
    help="One {id, value} for each field of the object.",
)
EXTERNAL = Field(key="externalId", label="Your own id", required=True)
RELATED = Field(
    key="relationships", type=FieldType.OBJECT, help="Such as {“primary-contact”: [19]}: contacts' ids."
)
DOUBT = "one of the vendor's records carries what we wrote, and when it was made"


def _tracker(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """The same address for every account; the key tells whose event it is."""
    return TRACKER


_OBJECTS = (
    lists("schemas.list", "List custom objects", "/customObjects/schemas", "schemas", SCHEMA),
    call("schemas.create", "Create a custom object", "POST /customObjects/schemas",
         Field(key="slug", label="Short name", required=True),
         Field(key="labels", label="Names", type=FieldType.OBJECT, required=True,
               fields=(Field(key="singular"), Field(key="plural"))),
         Field(key="description", label="Description"),
         Field(key="fields", label="Fields", type=FieldType.LIST, required=True),
         Field(key="relationships", type=FieldType.LIST),
         inverse=SHARED,
         body_key="schema", result="schema", sample={"schema": SCHEMA},
         proof=proofs.looked_up(proofs.find_schema, "schemas.list", "slug", "a slug is unique")),
    lists("records.list", "List records of a custom object", "/customObjects/records/{schemaId}",
          "records", RECORD, SCHEMA_ID, asked("filters[relationships.primary-contact][eq]", "Contact id")),
    call("records.upsert", "Create or update a record", "POST /customObjects/records/{schemaId}",
         SCHEMA_ID, EXTERNAL, VALUES, RELATED,
         inverse=removed_by("records.delete", "recordId", "schemaId"),
         body_key="record", result="record", sample={"record": RECORD},
         answer=(Field(key="externalId"), VALUES),
         proof=replace(proofs.whole("externalId", "updated by our own id for it; twice is once"),
                       existing=proofs.record_with, operations=("records.by_external_id",))),
    call("records.get", "Read a record", "GET /customObjects/records/{schemaId}/{recordId}",
         SCHEMA_ID, inside("recordId", "Record id"), result="record", sample={"record": RECORD}),
    call("records.by_external_id", "Read a record by your own id",
         "GET /customObjects/records/{schemaId}/external/{externalId}",
         SCHEMA_ID, inside("externalId", "Your own id"), result="record", sample={"record": RECORD}),
    call("records.delete", "Delete a record", "DELETE /customObjects/records/{schemaId}/{recordId}",
         SCHEMA_ID, inside("recordId", "Record id"),
         proof=proofs.gone("join('/', [schemaId, recordId])")),
)  # fmt: skip

# ActiveCampaign's "calendars" are feeds of its own tasks. They cannot be booked and have no zone.
_FEED_FIELDS = (
    Field(key="title", label="Title", required=True),
    Field(key="type", label="Shows", required=True, default="All",
          choices=(("All", "all tasks"), ("Deals", "tasks of deals"), ("Contacts", "tasks of contacts"))),
    Field(key="notification", label="Reminder", type=FieldType.INTEGER),
)  # fmt: skip
_FEEDS = (
    lists("calendar_feeds.list", "List calendar feeds", "/calendars", "calendars", FEED),
    call("calendar_feeds.create", "Create a calendar feed", "POST /calendars", *_FEED_FIELDS,
         inverse=removed_by("calendar_feeds.delete", "id"),
         body_key="calendar", result="calendar", sample={"calendar": FEED},
         proof=proofs.looked_up(
             proofs.in_list("calendar_feeds.list", "calendars", "title", "type", dated="cdate"),
             "calendar_feeds.list", "title", DOUBT,
         )),
    call("calendar_feeds.get", "Read a calendar feed", "GET /calendars/{id}", ID,
         result="calendar", sample={"calendar": FEED}),
    call("calendar_feeds.update", "Change a calendar feed", "PUT /calendars/{id}", ID, *_FEED_FIELDS,
         body_key="calendar", result="calendar", sample={"calendar": FEED}, proof=proofs.whole()),
    call("calendar_feeds.delete", "Delete a calendar feed", "DELETE /calendars/{id}", ID,
         proof=proofs.gone()),
)  # fmt: skip

_NOTES = (
    call("notes.create", "Add a note", "POST /notes",
         Field(key="note", label="Text", required=True),
         Field(key="relid", label="Contact id", required=True),
         Field(key="reltype", label="To a", default="Subscriber", required=True,
               choices=(("Subscriber", "contact"), ("Deal", "deal"), ("DealTask", "task"))),
         inverse=removed_by("notes.delete", "id"),
         body_key="note", result="note", sample={"note": NOTE},
         proof=proofs.looked_up(proofs.find_note, "contacts.notes", "", "the contact's notes",
                                mark="note")),
    call("notes.get", "Read a note", "GET /notes/{id}", ID, result="note", sample={"note": NOTE}),
    call("notes.update", "Change a note", "PUT /notes/{id}", ID,
         Field(key="note", label="Text", required=True),
         body_key="note", result="note", sample={"note": NOTE}, proof=proofs.whole()),
    call("notes.delete", "Delete a note", "DELETE /notes/{id}", ID, proof=proofs.gone()),
)  # fmt: skip

_TASK_FIELDS = (
    Field(key="title", label="Title"),
    Field(key="ownerType", label="Of a", default="contact",
          choices=(("contact", "contact"), ("deal", "deal"))),
    Field(key="relid", label="Contact id", required=True),
    Field(key="duedate", label="Due", type=FieldType.DATETIME, required=True),
    Field(key="edate", label="Until", type=FieldType.DATETIME),
    Field(key="dealTasktype", label="Kind", required=True, reference="task_types"),
    Field(key="status", label="State", type=FieldType.INTEGER, default=0,
          choices=(("0", "open"), ("1", "done"))),
    Field(key="note", label="Note"),
    Field(key="assignee", label="Assigned to", reference="users"),
    Field(key="outcomeId", label="Outcome", help="Some kinds of task want one when they are done."),
)  # fmt: skip
_TASKS = (
    lists("deal_tasks.list", "List tasks", "/dealTasks", "dealTasks", TASK,
          asked("filters[relid]", "Contact id"), asked("filters[status]", "State")),
    call("deal_tasks.create", "Add a task", "POST /dealTasks", *_TASK_FIELDS,
         inverse=Inverse(never="ActiveCampaign has no call that deletes a task; mark it done there."),
         body_key="dealTask", result="dealTask", sample={"dealTask": TASK},
         proof=proofs.looked_up(proofs.find_task, "deal_tasks.list",
                                "join('/', [to_string(relid), not_null(title, ''), duedate])",
                                "the contact's tasks", mark="note")),
    call("deal_tasks.get", "Read a task", "GET /dealTasks/{id}", ID,
         result="dealTask", sample={"dealTask": TASK}),
    call("deal_tasks.update", "Change a task", "PUT /dealTasks/{id}", ID,
         *(replace(field, required=False, default=None) for field in _TASK_FIELDS),
         body_key="dealTask", result="dealTask", sample={"dealTask": TASK}, proof=proofs.whole()),
    lists("deal_task_types.list", "List kinds of task", "/dealTasktypes", "dealTasktypes", TASK_TYPE),
)  # fmt: skip

_USERS = (
    call("users.me", "Read who the key belongs to", "GET /users/me", result="user", sample={"user": USER}),
    lists("users.list", "List users", "/users", "users", USER),
)

_HOOK_FIELDS = (
    Field(key="name", label="Name", required=True),
    Field(key="url", label="Address", required=True, help="https on port 443."),
    Field(key="events", label="Events", type=FieldType.LIST, required=True),
    Field(key="sources", label="Brought about by", type=FieldType.LIST, required=True,
          help="public, admin, api and system; without api what the hub writes does not come back."),
    Field(key="listid", label="Only of the list"),
)  # fmt: skip
_WEBHOOKS = (
    lists("webhooks.list", "List webhooks", "/webhooks", "webhooks", WEBHOOK,
          asked("filters[url]", "Address")),
    call("webhooks.create", "Create a webhook", "POST /webhooks", *_HOOK_FIELDS,
         body_key="webhook", result="webhook", sample={"webhook": WEBHOOK},
         proof=proofs.looked_up(proofs.in_list("webhooks.list", "webhooks", "url"), "webhooks.list", "url",
                                "the address holds a key of this connection's own")),
    call("webhooks.get", "Read a webhook", "GET /webhooks/{id}", ID,
         result="webhook", sample={"webhook": WEBHOOK}),
    call("webhooks.update", "Change a webhook", "PUT /webhooks/{id}", ID, *_HOOK_FIELDS,
         body_key="webhook", result="webhook", sample={"webhook": WEBHOOK}, proof=proofs.whole()),
    call("webhooks.delete", "Delete a webhook", "DELETE /webhooks/{id}", ID, proof=proofs.gone()),
    call("webhooks.events", "List the events of webhooks", "GET /webhook/events", record_id="",
         sample={"webhookEvents": list(ASKABLE), "meta": {"total": len(ASKABLE)}}),
)  # fmt: skip

_TRACKING = (
    call("events.track", "Track an event", "POST /event",
         Field(key="key", fills="event_key", required=True, secret=True),
         Field(key="actid", label="Tracking account id (actid)", fills="event_actid", required=True),
         Field(key="event", label="Event", required=True, help="At most 32 characters."),
         Field(key="eventdata", label="What about it"),
         Field(key="visit", label="Whose", required=True, help="As {“email”: …}, written as JSON text."),
         address=_tracker, encoding="form", signed=False, record_id="",
         sample={"success": 1, "message": "Event spawned"},
         source="official event-tracking notes: a key of its own, the verdict in the body",
         proof=proofs.nothing("the vendor lists no tracked events, and each counts")),
)  # fmt: skip

OPERATIONS = (*_OBJECTS, *_FEEDS, *_NOTES, *_TASKS, *_USERS, *_WEBHOOKS, *_TRACKING)
