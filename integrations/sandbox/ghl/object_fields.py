"""Fields and folders of custom objects in the simulated GHL (official OpenAPI, custom-fields)."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.refusals import not_found
from integrations.sandbox.ghl.rows import Envelope, Rows, done, flat, one


def as_field(call: Call, given: JsonObject) -> JsonObject:
    return {"folder": False, **given}


OBJECT_FIELDS = Rows(collection="object_fields", what="Custom field", made=as_field)
GONE = done("succeded", id="id", key="fieldKey")


def list_fields(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    rows = [
        row
        for row in OBJECT_FIELDS.of(call.tx, call.query["locationId"])
        if row["objectKey"] == call.path["objectKey"]
    ]
    return {
        "fields": [shown(call.contract.key, "fields", row) for row in rows if not row["folder"]],
        "folders": [shown(call.contract.key, "folders", row) for row in rows if row["folder"]],
    }


def create_folder(call: Call) -> Any:
    call.enter(call.body["locationId"])
    given = {**call.body, "folder": True, "fieldKey": "", "parentId": ""}
    return flat(call, OBJECT_FIELDS.add(call.tx, given))


def delete_folder(call: Call) -> JsonObject:
    """The fields in it stay, in no folder."""
    folder = _found(call, True)
    for row in OBJECT_FIELDS.of(call.tx, folder["locationId"]):
        if row.get("parentId") == folder["id"]:
            OBJECT_FIELDS.change(call.tx, row, {"parentId": ""})
    OBJECT_FIELDS.drop(call.tx, folder)
    gone: JsonObject = GONE(call, folder)
    return gone


def update(is_folder: bool, answer: Envelope) -> Any:
    def handler(call: Call) -> Any:
        given = {name: value for name, value in call.body.items() if name != "locationId"}
        return answer(call, OBJECT_FIELDS.change(call.tx, _found(call, is_folder), given))

    return handler


def _found(call: Call, is_folder: bool) -> JsonObject:
    row = OBJECT_FIELDS.find(call)
    if row["folder"] is not is_folder:
        raise not_found("Custom field not found")
    return row


HANDLERS: Handlers = {
    "object_fields.list": list_fields,
    "object_fields.create": OBJECT_FIELDS.create(one("field")),
    "object_fields.get": lambda call: one("field")(call, _found(call, False)),
    "object_fields.update": update(False, one("field")),
    "object_fields.delete": OBJECT_FIELDS.delete(GONE),
    "object_folders.create": create_folder,
    "object_folders.update": update(True, flat),
    "object_folders.delete": delete_folder,
}
