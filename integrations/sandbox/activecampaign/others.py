"""Tags, fields, feeds, notes, tasks, imports, webhooks and tracked events of the simulated ActiveCampaign."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign import contacts
from integrations.sandbox.activecampaign.refusals import Refusal, bare, invalid
from integrations.sandbox.activecampaign.rows import (
    CONTACTS,
    EVENTS,
    FEEDS,
    FIELD_RELS,
    FIELDS,
    HOOKS,
    IMPORTS,
    NOTES,
    TAGS,
    TASK_TYPES,
    TASKS,
    add,
    asked,
    find,
    inside,
    page,
    require,
    stamp,
    text,
)
from integrations.sandbox.activecampaign.telling import API, contact_block, tell
from integrations.sandbox.simulation import fresh_id, own_credentials
from integrations.sandbox.transaction import Tx

MOST_AT_ONCE = 250
LONGEST_EVENT = 32
OWN_HUB = "/hooks/sandbox/"

# --- tags and fields ------------------------------------------------------------------------------


def list_tags(tx: Tx, request: httpx.Request) -> JsonObject:
    """The search finds whatever holds the words, in tags of every type."""
    words = asked(request, "search").lower()
    return page(request, "tags", [row for row in tx.all(TAGS) if words in row["tag"].lower()])


def create_tag(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "tag")
    require(given, "tag", "tag", "tagType")
    return {"tag": make_tag(tx, text(given["tag"]), text(given.get("description")), text(given["tagType"]))}


def make_tag(
    tx: Tx, name: str, description: str = "", kind: str = "contact", record_id: str = ""
) -> JsonObject:
    if tag_named(tx, name, kind):
        raise Refusal(422, {"message": f"Duplicate entry '{kind}-{name}' for key 'typetag'"})
    given = {"tag": name, "tagType": kind, "description": description, "cdate": stamp(tx)}
    return add(tx, TAGS, given, [_tag_key(name, kind)], record_id)


def tag_named(tx: Tx, name: str, kind: str = "contact") -> JsonObject | None:
    return next(iter(tx.by_key(TAGS, _tag_key(name, kind))), None)


def update_tag(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    known, given = find(tx, TAGS, record_id, "Tag"), inside(request, "tag")
    row = known | {key: text(given[key]) for key in ("tag", "description") if key in given}
    tx.put(TAGS, record_id, row, [_tag_key(row["tag"], row["tagType"])])
    return {"tag": row}


def _tag_key(name: str, kind: str) -> str:
    return f"name:{kind}:{name.strip().lower()}"


def list_fields(tx: Tx, request: httpx.Request) -> JsonObject:
    return {**page(request, "fields", tx.all(FIELDS)), "fieldRels": tx.all(FIELD_RELS), "fieldOptions": []}


def create_field(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "field")
    require(given, "field", "title", "type")
    perstag = text(given.get("perstag") or given["title"]).upper().replace(" ", "_")
    if any(row["perstag"] == perstag for row in tx.all(FIELDS)):
        raise invalid("The perstag is in use.", "duplicate", "perstag")
    return {"field": make_field(tx, text(given["title"]), text(given["type"]), perstag)}


def make_field(tx: Tx, title: str, kind: str, perstag: str, record_id: str = "") -> JsonObject:
    given = {"title": title, "type": kind, "perstag": perstag, "visible": "1", "cdate": stamp(tx)}
    return add(tx, FIELDS, given, (), record_id)


def relate_field(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "fieldRel")
    require(given, "fieldRel", "field")
    field = find(tx, FIELDS, given["field"], "Field")
    row = {"field": field["id"], "relid": text(given.get("relid", 0)), "cdate": stamp(tx)}
    return {"fieldRel": add(tx, FIELD_RELS, row)}


# --- feeds, notes, tasks --------------------------------------------------------------------------


def create_feed(tx: Tx, request: httpx.Request) -> JsonObject:
    """The number of a reminder comes back as a number here, and as text in the list."""
    given = inside(request, "calendar")
    require(given, "calendar", "title", "type")
    made = make_feed(tx, text(given["title"]), text(given["type"]), text(given.get("notification") or 0))
    return {"calendar": {**made, "notification": int(made["notification"])}}


def make_feed(tx: Tx, title: str, kind: str, notification: str = "0") -> JsonObject:
    if kind not in ("All", "Deals", "Contacts"):
        raise invalid("The type is not valid.", pointer="type")
    given = {"userid": "1", "title": title, "type": kind, "notification": notification}
    given |= {"token": fresh_id(12), "cdate": stamp(tx), "mdate": stamp(tx)}
    return add(tx, FEEDS, given)


def update_feed(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    given = inside(request, "calendar")
    return {"calendar": change_feed(tx, find(tx, FEEDS, record_id, "Calendar"), given)}


def change_feed(tx: Tx, known: JsonObject, given: JsonObject) -> JsonObject:
    row = known | {key: text(given[key]) for key in ("title", "type", "notification") if key in given}
    row |= {"mdate": stamp(tx)}
    tx.put(FEEDS, row["id"], row)
    return row


def create_note(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "note")
    require(given, "note", "note", "relid", "reltype")
    return {"note": make_note(tx, text(given["note"]), text(given["relid"]), text(given["reltype"]), API)}


def make_note(tx: Tx, note: str, relid: str, reltype: str, source: str) -> JsonObject:
    contact = find(tx, CONTACTS, relid, "Subscriber") if reltype == "Subscriber" else None
    row = add(tx, NOTES, {"note": note, "relid": relid, "reltype": reltype, "cdate": stamp(tx)})
    if contact:
        tell(tx, "subscriber_note", source, contact=contact_block(tx, contact), note=note)
    return row


def update_note(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    known, given = find(tx, NOTES, record_id, "Note"), inside(request, "note")
    row = {**known, "note": text(given.get("note", known["note"]))}
    tx.put(NOTES, record_id, row)
    return {"note": row}


def list_tasks(tx: Tx, request: httpx.Request) -> JsonObject:
    relid, status = asked(request, "filters[relid]"), asked(request, "filters[status]")
    rows = [
        row
        for row in tx.all(TASKS)
        if (not relid or row["relid"] == relid) and (not status or text(row["status"]) == status)
    ]
    return page(request, "dealTasks", rows)


def create_task(tx: Tx, request: httpx.Request) -> JsonObject:
    """Called deal tasks, and contacts have them as well."""
    given = inside(request, "dealTask")
    require(given, "dealTask", "relid", "duedate", "dealTasktype")
    return {"dealTask": make_task(tx, given, API)}


def make_task(tx: Tx, given: JsonObject, source: str) -> JsonObject:
    kind = find(tx, TASK_TYPES, given["dealTasktype"], "DealTasktype")
    owner = text(given.get("ownerType") or "deal")
    contact = find(tx, CONTACTS, given["relid"], "Subscriber") if owner == "contact" else None
    keys = ("title", "duedate", "edate", "note", "assignee")
    row = {"ownerType": owner, "relid": text(given["relid"]), "status": int(given.get("status") or 0)}
    row |= {key: text(given.get(key)) for key in keys} | {"dealTasktype": kind["id"], "cdate": stamp(tx)}
    made = add(tx, TASKS, row)
    if contact:
        task = {"id": made["id"], "type_id": kind["id"], "title": made["title"], "note": made["note"]}
        times = {"dueDate": made["duedate"], "duedate_iso": made["duedate"], "edate_iso": made["edate"]}
        told = {**task, **times, "type_title": kind["title"]}
        tell(tx, "contact_task_add", source, contact=contact_block(tx, contact), task=told)
    return made


def update_task(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    known, given = find(tx, TASKS, record_id, "DealTask"), inside(request, "dealTask")
    keys = ("title", "duedate", "edate", "note", "assignee", "dealTasktype")
    changed = {key: text(given[key]) for key in keys if key in given}
    row: JsonObject = {**known, **changed}
    if "status" in given:
        row["status"] = int(given["status"])
    tx.put(TASKS, record_id, row)
    return {"dealTask": row}


# --- imports --------------------------------------------------------------------------------------


def bulk_import(tx: Tx, request: httpx.Request) -> JsonObject:
    """No webhook tells of it. The body has no outer key, and neither has the answer."""
    try:
        rows: Any = json.loads(request.content or b"{}").get("contacts")
    except (ValueError, AttributeError):
        raise bare() from None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_AT_ONCE:
        raise Refusal(400, {"success": 0, "message": f"There must be 1 to {MOST_AT_ONCE} contacts."})
    failed, done = [], []
    for row in rows:
        email = text(row.get("email")).strip() if isinstance(row, dict) else ""
        if "@" not in email:
            failed.append({"email": email, "failureReason": "The email is not valid."})
        else:
            names = {"firstName": row.get("first_name"), "lastName": row.get("last_name")}
            made = contacts.by_email(tx, email) or contacts.make(tx, {"email": email, **names}, API)
            done.append(made["id"])
    if not done:
        return {"Success": 0, "message": "Nothing was imported.", "failureReasons": failed}
    batch = fresh_id(16)
    tx.put(IMPORTS, batch, {"id": batch, "status": "completed", "success": done, "failure": failed})
    return {"Success": 1, "queued_contacts": len(done), "batchId": batch, "message": "Queued."}


def import_state(tx: Tx, request: httpx.Request) -> JsonObject:
    found = tx.get(IMPORTS, asked(request, "batchId"))
    if found is None:
        raise Refusal(404, {"message": "Not Found"})
    return {key: found[key] for key in ("status", "success", "failure")}


# --- webhooks -------------------------------------------------------------------------------------


def list_hooks(tx: Tx, request: httpx.Request) -> JsonObject:
    url = asked(request, "filters[url]")
    return page(request, "webhooks", [row for row in tx.all(HOOKS) if not url or row["url"] == url])


def create_hook(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "webhook")
    require(given, "webhook", "name", "url", "events", "sources")
    row = {"name": text(given["name"]), "listid": text(given.get("listid") or 0), "cdate": stamp(tx)}
    return {"webhook": add(tx, HOOKS, {**row, **_hook(given), "state": "1"})}


def update_hook(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
    """One that was switched off stays so: it has to be made anew."""
    known, given = find(tx, HOOKS, record_id, "Webhook"), inside(request, "webhook")
    row = {**known, **_hook({**known, **given}), "name": text(given.get("name", known["name"]))}
    tx.put(HOOKS, record_id, row)
    return {"webhook": row}


def _hook(given: JsonObject) -> JsonObject:
    parts = urlsplit(text(given["url"]))
    ours = parts.path.startswith(OWN_HUB)  # which may listen on any port of this machine
    if not ours and (parts.scheme not in ("http", "https") or parts.port not in (None, 80, 443)):
        raise invalid("The url is not valid.", pointer="url")
    events, sources = given["events"], given["sources"]
    if not isinstance(events, list) or not set(events) <= set(KNOWN_EVENTS):
        raise invalid("An event is not known.", pointer="events")
    if not isinstance(sources, list) or not set(sources) <= {"public", "admin", "api", "system"}:
        raise invalid("A source is not known.", pointer="sources")
    return {"url": text(given["url"]), "events": events, "sources": sources}


KNOWN_EVENTS = (
    "account_add", "account_contact_add", "account_contact_update", "account_update", "bounce", "click",
    "contact_tag_added", "contact_tag_removed", "contact_task_add", "deal_add", "deal_note_add",
    "deal_pipeline_add", "deal_stage_add", "deal_task_add", "deal_task_complete", "deal_tasktype_add",
    "deal_update", "forward", "list_add", "open", "reply", "sent", "share", "sms_reply", "sms_sent",
    "sms_unsub", "subscribe", "subscriber_note", "unsubscribe", "update",
)  # fmt: skip

# --- tracked events -------------------------------------------------------------------------------


def track(tx: Tx, request: httpx.Request) -> JsonObject:
    """Whatever is wrong, the status is 200 and the body tells."""
    given = {key: values[0] for key, values in parse_qs(request.content.decode("utf-8", "replace")).items()}
    known = own_credentials(tx)
    if given.get("key") != known["event_key"] or given.get("actid") != known["event_actid"]:
        return {"success": 0, "message": "Invalid key or account."}
    if not given.get("event") or len(given["event"]) > LONGEST_EVENT:
        return {"success": 0, "message": "The event has no name, or one that is too long."}
    try:
        email = text(json.loads(given.get("visit", "")).get("email"))
    except (ValueError, AttributeError):
        return {"success": 0, "message": "The visit is not valid."}
    row = {"event": given["event"], "eventdata": given.get("eventdata", ""), "email": email}
    add(tx, EVENTS, {**row, "at": stamp(tx)})
    return {"success": 1, "message": "Event spawned"}
