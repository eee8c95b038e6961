"""Departments, team members and attribute keys of the simulated Accredible (official OpenAPI 25.08.0).

There is no list of team members. All five permissions and the role are required for each department; a
change replaces them. An answer says `department` where a request says `department_id`. The vendor's example
of a department search shows one object where a list is meant: setting `departments`, "list" or "object".
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.calls import Call, need, paged
from integrations.sandbox.accredible.certificates import GROUPS
from integrations.sandbox.accredible.refusals import Refusal, invalid
from integrations.sandbox.transaction import Tx

MEMBERS, DEPARTMENTS, ATTRIBUTES = "team_members", "departments", "attribute_keys"
FLAGS = ("designs", "emails", "credential_attributes", "analytics", "settings")
ROLES = ("editor", "viewer")
KINDS = ("text", "date", "email", "image")


def create_member(call: Call) -> JsonObject:
    given = call.part("team_member")
    need(given, "name", "email", "department_permissions")
    email = str(given["email"]).lower()
    if "@" not in email:
        raise invalid(email=["is invalid"])
    if call.tx.by_key(MEMBERS, f"email:{email}"):
        raise invalid(email=["has already been taken"])
    number = call.tx.next_number("id:member") + 5_500
    member = {
        "id": number,
        "name": given["name"],
        "email": email,
        "department_permissions": _permissions(call.tx, given["department_permissions"]),
    }
    return _kept(call.tx, member)


def get_member(call: Call) -> JsonObject:
    return {"team_member": _one(call.tx, MEMBERS, call.ids[0])}


def update_member(call: Call) -> JsonObject:
    """An e-mail address is passed over; permissions replace those before."""
    member, given = _one(call.tx, MEMBERS, call.ids[0]), call.part("team_member")
    if given.get("name"):
        member["name"] = given["name"]
    if "department_permissions" in given:
        member["department_permissions"] = _permissions(call.tx, given["department_permissions"])
    return _kept(call.tx, member)


def delete_member(call: Call) -> JsonObject:
    member = _one(call.tx, MEMBERS, call.ids[0])
    call.tx.delete(MEMBERS, str(member["id"]))
    return {"team_member": member}


def _kept(tx: Tx, member: JsonObject) -> JsonObject:
    tx.put(MEMBERS, str(member["id"]), member, [f"email:{member['email']}"])
    return {"team_member": member}


def _permissions(tx: Tx, given: Any) -> list[JsonObject]:
    if not isinstance(given, list):
        raise invalid(department_permissions=["is invalid"])
    return [_permission(tx, row if isinstance(row, dict) else {}) for row in given]


def _permission(tx: Tx, row: JsonObject) -> JsonObject:
    need(row, "department_id", "permissions")
    if tx.get(DEPARTMENTS, str(row["department_id"])) is None:
        raise Refusal(404, {"errors": "No department found"})
    may = row["permissions"]
    wrong = [name for name in FLAGS if not isinstance(may.get(name), bool)]
    if wrong:
        raise invalid(**{name: ["is missing"] for name in wrong})
    if may.get("role") not in ROLES:
        raise invalid(role=["is not included in the list"])
    if any(tx.get(GROUPS, str(group)) is None for group in may.get("groups", [])):
        raise Refusal(422, {"errors": "Invalid Group"})
    return {"department": row["department_id"], "permissions": {"groups": [], **may}}


# --- departments and attributes -------------------------------------------------------------------


def create_department(call: Call) -> JsonObject:
    given = call.part("department")
    need(given, "name")
    return {"department": add_department(call.tx, str(given["name"]))}


def get_department(call: Call) -> JsonObject:
    found = call.tx.get(DEPARTMENTS, call.ids[0])
    if found is None:
        raise Refusal(404, {"errors": "No department found"})
    return {"department": found}


def search_departments(call: Call) -> JsonObject:
    page, meta = paged(_named(call, DEPARTMENTS), _asked(call))
    one = call.tx.setting("departments", "list") == "object" and len(page) == 1
    return {"departments": page[0] if one else page, "meta": meta}


def add_department(tx: Tx, name: str, number: int = 0) -> JsonObject:
    """`number` is its id (0: the next one)."""
    department: JsonObject = {"id": number or tx.next_number("id:department") + 100, "name": name}
    tx.put(DEPARTMENTS, str(department["id"]), department)
    return department


def create_attribute(call: Call) -> JsonObject:
    given = call.part("attribute_key")
    need(given, "name")
    if given.get("kind", "text") not in KINDS:
        raise invalid(kind=["is not included in the list"])
    if any(row["name"] == given["name"] for row in call.tx.all(ATTRIBUTES)):
        raise invalid(name=["has already been taken"])
    return {"attribute_key": add_attribute(call.tx, str(given["name"]), given.get("kind", "text"))}


def search_attributes(call: Call) -> JsonObject:
    page, meta = paged(_named(call, ATTRIBUTES), _asked(call))
    return {"attribute_keys": page, "meta": meta}


def add_attribute(tx: Tx, name: str, kind: str = "text") -> JsonObject:
    key: JsonObject = {"id": tx.next_number("id:attribute") + 60, "name": name, "kind": kind}
    tx.put(ATTRIBUTES, str(key["id"]), key)
    return key


def _asked(call: Call) -> JsonObject:
    return call.body if isinstance(call.body, dict) else {}


def _named(call: Call, collection: str) -> list[JsonObject]:
    part = str(_asked(call).get("name") or "").lower()
    return [row for row in call.tx.all(collection) if part in row["name"].lower()]


def _one(tx: Tx, collection: str, record_id: str) -> JsonObject:
    found = tx.get(collection, record_id)
    if found is None:
        raise Refusal(404, {"errors": "Doesn't exist"})
    return found
