"""Rows that are written many at a time stand in the database as Django would have written them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from integrations.models import RecordLink
from integrations.services.statements import insert, update, upsert
from tests.services.shop import Desk, open_desk

pytestmark = pytest.mark.django_db

UNIQUE = ["workflow", "mode", "record", "name", "item"]
AT = datetime(2027, 3, 1, 10, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
DATA = {"name": "Zoë “Ö” \\ %s", "list": [1, 2.5, None, True], "deep": {"": {}}}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return open_desk(monkeypatch)


@pytest.fixture
def values(desk: Desk) -> dict[str, Any]:
    return {
        "team": desk.team,
        "workflow": desk.workflow("notes.create"),
        "connection": desk.connection,
        "name": "row",
        "record_id": "1",
        "data": DATA,
    }


def stored(record: str) -> dict[str, Any]:
    row: dict[str, Any] = RecordLink.objects.values().get(record=record)
    return {key: value for key, value in row.items() if key not in ("id", "record", "made_at")}


def test_a_row_stands_there_as_django_writes_it(values: dict[str, Any]) -> None:
    RecordLink.objects.create(record="by Django", ended_at=AT, **values)
    insert(RecordLink, [RecordLink(record="by us", ended_at=AT, **values)])
    assert stored("by us") == stored("by Django")
    assert stored("by us")["ended_at"] == AT
    made_at = RecordLink.objects.get(record="by us").made_at
    assert timedelta(0) <= datetime.now(UTC) - made_at < timedelta(hours=1)


def test_what_a_constraint_forbids_is_refused_or_left_out(values: dict[str, Any]) -> None:
    first = RecordLink(record="r", **values)
    twin = RecordLink(record="r", **{**values, "record_id": "2"})
    insert(RecordLink, [first])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(RecordLink, [twin])
    insert(RecordLink, [twin, RecordLink(record="s", **values)], ignore_conflicts=True)
    assert list(RecordLink.objects.values_list("record", "record_id")) == [("r", "1"), ("s", "1")]


def test_one_that_is_there_gets_the_new_fields_and_keeps_the_others(values: dict[str, Any]) -> None:
    insert(RecordLink, [RecordLink(record="r", kept={"mine": 1}, **values)])
    newer = {**values, "record_id": "2", "data": {"new": True}}
    upsert(RecordLink, [RecordLink(record="r", **newer)], UNIQUE, ["record_id", "data"])
    row = RecordLink.objects.get()
    assert (row.record_id, row.data, row.kept) == ("2", {"new": True}, {"mine": 1})


def test_only_the_named_fields_of_the_given_rows_are_written(values: dict[str, Any]) -> None:
    rows = [RecordLink.objects.create(record=record, **values) for record in ("r", "s", "t")]
    for row in rows:
        row.record_id, row.ended_at, row.data = f"new {row.record}", AT, {}
    update(RecordLink, rows[:2], ["record_id", "ended_at"])
    found = RecordLink.objects.order_by("record").values_list("record_id", "ended_at", "data")
    assert list(found) == [("new r", AT, DATA), ("new s", AT, DATA), ("1", None, DATA)]


def test_nothing_to_write_is_nothing_written(db: None) -> None:
    insert(RecordLink, [])
    upsert(RecordLink, [], UNIQUE, ["data"])
    update(RecordLink, [], ["data"])
    assert not RecordLink.objects.exists()
