"""Messages, e-mails, calls and their files."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named
from integrations.engine.spec import FieldType, Kind

UPLOAD = {"attachmentUrls": {"label": "Addresses of files"}}

AREA = Area(
    fields={
        "conversationId": {"label": "Conversation id"},
        "messageId": {"label": "Message id"},
        "emailMessageId": {"label": "E-mail id"},
        "attachments": {"label": "Addresses of attached files"},
        "message": {"label": "Text"},
        "html": {"label": "Text (HTML)"},
        "subject": {"label": "Subject"},
        "type": {"label": "Kind of message"},
        "scheduledTimestamp": {"label": "Send at", "type": FieldType.INTEGER, "help": "Epoch seconds."},
        "conversationProviderId": {"label": "Conversation provider's id"},
        "emailCc": {"label": "Copy to"},
        "emailBcc": {"label": "Blind copy to"},
        "emailFrom": {"label": "From (e-mail)"},
        "emailTo": {"label": "To (e-mail)"},
        "dateAdded": {"label": "Added"},
    },
    calls=(
        named("messages.list", "List the messages of a conversation",
              "GET /conversations/{conversationId}/messages"),
        named("messages.get", "Read a message", "GET /conversations/messages/{id}",
              fields={"id": {"label": "Message id"}}),
        named("messages.export", "Export the location's messages", "GET /conversations/messages/export"),
        named("messages.send", "Send a message", "POST /conversations/messages", reaches_people=True,
              record_id="messageId", first=("type", "contactId", "message", "subject", "html")),
        named("messages.add_inbound", "Record a message that came in", "POST /conversations/messages/inbound",
              record_id="messageId"),
        named("messages.add_outbound", "Record a call that went out", "POST /conversations/messages/outbound",
              record_id="messageId"),
        named("messages.reply_to_review", "Reply to a review", "POST /conversations/messages/review-reply",
              reaches_people=True, record_id="messageId"),
        named("messages.cancel_scheduled", "Cancel a scheduled message",
              "DELETE /conversations/messages/{messageId}/schedule", kind=Kind.UPDATE),
        named("messages.set_status", "Set the status of a message",
              "PUT /conversations/messages/{messageId}/status", record_id="messageId"),
        named("messages.add_attachments", "Attach files to a message",
              "PUT /conversations/messages/{messageId}/attachments"),
        named("messages.upload", "Upload files for a message", "POST /conversations/messages/upload",
              fields=UPLOAD),
        named("messages.start_upload", "Begin the upload of a large file",
              "POST /conversations/messages/upload/initiate", record_id="uploadId"),
        named("messages.finish_upload", "End the upload of a large file",
              "POST /conversations/messages/upload/complete"),
        named("messages.recording", "Read the recording of a call",
              "GET /conversations/messages/{messageId}/locations/{locationId}/recording"),
        named("messages.transcription", "Read the transcription of a call",
              "GET /conversations/locations/{locationId}/messages/{messageId}/transcription"),
        named("messages.download_transcription", "Download the transcription of a call",
              "GET /conversations/locations/{locationId}/messages/{messageId}/transcription/download"),
        named("emails.get", "Read an e-mail", "GET /conversations/messages/email/{id}",
              fields={"id": {"label": "E-mail id"}}),
        named("emails.cancel_scheduled", "Cancel a scheduled e-mail",
              "DELETE /conversations/messages/email/{emailMessageId}/schedule", kind=Kind.UPDATE),
    ),
)  # fmt: skip
