"""Custom objects of the simulated ActiveCampaign: part of one plan only, refusals as text/plain."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.activecampaign.refusals import Refusal, forbidden, unfit
from integrations.sandbox.activecampaign.rows import RECORDS, SCHEMAS, inside, page
from integrations.sandbox.transaction import Tx

TYPES = ("text", "textarea", "date", "datetime", "number", "currency", "dropdown", "multiselect")


def stamp(tx: Tx) -> str:
    """To the nanosecond, in UTC."""
    return tx.now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def allowed(tx: Tx) -> None:
    """What an account without custom objects is answered is not documented: 403 here."""
    if tx.setting("custom_objects", "yes") != "yes":
        raise forbidden()


def list_schemas(tx: Tx, request: httpx.Request) -> JsonObject:
    return _counted(page(request, "schemas", tx.all(SCHEMAS)))


def create_schema(tx: Tx, request: httpx.Request) -> JsonObject:
    given = inside(request, "schema")
    for field in ("slug", "labels", "fields"):
        if not given.get(field):
            raise unfit(f"Schema must provide {field}", f"schema.{field}")
    if tx.by_key(SCHEMAS, f"slug:{given['slug']}"):
        raise unfit("Schema slug must be unique", "schema.slug")
    for field in given["fields"]:
        if not isinstance(field, dict) or not field.get("labels"):
            raise unfit("Schema fields must provide labels", "schema.fields.labels")
        if field.get("type") not in TYPES:
            raise unfit("Schema field type is not known", "schema.fields.type")
    return {"schema": make_schema(tx, given, str(uuid.uuid4()))}


def make_schema(tx: Tx, given: JsonObject, schema_id: str) -> JsonObject:
    row = {
        "id": schema_id,
        "slug": given["slug"],
        "visibility": "private",
        "labels": given["labels"],
        "description": given.get("description", ""),
        "fields": given["fields"],
        "relationships": given.get("relationships", []),
        "createdTimestamp": stamp(tx),
        "updatedTimestamp": stamp(tx),
    }
    tx.put(SCHEMAS, schema_id, row, [f"slug:{row['slug']}"])
    return row


def list_records(tx: Tx, request: httpx.Request, schema: str) -> JsonObject:
    _schema(tx, schema)
    return _counted(page(request, "records", tx.by_key(RECORDS, f"schema:{schema}")))


def upsert(tx: Tx, request: httpx.Request, schema: str) -> JsonObject:
    """By our own id. Fields that are not given stay."""
    given, known = inside(request, "record"), _schema(tx, schema)
    fields = _fields(given, known)
    external = str(given.get("externalId") or "")
    before = by_external_id(tx, schema, external) if external else None
    merged = {row["id"]: row["value"] for row in (before or {}).get("fields", [])} | fields
    missing = [f["id"] for f in known["fields"] if f.get("isRequired") and not merged.get(f["id"])]
    if missing:
        raise unfit(f"Field {missing[0]} is required", "record.fields")
    return {"record": put(tx, known, external, merged, given.get("relationships"), before)}


def put(
    tx: Tx,
    schema: JsonObject,
    external: str,
    values: dict[str, Any],
    relationships: Any = None,
    before: JsonObject | None = None,
) -> JsonObject:
    row: JsonObject = {
        "id": before["id"] if before else str(uuid.uuid4()),
        "externalId": external,
        "schemaId": schema["id"],
        "fields": [{"id": key, "value": value} for key, value in values.items()],
        "relationships": relationships or (before or {}).get("relationships", {}),
        "createdTimestamp": before["createdTimestamp"] if before else stamp(tx),
        "updatedTimestamp": stamp(tx),
    }
    keys = [f"schema:{schema['id']}", *([f"external:{schema['id']}:{external}"] if external else [])]
    tx.put(RECORDS, row["id"], row, keys)
    return row


def by_external_id(tx: Tx, schema: str, external: str) -> JsonObject | None:
    return next(iter(tx.by_key(RECORDS, f"external:{schema}:{external}")), None)


def read(tx: Tx, schema: str, record_id: str, *, external: bool = False) -> JsonObject:
    _schema(tx, schema)
    found = by_external_id(tx, schema, record_id) if external else tx.get(RECORDS, record_id)
    if found is None or found["schemaId"] != schema:
        raise Refusal(404, {"message": "Not Found"})
    return {"record": found}


def delete(tx: Tx, schema: str, record_id: str) -> JsonObject:
    read(tx, schema, record_id)
    tx.delete(RECORDS, record_id)
    return {}


def _schema(tx: Tx, schema: str) -> JsonObject:
    found = tx.get(SCHEMAS, schema)
    if found is None:
        raise Refusal(404, {"message": "Not Found"})
    return found


def _fields(given: JsonObject, schema: JsonObject) -> dict[str, Any]:
    known = [field["id"] for field in schema["fields"]]
    rows = given.get("fields", [])
    if not isinstance(rows, list):
        raise unfit("Record fields must be a list", "record.fields")
    for row in rows:
        if not isinstance(row, dict) or row.get("id") not in known:
            raise unfit("Field is not part of the schema", "record.fields")
    return {row["id"]: row.get("value") for row in rows}


def _counted(found: JsonObject) -> JsonObject:
    """Here the total is a number."""
    return {**found, "meta": {"total": int(found["meta"]["total"])}}
