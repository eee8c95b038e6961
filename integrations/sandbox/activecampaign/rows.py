"""Collections of the simulated ActiveCampaign: ids are numbers as text, times are of the account's zone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign.refusals import bare, missing, needed
from integrations.sandbox.transaction import Tx

ZONE = ZoneInfo("America/Chicago")
PAGE, LARGEST = 20, 100
FIRST_FREE = 10_000

CONTACTS, TAGS, CONTACT_TAGS = "contacts", "tags", "contactTags"
LISTS, CONTACT_LISTS, FIELDS, FIELD_RELS = "lists", "contactLists", "fields", "fieldRels"
FIELD_VALUES, AUTOMATIONS, CONTACT_AUTOMATIONS = "fieldValues", "automations", "contactAutomations"
NOTES, TASKS, TASK_TYPES = "notes", "dealTasks", "dealTasktypes"
FEEDS, USERS, HOOKS = "calendars", "users", "webhooks"
SCHEMAS, RECORDS, EVENTS, IMPORTS = "schemas", "records", "events", "imports"


def stamp(tx: Tx) -> str:
    return tx.now.astimezone(ZONE).isoformat(timespec="seconds")


def add(
    tx: Tx, collection: str, given: JsonObject, keys: Iterable[str] = (), record_id: str = ""
) -> JsonObject:
    """A new record with the next id, which is a number written as text. Seeded ones say theirs: it stays the
    same after every reset, and lies below all others."""
    record_id = record_id or str(FIRST_FREE + tx.next_number(f"id:{collection}"))
    row = {**given, "links": {}, "id": record_id}
    tx.put(collection, record_id, row, keys)
    return row


def find(tx: Tx, collection: str, record_id: Any, what: str) -> JsonObject:
    found = tx.get(collection, str(record_id))
    if found is None:
        raise missing(what, str(record_id))
    return found


def inside(request: httpx.Request, key: str) -> JsonObject:
    """The record under its resource's name; without that a bare {} with 400."""
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        raise bare() from None
    given = body.get(key) if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise bare()
    return given


def require(given: Mapping[str, Any], what: str, *fields: str) -> None:
    for field in fields:
        if given.get(field) in (None, "", []):
            raise needed(what, field)


def page(request: httpx.Request, key: str, rows: Sequence[JsonObject]) -> JsonObject:
    """Twenty rows unless asked otherwise, a hundred at most; the total is text."""
    limit = min(_number(request, "limit", PAGE), LARGEST)
    offset = _number(request, "offset", 0)
    return {key: list(rows[offset : offset + limit]), "meta": {"total": str(len(rows))}}


def _number(request: httpx.Request, name: str, default: int) -> int:
    text = request.url.params.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise bare()
    return int(text)


def asked(request: httpx.Request, name: str) -> str:
    return str(request.url.params.get(name) or "")


def text(value: Any) -> str:
    return "" if value is None else str(value)
