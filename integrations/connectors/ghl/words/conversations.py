"""Conversations, what people may unsubscribe from, live chat."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import EPOCH, Area, named, picked
from integrations.engine.spec import Kind

SUBTYPE = {"id": {"label": "Id of the kind of messages"}}

AREA = Area(
    fields={
        "conversationId": {"label": "Conversation id"},
        "followers": picked("Followers", "users"),
        "mentions": picked("Mentioned users", "users"),
        "unreadCount": {"label": "Unread messages"},
        "starred": {"label": "Starred"},
    },
    calls=(
        named("conversations.search", "Search conversations", "GET /conversations/search",
              fields={"startDate": {**EPOCH, "label": "From"}, "endDate": {**EPOCH, "label": "To"},
                      "startAfterDate": {"label": "Go on after",
                                         "help": "The sort value of the last conversation of a page."}}),
        named("conversations.get", "Read a conversation", "GET /conversations/{conversationId}"),
        named("conversations.create", "Open a conversation", "POST /conversations/"),
        named("conversations.update", "Update a conversation", "PUT /conversations/{conversationId}"),
        named("conversations.delete", "Delete a conversation", "DELETE /conversations/{conversationId}"),
        named("conversation_subtypes.list", "List kinds of messages people can leave",
              "GET /conversations/preferences/custom-subtypes", fields=SUBTYPE),
        named("conversation_subtypes.create", "Create a kind of messages people can leave",
              "POST /conversations/preferences/custom-subtypes", fields=SUBTYPE),
        named("conversation_subtypes.update", "Update a kind of messages people can leave",
              "PUT /conversations/preferences/custom-subtypes/{id}", fields=SUBTYPE),
        named("subscriptions.get", "Read what a contact has unsubscribed from",
              "GET /conversations/preferences/unsubscriptions/status"),
        named("subscriptions.change", "Subscribe or unsubscribe a contact",
              "POST /conversations/preferences/unsubscriptions/user-change", kind=Kind.UPDATE,
              fields={"subscription_action": {"label": "What to change"},
                      "legal_reason": {"label": "Reason", "help": "Needed to subscribe somebody again."}}),
        named("live_chat.typing", "Show in live chat that somebody is typing",
              "POST /conversations/providers/live-chat/typing", kind=Kind.UPDATE, reaches_people=True,
              fields={"isTyping": {"label": "Is typing", "help": "The words true or false."},
                      "visitorId": {"label": "Visitor id"}}),
    ),
)  # fmt: skip
