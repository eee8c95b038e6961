"""A call that no catalogue has: what may be said, and what goes over the line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from integrations.engine.counterparts import counterpart
from integrations.engine.errors import MappingFailed, Refused, StopRun, WrongUse
from integrations.engine.free_calls import Operations, opened, operation_of, read_key, takes_free_calls
from integrations.engine.request import prepare
from integrations.engine.spec import Connector, Kind, Operation, ProofKind
from integrations.engine.transport import Transport
from tests.engine.test_transport import ACCOUNT, CONNECTOR, NOW

APP: Connector = opened(CONNECTOR)


@pytest.mark.parametrize(
    ("key", "kind", "proof"),
    [
        ("http GET /v1/things/{id}", Kind.READ, None),
        ("http POST /v1/things/search reads", Kind.READ, None),
        ("http POST /v1/things", Kind.CREATE, ProofKind.NONE),
        ("http PUT /v1/things/{id}", Kind.UPDATE, ProofKind.NONE),
        ("http PUT /v1/things/{id} repeatable", Kind.UPDATE, ProofKind.IDEMPOTENT),
        ("http DELETE /v1/things/{id} repeatable", Kind.DELETE, ProofKind.IDEMPOTENT),
        ("http POST /v1/things form id=data.id", Kind.CREATE, ProofKind.NONE),
    ],
)
def test_the_line_says_what_kind_of_call_it_is_and_what_a_repeat_does(
    key: str, kind: Kind, proof: ProofKind | None
) -> None:
    operation = operation_of(key)
    assert operation.key == key
    assert operation.kind is kind
    assert (operation.proof.kind if operation.proof else None) is proof


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("http GET", "http METHOD /path"),
        ("http TRACE /x", "There is no method"),
        ("http GET https://elsewhere.example/x", "never goes to another host"),
        ("http GET //elsewhere.example/x", "never goes to another host"),
        ("http GET \\\\elsewhere.example", "never goes to another host"),
        ("http GET things", "never goes to another host"),
        ("http GET @elsewhere.example/", "never goes to another host"),
        ("http GET /a/../b", "cannot hold"),
        ("http GET /a/%2e%2e/b", "cannot hold"),
        ("http GET /a/%252e%252e/b", "cannot hold"),
        ("http GET /a?b=c", "query.name"),
        ("http GET /a#b", "query.name"),
        ("http GET /a\x00b", "cannot be seen"),
        ("http GET /{a b}", "There is no word behind the path"),
        ("http GET /{1}", "a plain name"),
        ("http GET /{id", "a plain name"),
        ("http GET /{id}/{id}", "that name is taken"),
        ("http GET /{body}", "that name is taken"),
        ("http GET /x twice", "There is no word behind the path"),
        ("http GET /x form", "has no body"),
        ("http POST /x reads repeatable", "choose one"),
        ("http POST /x id=[", "cannot be read"),
        ("http GET /" + "x" * 200, "at most 200"),
    ],
)
def test_what_cannot_be_called_is_said_in_a_sentence(key: str, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        read_key(key)


def test_the_words_come_in_one_order_so_that_one_call_has_one_key() -> None:
    assert read_key("http post /x id=a form repeatable").key == "http POST /x repeatable form id=a"


def sent(key: str, values: dict[str, Any], account: Any = ACCOUNT, app: Connector = APP) -> httpx.Request:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": 1})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    Transport(client, lambda: NOW).call(app, app.operation(key), account, values)
    (request,) = seen
    return request


def test_path_parameters_headers_and_body_go_where_they_belong_signed_by_the_connection() -> None:
    request = sent(
        "http PUT /v1/things/{id}",
        {
            "id": "a/b",
            "query": {"page": 2, "filter": {"name": "x"}, "tag": ["p", "q"]},
            "headers": {"Accept": "text/csv", "X-Trace": "7"},
            "body": {"name": "Thing", "address": {"city": "Ulm"}},
        },
    )
    assert str(request.url).startswith("https://api.example.com/v1/things/a%2Fb?")
    assert request.url.params.multi_items() == [
        ("page", "2"),
        ("filter.name", "x"),
        ("tag", "p"),
        ("tag", "q"),
    ]
    assert (request.headers["accept"], request.headers["x-trace"]) == ("text/csv", "7")
    assert json.loads(request.content) == {"name": "Thing", "address": {"city": "Ulm"}}
    assert request.headers["authorization"]
    assert len(request.headers.get_list("accept")) == 1


def test_a_form_is_sent_as_one() -> None:
    request = sent("http POST /v1/things form", {"body": {"name": "A thing"}})
    assert request.content == b"name=A+thing"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("Authorization", "Bearer x", "keys belong to the connection"),
        ("X-Api-Key", "x", "keys belong to the connection"),
        ("Cookie", "x", "keys belong to the connection"),
        ("Host", "elsewhere.example", "set by the hub itself"),
        ("content-length", "1", "set by the hub itself"),
        ("X Trace", "1", "no name of a header"),
        ("X-Trace", "1\r\nHost: elsewhere.example", "line break"),
    ],
)
def test_a_header_that_is_not_the_operators_to_set_is_refused(name: str, value: str, sentence: str) -> None:
    operation = APP.operation("http GET /x")
    with pytest.raises(MappingFailed, match=sentence):
        prepare(APP, operation, ACCOUNT, {"headers": {name: value}})


def test_a_path_value_does_not_climb_out_of_its_place() -> None:
    operation = APP.operation("http GET /x/{id}")
    with pytest.raises(MappingFailed, match="cannot be"):
        prepare(APP, operation, ACCOUNT, {"id": ".."})
    prepared = prepare(APP, operation, ACCOUNT, {"id": "//elsewhere.example/?a#b"})
    assert prepared.url.startswith("https://api.example.com/x/%2F%2F")


def test_over_a_read_only_connection_it_writes_nothing() -> None:
    with pytest.raises(StopRun, match="read-only"):
        prepare(APP, APP.operation("http POST /x"), replace(ACCOUNT, read_only=True), {})
    assert prepare(APP, APP.operation("http POST /x reads"), replace(ACCOUNT, read_only=True), {})


def test_the_headers_count_as_part_of_the_request() -> None:
    operation = APP.operation("http GET /x")
    hashes = {
        prepare(APP, operation, ACCOUNT, {"headers": {"X-Trace": trace}}).request_hash for trace in "ab"
    }
    assert len(hashes) == 2


def test_the_apps_own_operations_are_listed_and_the_others_are_not() -> None:
    assert list(APP.operations) == list(CONNECTOR.operations)
    assert "http GET /x" in APP.operations
    assert APP.operations.get("nonsense") is None


def test_where_all_goes_to_addresses_of_the_operators_own_there_are_none() -> None:
    own = Operation(
        key="a.b", title="", method="POST", path="", kind=Kind.CREATE, address=lambda settings, values: ""
    )
    bridge = opened(replace(CONNECTOR, operations={"a.b": own}))
    assert not takes_free_calls(bridge)
    assert takes_free_calls(APP)
    assert isinstance(APP.operations, Operations)
    with pytest.raises(WrongUse, match="There is no operation"):
        bridge.operation("http GET /x")


def test_an_answer_of_no_is_an_error_as_the_apps_own_calls_have_it() -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(422, json={})))
    result = Transport(client, lambda: NOW).call(APP, APP.operation("http POST /x"), ACCOUNT, {})
    assert isinstance(result.error, Refused) or result.final


def test_it_has_no_siblings_in_the_catalogue_whatever_its_path_looks_like() -> None:
    operation = operation_of("http PUT /v1.0/things/{id} repeatable")
    assert operation.resource == ""
    assert operation.realm == "/v1.0/things/{id}"
    assert counterpart(APP, operation, {"id": "7"}) is None
    shown = counterpart(APP, operation_of("http PUT /things/{thing} repeatable"), {"thing": "7"})
    assert shown is None or shown.operation.key == "things.get"
