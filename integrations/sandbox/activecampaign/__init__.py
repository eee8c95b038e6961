"""A simulated ActiveCampaign: one account with its API of version 3, its webhooks and its tracker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.activecampaign import actions, contacts, door, objects, others, seed, telling
from integrations.sandbox.activecampaign.refusals import Refusal
from integrations.sandbox.activecampaign.rows import (
    AUTOMATIONS,
    CONTACT_AUTOMATIONS,
    CONTACT_LISTS,
    CONTACT_TAGS,
    CONTACTS,
    EVENTS,
    FEEDS,
    HOOKS,
    LISTS,
    NOTES,
    RECORDS,
    TAGS,
    TASK_TYPES,
    TASKS,
    USERS,
    find,
    page,
)
from integrations.sandbox.simulation import Simulation, tables
from integrations.sandbox.transaction import Tx

Handler = Callable[..., JsonObject]

SETTINGS = (
    Field(key="rate_limit", label="Calls in a second", type=FieldType.INTEGER, default=door.LIMIT),
    Field(
        key="custom_objects",
        label="Custom objects",
        choices=(("yes", "are part of the plan"), ("no", "are not part of the plan: 403")),
        default="yes",
        help="What a plan without them is answered is not documented.",
    ),
)
COLUMNS = {
    "Contacts": (CONTACTS, ("id", "email", "firstName", "lastName", "udate")),
    "Tags of contacts": (CONTACT_TAGS, ("id", "contact", "tag", "cdate")),
    "Lists of contacts": (CONTACT_LISTS, ("id", "contact", "list", "status")),
    "Automations of contacts": (CONTACT_AUTOMATIONS, ("id", "contact", "automation", "adddate")),
    "Records of custom objects": (RECORDS, ("id", "externalId", "fields", "updatedTimestamp")),
    "Tasks": (TASKS, ("id", "title", "relid", "duedate", "status")),
    "Notes": (NOTES, ("id", "note", "relid")),
    "Calendar feeds": (FEEDS, ("id", "title", "type", "mdate")),
    "Webhooks registered": (HOOKS, ("id", "name", "events", "sources", "state")),
    "Tracked events": (EVENTS, ("id", "event", "eventdata", "email", "at")),
}
MADE = ("POST /contacts", "POST /tags", "POST /contactTags", "POST /contactLists", "POST /fieldRels",
        "POST /fields", "POST /notes", "POST /dealTasks", "POST /contactAutomations", "POST /webhooks",
        "POST /customObjects/schemas")  # fmt: skip


def _listed(collection: str, key: str) -> Handler:
    return lambda tx, request: page(request, key, tx.all(collection))


def _one(collection: str, key: str, what: str) -> Handler:
    return lambda tx, request, record_id: {key: find(tx, collection, record_id, what)}


def _gone(collection: str, what: str) -> Handler:
    def remove(tx: Tx, request: httpx.Request, record_id: str) -> JsonObject:
        find(tx, collection, record_id, what)
        tx.delete(collection, record_id)
        return {}

    return remove


def _part(collection: str) -> Handler:
    return lambda tx, request, record_id: contacts.part(tx, record_id, collection)


# "METHOD path", with {} for each id; the ids are given to the handler in order.
ROUTES: Mapping[str, Handler] = {
    "GET /users/me": lambda tx, request: {"user": find(tx, USERS, "1", "User")},
    "GET /users": _listed(USERS, "users"),
    "POST /contact/sync": contacts.sync,
    "POST /contacts": contacts.create,
    "GET /contacts": contacts.listed,
    "GET /contacts/{}": lambda tx, request, record_id: contacts.read(tx, record_id),
    "PUT /contacts/{}": contacts.update,
    "DELETE /contacts/{}": lambda tx, request, record_id: contacts.delete(tx, record_id),
    "GET /contacts/{}/contactTags": _part(CONTACT_TAGS),
    "GET /contacts/{}/contactLists": _part(CONTACT_LISTS),
    "GET /contacts/{}/contactAutomations": _part(CONTACT_AUTOMATIONS),
    "GET /contacts/{}/notes": _part(NOTES),
    "POST /import/bulk_import": others.bulk_import,
    "GET /import/info": others.import_state,
    "GET /tags": others.list_tags,
    "POST /tags": others.create_tag,
    "GET /tags/{}": _one(TAGS, "tag", "Tag"),
    "PUT /tags/{}": others.update_tag,
    "DELETE /tags/{}": _gone(TAGS, "Tag"),
    "GET /contactTags": contacts.associations,
    "POST /contactTags": contacts.tag,
    "DELETE /contactTags/{}": lambda tx, request, record_id: contacts.untag(tx, record_id),
    "GET /lists": _listed(LISTS, "lists"),
    "GET /lists/{}": _one(LISTS, "list", "List"),
    "POST /contactLists": contacts.set_list,
    "GET /fields": others.list_fields,
    "POST /fields": others.create_field,
    "POST /fieldRels": others.relate_field,
    "POST /fieldValues": contacts.set_value,
    "GET /automations": _listed(AUTOMATIONS, "automations"),
    "POST /contactAutomations": contacts.automate,
    "DELETE /contactAutomations/{}": _gone(CONTACT_AUTOMATIONS, "ContactAutomation"),
    "GET /calendars": _listed(FEEDS, "calendars"),
    "POST /calendars": others.create_feed,
    "GET /calendars/{}": _one(FEEDS, "calendar", "Calendar"),
    "PUT /calendars/{}": others.update_feed,
    "DELETE /calendars/{}": _gone(FEEDS, "Calendar"),
    "POST /notes": others.create_note,
    "GET /notes/{}": _one(NOTES, "note", "Note"),
    "PUT /notes/{}": others.update_note,
    "DELETE /notes/{}": _gone(NOTES, "Note"),
    "GET /dealTasks": others.list_tasks,
    "POST /dealTasks": others.create_task,
    "GET /dealTasks/{}": _one(TASKS, "dealTask", "DealTask"),
    "PUT /dealTasks/{}": others.update_task,
    "GET /dealTasktypes": _listed(TASK_TYPES, "dealTasktypes"),
    "GET /webhooks": others.list_hooks,
    "POST /webhooks": others.create_hook,
    "GET /webhooks/{}": _one(HOOKS, "webhook", "Webhook"),
    "PUT /webhooks/{}": others.update_hook,
    "DELETE /webhooks/{}": _gone(HOOKS, "Webhook"),
    "GET /webhook/events": lambda tx, request: {
        "webhookEvents": list(others.KNOWN_EVENTS),
        "meta": {"total": len(others.KNOWN_EVENTS)},
    },
    "GET /customObjects/schemas": objects.list_schemas,
    "POST /customObjects/schemas": objects.create_schema,
    "GET /customObjects/records/{}": objects.list_records,
    "POST /customObjects/records/{}": objects.upsert,
    "GET /customObjects/records/{}/external/{}": lambda tx, request, schema, external: objects.read(
        tx, schema, external, external=True
    ),
    "GET /customObjects/records/{}/{}": lambda tx, request, schema, record: objects.read(tx, schema, record),
    "DELETE /customObjects/records/{}/{}": lambda tx, request, schema, record: objects.delete(
        tx, schema, record
    ),
}
PATTERNS = {name: re.compile(re.escape(name).replace(r"\{\}", "([^/]+)")) for name in ROUTES}


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    if request.url.path == "/event":  # the tracker, on a host of its own
        return httpx.Response(200, json=others.track(tx, request))
    if door.too_many(tx):
        return door.throttled(tx, request)
    sent = door.headers(tx)
    try:
        door.admit(tx, request)
        with tx.savepoint():
            status, body = _answer(tx, request)
    except Refusal as refusal:
        if refusal.plain:
            return httpx.Response(refusal.status, text=json.dumps(refusal.body), headers=sent)
        return httpx.Response(refusal.status, json=refusal.body, headers=sent)
    return httpx.Response(status, json=body, headers=sent)


def _answer(tx: Tx, request: httpx.Request) -> tuple[int, Any]:
    path = request.url.path
    if not path.startswith("/api/3/"):
        raise Refusal(404, {"message": "Not Found"})
    line = f"{request.method} {path.removeprefix('/api/3').rstrip('/')}"
    for name, pattern in PATTERNS.items():
        if ids := pattern.fullmatch(line):
            if "customObjects" in name:
                objects.allowed(tx)
            return (201 if name in MADE else 200), ROUTES[name](tx, request, *ids.groups())
    raise Refusal(404, {"message": "Not Found"})


SIMULATION = Simulation(
    slug="activecampaign",
    title="ActiveCampaign",
    seed=seed.seed,
    handle=handle,
    new_credentials=seed.new_credentials,
    public_credentials=("api_key", "event_key", "event_actid"),
    summary=lambda tx: tables(tx, COLUMNS),
    throttled=door.throttled,
    revoke=door.revoke,
    renews="new_api_key",
    actions=actions.ACTIONS,
    settings=SETTINGS,
    roomy={"rate_limit": 1_000_000},
    sign=lambda tx, body: {},
    retries=0,
    answered=telling.answered,
)
