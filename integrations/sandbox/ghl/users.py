"""Users of the simulated GHL: the two lists of the official OpenAPI (users 2021-07-28)."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import USERS, Call, Route
from integrations.sandbox.ghl.checks import TEXT, YES_NO, Shape, need
from integrations.sandbox.ghl.refusals import other_tenant

SEARCH: Shape = {
    "companyId": need(TEXT),
    "locationId": TEXT,
    "query": TEXT,
    "skip": TEXT,
    "limit": TEXT,
    "type": TEXT,
    "role": TEXT,
    "ids": TEXT,
    "sort": TEXT,
    "sortDirection": TEXT,
    "enabled2waySync": YES_NO,
}


def list_users(call: Call) -> JsonObject:
    """Deprecated by the vendor, and simpler with a location's token."""
    call.enter(call.query["locationId"])
    return {"users": _users_of(call, call.query["locationId"])}


def search_users(call: Call) -> JsonObject:
    if call.query["companyId"] != call.token["company_id"]:
        raise other_tenant()
    location_id = call.query.get("locationId", call.token["location_id"])
    call.enter(location_id)
    wanted = call.query.get("query", "").lower()
    ids = call.query.get("ids", "").split(",") if call.query.get("ids") else None
    found = [
        user
        for user in _users_of(call, location_id)
        if wanted in f"{user['name']} {user['email']}".lower() and (ids is None or user["id"] in ids)
    ]
    skip, limit = _number(call, "skip", 0), _number(call, "limit", 25)
    return {"users": found[skip : skip + limit], "count": len(found)}


def _users_of(call: Call, location_id: str) -> list[JsonObject]:
    return [user for user in call.tx.all(USERS) if location_id in user["roles"]["locationIds"]]


def _number(call: Call, name: str, default: int) -> int:
    given = call.query.get(name, "")
    return int(given) if given.isdigit() else default


ROUTES = (
    Route(
        method="GET",
        path="/users/",
        scope="users.readonly",
        run=list_users,
        query={"locationId": need(TEXT)},
    ),
    Route(method="GET", path="/users/search", scope="users.readonly", run=search_users, query=SEARCH),
)
