"""Conversations, and what people want to hear of."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()


@CASES.of("conversations.create")
def a_conversation_with_a_contact(world: World) -> Script:
    contact = world.contact()
    made = yield {"contactId": contact}
    assert world.call("conversations.get", conversationId=made.record_id)["contactId"] == contact


@CASES.of("conversations.get")
def one_conversation(world: World) -> Script:
    conversation = world.conversation()
    found = yield {"conversationId": conversation}
    assert found.value["id"] == conversation


@CASES.of("conversations.update")
def a_conversation_with_a_star(world: World) -> Script:
    conversation = world.conversation()
    yield {"conversationId": conversation, "starred": True, "unreadCount": 2}
    now = world.call("conversations.get", conversationId=conversation)
    assert (now["starred"], now["unreadCount"]) == (True, 2)


@CASES.of("conversations.search")
def the_conversations_of_a_contact(world: World) -> Script:
    contact = world.contact()
    conversation = world.conversation(contact)
    found = yield {"contactId": contact, "limit": 20, "status": "all", "sort": "desc"}
    assert [row["id"] for row in found.value["conversations"]] == [conversation]


@CASES.of("conversations.delete")
def a_conversation_that_is_over(world: World) -> Script:
    conversation = world.conversation()
    yield {"conversationId": conversation}
    assert world.is_gone("conversations.get", conversationId=conversation)


@CASES.of("conversation_subtypes.create")
def a_kind_of_message(world: World) -> Script:
    name = world.word("Newsletter")
    yield {"name": name, "channel": "email", "language": "en"}
    assert name in str(world.call("conversation_subtypes.list"))


@CASES.of("conversation_subtypes.list")
def all_kinds_of_messages(world: World) -> Script:
    name = world.word("Newsletter")
    world.call("conversation_subtypes.create", name=name, channel="sms", language="en")
    found = yield {}
    assert name in str(found.value)


@CASES.of("conversation_subtypes.update")
def a_kind_of_message_that_is_not_used(world: World) -> Script:
    subtype = world.subtype()
    name = world.word("Old newsletter")
    yield {"id": subtype, "name": name, "archived": True}
    assert name in str(world.call("conversation_subtypes.list"))


@CASES.of("subscriptions.get")
def what_a_contact_wants_to_hear(world: World) -> Script:
    contact = world.contact()
    found = yield {"contactId": contact}
    assert found.value is not None


@CASES.of("subscriptions.change")
def a_contact_who_wants_to_hear_no_more(world: World) -> Script:
    email = world.email()
    contact = world.contact(email=email)
    before = world.call("subscriptions.get", contactId=contact, email=email)
    yield {
        "contactId": contact,
        "email": email,
        "subscription_action": {
            "type": "default",
            "subtype_name": "One on One",
            "subtype_status": "unsubscribed",
        },
    }
    assert world.call("subscriptions.get", contactId=contact, email=email) != before


@CASES.of("live_chat.typing")
def somebody_is_typing(world: World) -> Script:
    conversation = world.conversation()
    found = yield {"conversationId": conversation, "visitorId": world.word("visitor"), "isTyping": "true"}
    assert found.value["success"] is True
