"""What makes a repeat of each GoHighLevel write safe, and that its look-up finds ours and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jmespath
import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.errors import NotFound
from integrations.engine.spec import Attempt, Kind, Outcome, ProofKind
from tests.connectors.driving import Command, drive

OPERATIONS = CONNECTOR.operations

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MARK = "GHL-Hub-1a2b3c4d5e6f"
SINCE, BEFORE = "2026-11-20T10:00:05.000Z", "2026-11-01T10:00:00.000Z"

# operation, what was written, the row that is ours, a row that is not
LOOK_UPS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "contact_tasks.create",
        {"contactId": "c1", "title": "Ring", "dueDate": SINCE, "body": MARK},
        {"id": "t1", "body": f"Soon\n\n{MARK}"},
        {"id": "t2", "body": "Soon"},
    ),
    ("contact_notes.create", {"contactId": "c1"}, {"id": "n1", "body": MARK}, {"id": "n2", "body": None}),
    ("appointment_notes.create", {"appointmentId": "e1"}, {"id": "n1", "body": MARK}, {"id": "n2"}),
    (
        "block_slots.create",
        {"calendarId": "k1", "startTime": "2026-11-23T10:00:00-06:00"},
        {"id": "b1", "title": f"Lunch {MARK}"},
        {"id": "b2", "title": "Lunch"},
    ),
    (
        "calendar_groups.create",
        {"slug": "first-aid", "name": "First Aid"},
        {"id": "g1", "slug": "First-Aid", "name": "First Aid"},
        {"id": "g2", "slug": "first-aid", "name": "Another's"},
    ),
    (
        "resources.create",
        {"resourceType": "rooms", "name": "Blue"},
        {"id": "r1", "description": f"Upstairs\n\n{MARK}"},
        {"id": "r2", "description": "Upstairs"},
    ),
    (
        "schedules.create",
        {"userId": "u1", "name": "Days", "timezone": "Europe/Berlin"},
        {"id": "s1", "name": "Days", "timezone": "Europe/Berlin", "dateAdded": SINCE},
        {"id": "s2", "name": "Days", "timezone": "Europe/Berlin", "dateAdded": BEFORE},
    ),
    (
        "opportunities.create",
        {"pipelineId": "p1", "contactId": "c1", "name": "First Aid"},
        {"id": "o1", "pipelineId": "p1", "name": "First Aid", "createdAt": SINCE},
        {"id": "o2", "pipelineId": "p1", "name": "First Aid", "createdAt": BEFORE},
    ),
    (
        "opportunities.upsert",
        {"pipelineId": "p1", "name": "First Aid"},
        {"id": "o1", "pipelineId": "p1", "name": "First Aid", "createdAt": SINCE},
        {"id": "o2", "pipelineId": "p9", "name": "First Aid", "createdAt": SINCE},
    ),
    (
        "custom_fields.create",
        {"name": "Level", "dataType": "TEXT"},
        {"id": "f1", "name": "Level", "dataType": "TEXT"},
        {"id": "f2", "name": "Level", "dataType": "DATE"},
    ),
    (
        "custom_values.create",
        {"name": "Office", "value": "Berlin"},
        {"id": "v1", "name": "Office", "value": "Berlin"},
        {"id": "v2", "name": "Office", "value": "Rome"},
    ),
    ("location_tags.create", {"name": "VIP"}, {"id": "t1", "name": "vip"}, {"id": "t2", "name": "vips"}),
    (
        "businesses.create",
        {"name": "Acme"},
        {"id": "b1", "name": "Acme", "createdAt": SINCE},
        {"id": "b2", "name": "Acme", "createdAt": BEFORE},
    ),
    (
        "object_fields.create",
        {"objectKey": "custom_objects.pet", "fieldKey": "custom_objects.pet.age"},
        {"id": "f1", "fieldKey": "custom_objects.pet.age"},
        {"id": "f2", "fieldKey": "custom_objects.pet.name"},
    ),
    (
        "object_folders.create",
        {"objectKey": "custom_objects.pet", "name": "Body"},
        {"id": "d1", "name": "Body", "dateAdded": SINCE},
        {"id": "d2", "name": "Body", "dateAdded": BEFORE},
    ),
    ("conversations.create", {"contactId": "c1"}, {"id": "v1", "contactId": "c1"},
     {"id": "v2", "contactId": "c2"}),
    ("users.create", {"email": "rosa@example.com"}, {"id": "u1", "email": "Rosa@example.com"},
     {"id": "u2", "email": "leo@example.com"}),
]  # fmt: skip

# Where the answer that a list gives holds its rows; "" where it is the list.
IN = {"appointment_notes.list": "notes", "opportunities.search": "opportunities", "users.search": "users",
      "conversations.search": "conversations"}  # fmt: skip


def listed(command: Command, create: str, rows: list[dict[str, Any]]) -> Any:
    if command.operation == "object_fields.list":
        return {"folders" if create == "object_folders.create" else "fields": rows}
    key = IN.get(command.operation)
    return {key: rows} if key else rows


@pytest.mark.parametrize(("key", "values", "ours", "other"), LOOK_UPS)
def test_a_look_up_finds_what_we_wrote_and_nothing_else(
    key: str, values: dict[str, Any], ours: dict[str, Any], other: dict[str, Any]
) -> None:
    proof = CONNECTOR.operation(key).proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values=values, mark=MARK, claimed_at=NOW)

    found, asked = drive(proof.look_up(attempt), lambda c: listed(c, key, [other, ours]))
    missed, _ = drive(proof.look_up(attempt), lambda c: listed(c, key, [other]))

    assert found == ours
    assert missed is None
    assert {command.operation for command in asked} <= set(proof.operations)
    for command in asked:
        for name in command.values:
            assert not CONNECTOR.operation(command.operation).field(name).fills


def test_an_association_is_found_by_its_key_or_is_not_there() -> None:
    proof = CONNECTOR.operation("associations.create").proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values={"key": "owner_pet"}, mark=MARK, claimed_at=NOW)

    found, _ = drive(proof.look_up(attempt), lambda command: {"id": "a1", "key": "owner_pet"})
    missed, _ = drive(proof.look_up(attempt), lambda command: Outcome(error=NotFound("There is none.")))

    assert found["id"] == "a1"
    assert missed is None


def test_an_upsert_that_names_its_opportunity_may_simply_be_repeated() -> None:
    proof = CONNECTOR.operation("opportunities.upsert").proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values={"id": "o1", "pipelineId": "p1"}, mark=MARK, claimed_at=NOW)

    assert drive(proof.look_up(attempt), lambda command: []) == (None, [])


def test_the_target_of_a_write_is_told_from_what_it_requires_alone() -> None:
    for operation in OPERATIONS.values():
        if operation.proof and operation.proof.target:
            values = {field.key: "x" for field in operation.fields if field.required}
            found = jmespath.search(operation.proof.target, values)
            assert isinstance(found, str) or operation.key in ("contacts.upsert", "contacts.create")


def test_every_look_up_that_can_be_tried_is_tried_above() -> None:
    kinds = (ProofKind.MARKED, ProofKind.NATURAL_KEY)
    proven = {o.key for o in OPERATIONS.values() if o.proof and o.proof.kind in kinds}
    elsewhere = {  # test_ghl.py
        "contacts.upsert", "contacts.create", "appointments.create", "notifications.create",
    }  # fmt: skip

    assert proven == {key for key, *_ in LOOK_UPS} | {"associations.create"} | elsewhere


def test_what_nothing_proves_is_a_post_and_says_why() -> None:
    unproven = [o for o in OPERATIONS.values() if o.proof and o.proof.kind is ProofKind.NONE]

    assert {"messages.send", "contacts.add_to_workflow", "calendars.create"} <= {o.key for o in unproven}
    assert {o.method for o in unproven} <= {"POST", "PUT"}
    assert not [o.key for o in unproven if o.proof and "new" in o.proof.source.split()]


def test_whatever_is_deleted_or_taken_out_stays_so() -> None:
    deletes = [o for o in OPERATIONS.values() if o.method == "DELETE"]
    members = {
        "contacts.remove_tags", "contacts.remove_followers", "contacts.remove_from_campaign",
        "contacts.remove_from_all_campaigns", "contacts.remove_from_workflow",
        "opportunities.remove_followers", "schedules.remove_calendar", "messages.cancel_scheduled",
        "emails.cancel_scheduled",
    }  # fmt: skip

    assert {o.proof.kind for o in deletes if o.proof} == {ProofKind.IDEMPOTENT}
    assert {o.key for o in deletes if o.kind is not Kind.DELETE} == members
