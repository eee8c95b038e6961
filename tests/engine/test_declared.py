"""From a declared call to our own words: fields, result, example; and the deviations laid over it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.declared import answer_of, example_of, members, record_of, request_fields, result_of
from integrations.engine.openapi import Call, Parameter, Table
from integrations.engine.overrides import Override, mended
from integrations.engine.spec import FieldType, Place

TEXT = {"type": "string"}
SCHEMAS: dict[str, Any] = {
    "f/Task": {
        "type": "object",
        "required": ["title", "kinds"],
        "properties": {
            "id": {**TEXT, "readOnly": True},
            "title": TEXT,
            "due": {**TEXT, "format": "date-time"},
            "kinds": {"type": "array", "items": {**TEXT, "enum": ["call", "visit"]}},
            "people": {"type": "array", "items": {"$ref": "f/Person"}},
            "value": {"anyOf": [{"type": "number"}, TEXT]},
        },
    },
    "f/Person": {
        "type": "object",
        "required": ["userId"],
        "properties": {"userId": TEXT, "boss": {"$ref": "f/Person"}},
    },
}
CALL = Call(
    file="f",
    method="POST",
    path="/places/{placeId}/tasks/{type}",
    operation_id="make",
    parameters=(
        Parameter(name="limit", place="query", required=False, schema={"type": "number"}),
        Parameter(name="type", place="path", required=True, schema={**TEXT, "enum": ["a", "b"]}),
        Parameter(name="placeId", place="path", required=True, schema=TEXT),
    ),
    content="application/json",
    body={"$ref": "f/Task"},
    answers={
        201: {"type": "object", "properties": {"success": {"type": "boolean"}, "task": {"$ref": "f/Task"}}}
    },
)
TABLE = Table(calls={CALL.name: CALL}, schemas=SCHEMAS)


def test_fields_come_in_the_paths_order_then_query_then_body() -> None:
    fields = request_fields(TABLE, CALL)

    assert [(f.key, f.place, f.required) for f in fields] == [
        ("placeId", Place.PATH, True),
        ("type", Place.PATH, True),
        ("limit", Place.QUERY, False),
        ("title", Place.BODY, True),
        ("due", Place.BODY, False),
        ("kinds", Place.BODY, True),
        ("people", Place.BODY, False),
        ("value", Place.BODY, False),
    ]


def test_a_field_has_its_type_its_choices_and_its_members() -> None:
    fields = {field.key: field for field in request_fields(TABLE, CALL)}

    assert fields["due"].type is FieldType.DATETIME
    assert fields["type"].choices == (("a", "a"), ("b", "b"))
    assert (fields["kinds"].type, fields["kinds"].items) == (FieldType.LIST, FieldType.TEXT)
    assert fields["kinds"].choices == (("call", "call"), ("visit", "visit"))
    assert [member.key for member in fields["people"].fields] == ["userId", "boss"]
    assert fields["people"].items is None
    assert fields["value"].type is FieldType.ANY


def test_words_are_put_on_fields_however_deep_and_a_type_only_where_it_can_be_meant() -> None:
    said = {"userId": {"label": "User", "reference": "users"}, "people": {"type": FieldType.EMAIL},
            "limit": {"type": FieldType.INTEGER}, "title": {"type": FieldType.EMAIL}}  # fmt: skip

    fields = {field.key: field for field in request_fields(TABLE, CALL, said)}

    assert fields["people"].fields[0].reference == "users"
    assert fields["people"].type is FieldType.LIST
    assert fields["limit"].type is FieldType.INTEGER
    assert fields["title"].type is FieldType.EMAIL


def test_schemas_that_hold_themselves_come_to_an_end() -> None:
    deep = members(TABLE, {"$ref": "f/Person"})
    depth = 0
    while deep:
        deep, depth = deep[1].fields if len(deep) > 1 else (), depth + 1

    assert 3 < depth < 20


RESULTS = [
    ({"calendar": {"type": "object"}}, "calendar"),
    ({"groups": {"type": "array"}}, "groups"),
    ({"success": {"type": "boolean"}, "task": {"type": "object"}}, "task"),
    ({"contacts": {"type": "array"}, "count": {"type": "number"}}, "@"),
    ({"id": TEXT}, "@"),
    ({"available": {"type": "boolean"}}, "@"),
    ({}, "@"),
]


@pytest.mark.parametrize(("properties", "path"), RESULTS)
def test_the_record_is_the_only_thing_an_answer_holds_or_the_answer_itself(
    properties: dict[str, Any], path: str
) -> None:
    assert result_of(TABLE, {"type": "object", "properties": properties}) == path


def test_the_record_of_an_answer_is_found_behind_its_result() -> None:
    answer = answer_of(CALL)

    assert record_of(TABLE, answer, result_of(TABLE, answer)) == SCHEMAS["f/Task"]


def test_an_example_has_the_declared_shape_and_is_always_the_same() -> None:
    words = {"id": "rec1", "userid": "usr1", "title": "Ring Rosa"}
    made = example_of(TABLE, {"$ref": "f/Task"}, words)

    assert made == example_of(TABLE, {"$ref": "f/Task"}, words)
    assert made["id"] == "rec1"
    assert made["title"] == "Ring Rosa"
    assert made["kinds"] == ["call"]
    assert made["people"][0]["userId"] == "usr1"


# --- deviations -----------------------------------------------------------------------------------


def test_a_deviation_changes_what_it_names_and_leaves_the_table_alone() -> None:
    mend = (
        Override(
            at=("f/Task",),
            says="…",
            evidence="…",
            properties={"due": TEXT, "more": TEXT},
            optional=("kinds",),
        ),
        Override(
            at=(CALL.name,),
            says="…",
            evidence="…",
            without=("limit",),
            parameters=(Parameter(name="skip", place="query", required=False, schema=TEXT),),
            headers={"Version": ("v1",)},
            answers={200: None},
        ),
        Override(at=("POST /nowhere",), says="…", evidence="…", without=("limit",)),
    )

    held = mended(TABLE, mend)

    call = held.calls[CALL.name]
    assert [p.name for p in call.parameters] == ["type", "placeId", "skip"]
    assert call.headers == {"Version": ("v1",)}
    assert sorted(call.answers) == [200, 201]
    fields = {field.key: field for field in request_fields(held, call)}
    assert fields["due"].type is FieldType.TEXT
    assert fields["kinds"].required is False
    assert "more" in fields
    assert TABLE.calls[CALL.name] is CALL
    assert "more" not in TABLE.schemas["f/Task"]["properties"]
