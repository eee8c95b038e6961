"""Messages of the simulated GHL (official OpenAPI, conversations 2021-04-15). Nothing is ever sent.

A message sent at a later time (`scheduledTimestamp`, in seconds) is kept as scheduled and stays so. The
number that `type` has is not published: the place of `messageType` in the official list.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import conversations
from integrations.sandbox.ghl.answers import choices, shown
from integrations.sandbox.ghl.calls import Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import bad_request, invalid, not_found
from integrations.sandbox.ghl.rows import number
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

MESSAGES = "messages"
KINDS = choices("messages.get", "messageType")
TYPES = {
    "IG": "TYPE_INSTAGRAM",
    "FB": "TYPE_FACEBOOK",
    "Custom": "TYPE_CUSTOM_PROVIDER_SMS",
    "WebChat": "TYPE_WEBCHAT",
    "ALL_IN_ONE_CHAT": "TYPE_LIVE_CHAT",
}
IN, OUT = "inbound", "outbound"


def send_message(call: Call) -> JsonObject:
    given: dict[str, Any] = call.body
    contact = call.contact(given["contactId"])
    conversation = conversations.of_contact(call.tx, contact)
    later = given.get("scheduledTimestamp")
    message = add(call.tx, conversation, _fields(given), OUT, status="scheduled" if later else "delivered")
    if given.get("conversationProviderId"):
        _tell_provider(call.tx, message, contact)
    return _sent(message, "pending" if later else "delivered")


def add_inbound(call: Call) -> JsonObject:
    conversation = conversations.found(call, call.body["conversationId"])
    if call.body["contactId"] != conversation["contactId"]:
        raise bad_request("The conversation is another contact's.")
    return _added(add(call.tx, conversation, _fields(call.body), IN))


def add_outbound(call: Call) -> JsonObject:
    conversation = conversations.found(call, call.body["conversationId"])
    return _added(add(call.tx, conversation, _fields(call.body), OUT))


def reply_to_review(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    conversation = conversations.found(call, call.body["conversationId"])
    message = add(call.tx, conversation, {"type": "REVIEW", "body": call.body["message"]}, OUT)
    return _sent(message, "delivered")


def get_message(call: Call) -> JsonObject:
    return shown("messages.get", "", found(call, call.path["id"]))


def list_messages(call: Call) -> JsonObject:
    """Latest first; `lastMessageId` is the last one of the page before."""
    conversation = conversations.found(call)
    kind = call.query.get("type")
    rows = call.tx.by_key(MESSAGES, conversation["id"])[::-1]
    rows = [row for row in rows if kind in (None, row["messageType"])]
    ids = [row["id"] for row in rows]
    last = call.query.get("lastMessageId")
    if last is not None and last not in ids:
        raise not_found("Message not found")
    rows = rows[ids.index(last) + 1 if last else 0 :]
    limit = number(call, "limit", 20)
    part = [shown(call.contract.key, "messages", row) for row in rows[:limit]]
    return {
        "lastMessageId": part[-1]["id"] if part else "",
        "nextPage": len(rows) > limit,
        "messages": part,
    }


def set_status(call: Call) -> JsonObject:
    message = found(call, call.path["messageId"])
    now = keep(call.tx, {**message, "status": call.body["status"], "error": call.body.get("error")})
    return _sent(now, now["status"])


def add_attachments(call: Call) -> JsonObject:
    """What this answers is not declared: the message."""
    message = found(call, call.path["messageId"])
    whole = [*message["attachments"], *call.body["attachments"]]
    return shown("messages.get", "", keep(call.tx, {**message, "attachments": whole}))


def cancel_scheduled(call: Call) -> JsonObject:
    return cancel(call.tx, found(call, call.path["messageId"]))


def cancel(tx: Tx, message: JsonObject) -> JsonObject:
    if message["status"] != "scheduled":
        raise bad_request("The message is not scheduled.")
    tx.delete(MESSAGES, message["id"])
    return {"status": 200, "message": "Scheduled message cancelled successfully"}


def add(
    tx: Tx, conversation: JsonObject, given: JsonObject, direction: str, *, status: str = "delivered"
) -> JsonObject:
    """A message in a conversation, whoever wrote it."""
    kind = TYPES.get(given["type"], f"TYPE_{given['type'].upper()}")
    message = {
        "id": fresh_id(),
        "body": "",
        "attachments": [],
        "contentType": "text/plain",
        "source": "api" if direction == OUT else "app",
        "dateAdded": stamp(tx.now),
        **given,
        "type": KINDS.index(kind) + 1 if kind in KINDS else 0,
        "messageType": kind if kind in KINDS else "TYPE_CUSTOM_PROVIDER_SMS",
        "locationId": conversation["locationId"],
        "contactId": conversation["contactId"],
        "conversationId": conversation["id"],
        "direction": direction,
        "status": status,
    }
    if message["messageType"] == "TYPE_EMAIL":
        message.setdefault("emailMessageId", fresh_id())
    keep(tx, message)
    _noticed(tx, conversation, message)
    return message


def keep(tx: Tx, message: JsonObject) -> JsonObject:
    tx.put(MESSAGES, message["id"], message, [message["conversationId"], f"all:{message['locationId']}"])
    return message


def found(call: Call, message_id: str) -> JsonObject:
    return call.found(MESSAGES, message_id, "Message")


def _fields(given: JsonObject) -> JsonObject:
    """A body's fields under the names of a message."""
    names = {"message": "body", "emailFrom": "from", "emailCc": "cc", "emailBcc": "bcc", "date": "dateAdded"}
    skipped = ("status", "subType", "direction", "contactId", "conversationId", "scheduledTimestamp")
    message = {names.get(name, name): value for name, value in given.items() if name not in skipped}
    if "html" in given:
        message |= {"contentType": "text/html", "body": given.get("message") or given["html"]}
    _check_time(given.get("scheduledTimestamp"))
    return message


