"""Conversations of the simulated GHL: one for each contact (official OpenAPI, conversations 2021-04-15).

That making one twice answers with the first is assumed, and so is the number that `type` has.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import CONTACTS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.rows import number
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

CONVERSATIONS = "conversations"
PHONE = 1


def create_conversation(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    made = of_contact(call.tx, call.contact(call.body["contactId"]))
    return {"success": True, "conversation": shown(call.contract.key, "conversation", made)}


def get_conversation(call: Call) -> JsonObject:
    return shown(call.contract.key, "", found(call))


def update_conversation(call: Call) -> JsonObject:
    known = found(call)
    given = {name: call.body[name] for name in ("unreadCount", "starred", "feedback") if name in call.body}
    now = change(call.tx, known, given)
    if now["unreadCount"] != known["unreadCount"]:
        tell_unread(call.tx, now)
    return {"success": True, "conversation": shown(call.contract.key, "conversation", now)}


def delete_conversation(call: Call) -> JsonObject:
    conversation = found(call)
    call.tx.delete(CONVERSATIONS, conversation["id"])
    return {"success": True}


def search_conversations(call: Call) -> JsonObject:
    """Latest first; the next page begins before `startAfterDate`, the time of the last row (milliseconds)."""
    asked = call.query
    call.enter(asked["locationId"])
    rows = [
        _listed(call.tx, row)
        for row in call.tx.by_key(CONVERSATIONS, asked["locationId"])
        if _fits(asked, row)
    ]
    rows = [
        row for row in rows if asked.get("query", "").lower() in f"{row['fullName']} {row['email']}".lower()
    ]
    rows.sort(key=lambda row: row["sort"][0], reverse=asked.get("sort", "desc") == "desc")
    after = asked.get("startAfterDate")
    part = [row for row in rows if after is None or row["sort"][0] < after]
    return {"conversations": part[: number(call, "limit", 20)], "total": len(rows)}


def of_contact(tx: Tx, contact: JsonObject) -> JsonObject:
    """The contact's conversation, made where there is none."""
    for row in tx.by_key(CONVERSATIONS, f"contact:{contact['id']}"):
        return row
    moment = stamp(tx.now)
    return keep(
        tx,
        {
            "id": fresh_id(),
            "contactId": contact["id"],
            "locationId": contact["locationId"],
            "type": PHONE,
            "unreadCount": 0,
            "inbox": True,
            "starred": False,
            "deleted": False,
            **dict.fromkeys(("dateAdded", "dateUpdated", "lastMessageDate"), moment),
        },
    )


def change(tx: Tx, conversation: JsonObject, given: JsonObject) -> JsonObject:
    return keep(tx, {**conversation, **given, "dateUpdated": stamp(tx.now)})


def keep(tx: Tx, conversation: JsonObject) -> JsonObject:
    keys = [conversation["locationId"], f"contact:{conversation['contactId']}"]
    tx.put(CONVERSATIONS, conversation["id"], conversation, keys)
    return conversation


def found(call: Call, conversation_id: str = "") -> JsonObject:
    return call.found(CONVERSATIONS, conversation_id or call.path["conversationId"], "Conversation")


def tell_unread(tx: Tx, conversation: JsonObject) -> None:
    names = ("id", "locationId", "contactId", "unreadCount", "inbox", "starred", "deleted")
    payload = {name: conversation[name] for name in names}
    changed(tx, "ConversationUnreadUpdate", conversation["locationId"], payload)


def _fits(asked: Any, row: JsonObject) -> bool:
    wanted = {
        "contactId": row["contactId"],
        "id": row["id"],
        "assignedTo": row.get("assignedTo"),
        "lastMessageType": row.get("lastMessageType"),
        "lastMessageDirection": row.get("lastMessageDirection"),
    }
    if any(asked[name] != value for name, value in wanted.items() if name in asked):
        return False
    status = asked.get("status", "all")
    unread = row["unreadCount"] > 0
    states = {"read": not unread, "unread": unread, "starred": row["starred"]}
    return bool(states.get(status, True))


def _listed(tx: Tx, row: JsonObject) -> JsonObject:
    contact = tx.get(CONTACTS, row["contactId"]) or {}
    moment = int(datetime.fromisoformat(row["lastMessageDate"]).timestamp() * 1000)
    return {
        "lastMessageBody": "",
        "lastMessageType": "TYPE_SMS",
        **{name: value for name, value in row.items() if name not in ("inbox", "deleted", "feedback")},
        "type": "TYPE_PHONE",
        "fullName": contact.get("name", ""),
        "contactName": contact.get("name", ""),
        "email": contact.get("email") or "",
        "phone": contact.get("phone") or "",
        "sort": [moment],
    }


HANDLERS: Handlers = {
    "conversations.create": create_conversation,
    "conversations.get": get_conversation,
    "conversations.update": update_conversation,
    "conversations.delete": delete_conversation,
    "conversations.search": search_conversations,
}
