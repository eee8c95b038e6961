"""Users of the simulated GHL (official OpenAPI, users 2021-07-28).

A location's token sees the users of that location, an agency's those of the agency. Passwords are taken and
not kept. What a webhook tells of changed and deleted users is not in the official documents: none is sent.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import USERS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import not_found, other_tenant
from integrations.sandbox.ghl.rows import page
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

NOT_KEPT = ("password", "type", "role", "locationIds")
TOLD = ("id", "firstName", "lastName", "email", "phone", "extension", "permissions")


def list_users(call: Call) -> JsonObject:
    """Deprecated by the vendor, and simpler with a location's token."""
    call.enter(call.query["locationId"])
    return {"users": [_listed(call, user) for user in of_location(call.tx, call.query["locationId"])]}


def search_users(call: Call) -> JsonObject:
    if call.query["companyId"] != call.token["company_id"]:
        raise other_tenant()
    wanted = call.query.get("query", "").lower()
    ids = call.query.get("ids", "").split(",") if call.query.get("ids") else None
    found = [
        user
        for user in _reachable(call, call.query.get("locationId", ""))
        if wanted in f"{user['name']} {user['email']}".lower()
        and (ids is None or user["id"] in ids)
        and call.query.get("role") in (None, user["roles"]["role"])
        and call.query.get("type") in (None, user["roles"]["type"])
    ]
    return {"users": [_listed(call, user) for user in page(call, found, 25)], "count": len(found)}


def filter_by_email(call: Call) -> JsonObject:
    """`emails` is a list with commas."""
    if call.body["companyId"] != call.token["company_id"]:
        raise other_tenant()
    emails = {email.strip().lower() for email in call.body["emails"].split(",")}
    found = [user for user in _reachable(call, "") if user["email"].lower() in emails]
    return {"users": [_listed(call, user) for user in page(call, found, 25)], "count": len(found)}


def get_user(call: Call) -> JsonObject:
    return _one(call, _found(call))


def create_user(call: Call) -> JsonObject:
    if call.body["companyId"] != call.token["company_id"]:
        raise other_tenant()
    for location_id in call.body["locationIds"]:
        call.enter(location_id)
    return _one(call, add(call.tx, fresh_id(), call.body))


def update_user(call: Call) -> JsonObject:
    user = _found(call)
    for location_id in call.body.get("locationIds", []):
        if location_id not in user["roles"]["locationIds"]:
            call.enter(location_id)
    return _one(call, _keep(call.tx, user, call.body))


def delete_user(call: Call) -> JsonObject:
    call.tx.delete(USERS, _found(call)["id"])
    return {"succeded": True, "message": "User deleted successfully"}


def add(tx: Tx, user_id: str, given: JsonObject) -> JsonObject:
    """A new user. `locationIds`, `type` and `role` become its roles."""
    bare: JsonObject = {
        "id": user_id,
        "phone": "",
        "extension": "",
        "roles": {"type": "account", "role": "user", "locationIds": [], "restrictSubAccount": False},
        "deleted": False,
        "dateAdded": stamp(tx.now),
    }
    user = _keep(tx, bare, given)
    payload = {name: user[name] for name in TOLD if name in user} | {"role": user["roles"]["role"]}
    places = user["roles"]["locationIds"]
    for location_id in places:
        changed(tx, "UserCreate", location_id, {**payload, "locationId": location_id})
    if not places:
        changed(tx, "UserCreate", "", {**payload, "companyId": user["companyId"]})
    return user


def of_location(tx: Tx, location_id: str) -> list[JsonObject]:
    return [user for user in tx.all(USERS) if location_id in user["roles"]["locationIds"]]


def _reachable(call: Call, location_id: str) -> list[JsonObject]:
    wanted = location_id or call.token["location_id"]
    if wanted:
        call.enter(wanted)
        return of_location(call.tx, wanted)
    return [user for user in call.tx.all(USERS) if user["companyId"] == call.token["company_id"]]


def _found(call: Call) -> JsonObject:
    user = call.tx.get(USERS, call.path["userId"])
    if user is None:
        raise not_found("User not found")
    if user["id"] not in [one["id"] for one in _reachable(call, "")]:
        raise other_tenant()
    return user


def _keep(tx: Tx, user: JsonObject, given: JsonObject) -> JsonObject:
    roles: dict[str, Any] = dict(user["roles"])
    roles |= {name: given[name] for name in ("type", "role", "locationIds") if name in given}
    now = {**user, **{name: value for name, value in given.items() if name not in NOT_KEPT}, "roles": roles}
    now["name"] = f"{now['firstName']} {now['lastName']}".strip()
    tx.put(USERS, now["id"], now)
    return now


def _one(call: Call, user: JsonObject) -> JsonObject:
    return _plain(shown(call.contract.key, "", user))


def _listed(call: Call, user: JsonObject) -> JsonObject:
    return _plain(shown(call.contract.key, "users", user))


def _plain(user: JsonObject) -> JsonObject:
    """Without the scopes: they are written as a list, and declared in answers as one text out of a list."""
    return {name: value for name, value in user.items() if name != "scopes"}


HANDLERS: Handlers = {
    "users.list": list_users,
    "users.search": search_users,
    "users.filter_by_email": filter_by_email,
    "users.get": get_user,
    "users.create": create_user,
    "users.update": update_user,
    "users.delete": delete_user,
}
