"""Users who follow a record of the simulated GHL: the same two calls for contacts and opportunities."""

from __future__ import annotations

from collections.abc import Callable

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Handler
from integrations.sandbox.transaction import Tx

Find = Callable[[Call], JsonObject]
Save = Callable[[Tx, JsonObject, JsonObject], JsonObject]


def add_followers(find: Find, save: Save) -> Handler:
    def handler(call: Call) -> JsonObject:
        record = find(call)
        known = record.get("followers", [])
        added = [user for user in dict.fromkeys(call.body["followers"]) if user not in known]
        save(call.tx, record, {"followers": known + added})
        return {"followers": known + added, "followersAdded": added}

    return handler


def remove_followers(find: Find, save: Save) -> Handler:
    """Those named, or all of them where the query says so."""

    def handler(call: Call) -> JsonObject:
        record = find(call)
        known = record.get("followers", [])
        all_of_them = call.query.get("isRemoveAllFollowers")
        removed = [user for user in known if all_of_them or user in call.body["followers"]]
        kept = [user for user in known if user not in removed]
        save(call.tx, record, {"followers": kept})
        return {"followers": kept, "followersRemoved": removed}

    return handler
