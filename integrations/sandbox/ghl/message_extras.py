"""What surrounds messages in the simulated GHL: e-mails, export, uploads, recordings, preferences (official
OpenAPI, conversations 2021-04-15).

Uploaded files are not kept: only their made-up addresses are. Recordings and transcripts are there for calls
alone, and hold nothing. The preferences declare no answers: those here are ours.
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import conversations, messages
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import Answered, Call, Handlers
from integrations.sandbox.ghl.messages import MESSAGES
from integrations.sandbox.ghl.refusals import bad_request, not_found
from integrations.sandbox.ghl.rows import Rows, number
from integrations.sandbox.simulation import fresh_id

FILES = "https://files.example.com"
LARGEST = 25_000_000
UPLOADS, PREFERENCES = "uploads", "subscriptions"
SUBTYPES = Rows(collection="message_subtypes", what="Custom subtype")
CHANNELS = {"Instagram": "TYPE_INSTAGRAM", "Facebook": "TYPE_FACEBOOK"}
# A second of silence: RIFF header, 8000 samples of 8 bits.
SILENCE = (
    b"RIFF\x64\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00"
    b"\x01\x00\x08\x00data\x40\x1f\x00\x00" + b"\x80" * 8000
)


def get_email(call: Call) -> JsonObject:
    message = _email(call, call.path["id"])
    named = {
        "threadId": message.get("threadId", message["conversationId"]),
        "from": message.get("from", ""),
        "to": [message["emailTo"]] if message.get("emailTo") else [],
    }
    return shown(call.contract.key, "", {**message, **named, "id": message["emailMessageId"]})


def cancel_email(call: Call) -> JsonObject:
    return messages.cancel(call.tx, _email(call, call.path["emailMessageId"]))


def export(call: Call) -> JsonObject:
    """All messages of a location, in pages of which `cursor` names the next one's first."""
    asked = call.query
    call.enter(asked["locationId"])
    rows = [row for row in call.tx.by_key(MESSAGES, f"all:{asked['locationId']}") if _fits(asked, row)]
    rows.sort(key=lambda row: (row["dateAdded"], row["id"]), reverse=asked.get("sortOrder", "desc") == "desc")
    ids = [row["id"] for row in rows]
    if asked.get("cursor") and asked["cursor"] not in ids:
        raise bad_request("The cursor leads nowhere.")
    start = ids.index(asked["cursor"]) if asked.get("cursor") else 0
    limit = number(call, "limit", 100)
    part = [shown(call.contract.key, "messages", row) for row in rows[start : start + limit]]
    more = {"nextCursor": ids[start + limit]} if start + limit < len(ids) else {}
    return {"messages": part, "total": len(rows), **more}


def upload(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    conversations.found(call, call.body["conversationId"])
    names = [name for parts in call.files.values() for name, _ in parts] or call.body["attachmentUrls"]
    return {"uploadedFiles": {name: f"{FILES}/{name}" for name in names}}


def start_upload(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    conversations.found(call, call.body["conversationId"])
    upload_id = fresh_id()
    path = f"conversations/{upload_id}/{call.body['filename']}"
    call.tx.put(UPLOADS, upload_id, {**call.body, "filePath": path})
    return {
        "uploadUrl": f"{FILES}/{path}",
        "uploadId": upload_id,
        "filePath": path,
        "expiresAt": int(call.tx.now.timestamp() * 1000) + 3_600_000,
        "maxFileSize": LARGEST,
    }


def finish_upload(call: Call) -> JsonObject:
    known = call.tx.get(UPLOADS, call.body["uploadId"])
    if known is None or known["filePath"] != call.body["filePath"]:
        raise not_found("Upload not found")
    call.enter(known["locationId"])
    call.tx.delete(UPLOADS, call.body["uploadId"])
    named = call.body["filename"]
    return {
        "uploadedFiles": {named: f"{FILES}/{known['filePath']}"},
        "metadata": {"contentType": known["contentType"]},
    }


def recording(call: Call) -> Answered:
    _spoken(call)
    return Answered(200, SILENCE, "audio/x-wav")


def transcription(call: Call) -> JsonObject:
    _spoken(call)
    return {
        "mediaChannel": 1,
        "sentenceIndex": 0,
        "startTime": 0,
        "endTime": 1,
        "transcript": "",
        "confidence": 1,
    }


def download_transcription(call: Call) -> Answered:
    _spoken(call)
    return Answered(200, b"", "text/plain")


def list_subtypes(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    return {"customSubtypes": SUBTYPES.of(call.tx, call.query["locationId"])}


def create_subtype(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    made = {"archived": False, **call.body, "locationId": call.query["locationId"]}
    return {"customSubtype": SUBTYPES.add(call.tx, made)}


def update_subtype(call: Call) -> JsonObject:
    return {"customSubtype": SUBTYPES.change(call.tx, SUBTYPES.find(call), call.body)}


def get_subscription(call: Call) -> JsonObject:
    call.enter(call.query["locationId"])
    contact = call.contact(call.query["contactId"])
    known = call.tx.get(PREFERENCES, contact["id"]) or {"unsubscribed": []}
    return {"contactId": contact["id"], **known}


def change_subscription(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    contact = call.contact(call.body["contactId"])
    action: dict[str, Any] = call.body["subscription_action"]
    named = action.get("subtype_id") or action.get("subtype_name") or action["type"]
    known = (call.tx.get(PREFERENCES, contact["id"]) or {"unsubscribed": []})["unsubscribed"]
    kept = [one for one in known if one != named] if action["type"] != "resub_all" else []
    if action["subtype_status"] == "unsubscribed":
        kept.append(named)
    call.tx.put(PREFERENCES, contact["id"], {"unsubscribed": kept})
    return {"contactId": contact["id"], "unsubscribed": kept}


def typing(call: Call) -> JsonObject:
    call.enter(call.body["locationId"])
    conversations.found(call, call.body["conversationId"])
    return {"success": True}


def _email(call: Call, email_id: str) -> JsonObject:
    """An e-mail by its own id or that of its message."""
    for row in call.tx.by_key(MESSAGES, f"all:{call.token['location_id']}"):
        if row.get("emailMessageId") and email_id in (row["id"], row["emailMessageId"]):
            return messages.found(call, row["id"])
    raise not_found("Email not found")


def _spoken(call: Call) -> None:
    call.enter(call.path["locationId"])
    message = messages.found(call, call.path["messageId"])
    if message["messageType"] != "TYPE_CALL":
        raise not_found("Recording not found")


def _fits(asked: Any, row: JsonObject) -> bool:
    if any(asked[name] != row[name] for name in ("conversationId", "contactId") if name in asked):
        return False
    channel = asked.get("channel")
    if channel and row["messageType"] != CHANNELS.get(channel, f"TYPE_{channel.upper()}"):
        return False
    return str(asked.get("startDate", "")) <= str(row["dateAdded"]) <= str(asked.get("endDate", "~"))


HANDLERS: Handlers = {
    "emails.get": get_email,
    "emails.cancel_scheduled": cancel_email,
    "messages.export": export,
    "messages.upload": upload,
    "messages.start_upload": start_upload,
    "messages.finish_upload": finish_upload,
    "messages.recording": recording,
    "messages.transcription": transcription,
    "messages.download_transcription": download_transcription,
    "conversation_subtypes.list": list_subtypes,
    "conversation_subtypes.create": create_subtype,
    "conversation_subtypes.update": update_subtype,
    "subscriptions.get": get_subscription,
    "subscriptions.change": change_subscription,
    "live_chat.typing": typing,
}
