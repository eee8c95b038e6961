"""One call, against a function that answers instead of the network."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import httpcore
import httpx
import pytest

from integrations.engine import redact
from integrations.engine.addresses import check_address, check_base_url, check_shape, is_public
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    HubError,
    MappingFailed,
    NotFound,
    OutcomeUnknown,
    Refused,
    StopRun,
    Throttled,
    Unreachable,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.network import BoundedBackend, BoundedStream, bounded, open_client
from integrations.engine.request import BOUNDARY
from integrations.engine.spec import (
    Account,
    Answer,
    Auth,
    Connector,
    Field,
    FieldType,
    Kind,
    Limit,
    Operation,
    Place,
    Proof,
    ProofKind,
    Quota,
    Reading,
    Verify,
)
from integrations.engine.transport import ANSWER_LIMIT, CallResult, Transport, prepare

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TOKEN = "s3cret/token+value"

READ = Operation(
    key="things.get",
    title="Read a thing",
    method="GET",
    path="/things/{thingId}",
    kind=Kind.READ,
    fields=(
        Field(key="thingId", place=Place.PATH, required=True),
        Field(key="tenant", place=Place.QUERY, required=True, fills="tenant_id"),
        Field(key="tag", place=Place.QUERY, type=FieldType.LIST),
        Field(key="deep", place=Place.QUERY, type=FieldType.BOOLEAN),
    ),
    headers=(("Version", "7"),),
    result="thing",
)
CREATE = Operation(
    key="things.create",
    title="Make a thing",
    method="POST",
    path="/things",
    kind=Kind.CREATE,
    fields=(Field(key="name", required=True), Field(key="size", type=FieldType.INTEGER, default=3)),
    result="thing",
    success=(201,),
    proof=Proof(kind=ProofKind.NONE),
)
DELETE = Operation(
    key="things.delete",
    title="Delete a thing",
    method="DELETE",
    path="/things/{thingId}",
    kind=Kind.DELETE,
    fields=(Field(key="thingId", place=Place.PATH, required=True),),
    proof=Proof(kind=ProofKind.IDEMPOTENT),
)


def refusal(answer: Answer, operation: Operation) -> HubError:
    if answer.status == 404:
        return NotFound("No such thing.")
    if answer.status == 500 and answer.body == {"message": "wrong route"}:
        return ContractBroken("The hub called a path that is not there.")
    return Refused("The app said no.")


def readings(headers: Any, settings: Any) -> list[Reading]:
    left = headers.get("x-left")
    return [Reading(window_s=10, limit=100, remaining=int(left), resets_in_s=42)] if left else []


CONNECTOR = Connector(
    slug="things",
    title="Things",
    summary="",
    hosts={"": "https://api.example.com"},
    auths=(Auth(key="key", title="Key", sign=lambda secrets: {"Authorization": f"Bearer {secrets['key']}"}),),
    verify=Verify(operation="things.get", say=str),
    refusal=refusal,
    quota=Quota(
        limits=(Limit(count=100, window_s=10),), scope=lambda a: "", read=readings, throttled_wait_s=7
    ),
    operations={op.key: op for op in (READ, CREATE, DELETE)},
)
ACCOUNT = Account(
    connector="things",
    environment="production",
    name="Main",
    base_url="https://api.example.com/",
    settings={"tenant_id": "t1"},
    secrets={"key": TOKEN},
)

Handler = Callable[[httpx.Request], httpx.Response]


def transport(handler: Handler, clock: Callable[[], float] = lambda: 0.0) -> Transport:
    return Transport(httpx.Client(transport=httpx.MockTransport(handler)), lambda: NOW, clock)


def send(operation: Operation, handler: Handler, account: Account = ACCOUNT, **values: Any) -> CallResult:
    defaults = {"name": "x"} if operation is CREATE else {"thingId": "1"}
    return transport(handler).call(CONNECTOR, operation, account, {**defaults, **values})


def answering(status: int, body: Any = None, **headers: str) -> Handler:
    if isinstance(body, str | bytes):
        return lambda request: httpx.Response(status, content=body, headers=headers)
    return lambda request: httpx.Response(status, json=body, headers=headers)


def failing(error: type[httpx.RequestError]) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("Bearer s3cret/token+value", request=request)

    return handler


# --- what is sent ---------------------------------------------------------------------------------


def test_path_query_headers_and_signature_are_put_where_they_belong() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"thing": {"id": 5}})

    result = send(READ, handler, thingId="a/b ü%41", tag=["x y", "+1"], deep=True)

    assert seen[0].url.raw_path == b"/things/a%2Fb%20%C3%BC%2541?tenant=t1&tag=x+y&tag=%2B1&deep=true"
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert seen[0].headers["version"] == "7"
    assert (result.outcome.value, result.outcome.record_id) == ({"id": 5}, "5")


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, {"name": "x", "size": 3}),
        ({"body_key": "thing"}, {"thing": {"name": "x", "size": 3}}),
        ({"body_list": True}, [{"name": "x", "size": 3}]),
    ],
)
def test_a_body_is_wrapped_as_the_operation_says(changes: dict[str, Any], body: Any) -> None:
    operation = Operation(
        key="w", title="w", method="POST", path="/w", kind=Kind.UPDATE, fields=CREATE.fields, **changes
    )
    prepared = prepare(CONNECTOR, operation, ACCOUNT, {"name": "x"})
    assert json.loads(prepared.content or b"") == body
    assert prepared.headers["Content-Type"] == "application/json"


def test_a_form_is_sent_as_a_form() -> None:
    operation = Operation(
        key="w", title="w", method="POST", path="/w", kind=Kind.UPDATE, fields=CREATE.fields, encoding="form"
    )
    prepared = prepare(CONNECTOR, operation, ACCOUNT, {"name": "a b&c"})
    assert prepared.content == b"name=a+b%26c&size=3"
    assert prepared.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_body_of_parts_has_one_for_each_value() -> None:
    fields = (
        Field(key="id"),
        Field(key="urls", type=FieldType.LIST),
        Field(key="group", type=FieldType.BOOLEAN),
    )
    operation = Operation(
        key="w", title="w", method="POST", path="/w", kind=Kind.UPDATE, fields=fields, encoding="multipart"
    )
    values = {"id": "Ünïque", "urls": ["https://a.example/1", "https://a.example/2"], "group": True}

    prepared = prepare(CONNECTOR, operation, ACCOUNT, values)

    told = f"Content-Type: {prepared.headers['Content-Type']}\r\n\r\n".encode() + (prepared.content or b"")
    parts = message_from_bytes(told).get_payload()
    assert isinstance(parts, list)
    told_parts = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in parts
    ]
    assert told_parts == [
        ("id", "Ünïque".encode()),
        ("urls", b"https://a.example/1"),
        ("urls", b"https://a.example/2"),
        ("group", b"true"),
    ]


def test_a_value_that_would_end_its_part_early_is_refused() -> None:
    operation = Operation(
        key="w", title="w", method="POST", path="/w", kind=Kind.UPDATE, fields=(Field(key="id"),),
        encoding="multipart",
    )  # fmt: skip

    with pytest.raises(MappingFailed):
        prepare(CONNECTOR, operation, ACCOUNT, {"id": f"--{BOUNDARY}"})


def test_a_read_and_a_delete_send_no_body_unless_they_must() -> None:
    assert prepare(CONNECTOR, READ, ACCOUNT, {"thingId": "1"}).content is None
    assert prepare(CONNECTOR, DELETE, ACCOUNT, {"thingId": "1"}).content is None
    must = Operation(key="d", title="d", method="DELETE", path="/d", kind=Kind.DELETE, empty_body=True)
    assert prepare(CONNECTOR, must, ACCOUNT, {}).content == b"{}"


def test_a_call_that_takes_no_body_gets_none_whatever_its_method() -> None:
    put = Operation(key="p", title="p", method="PUT", path="/p", kind=Kind.UPDATE, encoding="none")
    prepared = prepare(CONNECTOR, put, ACCOUNT, {})
    assert (prepared.content, "Content-Type" in prepared.headers) == (None, False)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_required_value_is_an_error_and_never_an_empty_text(value: Any) -> None:
    with pytest.raises(MappingFailed, match=r"“Make a thing” needs name \(name\)"):
        prepare(CONNECTOR, CREATE, ACCOUNT, {"name": value})


def test_a_setting_the_hub_fills_in_by_itself_is_asked_for_by_name() -> None:
    bare = Account(connector="things", environment="production", name="Main", base_url="https://x.example")
    with pytest.raises(MappingFailed, match="The connection Main has no tenant id yet"):
        prepare(CONNECTOR, READ, bare, {"thingId": "1"})


def test_an_undeclared_key_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ContractBroken, match=r"no field of things\.create “nmae”; choose one of: name, size"):
        prepare(CONNECTOR, CREATE, ACCOUNT, {"nmae": "x"})


@pytest.mark.parametrize("climbing", [".", ".."])
def test_a_path_cannot_be_climbed_out_of(climbing: str) -> None:
    with pytest.raises(MappingFailed):
        prepare(CONNECTOR, READ, ACCOUNT, {"thingId": climbing})


@pytest.mark.parametrize("value", [float("nan"), "\ud800"])
def test_what_json_cannot_hold_is_a_mapping_error(value: Any) -> None:
    with pytest.raises((MappingFailed, ContractBroken)):
        prepare(CONNECTOR, CREATE, ACCOUNT, {"name": value})


def test_the_same_request_has_the_same_hash_and_another_has_another() -> None:
    one = prepare(CONNECTOR, CREATE, ACCOUNT, {"name": "x", "size": 1}).request_hash
    assert one == prepare(CONNECTOR, CREATE, ACCOUNT, {"size": 1, "name": "x"}).request_hash
    assert one != prepare(CONNECTOR, CREATE, ACCOUNT, {"name": "x", "size": 2}).request_hash


@pytest.mark.parametrize("secrets", [{}, {"key": "line\nbreak"}, {"key": "naïve"}])
def test_a_connection_without_a_usable_key_is_refused_before_anything_is_sent(
    secrets: dict[str, str],
) -> None:
    account = Account(
        connector="things",
        environment="production",
        name="Main",
        base_url="https://x.example",
        secrets=secrets,
    )
    result = transport(pytest.fail).call(CONNECTOR, DELETE, account, {"thingId": "1"})  # type: ignore[arg-type]
    assert isinstance(result.error, CredentialRefused)
    assert result.record.status is None


def test_a_key_in_the_query_is_sent_and_neither_hashed_nor_written_down() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"thing": {"id": 5}, "asked": str(request.url)})

    auth = Auth(
        key="query",
        title="Key in the address",
        sign=lambda secrets: {},
        sign_query=lambda secrets, settings: {settings["key_name"]: secrets["key"]},
    )
    connector = replace(CONNECTOR, auths=(auth,))
    account = replace(ACCOUNT, settings={"tenant_id": "t1", "key_name": "k"})
    result = transport(handler).call(connector, READ, account, {"thingId": "1"})

    assert dict(seen[0].url.params) == {"tenant": "t1", "k": TOKEN}
    assert "authorization" not in seen[0].headers
    assert result.record.url == "https://api.example.com/things/1?tenant=t1&k=[hidden]"
    assert TOKEN not in str(result.record) and "s3cret" not in str(result.record)
    assert result.request_hash == prepare(CONNECTOR, READ, account, {"thingId": "1"}).request_hash


def test_a_body_is_signed_as_it_is_sent_and_with_the_time_of_the_call() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"thing": {"id": 5}})

    auth = replace(
        CONNECTOR.auths[0],
        sign_body=lambda secrets, content, now: {"X-Signed": f"{len(content)} {now.isoformat()}"},
    )
    transport(handler).call(replace(CONNECTOR, auths=(auth,)), CREATE, ACCOUNT, {"name": "ü"})

    assert seen[0].headers["x-signed"] == f"{len(seen[0].content)} 2026-11-20T10:00:00+00:00"
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_an_address_of_the_operators_own_is_never_told_the_key() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    elsewhere = replace(
        CREATE,
        kind=Kind.UPDATE,
        address=lambda settings, values: "https://other.example/in?access_key=abcdef",
    )
    auth = replace(
        CONNECTOR.auths[0],
        sign_query=lambda secrets, settings: {"k": secrets["key"]},
        sign_body=lambda secrets, content, now: {"X-Signed": "by the body"},
    )
    result = transport(handler).call(replace(CONNECTOR, auths=(auth,)), elsewhere, ACCOUNT, {"name": "x"})

    assert str(seen[0].url) == "https://other.example/in?access_key=abcdef"
    assert seen[0].headers["x-signed"] == "by the body"
    assert TOKEN not in str(seen[0].headers)
    assert result.record.url == "https://other.example/in?access_key=[hidden]"


def test_an_address_that_is_not_allowed_is_not_called() -> None:
    def check(url: str) -> None:
        raise WrongUse(f"Not {url}.")

    never = Transport(httpx.Client(transport=httpx.MockTransport(pytest.fail)), lambda: NOW, check=check)  # type: ignore[arg-type]
    result = never.call(CONNECTOR, DELETE, ACCOUNT, {"thingId": "1"})
    assert isinstance(result.error, StopRun)
    assert result.error.sentence == "Main: Not https://api.example.com/things/1."
    assert result.final


# --- how it is judged -----------------------------------------------------------------------------

READ_AND_WRITE = [
    # what happened, a read's error, a write's error
    (failing(httpx.ConnectError), Unreachable, Unreachable),
    (failing(httpx.ConnectTimeout), Unreachable, Unreachable),
    (failing(httpx.PoolTimeout), Unreachable, Unreachable),
    (failing(httpx.WriteTimeout), VendorTrouble, OutcomeUnknown),
    (failing(httpx.ReadTimeout), VendorTrouble, OutcomeUnknown),
    (failing(httpx.ReadError), VendorTrouble, OutcomeUnknown),
    (failing(httpx.RemoteProtocolError), VendorTrouble, OutcomeUnknown),
    (failing(httpx.DecodingError), VendorTrouble, OutcomeUnknown),
    (answering(500, "<html>oops</html>"), VendorTrouble, OutcomeUnknown),
    (answering(503), VendorTrouble, OutcomeUnknown),
    (answering(408), VendorTrouble, OutcomeUnknown),
    (answering(500, {"message": "wrong route"}), ContractBroken, ContractBroken),
    (answering(429), Throttled, Throttled),
    (answering(302, location="https://elsewhere.example"), ContractBroken, ContractBroken),
    (answering(400, {"message": "no"}), Refused, Refused),
    (answering(404), NotFound, NotFound),
    (answering(200, "<html>captive portal</html>"), VendorTrouble, OutcomeUnknown),
    (answering(200, b"x" * (ANSWER_LIMIT + 1)), ContractBroken, OutcomeUnknown),
]


def failure(answer: Answer, operation: Operation) -> HubError | None:
    """As an app does it that answers 200 whatever happened."""
    if isinstance(answer.body, str):
        return ContractBroken("That is a page, and no answer.")
    said = answer.body if isinstance(answer.body, dict) else {}
    if said.get("status") is False:
        return NotFound("No such thing.") if said.get("msg") == "gone" else Refused("The app said no.")
    return None


@pytest.mark.parametrize(
    ("body", "operation", "error"),
    [
        ({"status": False, "msg": "no"}, READ, Refused),
        ({"status": False, "msg": "no"}, CREATE, Refused),
        ({"status": False, "msg": "gone"}, CREATE, NotFound),
        ({"status": False, "msg": "gone"}, DELETE, type(None)),
        ({"status": True, "thing": {"id": 1}}, CREATE, type(None)),
        ("<html>oops</html>", CREATE, ContractBroken),
    ],
)
def test_a_no_inside_a_success_is_a_no(body: Any, operation: Operation, error: type) -> None:
    connector = replace(CONNECTOR, failure=failure)
    values = {"name": "x"} if operation is CREATE else {"thingId": "1"}
    result = transport(answering(200, body)).call(connector, operation, ACCOUNT, values)
    assert type(result.error) is error
    assert result.final
    assert result.outcome.value is None or result.error is None


def test_a_no_inside_an_answer_that_was_cut_off_is_not_looked_for() -> None:
    connector = replace(CONNECTOR, failure=failure)
    result = transport(answering(200, b"x" * (ANSWER_LIMIT + 1))).call(
        connector, CREATE, ACCOUNT, {"name": "x"}
    )
    assert isinstance(result.error, OutcomeUnknown)


@pytest.mark.parametrize(("handler", "read", "write"), READ_AND_WRITE)
def test_what_happened_is_sorted_by_what_to_do_next(
    handler: Handler, read: type[HubError], write: type[HubError]
) -> None:
    for operation, expected in ((READ, read), (CREATE, write)):
        result = send(operation, handler)
        assert type(result.error) is expected
        assert result.record.error_kind == expected.kind
        assert TOKEN not in str(result.error)
        assert result.final is (result.error is not None and expected in (ContractBroken, Refused, NotFound))


@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_2xx_counts_as_done_because_it_was_done(status: int) -> None:
    result = send(CREATE, answering(status, {"thing": {"id": "t9"}}))
    assert (result.outcome.record_id, result.error, result.final) == ("t9", None, True)


def test_a_create_that_answers_without_an_id_has_an_unknown_outcome() -> None:
    assert isinstance(send(CREATE, answering(201, {"thing": {}})).error, OutcomeUnknown)
    assert isinstance(send(CREATE, answering(204, b"")).error, OutcomeUnknown)


def test_deleting_what_is_gone_is_done() -> None:
    assert send(DELETE, answering(404)).error is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "999999"}, 86_400),
        ({"Retry-After": "Fri, 20 Nov 2026 10:01:30 GMT"}, 90),
        ({"Retry-After": "Fri, 20 Nov 2026 09:00:00 GMT"}, 0),
        ({"Retry-After": "soon", "X-Left": "0"}, 42),
        ({"X-Left": "0"}, 42),
        ({"X-Left": "5"}, 7),
        ({}, 7),
    ],
)
def test_it_waits_as_long_as_the_app_asked(headers: dict[str, str], seconds: float) -> None:
    error = send(CREATE, answering(429, None, **headers)).error
    assert isinstance(error, Throttled)
    assert error.after_s == seconds


def test_a_slow_drip_does_not_outlast_the_deadline() -> None:
    seconds = iter(range(1_000))
    sent = []

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(500):
                sent.append(1)
                yield b" "

    dripping = transport(lambda request: httpx.Response(200, stream=Drip()), lambda: float(next(seconds)))
    result = dripping.call(CONNECTOR, CREATE, ACCOUNT, {"name": "x"})
    assert isinstance(result.error, OutcomeUnknown)
    assert len(sent) < 30
    assert result.record.status == 200


# --- what is written down -------------------------------------------------------------------------


def test_the_record_tells_the_call_without_its_secrets() -> None:
    body = {
        "thing": {"id": 1, "echo": f"you sent {TOKEN}"},
        "refresh_token": "abc",
        "note": "Bearer abcdefghijklmnop",
    }
    record = send(
        READ, answering(200, body, **{"Set-Cookie": "sid=1", "X-Echo": TOKEN, "X-Left": "3"})
    ).record
    written = repr(record)
    assert TOKEN not in written
    assert "s3cret%2Ftoken%2Bvalue" not in written
    assert "abcdefghijklmnop" not in written
    assert '"refresh_token": "[hidden]"' in record.response_body
    assert record.request_headers["Authorization"] == "[hidden]"
    assert record.response_headers["set-cookie"] == "[hidden]"
    assert (record.method, record.status, record.started_at, record.operation) == (
        "GET",
        200,
        NOW,
        "things.get",
    )
    assert record.readings[0].remaining == 3


@pytest.mark.parametrize(
    "value",
    [
        {"client_secret": "hush-hush"},
        {"grant_type": "authorization_code", "code": "hush-hush"},
        {"nested": [{"accessToken": "hush-hush"}]},
        "access_token=hush-hush&x=1",
        '{"refresh_token": "hush-hush", "broken',
        "Authorization: Bearer hush-hush-hush-hush",
    ],
)
def test_what_looks_like_a_secret_is_hidden(value: Any) -> None:
    assert "hush" not in redact.body(value)


@pytest.mark.parametrize(
    "value", [{"code": 400}, {"dndSettings": {"Call": {"code": "103"}}}, {"tags": ["token"]}]
)
def test_what_only_sounds_like_a_secret_stays(value: Any) -> None:
    assert redact.body(value) == json.dumps(value)


def test_a_secret_in_an_address_is_hidden() -> None:
    assert redact.query([("code", "hush"), ("api_key", "hush"), ("q", "see hush!")], ["hush"]) == (
        "code=[hidden]&api_key=[hidden]&q=see+[hidden]%21"
    )


def test_long_bodies_are_cut_after_hiding_and_deep_ones_do_not_break() -> None:
    shown = redact.body("é" * 20_000)
    assert len(shown.encode()) < 17_000
    assert shown.endswith("[40,000 bytes in all]")
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert redact.body(deep) == "[could not be shown]"


def test_libraries_do_not_log_addresses_or_headers() -> None:
    for name in ("httpx", "httpcore"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


# --- where it may go ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "2002:0a00:0001::",
        "64:ff9b::a00:1", "not an address",
    ],
)  # fmt: skip
def test_a_private_address_is_not(address: str) -> None:
    assert not is_public(address)


HOSTS = {"api.example.com": ["93.184.216.34"], "inside.example": ["93.184.216.34", "10.0.0.1"]}


def resolve(host: str) -> list[str]:
    if host in HOSTS:
        return HOSTS[host]
    raise OSError


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        (" https://api.example.com:8443 ", "https://api.example.com:8443"),
        ("http://wordpress.lan/", "http://wordpress.lan"),
    ],
)
def test_a_good_base_address_is_kept_without_its_slash(url: str, kept: str) -> None:
    assert check_base_url(url, ["wordpress.lan"], resolve) == kept


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("api.example.com", "in full"),
        ("ftp://api.example.com", "in full"),
        ("http://api.example.com", "must begin with https"),
        ("https://me:pw@api.example.com", "user name"),
        ("https://api.example.com/?a=1", "before"),
        ("https://nowhere.example", "no host"),
        ("https://[::1", "in full"),
        ("https://api.example.com:port", "in full"),
        ("https://:443", "in full"),
        ("https://inside.example", "HUB_ALLOWED_PRIVATE_HOSTS"),
    ],
)
def test_a_bad_base_address_is_answered_with_what_is_wrong(url: str, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        check_base_url(url, ["wordpress.lan"], resolve)


def test_a_whole_address_may_hold_a_query_and_keeps_its_last_slash() -> None:
    url = "https://api.example.com/hook/?a=1"
    assert check_address(url, [], resolve) == url
    with pytest.raises(WrongUse, match="HUB_ALLOWED_PRIVATE_HOSTS"):
        check_address("https://inside.example/hook", [], resolve)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://inside.example/x?a=1", ""),  # a name's addresses are looked at when it is called
        ("http://wordpress.lan/x", ""),
        ("http://inside.example/x", "must begin with https"),
        ("https://10.0.0.1/x", "private network"),
        ("https://[::1]/x", "private network"),
        ("https://169.254.169.254/latest", "private network"),
    ],
)
def test_without_asking_for_the_host_as_much_is_checked_as_can_be_told(url: str, says: str) -> None:
    if not says:
        check_shape(url, ["wordpress.lan"])
        return
    with pytest.raises(WrongUse, match=says):
        check_shape(url, ["wordpress.lan"])


class Line(httpcore.NetworkStream):
    """A connection that remembers what timeouts it was given."""

    def __init__(self, peer: str = "93.184.216.34") -> None:
        self.peer, self.timeouts, self.closed = peer, [], False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        return b"x"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, info: str) -> Any:
        return (self.peer, 443)


class Wires(httpcore.NetworkBackend):
    def __init__(self, line: Line) -> None:
        self.line = line

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return self.line


def test_every_piece_gets_only_what_is_left_of_the_deadline() -> None:
    line = Line()
    stream = BoundedStream(line)
    stream.read(1, 30.0)
    with bounded(5.0):
        stream.read(1, 30.0)
        stream.write(b"", 30.0)
        stream.read(1, 0.5)
    with bounded(0.0):
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, 30.0)
        with pytest.raises(httpcore.WriteTimeout):
            stream.write(b"", 30.0)
    assert line.timeouts[0] == 30.0
    assert all(given is not None and given <= 5.0 for given in line.timeouts[1:])
    assert len(line.timeouts) == 4


@pytest.mark.parametrize(("allowed", "open_"), [((), False), (("wordpress.lan",), True)])
def test_a_name_that_leads_inside_is_left_before_a_word_is_said(
    allowed: tuple[str, ...], open_: bool
) -> None:
    line = Line("192.168.1.5")
    backend = BoundedBackend(allowed, Wires(line))
    if open_:
        backend.connect_tcp("wordpress.lan", 443)
    else:
        with pytest.raises(httpcore.ConnectError):
            backend.connect_tcp("wordpress.lan", 443)
    assert line.closed is not open_
    assert line.timeouts == []


@pytest.fixture
def dripping_server() -> Iterator[str]:
    """A server on this machine whose header line never ends: a byte now and then, until it is hung up on."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                line, _ = listener.accept()
                with line:
                    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    while not stop.wait(0.02):
                        line.sendall(b".")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        stop.set()
        listener.close()
        thread.join(5)


def test_the_real_client_does_not_speak_to_this_machine_unless_allowed(dripping_server: str) -> None:
    account = replace(ACCOUNT, base_url=dripping_server)
    with open_client() as client:
        result = Transport(client, lambda: NOW).call(CONNECTOR, DELETE, account, {"thingId": "1"})
    assert isinstance(result.error, Unreachable)


def test_headers_that_drip_in_do_not_outlast_the_deadline_either(dripping_server: str) -> None:
    account = replace(ACCOUNT, base_url=dripping_server)
    hasty = replace(DELETE, deadline_s=0.3)  # each byte comes well within it
    with open_client(["127.0.0.1"]) as client:
        result = Transport(client, lambda: NOW).call(CONNECTOR, hasty, account, {"thingId": "1"})
    assert isinstance(result.error, OutcomeUnknown)
    assert result.error.detail == "ReadTimeout"
