"""Conversations: messages in and out, and the count of unread ones. Handed on as they come."""

from __future__ import annotations

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.spec import JsonObject

MESSAGE: JsonObject = {
    "locationId": "loc0000000000000001",
    "contactId": "con0000000000000001",
    "conversationId": "cnv0000000000000001",
    "messageId": "msg0000000000000001",
    "body": "When is the next course?",
    "contentType": "text/plain",
    "messageType": "SMS",
    "direction": "inbound",
    "status": "delivered",
    "attachments": [],
    "dateAdded": "2026-11-20T10:00:00.000Z",
}
FIELDS = (
    "locationId contactId conversationId messageId body contentType messageType direction status "
    "attachments:l dateAdded:t userId conversationProviderId"
)
RECORD = ("messageId", "conversationId")

TOLD = (
    Told(
        type="InboundMessage",
        title="A contact writes or calls (InboundMessage)",
        scope="conversations/message.readonly",
        fields=fields(f"{FIELDS} callDuration:n callStatus from to"),
        sample=MESSAGE,
        record=RECORD,
    ),
    Told(
        type="OutboundMessage",
        title="A message goes out to a contact (OutboundMessage)",
        scope="conversations/message.readonly",
        fields=fields(f"{FIELDS} source"),
        sample={**MESSAGE, "body": "On 23 November.", "direction": "outbound", "userId": "usr00000001"},
        record=RECORD,
    ),
    Told(
        type="ProviderOutboundMessage",
        title="A message is to be sent by a provider of the app's own (ProviderOutboundMessage)",
        scope="conversations/message.write",
        fields=fields(
            "locationId contactId messageId emailMessageId message phone:p emailTo:l emailFrom:e html "
            "subject userId attachments:l"
        ),
        sample={
            "locationId": "loc0000000000000001",
            "contactId": "con0000000000000001",
            "messageId": "msg0000000000000002",
            "message": "On 23 November.",
            "phone": "+15005550006",
            "attachments": [],
            "userId": "usr0000000000000001",
        },
        record=RECORD,
    ),
    Told(
        type="ConversationUnreadUpdate",
        title="A conversation has more or fewer unread messages (ConversationUnreadUpdate)",
        scope="conversations.readonly",
        fields=fields("id locationId contactId unreadCount:n inbox:b starred:b deleted:b"),
        sample={
            "id": "cnv0000000000000001",
            "locationId": "loc0000000000000001",
            "contactId": "con0000000000000001",
            "unreadCount": 1,
            "inbox": True,
            "starred": False,
            "deleted": False,
        },
    ),
)
