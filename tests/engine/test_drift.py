"""Every change in a vendor's file is told in one sentence, with the calls that it touches."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integrations import catalog
from integrations.engine.drift import differences, unexplained
from integrations.engine.openapi import Table, read_documents
from integrations.engine.spec import Connector, Deviation, Field, Operation
from integrations.engine.table_file import read_table

PETS: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {
        "/pets": {
            "post": {
                "operationId": "make-pet",
                "security": [{"token": ["pets.write"]}],
                "parameters": [
                    {"name": "Version", "in": "header", "schema": {"enum": ["v1"]}},
                    {"name": "limit", "in": "query", "schema": {"type": "number"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
                },
            },
            "get": {"operationId": "pets", "responses": {"200": {}}},
        }
    },
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                    "home": {"type": "object", "properties": {"city": {"type": "string"}}},
                },
            }
        }
    },
}


def table(document: dict[str, Any]) -> Table:
    return read_documents(["pets.json"], lambda path: document)


def edited(edit: Callable[[dict[str, Any]], Any]) -> Table:
    document = copy.deepcopy(PETS)
    edit(document)
    return table(document)


def post(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/pets"]["post"]
    return found


def pet(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["Pet"]
    return found


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda d: d["paths"]["/pets"].pop("get"), "GET /pets is gone from the files."),
    (lambda d: d["paths"].update({"/cats": {"get": {}}}), "GET /cats is new in the files."),
    (
        lambda d: post(d).update(operationId="add-pet"),
        "POST /pets: the operation id was make-pet and is add-pet.",
    ),
    (lambda d: post(d).update(deprecated=True), "POST /pets: deprecated was false and is true."),
    (
        lambda d: post(d).update(security=[{"token": ["pets.all"]}]),
        "POST /pets: the security was token (pets.write) and is token (pets.all).",
    ),
    (
        lambda d: post(d)["parameters"][0]["schema"].update(enum=["v3"]),
        "POST /pets: the header Version was v1 and is v3.",
    ),
    (lambda d: post(d)["parameters"].pop(1), "POST /pets: the query parameter limit is gone."),
    (
        lambda d: post(d)["parameters"][1].update(required=True),
        "POST /pets: the query parameter limit is now required.",
    ),
    (
        lambda d: post(d)["parameters"][1]["schema"].update(type="string"),
        "POST /pets: the type of the query parameter limit was number and is string.",
    ),
    (
        lambda d: post(d)["responses"].update({"200": {}}),
        "POST /pets: the success statuses was 201 and is 200, 201.",
    ),
    (lambda d: pet(d)["properties"].pop("kind"), "pets/Pet: the field kind is gone."),
    (
        lambda d: pet(d)["properties"].update(age={"type": "number"}),
        "pets/Pet: the field age is new.",
    ),
    (lambda d: pet(d).update(required=["name", "kind"]), "pets/Pet: the field kind is now required."),
    (lambda d: pet(d).update(required=[]), "pets/Pet: the field name is no longer required."),
    (
        lambda d: pet(d)["properties"]["kind"].update(enum=["cat"]),
        "pets/Pet: the enum of the field kind was cat, dog and is cat.",
    ),
    (
        lambda d: pet(d)["properties"]["home"]["properties"]["city"].update(format="date"),
        "pets/Pet: the format of the field home.city was nothing and is date.",
    ),
]


@pytest.mark.parametrize(("edit", "says"), CHANGES)
def test_each_change_is_named(edit: Callable[[dict[str, Any]], Any], says: str) -> None:
    found = differences(table(PETS), edited(edit))

    assert [difference.says for difference in found] == [says]
    assert all(difference.calls for difference in found)


def test_a_sentence_that_changes_is_no_difference() -> None:
    assert not differences(table(PETS), edited(lambda d: post(d).update(description="Better words")))


def test_a_change_of_a_schema_names_every_call_that_holds_it() -> None:
    [found] = differences(table(PETS), edited(lambda d: pet(d)["properties"].pop("kind")))

    assert found.calls == ("POST /pets",)


# --- operations against the files -----------------------------------------------------------------


@pytest.fixture
def ghl() -> Connector:
    return catalog.connector("ghl")


@pytest.fixture
def official_table(ghl: Connector) -> Table:
    assert ghl.official is not None
    return read_table(Path(ghl.official.table).read_text(encoding="utf-8"))[0]


def with_operation(connector: Connector, key: str, **changes: Any) -> Connector:
    operation: Operation = replace(connector.operations[key], **changes)
    return replace(connector, operations={**connector.operations, key: operation})


SLIPS: list[tuple[str, dict[str, Any], str]] = [
    ("contacts.get", {"scopes": ("contacts.write",)}, "scopes"),
    ("contacts.get", {"version": "v3", "headers": (("Version", "v3"),)}, "version"),
    ("contacts.get", {"operation_id": "other"}, "operation id"),
    ("contacts.get", {"deprecated": True}, "deprecated"),
    ("contacts.get", {"success": (204,)}, "success statuses"),
    ("contacts.get", {"fields": (Field(key="extra"),)}, "only the hub has the field body extra"),
    ("contacts.get", {"path": "/contact/{contactId}"}, "has no operation"),
]


@pytest.mark.parametrize(("key", "changes", "words"), SLIPS)
def test_an_operation_that_is_not_what_the_files_say_is_found(
    ghl: Connector, official_table: Table, key: str, changes: dict[str, Any], words: str
) -> None:
    assert not unexplained(ghl, official_table)

    said = " ".join(found.says for found in unexplained(with_operation(ghl, key, **changes), official_table))

    assert words in said


def test_a_deviation_whose_place_is_gone_is_found(ghl: Connector, official_table: Table) -> None:
    assert ghl.official is not None
    more = Deviation(at=("POST /contacts/nowhere",), says="…", evidence="…")
    connector = replace(ghl, official=replace(ghl.official, deviations=(*ghl.official.deviations, more)))

    [found] = unexplained(connector, official_table)

    assert "POST /contacts/nowhere" in found.says
