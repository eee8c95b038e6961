"""An OpenAPI document becomes facts, and the facts a file that reads back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.openapi import Table, read_documents
from integrations.engine.table_file import read_table, write_table

PETS: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {
        "/pets/{petId}": {
            "parameters": [
                {
                    "name": "petId",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "example": "p1"},
                }
            ],
            "put": {
                "operationId": "change-pet",
                "summary": "A sentence of the vendor's",
                "description": "Another one",
                "deprecated": True,
                "security": [{"token": ["pets.write"]}, {"agency": ["pets.write", "pets.all"]}],
                "parameters": [
                    {"name": "Version", "in": "header", "schema": {"type": "string", "enum": ["2026-01-01"]}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                    {
                        "name": "limit",
                        "in": "query",
                        "required": False,
                        "schema": {"type": "number", "default": 0, "minimum": 0},
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "responses": {
                    "200": {
                        "description": "Fine",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "../common/common.json#/components/schemas/Done"}
                            }
                        },
                    },
                    "422": {"description": "Not so fine"},
                },
            },
        },
        "/pets": {"get": {"operationId": "pets", "responses": {"200": {"description": "no content"}}}},
    },
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "Its name", "example": "Rex"},
                    "kind": {"type": "string", "enum": ["cat", "dog"], "default": "cat"},
                    "wild": {"type": "boolean", "default": False},
                    "mother": {"allOf": [{"$ref": "#/components/schemas/Pet"}], "description": "of its kind"},
                    "born": {"type": "string", "format": "date-time", "nullable": True},
                },
            },
            "Unused": {"type": "object"},
        }
    },
}
COMMON: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {},
    "components": {"schemas": {"Done": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}},
}
FILES = {"apps/pets.json": PETS, "common/common.json": COMMON}


def read(files: dict[str, Any] | None = None) -> Table:
    return read_documents(["apps/pets.json"], (files or FILES).__getitem__)


def test_a_call_is_read_with_what_its_path_and_its_document_say_of_it() -> None:
    call = read().calls["PUT /pets/{petId}"]

    assert (call.file, call.operation_id, call.deprecated) == ("pets", "change-pet", True)
    assert [(p.name, p.place, p.required) for p in call.parameters] == [
        ("petId", "path", True),
        ("limit", "query", False),
    ]
    assert call.parameters[1].schema == {"type": "number", "default": 0, "minimum": 0}
    assert call.headers == {"Version": ("2026-01-01",)}
    assert call.security == {"token": ("pets.write",), "agency": ("pets.write", "pets.all")}
    assert call.scopes == ("pets.write", "pets.all")
    assert (call.content, call.body_required, call.body) == ("application/json", True, {"$ref": "pets/Pet"})
    assert call.answers == {200: {"$ref": "common/Done"}}
    assert call.refusals == (422,)


def test_schemas_are_cut_down_to_facts_and_those_that_nothing_reaches_are_left_out() -> None:
    table = read()

    assert set(table.schemas) == {"pets/Pet", "common/Done"}
    assert table.schemas["pets/Pet"] == {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "kind": {"type": "string", "enum": ["cat", "dog"], "default": "cat"},
            "wild": {"type": "boolean", "default": False},
            "mother": {"$ref": "pets/Pet"},
            "born": {"type": "string", "format": "date-time", "nullable": True},
        },
    }


def test_no_sentence_and_no_example_of_the_vendor_gets_into_the_table() -> None:
    table = read()

    text = write_table(table, dict.fromkeys(table.calls, "pets.any"))

    assert not any(word in text for word in ("sentence", "Another", "Its name", "Rex", "Fine"))


def test_what_was_written_reads_back_the_same_with_its_keys() -> None:
    table = read()
    keys = {"PUT /pets/{petId}": "pets.change", "GET /pets": "pets.list"}

    text = write_table(table, keys)

    assert read_table(text) == (table, keys)
    assert write_table(*read_table(text)) == text
    assert max(map(len, text.splitlines())) <= 112


def test_a_ref_is_followed_to_the_schema_itself() -> None:
    table = read()

    assert table.resolve({"$ref": "common/Done"})["properties"] == {"ok": {"type": "boolean"}}
    assert table.resolve(None) == {}


def broken(**parts: Any) -> dict[str, Any]:
    return {**FILES, "apps/pets.json": {**PETS, **parts}}


WRONG = [
    (broken(openapi="2.0"), "no OpenAPI 3 document"),
    ({**FILES, "apps/pets.json": []}, "no OpenAPI 3 document"),
    (broken(components={}), "there is nothing"),
]


@pytest.mark.parametrize(("files", "words"), WRONG)
def test_what_is_no_such_document_is_refused_in_words(files: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        read(files)


def test_a_call_that_two_files_declare_is_refused() -> None:
    files = {**FILES, "apps/more.json": PETS}

    with pytest.raises(WrongUse, match="stands in pets and again in more"):
        read_documents(["apps/pets.json", "apps/more.json"], files.__getitem__)


def test_the_order_of_the_table_does_not_depend_on_that_of_the_files() -> None:
    turned = json.loads(json.dumps(PETS))
    turned["paths"] = dict(reversed(turned["paths"].items()))

    assert list(read({**FILES, "apps/pets.json": turned}).calls) == list(read().calls)
