"""Groups of the simulated Accredible (official OpenAPI 25.08.0). There is neither an active field nor a list
of members: certificates hang on a group, and team members are let into it.

Whether a change replaces `meta_data` is not documented: the setting `custom_attributes` goes for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.calls import Call, need, paged, texts
from integrations.sandbox.accredible.certificates import CERTIFICATES, GROUPS, stamp
from integrations.sandbox.accredible.refusals import Refusal
from integrations.sandbox.transaction import Tx

REQUIRED = ("name", "course_name", "course_description")
PLAIN = (
    *REQUIRED, "course_link", "language", "certificate_design_id", "badge_design_id", "primary_design_id",
    "department_id", "allow_duplicate_credentials", "auto_expiry", "attach_pdf",
)  # fmt: skip


def create_group(call: Call) -> JsonObject:
    given = call.part("group")
    need(given, *REQUIRED)
    return {"group": add(call.tx, given)}


def get_group(call: Call) -> JsonObject:
    return {"group": found(call.tx, call.ids[0])}


def update_group(call: Call) -> JsonObject:
    return {"group": change(call.tx, found(call.tx, call.ids[0]), call.part("group"))}


def delete_group(call: Call) -> JsonObject:
    """What becomes of its certificates is not documented: here they keep it from being deleted."""
    group = found(call.tx, call.ids[0])
    if any(row["group"]["id"] == group["id"] for row in call.tx.all(CERTIFICATES)):
        raise Refusal(422, {"errors": "Group has credentials"})
    remove(call.tx, group)
    return {"group": group}


def search_groups(call: Call) -> JsonObject:
    """`name` may be a part; dates are days."""
    given: JsonObject = call.body if isinstance(call.body, dict) else {}
    page, meta = paged([group for group in call.tx.all(GROUPS) if _fits(group, given)], given)
    return {"groups": page, "meta": meta}


def add(tx: Tx, given: Mapping[str, Any], number: int = 0) -> JsonObject:
    """`number` is its id (0: the next one)."""
    group: JsonObject = {
        "id": number or tx.next_number("id:group") + 20_000,
        "course_link": "",
        "language": "en",
        "allow_duplicate_credentials": False,
        "attach_pdf": False,
        "department_id": None,
        "meta_data": {},
        "created_at": stamp(tx.now),
    }
    return change(tx, group, given)


def change(tx: Tx, group: JsonObject, given: Mapping[str, Any]) -> JsonObject:
    known = group | {key: given[key] for key in PLAIN if key in given}
    need(known, *REQUIRED)
    if "meta_data" in given:
        merged = tx.setting("custom_attributes", "replace") == "merge"
        known["meta_data"] = {**(group["meta_data"] if merged else {}), **texts(given, "meta_data")}
    known["updated_at"] = stamp(tx.now)
    tx.put(GROUPS, str(known["id"]), known)
    return known


def remove(tx: Tx, group: JsonObject) -> None:
    tx.delete(GROUPS, str(group["id"]))


def found(tx: Tx, group_id: str) -> JsonObject:
    group = tx.get(GROUPS, group_id)
    if group is None:
        raise Refusal(404, {"errors": "Doesn't exist"})
    return group


def _fits(group: JsonObject, given: JsonObject) -> bool:
    changed_on = group["updated_at"][:10]
    return (
        str(given.get("name") or "").lower() in group["name"].lower()
        and (not given.get("ids") or group["id"] in [int(item) for item in given["ids"]])
        and all(group["meta_data"].get(k) == v for k, v in (given.get("meta_data") or {}).items())
        and changed_on >= str(given.get("start_updated_date") or "")
        and changed_on <= str(given.get("end_updated_date") or "9999-12-31")
    )
