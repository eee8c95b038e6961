"""Rooms and equipments of the simulated GHL: what calendars share (official OpenAPI, calendar resources).

The declared answers have no id; under which name the live ones give it is not known: setting
`resource_id_key`, "id" to begin with. One equipment goes with one calendar (official text). That the
calendars have to exist, and the status of the refusal, are assumed.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import CALENDARS, Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request, invalid, not_found
from integrations.sandbox.ghl.rows import Rows, page
from integrations.sandbox.transaction import Tx

RESOURCES = Rows(collection="resources", what="Resource")
TYPES = ("equipments", "rooms")


def list_resources(call: Call) -> list[JsonObject]:
    """A bare array."""
    kind = _kind(call)
    call.enter(call.query["locationId"])
    rows = [row for row in RESOURCES.of(call.tx, call.query["locationId"]) if row["resourceType"] == kind]
    return [_shown(call.tx, row) for row in page(call, rows, 100)]


def create_resource(call: Call) -> JsonObject:
    kind = _kind(call)
    call.enter(call.body["locationId"])
    _refuse(call, kind, call.body)
    return _shown(call.tx, RESOURCES.add(call.tx, {"isActive": True, **call.body, "resourceType": kind}))


def get_resource(call: Call) -> JsonObject:
    return _shown(call.tx, _found(call))


def update_resource(call: Call) -> JsonObject:
    resource = _found(call)
    _refuse(call, resource["resourceType"], call.body)
    return _shown(call.tx, RESOURCES.change(call.tx, resource, call.body))


def delete_resource(call: Call) -> JsonObject:
    RESOURCES.drop(call.tx, _found(call))
    return {"success": True}


def _kind(call: Call) -> str:
    kind = call.path["resourceType"]
    if kind not in TYPES:
        raise invalid(f"resourceType must be one of the following values: {', '.join(TYPES)}")
    return kind


def _found(call: Call) -> JsonObject:
    kind = _kind(call)
    resource = RESOURCES.find(call)
    if resource["resourceType"] != kind:
        raise not_found("Resource not found")
    return resource


def _refuse(call: Call, kind: str, given: JsonObject) -> None:
    wanted: list[Any] = given.get("calendarIds", [])
    if kind == "equipments" and len(wanted) > 1:
        raise invalid("an equipment can be linked to one calendar only")
    for calendar_id in wanted:
        if call.tx.get(CALENDARS, calendar_id) is None:
            raise bad_request(f"Calendar not found for id:{calendar_id}")
        call.calendar(calendar_id)


def _shown(tx: Tx, resource: JsonObject) -> JsonObject:
    told = {name: value for name, value in shown("resources.get", "", resource).items() if name != "id"}
    return {str(tx.setting("resource_id_key", "id")): resource["id"], **told}


HANDLERS: Handlers = {
    "resources.list": list_resources,
    "resources.create": create_resource,
    "resources.get": get_resource,
    "resources.update": update_resource,
    "resources.delete": delete_resource,
}
