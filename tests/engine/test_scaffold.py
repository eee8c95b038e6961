"""A connector file out of an OpenAPI document: it works, and says what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.scaffold import Scaffold, literal, scaffold
from integrations.engine.spec import Connector, Field, FieldType, Kind, Place, ProofKind

PET = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
ANSWER = {"200": {"content": {"application/json": {"schema": PET}}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": 'Pet "store"', "version": "1"},
        "servers": [
            {"url": "https://{region}.pets.example.com/v1/", "variables": {"region": {"default": "eu"}}}
        ],
        "paths": paths,
        **more,
    }


LISTING = {"/pets": {"get": {"operationId": "listPets", "responses": ANSWER}}}


def connector(made: Scaffold) -> Connector:
    space: dict[str, Any] = {}
    exec(compile(made.source, "made.py", "exec"), space)
    found: Connector = space["CONNECTOR"]
    return found


def test_the_file_is_a_connector_that_knows_where_the_app_is() -> None:
    made = connector(scaffold(document(LISTING), "pets"))

    assert (made.slug, made.title) == ("pets", 'Pet "store"')
    assert made.hosts == {"": "https://eu.pets.example.com/v1"}
    assert made.verify.operation == "list_pets"
    assert made.verify.say(None) == 'Pet "store" answered.'
    assert made.operations["list_pets"].kind is Kind.READ


def test_a_call_has_its_fields_where_they_belong() -> None:
    paths = {
        "/pets/{pet-id}": {
            "parameters": [{"name": "pet-id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "changePet",
                "parameters": [{"name": "notify", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": PET}}},
                "responses": ANSWER,
            },
        },
        **LISTING,
    }

    operation = connector(scaffold(document(paths), "pets")).operations["change_pet"]

    assert operation.path == "/pets/{pet_id}"
    assert [(f.key, f.place) for f in operation.fields] == [
        ("pet_id", Place.PATH),
        ("notify", Place.QUERY),
        ("id", Place.BODY),
        ("name", Place.BODY),
    ]
    assert operation.record_id == "id"


METHODS = [("put", ProofKind.IDEMPOTENT), ("delete", ProofKind.IDEMPOTENT), ("post", ProofKind.NONE),
           ("patch", ProofKind.NONE)]  # fmt: skip


@pytest.mark.parametrize(("method", "kind"), METHODS)
def test_a_write_is_only_repeated_where_its_method_promises_that_it_may(method: str, kind: ProofKind) -> None:
    paths = {"/pet": {method: {"operationId": "write", "responses": ANSWER}}, **LISTING}

    proof = connector(scaffold(document(paths), "pets")).operations["write"].proof

    assert proof is not None
    assert proof.kind is kind
    assert proof.source


SCHEMES = [
    ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"X-Key": "s3cret"}),
    ({"type": "http", "scheme": "bearer"}, {"Authorization": "Bearer s3cret"}),
    ({"type": "http", "scheme": "basic"}, {"Authorization": "Basic czNjcmV0OnMzY3JldA=="}),
    ({"type": "oauth2", "flows": {}}, {"Authorization": "Bearer s3cret"}),
    ({"type": "apiKey", "in": "query", "name": "key"}, {}),
]


@pytest.mark.parametrize(("scheme", "headers"), SCHEMES, ids=lambda value: str(value)[:40])
def test_a_way_to_sign_in_signs(scheme: dict[str, Any], headers: dict[str, str]) -> None:
    made = scaffold(document(LISTING, components={"securitySchemes": {"one": scheme}}), "pets")

    (auth,) = connector(made).auths
    secrets = {field.key: "s3cret" for field in auth.secrets}
    assert auth.sign(secrets) == headers
    if not headers:
        assert auth.sign_query is not None
        assert auth.sign_query(secrets, {}) == {"key": "s3cret"}


def test_calls_without_names_get_one_each() -> None:
    call = {"responses": ANSWER}
    paths = {"/pets": {"get": call, "post": call}, "/pets/": {"get": call}}

    made = connector(scaffold(document(paths), "pets"))

    assert list(made.operations) == ["get_pets", "get_pets_2", "post_pets"] or len(made.operations) == 3


def test_what_the_hub_cannot_send_is_left_out_and_said() -> None:
    paths = {
        "/pets": {
            **LISTING["/pets"],
            "head": {"responses": {}},
            "post": {"requestBody": {"content": {"text/csv": {"schema": {}}}}, "responses": {}},
        }
    }

    made = scaffold(document(paths), "pets")

    assert made.operations == 1
    assert made.left_out == (
        "HEAD /pets: the hub does not make HEAD calls.",
        "POST /pets: a body of text/csv is not supported.",
    )


REFUSED = [
    ({"swagger": "2.0"}, "", "no OpenAPI 3 document"),
    (document(LISTING, servers=[{"url": "/v1"}]), "", "no https address"),
    (document(LISTING), "http://pets.example.com", "no https address"),
    (document({}), "", "no call in this document"),
    (document({"/pets": {"post": {"responses": ANSWER}}}), "", "only reads"),
]


@pytest.mark.parametrize(("given", "base", "told"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_no_connector_can_be_made_of_is_refused(given: dict[str, Any], base: str, told: str) -> None:
    with pytest.raises(WrongUse, match=told):
        scaffold(given, "pets", base_url=base)


def test_a_long_value_is_broken_and_a_short_one_is_not() -> None:
    short = Field(key="a", type=FieldType.DATE)
    long = Field(key="a" * 60, help="b" * 60, choices=(("x", "X"),))

    assert literal(short) == 'Field(key="a", type=FieldType.DATE)'
    assert literal(long).splitlines()[0] == "Field("
    assert '    choices=(("x", "X"),),' in literal(long).splitlines()
