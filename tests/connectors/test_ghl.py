"""What is particular to GoHighLevel.

Payloads: the official OpenAPI files (GoHighLevel/highlevel-api-docs, apps/*.json) where marked "spec"; the
rest as third parties measured and published them in 2026.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.connectors.ghl.availability import slots
from integrations.engine.errors import (
    AccountSuspended,
    Conflict,
    ContractBroken,
    CredentialRefused,
    Duplicate,
    HubError,
    MappingFailed,
    NotFound,
    OutcomeUnknown,
    Refused,
    ScopeMissing,
    WrongTenant,
)
from integrations.engine.spec import Account, Answer, Attempt, Outcome, Situation, Write
from integrations.engine.transport import Transport, prepare
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ACCOUNT = Account(
    connector="ghl",
    environment="production",
    name="Riverside",
    base_url="https://services.leadconnectorhq.com",
    auth="pit",
    settings={"location_id": "loc1"},
    secrets={"private_integration_token": "pit-0000"},
)


# --- refusals -------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, int, Any, type[HubError], str]] = [
    # operation, status, body, what it is, a piece of the sentence
    ("contacts.get", 400, {"statusCode": 400, "message": "Bad Request"}, Refused, "Bad Request"),  # spec
    (
        "notifications.list",
        400,
        {"status": 400, "message": "MongoError", "name": "HttpException", "traceId": "t-1"},  # issue 3
        Refused,
        "MongoError",
    ),
    (
        "contacts.create",
        400,
        {
            "statusCode": 400,
            "message": "This location does not allow duplicated contacts.",
            "meta": {"contactId": "c9", "contactName": "Rosa", "matchingField": "email"},
        },
        Duplicate,
        "already",
    ),
    *(
        (
            "appointments.create",
            status,
            {
                "message": "The slot you have selected is no longer available.",
                "error": "Bad Request",
                "statusCode": status,
                "traceId": "t-2",
            },
            Conflict,
            "taken",
        )
        for status in (400, 422)
    ),
    (
        "contacts.get",
        400,
        {"message": "Contact not found for id:c9", "error": "Bad Request", "statusCode": 400},
        NotFound,
        "no such record",
    ),
    (
        "contacts.get",
        401,
        {
            "statusCode": 401,
            "message": "Invalid token: access token is invalid",
            "error": "Unauthorized",
        },  # spec
        CredentialRefused,
        "connect it again",
    ),
    (
        "appointments.create",
        401,
        {"statusCode": 401, "message": "The token is not authorized for this scope."},
        ScopeMissing,
        "calendars/events.write",
    ),
    ("locations.get", 401, {"message": "Token's user type mismatch!"}, WrongTenant, "agency"),
    (
        "contacts.get",
        401,
        {"message": "This authClass type is not allowed to access this scope. Please use another."},
        WrongTenant,
        "agency",
    ),
    (
        "contacts.get",
        403,
        {
            "statusCode": 403,
            "message": "The token does not have access to this location.",
            "error": "Forbidden",
        },
        WrongTenant,
        "another GoHighLevel location",
    ),
    ("contacts.get", 400, {"message": "Location is not active"}, AccountSuspended, "paused"),
    (
        "contacts.get",
        401,
        {"statusCode": 401, "message": "version header was not found."},
        ContractBroken,
        "hub",
    ),
    ("contacts.get", 401, {"message": "version header is invalid"}, ContractBroken, "hub"),
    (
        "contacts.get",
        400,
        {"message": "Invalid API version segment 'v9' at position 0"},
        ContractBroken,
        "hub",
    ),
    *(
        (
            "appointments.delete",
            status,
            {"message": "This route is not yet supported by the IAM Service. Please update your IAM config."},
            ContractBroken,
            "catalogue",
        )
        for status in (401, 500)
    ),
    (
        "contacts.get",
        404,
        {"message": "Cannot GET /contact/c9", "error": "Not Found", "statusCode": 404},
        ContractBroken,
        "catalogue",
    ),
    (
        "calendars.get",
        404,
        {"statusCode": 404, "message": "Calendar not found", "error": "Not Found"},
        NotFound,
        "",
    ),
    (
        "contacts.create",
        422,
        {
            "message": ["property locationid should not exist"],
            "error": "Unprocessable Entity",
            "statusCode": 422,
        },
        ContractBroken,
        "a field",
    ),
    (
        "contacts.create",
        422,
        {"statusCode": 422, "message": ["email must be an email", "phone is wrong"], "error": "…"},  # spec
        Refused,
        "email must be an email; phone is wrong",
    ),
    (
        "contacts.create",
        422,
        {"statusCode": 422, "message": "Something odd"},
        OutcomeUnknown,
        "may have made",
    ),
    (
        "appointments.create",
        422,
        {"message": "A team member needs to be selected. assignedUserId is missing"},
        Refused,
        "assignedUserId is missing",
    ),
    (
        "contacts.get",
        404,
        {"error": {"code": "RESOURCE_NOT_FOUND", "message": "No such contact", "details": {}}},  # v3 envelope
        NotFound,
        "No such contact",
    ),
    ("contacts.get", 403, None, Refused, "refused"),
    ("contacts.get", 418, "<html>teapot</html>", Refused, "refused"),
]


@pytest.mark.parametrize(("operation", "status", "body", "kind", "words"), REFUSALS)
def test_every_documented_refusal_is_told_apart(
    operation: str, status: int, body: Any, kind: type[HubError], words: str
) -> None:
    error = CONNECTOR.refusal(Answer(status=status, headers={}, body=body), CONNECTOR.operation(operation))
    assert type(error) is kind
    assert words in error.sentence


def test_a_duplicate_names_the_contact_there_is_and_a_trace_is_kept() -> None:
    body = {"message": "no duplicated contacts", "meta": {"contactId": "c9"}, "traceId": "t-7"}
    error = CONNECTOR.refusal(
        Answer(status=400, headers={}, body=body), CONNECTOR.operation("contacts.create")
    )
    assert isinstance(error, Duplicate)
    assert error.record_id == "c9"
    assert "t-7" in error.detail


# --- requests -------------------------------------------------------------------------------------


def test_a_phone_number_is_looked_up_with_its_plus_encoded() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json={"contact": None})

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: NOW)
    operation = CONNECTOR.operation("contacts.duplicate")
    result = transport.call(CONNECTOR, operation, ACCOUNT, {"number": "+15005550006"})
    assert seen == [b"/contacts/search/duplicate?locationId=loc1&number=%2B15005550006"]
    assert (result.outcome.value, result.error) == (None, None)


def test_deleting_an_appointment_sends_the_empty_object_and_a_missing_one_is_done() -> None:
    operation = CONNECTOR.operation("appointments.delete")
    prepared = prepare(CONNECTOR, operation, ACCOUNT, {"eventId": "e1"})
    assert prepared.url.endswith("/calendars/events/e1")
    assert prepared.content == b"{}"
    gone = {"message": "Event not found", "statusCode": 400}
    client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(400, json=gone)))
    assert Transport(client, lambda: NOW).send(prepared, ACCOUNT).error is None


def test_a_notification_is_sent_as_a_list_of_one() -> None:
    operation = CONNECTOR.operation("notifications.create")
    values = {
        "calendarId": "k",
        "receiverType": "contact",
        "channel": "email",
        "notificationType": "reminder",
    }
    assert prepare(CONNECTOR, operation, ACCOUNT, values).body == [
        {"receiverType": "contact", "channel": "email", "notificationType": "reminder"}
    ]


def test_verify_tells_name_zone_and_id() -> None:
    location = {"id": "ve9EPM428h8vShlRW1KT", "name": "dentist", "timezone": "America/Chicago"}  # spec
    sentence = CONNECTOR.verify.say(location)
    assert all(word in sentence for word in location.values())


# --- finding a time -------------------------------------------------------------------------------

CALENDAR = {"id": "k", "name": "Review call", "slotDuration": 45, "slotDurationUnit": "mins"}
# The example of the specification, a clock change, and the keys seen beside the days on live answers.
FREE = {
    "2026-10-31": {"slots": ["2026-10-31T17:30:00-05:00"]},
    "2026-11-01": {"slots": ["2026-11-01T10:00:00-06:00"]},
    "2026-11-02": {"slots": ["2026-11-02T08:30:00-06:00", "2026-11-02T09:30:00-06:00", "no time"]},
    "traceId": "4f0c",
    "2026-11-03": {},
}
WISH = {"calendarId": "k", "day": "2026-10-31", "zone": "America/Chicago"}
HALLOWEEN = Situation(now=datetime(2026, 10, 31, 12, tzinfo=UTC), settings={})


def find(
    values: dict[str, Any], free: Any = FREE, situation: Situation = HALLOWEEN
) -> tuple[Any, list[Command]]:
    answers = {
        "calendars.get": CALENDAR,
        "calendars.free_slots": free,
        "locations.get": {"timezone": "America/Chicago"},
    }
    procedure = CONNECTOR.procedure("find_slot")
    return drive(procedure.run({**WISH, **values}, situation), lambda command: answers[command.operation])


@pytest.mark.parametrize(
    ("values", "start"),
    [
        ({}, "2026-11-02T09:30:00-06:00"),  # Saturday and Sunday are left out, 08:30 is too early
        ({"not_before": "08:00"}, "2026-11-02T08:30:00-06:00"),
        ({"weekdays": ["sun"]}, "2026-11-01T10:00:00-06:00"),
        ({"weekdays": "Sat, Sunday", "not_after": "18:00"}, "2026-10-31T17:30:00-05:00"),
        ({"days_after": 1, "weekdays": ["sat", "sun"]}, "2026-11-01T10:00:00-06:00"),
        ({"day": "2026-10-31T09:00:00+00:00"}, "2026-11-02T09:30:00-06:00"),
        ({"day": "2020-01-01"}, "2026-11-02T09:30:00-06:00"),  # never in the past
        ({"zone": "Europe/Berlin"}, "2026-11-02T08:30:00-06:00"),  # 15:30 there
    ],
)
def test_the_first_suiting_time_is_found_and_its_text_left_alone(values: dict[str, Any], start: str) -> None:
    found, _ = find(values)
    assert found["startTime"] == start
    assert datetime.fromisoformat(found["endTime"]) - datetime.fromisoformat(start) == timedelta(minutes=45)
    assert found["endTime"][-6:] == start[-6:]
    assert found["calendar"] == CALENDAR


def test_instants_are_compared_and_not_texts() -> None:
    free = {"2026-11-02": {"slots": ["2026-11-02T10:00:00-06:00", "2026-11-02T16:30:00+01:00"]}}
    found, _ = find({}, free)
    assert found["startTime"] == "2026-11-02T16:30:00+01:00"  # 09:30 in Chicago


def test_only_days_are_read_from_the_answer() -> None:
    assert [slot.text for slot in slots(FREE)] == [
        "2026-10-31T17:30:00-05:00",
        "2026-11-01T10:00:00-06:00",
        "2026-11-02T08:30:00-06:00",
        "2026-11-02T09:30:00-06:00",
    ]
    assert slots(None) == slots({"2026-11-02": {"slots": None}}) == []


@pytest.mark.parametrize("days", [1, 21, 30, 31, 62])
def test_a_long_search_is_split_into_windows_the_app_accepts(days: int) -> None:
    procedure = CONNECTOR.procedure("find_slot")
    asked: list[Command] = []

    def answer(command: Command) -> Any:
        asked.append(command)
        return CALENDAR if command.operation == "calendars.get" else {}

    with pytest.raises(Refused, match="Nothing is free in Review call from 2026-10-31"):
        drive(procedure.run({**WISH, "search_days": days}, HALLOWEEN), answer)
    windows = [command.values for command in asked if command.operation == "calendars.free_slots"]
    limit_ms = 31 * 86_400_000
    assert all(0 < window["endDate"] - window["startDate"] <= limit_ms for window in windows)
    assert all(b["startDate"] == a["endDate"] + 1 for a, b in pairwise(windows))
    chicago_midnight = datetime(2026, 10, 31, 5, tzinfo=UTC)
    assert windows[0]["startDate"] == chicago_midnight.timestamp() * 1000
    last_day = date(2026, 10, 31) + timedelta(days=days)
    assert datetime.fromtimestamp((windows[-1]["endDate"] + 1) / 1000, UTC).date() == last_day


def test_the_zone_comes_from_the_connection_or_the_location_when_none_is_given() -> None:
    _, asked = find(
        {"zone": ""}, situation=Situation(now=HALLOWEEN.now, settings={"timezone": "Europe/Berlin"})
    )
    assert [command.operation for command in asked] == ["calendars.get", "calendars.free_slots"]
    assert asked[1].values["timezone"] == "Europe/Berlin"
    _, asked = find({"zone": None})
    assert asked[0].operation == "locations.get"
    assert asked[2].values["timezone"] == "America/Chicago"


@pytest.mark.parametrize(
    "values",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "/etc/passwd"},
        {"day": "next week"},
        {"not_before": "9 o'clock"},
        {"weekdays": ["noday"]},
        {"search_days": "many"},
    ],
)
def test_a_wish_that_cannot_be_read_says_how_to_write_it(values: dict[str, Any]) -> None:
    with pytest.raises(MappingFailed):
        find(values)


# --- reminders ------------------------------------------------------------------------------------

REMINDER = {
    "_id": "n1",
    "receiverType": "contact",
    "channel": "email",
    "notificationType": "reminder",
    "isActive": True,
    "beforeTime": [{"timeOffset": 24, "unit": "hours"}],
}


def ensure(rows: Any) -> tuple[Any, list[Command]]:
    procedure = CONNECTOR.procedure("ensure_reminder")
    script = procedure.run(
        {"calendarId": "k", "timeOffset": 24, "unit": "hours"}, Situation(now=NOW, settings={})
    )
    return drive(script, lambda command: rows if command.operation == "notifications.list" else REMINDER)


@pytest.mark.parametrize(
    "row",
    [REMINDER, {key: value for key, value in REMINDER.items() if key != "isActive"}],
)
def test_a_reminder_that_is_there_is_left_alone(row: dict[str, Any]) -> None:
    found, asked = ensure([{"notificationType": "booked"}, row])
    assert found == {"created": False, "notification": row}
    assert not any(isinstance(command, Write) for command in asked)


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "sms"},
        {"isActive": False},
        {"deleted": True},
        {"notificationType": "followup"},
        {"beforeTime": [{"timeOffset": 1, "unit": "hours"}]},
        {"beforeTime": [{"timeOffset": 24, "unit": "days"}]},
    ],
)
def test_another_reminder_does_not_count(change: dict[str, Any]) -> None:
    found, asked = ensure([{**REMINDER, **change}])
    assert found["created"] is True
    written = asked[-1]
    assert isinstance(written, Write)
    assert written.values == {
        "calendarId": "k", "receiverType": "contact", "channel": "email", "notificationType": "reminder",
        "isActive": True, "beforeTime": [{"timeOffset": 24, "unit": "hours"}],
    }  # fmt: skip
    prepare(CONNECTOR, CONNECTOR.operation(written.operation), ACCOUNT, written.values)


# --- look-ups after an unknown outcome ------------------------------------------------------------

MARK = "GHL-Hub-0a1b2c3d4e5f"
BOOKED = {"calendarId": "k", "contactId": "c", "startTime": "2026-11-23T10:00:00-06:00"}
LATE, EARLY = "2026-11-20T10:00:05.000Z", "2026-11-20T08:00:00.000Z"


def look_up(operation: str, values: dict[str, Any], answers: dict[str, Any]) -> tuple[Any, list[Command]]:
    proof = CONNECTOR.operation(operation).proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values=values, mark=MARK, claimed_at=NOW)
    return drive(proof.look_up(attempt), lambda command: answers[command.operation])


@pytest.mark.parametrize(
    ("operation", "contact", "adopted"),
    [
        ("contacts.upsert", {"id": "c", "email": "Rosa@example.com", "phone": "+1"}, True),  # all we wrote
        ("contacts.upsert", {"id": "c", "email": "rosa@example.com", "phone": "+2"}, False),  # repeated
        ("contacts.upsert", {"id": "c", "dateUpdated": LATE}, False),
        ("contacts.upsert", None, False),
        ("contacts.upsert", Outcome(error=NotFound("none")), False),
        ("contacts.create", {"id": "c", "dateAdded": LATE}, True),
        ("contacts.create", {"id": "c", "dateAdded": "2026-11-20T09:59:30.000Z"}, True),  # clocks differ
        ("contacts.create", {"id": "c", "dateAdded": EARLY, "dateUpdated": LATE}, False),
    ],
)
def test_a_contact_is_adopted_only_if_it_is_what_was_written(
    operation: str, contact: Any, adopted: bool
) -> None:
    found, asked = look_up(
        operation, {"email": "rosa@example.com", "phone": "+1"}, {"contacts.duplicate": contact}
    )
    assert found == (contact if adopted else None)
    assert asked[0].values == {"email": "rosa@example.com"}


def test_a_contact_without_email_is_looked_up_by_phone_and_without_both_not_at_all() -> None:
    _, asked = look_up("contacts.upsert", {"phone": "+1500"}, {"contacts.duplicate": None})
    assert asked[0].values == {"number": "+1500"}
    assert look_up("contacts.upsert", {"name": "x"}, {}) == (None, [])


@pytest.mark.parametrize(
    "row",
    [
        {"id": "e", "description": f"Hello\n\n{MARK}"},
        {"id": "e", "notes": MARK},
        {"id": "e", "description": MARK, "appointmentStatus": "cancelled"},
    ],
)
def test_an_appointment_is_known_by_our_mark_whatever_became_of_it(row: dict[str, Any]) -> None:
    found, asked = look_up("appointments.create", BOOKED, {"events.list": [{"id": "x"}, row]})
    assert found == row
    start, end = int(asked[0].values["startTime"]), int(asked[0].values["endTime"])
    booked = datetime.fromisoformat(BOOKED["startTime"]).timestamp() * 1000
    assert start < booked < end
    prepare(CONNECTOR, CONNECTOR.operation("events.list"), ACCOUNT, asked[0].values)


def test_a_list_that_leaves_out_descriptions_is_read_row_by_row() -> None:
    rows = [{"id": "other", "contactId": "z"}, {"id": "e", "contactId": "c"}]
    full = {"id": "e", "description": MARK}
    found, asked = look_up("appointments.create", BOOKED, {"events.list": rows, "appointments.get": full})
    assert found == full
    assert [command.values.get("eventId") for command in asked] == [None, "e"]


@pytest.mark.parametrize(
    "rows", [[], None, [{"id": "e", "contactId": "c", "description": "somebody else's"}]]
)
def test_without_our_mark_nothing_is_adopted(rows: Any) -> None:
    assert look_up("appointments.create", BOOKED, {"events.list": rows})[0] is None


def test_a_notification_is_known_by_what_it_does() -> None:
    values = {**REMINDER, "calendarId": "k"}
    assert look_up("notifications.create", values, {"notifications.list": [REMINDER]})[0] == REMINDER
    assert look_up("notifications.create", values, {"notifications.list": []})[0] is None
