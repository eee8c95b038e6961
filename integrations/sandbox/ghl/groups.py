"""Calendar groups of the simulated GHL (official OpenAPI, calendars). No webhook tells of one.

A group has neither members nor permissions: its calendars name it. Not documented, and chosen here: a taken
slug is a 400; deleting a group that has calendars is refused with a 400 (setting `group_with_calendars`,
"refuse" to begin with; "detach" takes the calendars out and deletes it).
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import CALENDARS, Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request
from integrations.sandbox.ghl.rows import Rows, many, one
from integrations.sandbox.transaction import Tx

GROUPS = Rows(collection="calendar_groups", what="Group", param="groupId")


def create_group(call: Call) -> Any:
    call.enter(call.body["locationId"])
    return one("group")(call, add(call.tx, call.body))


def update_group(call: Call) -> Any:
    """All three fields each time."""
    return one("group")(call, change(call.tx, GROUPS.find(call), call.body))


def set_status(call: Call) -> JsonObject:
    GROUPS.change(call.tx, GROUPS.find(call), {"isActive": call.body["isActive"]})
    return {"success": True}


def delete_group(call: Call) -> JsonObject:
    remove(call.tx, GROUPS.find(call))
    return {"success": True}


def validate_slug(call: Call) -> JsonObject:
    """A POST that only reads, and wants the scope for writing."""
    call.enter(call.body["locationId"])
    return {"available": not _has(call.tx, call.body["locationId"], call.body["slug"])}


def add(tx: Tx, given: JsonObject) -> JsonObject:
    _refuse_taken(tx, given["locationId"], given["slug"])
    return GROUPS.add(tx, {"isActive": True, **given})


def change(tx: Tx, group: JsonObject, given: JsonObject) -> JsonObject:
    _refuse_taken(tx, group["locationId"], given.get("slug", ""), but=group["id"])
    return GROUPS.change(tx, group, given)


def remove(tx: Tx, group: JsonObject) -> None:
    inside = [row for row in tx.by_key(CALENDARS, group["locationId"]) if row.get("groupId") == group["id"]]
    if inside and tx.setting("group_with_calendars", "refuse") == "refuse":
        raise bad_request("The group has calendars.")
    for calendar in inside:
        del calendar["groupId"]
        tx.put(CALENDARS, calendar["id"], calendar, [calendar["locationId"]])
    GROUPS.drop(tx, group)


def _refuse_taken(tx: Tx, location_id: str, slug: str, but: str = "") -> None:
    if _has(tx, location_id, slug, but):
        raise bad_request("The slug is already taken.")


def _has(tx: Tx, location_id: str, slug: str, but: str = "") -> bool:
    return any(row["slug"] == slug and row["id"] != but for row in GROUPS.of(tx, location_id))


HANDLERS: Handlers = {
    "calendar_groups.list": GROUPS.listed(many("groups")),
    "calendar_groups.create": create_group,
    "calendar_groups.update": update_group,
    "calendar_groups.set_status": set_status,
    "calendar_groups.delete": delete_group,
    "calendar_groups.validate_slug": validate_slug,
}
