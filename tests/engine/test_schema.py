"""Declared fields as data: what a path may name before anything was seen."""

from __future__ import annotations

from integrations.engine.schema import joined, merged, skeleton, types_in, with_declared
from integrations.engine.spec import Field, FieldType

CONTACT = (
    Field(key="id"),
    Field(key="name"),
    Field(key="address", type=FieldType.OBJECT, fields=(Field(key="city"),)),
    Field(key="notes", type=FieldType.LIST, fields=(Field(key="body"),)),
)
HOLLOW = {"id": None, "name": None, "address": {"city": None}, "notes": [{"body": None}]}


def test_every_declared_key_is_there_and_empty() -> None:
    assert skeleton(CONTACT) == HOLLOW


def test_what_was_seen_keeps_its_values_and_gains_the_declared_keys() -> None:
    seen = {"id": "7", "address": {"street": "Main"}, "notes": [{"id": "n"}, {"body": "hello"}], "more": 1}

    assert merged(HOLLOW, seen) == {
        "id": "7",
        "name": None,
        "address": {"street": "Main", "city": None},
        "notes": [{"id": "n", "body": None}, {"body": "hello"}],
        "more": 1,
    }


def test_an_object_that_came_as_nothing_has_its_declared_keys() -> None:
    assert merged(HOLLOW, {"address": None, "notes": []})["address"] == {"city": None}


def test_each_row_of_a_result_has_the_declared_keys() -> None:
    assert with_declared(CONTACT[:2], [{"id": "7"}]) == [{"id": "7", "name": None}]
    assert with_declared(CONTACT[:1], None) == {"id": None}
    assert with_declared((), {"id": "7"}) == {"id": "7"}
    assert with_declared(CONTACT, "text") == "text"


def test_paths_lead_to_their_fields() -> None:
    assert [path for path, _ in types_in(CONTACT, "event")] == [
        "event.id",
        "event.name",
        "event.address",
        "event.address.city",
        "event.notes",
        "event.notes[0].body",
    ]


def test_a_key_that_is_no_word_stands_in_quotes() -> None:
    assert joined("event", "First name") == 'event."First name"'
    assert joined("event", 'a"b') == 'event."a\\"b"'
    assert joined("", "id") == "id"
