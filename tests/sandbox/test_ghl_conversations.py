"""Conversations and messages of the simulated GHL. Nothing is ever sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Ghl


def send(ghl: Ghl, contact: str, **more: Any) -> httpx.Response:
    body = {"type": "SMS", "contactId": contact, "message": "Hello", **more}
    return ghl.client.post("/conversations/messages", json=body)


def receive(ghl: Ghl, conversation: str, contact: str, **more: Any) -> httpx.Response:
    body = {"type": "SMS", "conversationId": conversation, "contactId": contact, "message": "Hi"}
    provider = {"conversationProviderId": "p1"}
    return ghl.client.post("/conversations/messages/inbound", json={**body, **provider, **more})


def messages(ghl: Ghl, conversation: str, **asked: Any) -> dict[str, Any]:
    answer = ghl.client.get(f"/conversations/{conversation}/messages", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_message_opens_the_contacts_only_conversation(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    first = send(ghl, contact)
    assert (first.status_code, first.json()["status"]) == (200, "delivered")
    body = {"locationId": ghl.location, "contactId": contact}
    made = ghl.client.post("/conversations/", json=body)
    assert (made.status_code, made.json()["conversation"]["id"]) == (201, first.json()["conversationId"])
    [row] = messages(ghl, first.json()["conversationId"])["messages"]
    assert (row["body"], row["direction"], row["messageType"]) == ("Hello", "outbound", "TYPE_SMS")
    assert ghl.client.get(f"/conversations/messages/{row['id']}").json()["body"] == "Hello"


def test_what_comes_in_is_unread_until_it_is_read(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    conversation = send(ghl, contact).json()["conversationId"]
    assert receive(ghl, conversation, contact).status_code == 200
    assert ghl.client.get(f"/conversations/{conversation}").json()["unreadCount"] == 1
    asked = {"locationId": ghl.location, "status": "unread"}
    found = ghl.client.get("/conversations/search", params=asked).json()
    assert [(row["lastMessageBody"], row["fullName"]) for row in found["conversations"]] == [
        ("Hi", "Ada Moreno")
    ]
    read = {"locationId": ghl.location, "unreadCount": 0}
    assert (
        ghl.client.put(f"/conversations/{conversation}", json=read).json()["conversation"]["unreadCount"] == 0
    )
    assert ghl.client.get("/conversations/search", params=asked).json()["total"] == 0


def test_messages_come_latest_first_after_the_one_named(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    sent = [send(ghl, contact, message=str(number)).json() for number in range(3)]
    conversation = sent[0]["conversationId"]
    first = messages(ghl, conversation, limit=2)
    assert ([row["body"] for row in first["messages"]], first["nextPage"]) == (["2", "1"], True)
    rest = messages(ghl, conversation, limit=2, lastMessageId=first["lastMessageId"])
    assert ([row["body"] for row in rest["messages"]], rest["nextPage"]) == (["0"], False)
    assert messages(ghl, conversation, type="TYPE_EMAIL")["messages"] == []


def test_a_message_for_later_can_be_taken_back_and_one_that_went_cannot(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    later = send(ghl, contact, scheduledTimestamp=1_801_500_000).json()
    assert later["status"] == "pending"
    path = f"/conversations/messages/{later['messageId']}"
    assert ghl.client.get(path).json()["status"] == "scheduled"
    assert ghl.client.delete(f"{path}/schedule").json()["status"] == 200
    assert ghl.client.get(path).status_code == 404
    gone = send(ghl, contact).json()["messageId"]
    assert ghl.client.delete(f"/conversations/messages/{gone}/schedule").status_code == 400


def test_an_email_is_read_and_taken_back_by_its_own_id(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    letter = {"type": "Email", "html": "<p>Hello</p>", "subject": "Course", "emailTo": "ada@example.com"}
    sent = send(ghl, contact, **letter).json()
    email = ghl.client.get(f"/conversations/messages/email/{sent['emailMessageId']}").json()
    assert (email["subject"], email["to"], email["contentType"]) == (
        "Course",
        ["ada@example.com"],
        "text/html",
    )
    later = send(ghl, contact, **letter, scheduledTimestamp=1_801_500_000).json()["emailMessageId"]
    path = f"/conversations/messages/email/{later}"
    assert ghl.client.delete(f"{path}/schedule").status_code == 200
    assert ghl.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"type": "Pigeon"}, 422, "type must be one of the following values: SMS, RCS"),
        ({"contactId": "nobody"}, 400, "Contact not found for id:nobody"),
        ({"scheduledTimestamp": 10**15}, 422, "scheduledTimestamp must be epoch seconds"),
        ({"locationId": "x"}, 422, "property locationId should not exist"),
    ],
)
def test_a_message_that_does_not_fit_is_refused(
    ghl: Ghl, changes: dict[str, Any], status: int, message: str
) -> None:
    answer = send(ghl, ghl.contact()["id"], **changes)
    said = answer.json()["message"]
    assert answer.status_code == status
    assert (said[0] if isinstance(said, list) else said).startswith(message)


def test_a_message_is_in_the_conversation_of_its_contact(ghl: Ghl) -> None:
    conversation = send(ghl, ghl.contact()["id"]).json()["conversationId"]
    bo = ghl.contact("bo@example.com")["id"]
    assert receive(ghl, conversation, bo).status_code == 400
    assert receive(ghl, "nothing", bo).status_code == 404


def test_the_state_and_the_attachments_of_a_message_change(ghl: Ghl) -> None:
    sent = send(ghl, ghl.contact()["id"], attachments=["https://a.example/1"]).json()["messageId"]
    path = f"/conversations/messages/{sent}"
    assert ghl.client.put(f"{path}/status", json={"status": "read"}).json()["status"] == "read"
    ghl.client.put(f"{path}/attachments", json={"attachments": ["https://a.example/2"]})
    now = ghl.client.get(path).json()
    assert (now["status"], now["attachments"]) == ("read", ["https://a.example/1", "https://a.example/2"])


def test_only_a_call_has_a_recording(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    text = send(ghl, contact).json()
    called = receive(ghl, text["conversationId"], contact, type="Call").json()["messageId"]
    path = f"/conversations/messages/{{}}/locations/{ghl.location}/recording"
    answer = ghl.client.get(path.format(called))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/x-wav")
    assert answer.content.startswith(b"RIFF")
    assert answer.headers["X-RateLimit-Max"] == "100"
    assert ghl.client.get(path.format(text["messageId"])).status_code == 404
    spoken = f"/conversations/locations/{ghl.location}/messages/{called}/transcription"
    assert ghl.client.get(spoken).json()["confidence"] == 1
    assert ghl.client.get(f"{spoken}/download").headers["Content-Type"] == "text/plain"


def test_all_messages_of_a_location_are_exported_in_pages(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    for number in range(12):
        send(ghl, contact, message=str(number))
        ghl.sandbox.store.move_clock(1)
    asked: dict[str, Any] = {"locationId": ghl.location, "limit": 10, "sortOrder": "asc"}
    first = ghl.client.get("/conversations/messages/export", params=asked).json()
    assert ([row["body"] for row in first["messages"]], first["total"]) == ([str(n) for n in range(10)], 12)
    rest = ghl.client.get("/conversations/messages/export", params={**asked, "cursor": first["nextCursor"]})
    assert [row["body"] for row in rest.json()["messages"]] == ["10", "11"]
    assert "nextCursor" not in rest.json()
    small = ghl.client.get("/conversations/messages/export", params={**asked, "limit": 9})
    assert small.json()["message"] == ["limit must not be less than 10"]


def test_files_go_up_whole_or_in_two_steps(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    conversation = send(ghl, contact).json()["conversationId"]
    named = {"conversationId": conversation, "contactId": contact, "locationId": ghl.location}
    up = ghl.client.post(
        "/conversations/messages/upload",
        data=named,
        files={"attachmentUrls": ("certificate.pdf", b"%PDF", "application/pdf")},
    )
    assert (up.status_code, list(up.json()["uploadedFiles"])) == (200, ["certificate.pdf"])
    missing = ghl.client.post("/conversations/messages/upload", data=named, files={"other": b""})
    assert missing.status_code == 422
    asked = {"locationId": ghl.location, "conversationId": conversation, "filename": "a.pdf"}
    start = ghl.client.post(
        "/conversations/messages/upload/initiate",
        json={**asked, "contentType": "application/pdf", "channel": "SMS"},
    ).json()
    done = {**asked, "uploadId": start["uploadId"], "filePath": start["filePath"]}
    finished = ghl.client.post("/conversations/messages/upload/complete", json=done)
    assert list(finished.json()["uploadedFiles"]) == ["a.pdf"]
    assert ghl.client.post("/conversations/messages/upload/complete", json=done).status_code == 404


def test_a_contact_unsubscribes_and_comes_back(ghl: Ghl) -> None:
    contact = ghl.contact()["id"]
    asked = {"locationId": ghl.location, "contactId": contact}

    def unsubscribed() -> Any:
        path = "/conversations/preferences/unsubscriptions/status"
        return ghl.client.get(path, params=asked).json()["unsubscribed"]

    def change(**action: str) -> int:
        body = {**asked, "email": "ada@example.com", "subscription_action": action}
        return ghl.client.post(
            "/conversations/preferences/unsubscriptions/user-change", json=body
        ).status_code

    assert unsubscribed() == []
    assert change(type="custom", subtype_id="s1", subtype_status="unsubscribed") == 201
    assert unsubscribed() == ["s1"]
    change(type="custom", subtype_id="s1", subtype_status="subscribed")
    assert unsubscribed() == []
    change(type="custom", subtype_id="s1", subtype_status="unsubscribed")
    change(type="resub_all", subtype_status="subscribed")
    assert unsubscribed() == []


def test_subtypes_of_messages_are_kept(ghl: Ghl) -> None:
    path, params = "/conversations/preferences/custom-subtypes", {"locationId": ghl.location}
    body = {"name": "News", "channel": "email", "language": "en"}
    made = ghl.client.post(path, params=params, json=body)
    assert made.status_code == 201
    one = f"{path}/{made.json()['customSubtype']['id']}"
    assert ghl.client.put(one, params=params, json={"archived": True}).status_code == 200
    [kept] = ghl.client.get(path, params=params).json()["customSubtypes"]
    assert (kept["name"], kept["archived"]) == ("News", True)
