"""Custom objects and their records in the simulated GHL (official OpenAPI, objects).

A key may be given with or without "custom_objects." in front. Contacts, opportunities and businesses are
there as standard objects, without records of their own. Webhooks show the same things under other names, as
their documented examples have it.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.object_fields import OBJECT_FIELDS
from integrations.sandbox.ghl.refusals import bad_request, not_found
from integrations.sandbox.ghl.rows import Rows, done, location_of
from integrations.sandbox.transaction import Tx

PREFIX = "custom_objects."
STANDARD = (
    ("contact", "Contact", "Contacts"),
    ("opportunity", "Opportunity", "Opportunities"),
    ("business", "Company", "Companies"),
)


def schema_told(tx: Tx, schema: JsonObject) -> JsonObject:
    names = ("key", "locationId", "labels", "searchableProperties", "primaryDisplayProperty")
    told = {name: schema[name] for name in names}
    return {**told, "description": schema.get("description", ""), "objectType": "USER_DEFINED"}


def record_told(tx: Tx, record: JsonObject) -> JsonObject:
    """Properties are a list of keys and values."""
    return {
        "id": record["id"],
        "locationId": record["locationId"],
        "owners": record["owner"],
        "followers": record["followers"],
        "properties": [
            {"key": key, "valueString": str(value)} for key, value in record["properties"].items()
        ],
    }


SCHEMAS = Rows(
    collection="objects",
    what="Object",
    param="key",
    id_length=24,
    events=("ObjectSchemaCreate", "ObjectSchemaUpdate", ""),
    told=schema_told,
)
RECORDS = Rows(
    collection="records",
    what="Record",
    id_length=24,
    events=("RecordCreate", "RecordUpdate", "RecordDelete"),
    told=record_told,
)


def list_objects(call: Call) -> JsonObject:
    location_id = location_of(call)
    call.enter(location_id)
    rows = [*_standard(location_id), *SCHEMAS.of(call.tx, location_id)]
    return {"objects": [shown(call.contract.key, "objects", row) for row in rows]}


def create_object(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    given: dict[str, Any] = call.body
    key = _key(given["key"])
    if _named(call.tx, given["locationId"], key) is not None:
        raise bad_request("An object with this key exists already.")
    shape = {name: value for name, value in given.items() if name != "primaryDisplayPropertyDetails"}
    first = given["primaryDisplayPropertyDetails"]
    made = SCHEMAS.add(
        call.tx,
        {
            "description": "",
            **shape,
            "key": key,
            "standard": False,
            "type": "USER_DEFINED",
            "searchableProperties": [],
            "primaryDisplayProperty": first["key"] if "." in first["key"] else f"{key}.{first['key']}",
        },
    )
    return {"object": shown(call.contract.key, "object", made)}


def get_object(call: Call) -> JsonObject:
    """With its fields, unless `fetchProperties` is "false"."""
    schema = _schema(call, call.path["key"], location_of(call))
    rows = OBJECT_FIELDS.of(call.tx, schema["locationId"])
    wanted = call.query.get("fetchProperties", "true") != "false"
    fields = [row for row in rows if wanted and row["objectKey"] == schema["key"] and not row["folder"]]
    return {
        "object": shown(call.contract.key, "object", schema),
        "cache": False,
        "fields": [shown(call.contract.key, "fields", row) for row in fields],
    }


def update_object(call: Call) -> JsonObject:
    schema = _schema(call, call.path["key"], call.body["locationId"])
    if schema["standard"]:
        raise bad_request("A standard object cannot be changed.")
    given = {name: value for name, value in call.body.items() if name not in ("locationId", "labels")}
    labels = {**schema["labels"], **call.body.get("labels", {})}
    changed = SCHEMAS.change(call.tx, schema, {**given, "labels": labels})
    return {"object": shown(call.contract.key, "object", changed)}


def create_record(call: Call) -> JsonObject:
    schema = _schema(call, call.path["schemaKey"], call.body["locationId"])
    made = RECORDS.add(
        call.tx,
        {
            "owner": [],
            "followers": [],
            **call.body,
            "schemaKey": schema["key"],
            "objectId": schema["id"],
            "objectKey": schema["key"],
        },
    )
    return {"record": shown(call.contract.key, "record", made)}


def get_record(call: Call) -> JsonObject:
    return {"record": shown(call.contract.key, "record", _record(call))}


def update_record(call: Call) -> JsonObject:
    """The properties that are given change; the others stay."""
    record = _record(call)
    properties = {**record["properties"], **call.body.get("properties", {})}
    given = {name: call.body[name] for name in ("owner", "followers") if name in call.body}
    changed = RECORDS.change(call.tx, record, {**given, "properties": properties})
    return {"record": shown(call.contract.key, "record", changed)}


def delete_record(call: Call) -> Any:
    record = _record(call)
    RECORDS.drop(call.tx, record)
    return done("success", id="id")(call, record)


def search_records(call: Call) -> JsonObject:
    """`query` is looked for in all properties, with or without a property's name in front ("name:Buddy")."""
    asked: dict[str, Any] = call.body
    schema = _schema(call, call.path["schemaKey"], asked["locationId"])
    name, _, text = asked["query"].rpartition(":")
    rows = [
        row
        for row in RECORDS.of(call.tx, schema["locationId"])
        if row["schemaKey"] == schema["key"] and _has(row["properties"], name.strip(), text.strip().lower())
    ]
    start = (int(asked["page"]) - 1) * int(asked["pageLimit"])
    part = rows[max(0, start) : max(0, start) + int(asked["pageLimit"])]
    return {"records": [_found(call, row) for row in part], "total": len(rows)}


def _has(properties: JsonObject, name: str, text: str) -> bool:
    values = [value for key, value in properties.items() if not name or key.endswith(name)]
    return any(text in str(value).lower() for value in values) or not text


def _found(call: Call, record: JsonObject) -> JsonObject:
    times = {"createdAt": record["dateAdded"], "updatedAt": record["dateUpdated"]}
    return shown(call.contract.key, "records", {**record, **times})


def _record(call: Call) -> JsonObject:
    record = RECORDS.find(call)
    if record["schemaKey"] not in (call.path["schemaKey"], _key(call.path["schemaKey"])):
        raise not_found("Record not found")
    return record


def _schema(call: Call, name: str, location_id: str) -> JsonObject:
    call.enter(location_id)
    found = _named(call.tx, location_id, name)
    if found is None:
        raise not_found("Object not found")
    return found


def _named(tx: Tx, location_id: str, name: str) -> JsonObject | None:
    """By key, with or without its prefix, or by id."""
    rows = [*_standard(location_id), *SCHEMAS.of(tx, location_id)]
    return next((row for row in rows if row["id"] == name or row["key"] in (name, _key(name))), None)


def _key(name: str) -> str:
    standard = [key for key, _, _ in STANDARD]
    return name if name in standard or name.startswith(PREFIX) else f"{PREFIX}{name}"


def _standard(location_id: str) -> list[JsonObject]:
    return [
        {
            "id": key,
            "key": key,
            "standard": True,
            "type": "SYSTEM_DEFINED",
            "labels": {"singular": singular, "plural": plural},
            "locationId": location_id,
            "primaryDisplayProperty": f"{key}.name",
        }
        for key, singular, plural in STANDARD
    ]


HANDLERS: Handlers = {
    "objects.list": list_objects,
    "objects.create": create_object,
    "objects.get": get_object,
    "objects.update": update_object,
    "records.create": create_record,
    "records.get": get_record,
    "records.update": update_record,
    "records.delete": delete_record,
    "records.search": search_records,
}