def _check_time(seconds: Any) -> None:
    """Seconds, not milliseconds."""
    try:
        datetime.fromtimestamp(seconds or 0, UTC)
    except (OverflowError, ValueError, OSError):
        raise invalid("scheduledTimestamp must be epoch seconds") from None


def _noticed(tx: Tx, conversation: JsonObject, message: JsonObject) -> None:
    inbound = message["direction"] == IN
    now = conversations.change(
        tx,
        conversation,
        {
            "lastMessageBody": message["body"],
            "lastMessageType": message["messageType"],
            "lastMessageDate": message["dateAdded"],
            "lastMessageDirection": message["direction"],
            "unreadCount": conversation["unreadCount"] + inbound,
        },
    )
    names = ("locationId", "contactId", "conversationId", "body", "attachments", "direction", "status")
    payload = {name: message[name] for name in (*names, "dateAdded", "contentType")}
    payload |= {"messageId": message["id"], "messageType": message["messageType"].removeprefix("TYPE_")}
    if message.get("userId"):
        payload["userId"] = message["userId"]
    changed(tx, "InboundMessage" if inbound else "OutboundMessage", message["locationId"], payload)
    if inbound:
        conversations.tell_unread(tx, now)


def _tell_provider(tx: Tx, message: JsonObject, contact: JsonObject) -> None:
    payload = {
        "contactId": message["contactId"],
        "locationId": message["locationId"],
        "messageId": message["id"],
        "type": message["messageType"].removeprefix("TYPE_"),
        "message": message["body"],
        "attachments": message["attachments"],
        "phone": contact.get("phone"),
    }
    changed(tx, "ProviderOutboundMessage", message["locationId"], payload)


def _sent(message: JsonObject, status: str) -> JsonObject:
    more = {"emailMessageId": message["emailMessageId"]} if message.get("emailMessageId") else {}
    return {
        "conversationId": message["conversationId"],
        "messageId": message["id"],
        "status": status,
        "msg": "Message queued successfully.",
        **more,
    }


def _added(message: JsonObject) -> JsonObject:
    return {
        "success": True,
        "conversationId": message["conversationId"],
        "messageId": message["id"],
        "message": "Message added successfully.",
        "contactId": message["contactId"],
        "dateAdded": message["dateAdded"],
    }


HANDLERS: Handlers = {
    "messages.send": send_message,
    "messages.add_inbound": add_inbound,
    "messages.add_outbound": add_outbound,
    "messages.reply_to_review": reply_to_review,
    "messages.get": get_message,
    "messages.list": list_messages,
    "messages.set_status": set_status,
    "messages.add_attachments": add_attachments,
    "messages.cancel_scheduled": cancel_scheduled,
}
