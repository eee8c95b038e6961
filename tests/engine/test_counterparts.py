"""The read that shows what a write would change, and what would be different."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import catalog
from integrations.engine.counterparts import changes, counterpart
from integrations.engine.spec import Connector

READS = [
    ("contacts.update", {"contactId": "c", "email": "a@b.c"}, "contacts.get", {"contactId": "c"}, ""),
    ("contacts.add_tags", {"contactId": "c", "tags": ["x"]}, "contacts.get", {"contactId": "c"}, ""),
    (
        "contact_tasks.complete",
        {"contactId": "c", "taskId": "t", "completed": True},
        "contact_tasks.get",
        {"contactId": "c", "taskId": "t"},
        "",
    ),
    ("appointments.delete", {"eventId": "e"}, "appointments.get", {"eventId": "e"}, ""),
    ("messages.set_status", {"messageId": "m", "status": "read"}, "messages.get", {"id": "m"}, ""),
    ("calendar_groups.update", {"groupId": "g", "name": "n"}, "calendar_groups.list", {}, "g"),
    ("locations.update", {"locationId": "l"}, "locations.get", None, ""),
]


@pytest.fixture
def ghl() -> Connector:
    return catalog.connector("ghl")


@pytest.mark.parametrize(("key", "values", "read", "given", "row"), READS)
def test_a_write_is_shown_by_the_read_of_its_record(
    ghl: Connector, key: str, values: dict[str, Any], read: str, given: dict[str, Any] | None, row: str
) -> None:
    found = counterpart(ghl, ghl.operation(key), values)

    assert found is not None
    assert (found.operation.key, found.row) == (read, row)
    assert given is None or dict(found.values) == given


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("contacts.upsert", {"email": "a@b.c"}),
        ("contacts.get", {"contactId": "c"}),
        ("contacts.bulk_tags", {"type": "add", "contacts": ["c"], "tags": ["t"]}),
        ("relations.delete", {"relationId": "r"}),
        ("contacts.update", {"email": "a@b.c"}),
    ],
)
def test_where_no_call_shows_the_record_none_is_made_up(
    ghl: Connector, key: str, values: dict[str, Any]
) -> None:
    assert counterpart(ghl, ghl.operation(key), values) is None


def test_a_row_of_a_list_is_found_by_either_kind_of_id(ghl: Connector) -> None:
    found = counterpart(ghl, ghl.operation("calendar_groups.update"), {"groupId": "g", "name": "n"})

    assert found is not None
    assert found.record([{"id": "other"}, {"_id": "g", "name": "Team"}]) == {"_id": "g", "name": "Team"}
    assert found.record([{"id": "other"}]) is None
    assert found.record("no list") is None


def test_what_would_be_set_stands_beside_what_is(ghl: Connector) -> None:
    written = {
        "contactId": "c",
        "firstName": "Augusta",
        "email": "ada@example.org",
        "customFields": [{"id": "f1", "field_value": 42}, {"id": "f2", "field_value": "red"}],
    }
    record = {
        "firstName": "Ada",
        "email": "ada@example.org",
        "customFields": [{"id": "f1", "value": 41}],
    }

    told = changes(ghl.operation("contacts.update"), written, record)

    by_field = {change.field: (change.before, change.after, change.differs) for change in told}
    assert by_field == {
        "firstName": ("Ada", "Augusta", True),
        "email": ("ada@example.org", "ada@example.org", False),
        "customFields.f1": (41, 42, True),
        "customFields.f2": (None, "red", True),
    }
