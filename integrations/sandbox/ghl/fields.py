"""Custom fields of a location in the simulated GHL (official OpenAPI, locations), and values in them.

A value is written as `field_value` under the field's id or its key ("contact.my_field"; facts 3.2) and read
by id alone: as `value` on a contact, as `fieldValue` on an opportunity. What becomes of a value for a field
that the location does not have is not published: setting `unknown_custom_fields`, "keep" (to begin with),
"ignore" or "refuse".
"""

from __future__ import annotations

import re
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.refusals import invalid
from integrations.sandbox.ghl.rows import Rows, done, location_of, one
from integrations.sandbox.transaction import Tx

FIELDS = "custom_fields"


def completed(call: Call, given: JsonObject) -> JsonObject:
    """A new field as it is kept: its key from its name, its settings under the names that answers have."""
    model = given.get("model", "contact")
    options = [option.get("label", "") for option in given.get("textBoxListOptions", [])]
    return {
        "model": model,
        "fieldKey": f"{model}.{slug(given['name'])}",
        "position": 0,
        "placeholder": "",
        "picklistOptions": options,
        "picklistImageOptions": [],
        "isAllowedCustomOption": False,
        "isMultiFileAllowed": bool(given.get("isMultipleFile")),
        "maxFileLimit": given.get("maxNumberOfFiles", 1),
        **given,
    }


FIELD_ROWS = Rows(collection=FIELDS, what="Custom field", made=completed)


def list_fields(call: Call) -> Any:
    """Those of contacts, of opportunities or of both; of contacts where nothing is asked."""
    location_id = location_of(call)
    call.enter(location_id)
    model = call.query.get("model", "contact")
    rows = [row for row in FIELD_ROWS.of(call.tx, location_id) if model in ("all", row["model"])]
    return {"customFields": [shown(call.contract.key, "customFields", row) for row in rows]}


def upload(call: Call) -> JsonObject:
    """Files for a field. Their addresses are our own: nothing is stored behind them."""
    call.enter(call.path["locationId"])
    names = [name for parts in call.files.values() for name, _ in parts]
    address = "https://files.example.com/{}"
    return {"uploadedFiles": {name: address.format(name) for name in names}, "meta": names}


def values(tx: Tx, location_id: str, model: str, given: list[JsonObject]) -> list[JsonObject]:
    """What was written in `customFields`, as {id, value}."""
    found = []
    for place, item in enumerate(given):
        name = item.get("id") or item.get("key")
        if not name:
            raise invalid(f"customFields.{place}.id should not be empty")
        field = field_named(tx, location_id, model, str(name))
        wish = "keep" if field else tx.setting("unknown_custom_fields", "keep")
        if wish == "refuse":
            raise invalid(f"customFields.{place}.id is not a custom field of this location")
        if wish == "keep":
            found.append({"id": field["id"] if field else name, "value": item.get("field_value")})
    return found


def merged(known: list[JsonObject], given: list[JsonObject]) -> list[JsonObject]:
    return list({item["id"]: item for item in [*known, *given]}.values())


def field_named(tx: Tx, location_id: str, model: str, name: str) -> JsonObject | None:
    """The field with this id or key; the key with or without its model in front."""
    field = tx.get(FIELDS, name)
    if field is not None and field["locationId"] == location_id:
        return field
    keys = (name, f"{model}.{name}")
    return next((row for row in FIELD_ROWS.of(tx, location_id) if row["fieldKey"] in keys), None)


def slug(name: str) -> str:
    """A name as the last part of a key: lower case, with underscores."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")


HANDLERS: Handlers = {
    "custom_fields.list": list_fields,
    "custom_fields.create": FIELD_ROWS.create(one("customField")),
    "custom_fields.get": FIELD_ROWS.get(one("customField")),
    "custom_fields.update": FIELD_ROWS.update(one("customField")),
    "custom_fields.delete": FIELD_ROWS.delete(done("succeded")),
    "custom_fields.upload": upload,
}
