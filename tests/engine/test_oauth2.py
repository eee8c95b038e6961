"""The dance, against a token endpoint that is a function."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    HubError,
    OutcomeUnknown,
    Throttled,
    Unreachable,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.oauth2 import authorize_url, exchange, read_callback, refresh
from integrations.engine.spec import Answer, Grant, OAuth2

SECRETS = ("the-secret", "the-code", "old-refresh", "new-access", "new-refresh")


def read_grant(body: Mapping[str, Any]) -> Grant:
    return Grant(
        access_token=body["access_token"],
        refresh_token=body["refresh_token"],
        expires_in_s=body["expires_in"],
        scopes=tuple(body["scope"]),
        settings={"location_id": body["locationId"]},
    )


OAUTH2 = OAuth2(
    authorize_url="https://consent.example.com/v2/choose",
    token_path="/oauth/token",
    read_grant=read_grant,
    read_refusal=lambda answer: CredentialRefused(f"refused {answer.status} {sorted(answer.headers)[:1]}"),
    extra_authorize=(("window", "self"),),
    extra_token=(("user_type", "Location"),),
)
ANSWER = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "Bearer",
    "expires_in": 86399,
    "scope": "a.read b/c.write",
    "locationId": "loc1",
}
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(handler))


def by_code(handler: Handler, base: str = "https://api.example.com") -> Grant:
    return exchange(
        client(handler),
        OAUTH2,
        base=base,
        client_id="app-1",
        client_secret="the-secret",
        code="the-code",
        redirect_uri="http://localhost:8000/callback",
    )


def by_refresh(handler: Handler, base: str = "https://api.example.com") -> Grant:
    return refresh(
        client(handler),
        OAUTH2,
        base=base,
        client_id="app-1",
        client_secret="the-secret",
        refresh_token="old-refresh",
    )


DANCES = pytest.mark.parametrize("dance", [by_code, by_refresh])


def test_a_code_is_exchanged_with_everything_in_the_form_and_no_basic_header() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ANSWER)

    grant = by_code(handler)

    assert str(seen[0].url) == "https://api.example.com/oauth/token"
    assert "authorization" not in seen[0].headers
    assert parse_qs(seen[0].content.decode()) == {
        "grant_type": ["authorization_code"],
        "client_id": ["app-1"],
        "client_secret": ["the-secret"],
        "code": ["the-code"],
        "redirect_uri": ["http://localhost:8000/callback"],
        "user_type": ["Location"],
    }
    assert grant.scopes == ("a.read", "b/c.write")
    assert grant.settings == {"location_id": "loc1"}


def test_a_refresh_carries_id_and_secret_too_and_no_scope() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={**ANSWER, "scope": "another.scope"})

    grant = by_refresh(handler)

    assert parse_qs(seen[0].content.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["app-1"],
        "client_secret": ["the-secret"],
        "refresh_token": ["old-refresh"],
        "user_type": ["Location"],
    }
    assert (grant.access_token, grant.refresh_token) == ("new-access", "new-refresh")
    assert grant.scopes == ("another.scope",)


def test_a_refresh_answer_without_a_new_refresh_token_keeps_the_old() -> None:
    body = {key: value for key, value in ANSWER.items() if key != "refresh_token"}
    assert by_refresh(lambda request: httpx.Response(200, json=body)).refresh_token == "old-refresh"


@DANCES
def test_http_is_spoken_where_the_base_says_so_without_touching_the_environment(
    dance: Callable[..., Grant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json=ANSWER)

    dance(handler, base="http://127.0.0.1:8000/sandbox/ghl/")
    assert seen == ["http://127.0.0.1:8000/sandbox/ghl/oauth/token"]


def line_error(error: type[httpx.RequestError]) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("the-secret", request=request)

    return handler


@DANCES
@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (lambda r: httpx.Response(502, text="<html>the-secret</html>"), VendorTrouble),
        (lambda r: httpx.Response(500, json={"error": "invalid_grant"}), VendorTrouble),
        (lambda r: httpx.Response(429), Throttled),
        (lambda r: httpx.Response(400, json={"error": "invalid_grant"}), CredentialRefused),
        (lambda r: httpx.Response(401, json={"error": "Unauthorized", "statusCode": 401}), CredentialRefused),
        (lambda r: httpx.Response(400, text="plain text"), CredentialRefused),
        (lambda r: httpx.Response(200, json={"error": "invalid_grant"}), CredentialRefused),
        (lambda r: httpx.Response(200, text="<html>maintenance</html>"), OutcomeUnknown),
        (lambda r: httpx.Response(200, json={"hello": 1}), VendorTrouble),
        (line_error(httpx.ConnectError), Unreachable),
        (line_error(httpx.ReadTimeout), OutcomeUnknown),
        (line_error(httpx.RemoteProtocolError), OutcomeUnknown),
    ],
)
def test_an_outage_is_never_read_as_a_refusal(
    dance: Callable[..., Grant], handler: Handler, expected: type[HubError]
) -> None:
    with pytest.raises(HubError) as caught:
        dance(handler)
    assert type(caught.value) is expected
    assert not any(secret in str(caught.value) + caught.value.detail for secret in SECRETS)


@DANCES
def test_secrets_do_not_follow_a_redirect(dance: Callable[..., Grant]) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url.host))
        if request.url.host == "elsewhere.example":
            return httpx.Response(200, json=ANSWER)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/token"})

    with pytest.raises(ContractBroken, match="redirect"):
        dance(handler)
    assert seen == ["api.example.com"]


def test_the_refusal_sees_status_headers_and_body() -> None:
    seen: list[Answer] = []

    def read_refusal(answer: Answer) -> HubError:
        seen.append(answer)
        return CredentialRefused("no")

    rules = OAuth2(
        authorize_url="https://x.example/",
        token_path="/t",
        read_grant=read_grant,
        read_refusal=read_refusal,
    )
    answer = httpx.Response(400, json={"error": "nope"}, headers={"X-Trace": "7"})
    with pytest.raises(CredentialRefused):
        refresh(
            client(lambda request: answer),
            rules,
            base="https://api.example.com",
            client_id="a",
            client_secret="b",
            refresh_token="c",
        )
    assert (seen[0].status, seen[0].body, seen[0].headers["x-trace"]) == (400, {"error": "nope"}, "7")


def test_bodies_with_secrets_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        by_code(lambda request: httpx.Response(200, json=ANSWER))
        by_refresh(lambda request: httpx.Response(200, json=ANSWER))
    assert not any(secret in caplog.text for secret in SECRETS)


def test_the_consent_page_is_asked_for_scopes_and_gets_the_state() -> None:
    url = authorize_url(
        OAUTH2,
        "app-1",
        "https://hub.example/callback",
        ["a.read", "b/c.write"],
        "st4te",
        extra={"version_id": "v1"},
    )
    assert url.startswith("https://consent.example.com/v2/choose?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["app-1"],
        "redirect_uri": ["https://hub.example/callback"],
        "scope": ["a.read b/c.write"],
        "state": ["st4te"],
        "window": ["self"],
        "version_id": ["v1"],
    }


def test_the_consent_page_of_a_sandbox_may_be_on_this_machine() -> None:
    url = authorize_url(OAUTH2, "a", "http://localhost/cb", [], "s", base="http://localhost:8000/sandbox/ghl")
    assert url.startswith("http://localhost:8000/sandbox/ghl/v2/choose?")


@pytest.mark.parametrize(
    "callback",
    [
        "https://hub.example/callback?code=the-code&state=st4te",
        "code=the-code&state=st4te",
        "?state=st4te&code=the-code",
    ],
)
def test_a_callback_gives_its_code(callback: str) -> None:
    assert read_callback(callback, "st4te") == "the-code"


@pytest.mark.parametrize(
    ("query", "expected_state", "sentence"),
    [
        ("code=c&state=other", "st4te", "not started here"),
        ("code=c&state=st4t%C3%A9", "st4te", "not started here"),
        ("code=c", "st4te", "not started here"),
        ("code=c&state=", "", "not started here"),
        ("error=access_denied&state=other", "st4te", "not started here"),
        ("error=access_denied&state=st4te", "st4te", "Consent was refused"),
        ("error=server_error&state=st4te", "st4te", "ended the sign-in with an error"),
        ("state=st4te", "st4te", "no authorisation code"),
        ("code=&state=st4te", "st4te", "no authorisation code"),
    ],
)
def test_any_other_callback_says_what_to_do(query: str, expected_state: str, sentence: str) -> None:
    with pytest.raises(WrongUse, match=sentence):
        read_callback(query, expected_state)
