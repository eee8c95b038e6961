"""Messages: sent, noted down, scheduled, with files and recordings."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import World

CASES = Cases()

PICTURE = "https://files.example.org/badge.png"
IN_A_YEAR_S = 31_536_000


@CASES.of("messages.send")
def a_short_message(world: World) -> Script:
    contact = world.contact(phone=world.phone())
    made = yield {"type": "SMS", "contactId": contact, "message": "Your badge is ready."}
    message = world.call("messages.get", id=made.record_id)
    assert (message["body"], message["contactId"]) == ("Your badge is ready.", contact)


@CASES.of("messages.send")
def a_mail(world: World) -> Script:
    contact = world.contact()
    made = yield {
        "type": "Email",
        "contactId": contact,
        "subject": "Your badge",
        "html": "<p>It is ready.</p>",
        "emailFrom": "office@example.org",
        "attachments": [PICTURE],
    }
    assert made.value["emailMessageId"]


@CASES.of("messages.get")
def one_message(world: World) -> Script:
    message = world.message(message="Hello")
    found = yield {"id": message}
    assert (found.value["id"], found.value["body"]) == (message, "Hello")


@CASES.of("messages.list")
def the_messages_of_a_conversation(world: World) -> Script:
    contact = world.contact(phone=world.phone())
    message = world.message(contact)
    conversation = world.call("messages.get", id=message)["conversationId"]
    found = yield {"conversationId": conversation, "limit": 20}
    assert message in str(found.value)


@CASES.of("messages.export")
def the_messages_of_a_location(world: World) -> Script:
    contact = world.contact(phone=world.phone())
    message = world.message(contact)
    found = yield {"contactId": contact, "limit": 10, "sortBy": "createdAt", "sortOrder": "desc"}
    assert [row["id"] for row in found.value["messages"]] == [message]


@CASES.of("messages.add_inbound")
def a_message_that_came_in_elsewhere(world: World) -> Script:
    contact = world.contact()
    conversation = world.conversation(contact)
    made = yield {
        "type": "Custom",
        "conversationId": conversation,
        "contactId": contact,
        "conversationProviderId": world.word("provider"),
        "message": "When does it begin?",
    }
    message = world.call("messages.get", id=made.record_id)
    assert (message["body"], message["direction"]) == ("When does it begin?", "inbound")


@CASES.of("messages.add_outbound")
def a_call_that_was_made_elsewhere(world: World) -> Script:
    conversation = world.conversation()
    made = yield {
        "type": "Call",
        "conversationId": conversation,
        "conversationProviderId": world.word("provider"),
        "date": "2026-11-20T10:00:00.000Z",
        "call": {"to": "+15037081210", "from": "+15037081211", "status": "completed"},
    }
    assert world.call("messages.get", id=made.record_id)["direction"] == "outbound"


@CASES.of("messages.reply_to_review")
def an_answer_to_a_review(world: World) -> Script:
    made = yield {"conversationId": world.conversation(), "message": "Thank you!"}
    assert made.record_id


@CASES.of("messages.set_status")
def a_message_that_was_delivered(world: World) -> Script:
    message = world.message()
    yield {"messageId": message, "status": "delivered"}
    assert world.call("messages.get", id=message)["status"] == "delivered"


@CASES.of("messages.add_attachments")
def a_picture_for_a_message(world: World) -> Script:
    message = world.message()
    yield {"messageId": message, "attachments": [PICTURE]}
    assert world.call("messages.get", id=message)["attachments"] == [PICTURE]


@CASES.of("messages.cancel_scheduled")
def a_message_that_shall_not_go_out(world: World) -> Script:
    message = world.message(scheduledTimestamp=world.now_s() + IN_A_YEAR_S)
    yield {"messageId": message}
    assert world.is_gone("messages.get", id=message)


@CASES.of("emails.get")
def one_mail(world: World) -> Script:
    mail = world.mail(subject="Your badge")
    found = yield {"id": mail}
    assert (found.value["id"], found.value["subject"]) == (mail, "Your badge")


@CASES.of("emails.cancel_scheduled")
def a_mail_that_shall_not_go_out(world: World) -> Script:
    mail = world.mail(scheduledTimestamp=world.now_s() + IN_A_YEAR_S)
    yield {"emailMessageId": mail}
    assert world.is_gone("emails.get", id=mail)


@CASES.of("messages.upload")
def files_for_a_conversation(world: World) -> Script:
    contact = world.contact()
    found = yield {
        "conversationId": world.conversation(contact),
        "contactId": contact,
        "attachmentUrls": [PICTURE],
    }
    assert found.value["uploadedFiles"]


@CASES.of("messages.start_upload")
def a_large_file_begins(world: World) -> Script:
    found = yield {
        "conversationId": world.conversation(),
        "filename": "ceremony.mp4",
        "contentType": "video/mp4",
        "fileSize": 52_428_800,
        "channel": "WHATSAPP",
    }
    assert found.value["uploadId"]
    assert found.value["uploadUrl"]


@CASES.of("messages.finish_upload")
def a_large_file_ends(world: World) -> Script:
    conversation = world.conversation()
    begun = world.call(
        "messages.start_upload",
        conversationId=conversation,
        filename="ceremony.mp4",
        contentType="video/mp4",
        channel="WHATSAPP",
    )
    found = yield {
        "conversationId": conversation,
        "uploadId": begun["uploadId"],
        "filePath": begun["filePath"],
        "filename": "ceremony.mp4",
    }
    assert found.value["uploadedFiles"]


@CASES.of("messages.recording")
def what_was_said_in_a_call(world: World) -> Script:
    found = yield {"messageId": world.phone_call()}
    assert str(found.value).startswith("RIFF")


@CASES.of("messages.transcription")
def what_was_said_as_text(world: World) -> Script:
    found = yield {"messageId": world.phone_call()}
    assert "transcript" in str(found.value)


@CASES.of("messages.download_transcription")
def what_was_said_as_a_file(world: World) -> Script:
    yield {"messageId": world.phone_call()}
    assert world.is_gone("messages.download_transcription", messageId=world.message())
