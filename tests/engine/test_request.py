"""Where a call goes: the app's path, a path from the settings, a whole address of the operator's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from integrations.engine.errors import StopRun, WrongUse
from integrations.engine.request import prepare
from integrations.engine.spec import Account, Field, Kind, Operation, Place
from integrations.engine.urls import read_path
from tests.engine.test_transport import ACCOUNT, CONNECTOR

TAG = Operation(
    key="pins.tag",
    title="Tag a pin",
    method="POST",
    path="/pin/tags/{id}",
    path_setting="tag_path",
    kind=Kind.UPDATE,
    fields=(Field(key="id", place=Place.PATH, required=True), Field(key="tag")),
)


def whole(settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    if not settings.get("addresses"):
        raise WrongUse("paste the address of the operation first.")
    return str(settings["addresses"][values["which"]])


RUN = Operation(
    key="operations.run",
    title="Run an operation",
    method="POST",
    path="",
    address=whole,
    kind=Kind.UPDATE,
    fields=(
        Field(key="which", place=Place.PATH, required=True),
        Field(key="who", place=Place.QUERY),
        Field(key="email"),
    ),
)


def with_settings(**settings: Any) -> Account:
    return replace(ACCOUNT, settings=settings)


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        (None, "https://api.example.com/pin/tags/a%2Fb"),
        ("", "https://api.example.com/pin/tags/a%2Fb"),
        ("/v2/pins/{id}/tags", "https://api.example.com/v2/pins/a%2Fb/tags"),
        (" v2/pins/{id} ", "https://api.example.com/v2/pins/a%2Fb"),
    ],
)
def test_a_path_from_the_settings_stands_in_for_the_known_one(setting: str | None, url: str) -> None:
    prepared = prepare(CONNECTOR, TAG, with_settings(tag_path=setting), {"id": "a/b", "tag": "vip"})
    assert prepared.url == url
    assert prepared.elsewhere is False


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("https://evil.example/{id}", "leave the host out"),
        ("//evil.example/{id}", "leave the host out"),
        ("\\\\evil.example/{id}", "leave the host out"),
        ("/tags/{id}?a=1", "must end before"),
        ("/tags/{id}#a", "must end before"),
        ("/tags/../{id}", "cannot hold"),
        ("/tags/%2e%2E/{id}", "cannot hold"),
        ("/tags/{id}/.", "cannot hold"),
        ("/tags/\n{id}", "cannot be seen"),
        ("/tags", r"must hold \{id\}"),
        ("/tags/{id}/{other}", r"must hold \{id\}"),
        ("/tags/{id}/{", r"must hold \{id\}"),
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused_in_a_sentence(typed: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        read_path(typed, TAG)
    with pytest.raises(StopRun, match=f"Main: The path of “Tag a pin”.*{says}"):
        prepare(CONNECTOR, TAG, with_settings(tag_path=typed), {"id": "1"})


def test_a_whole_address_takes_the_place_of_base_and_path() -> None:
    addresses = {"grow": "https://site.example/run?access_key=k&wpf_action=add"}
    prepared = prepare(
        CONNECTOR,
        RUN,
        with_settings(addresses=addresses),
        {"which": "grow", "who": "me", "email": "ada@example.org"},
    )
    assert prepared.url == "https://site.example/run"
    assert prepared.query == (("access_key", "k"), ("wpf_action", "add"), ("who", "me"))
    assert prepared.body == {"email": "ada@example.org"}
    assert prepared.elsewhere is True


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "Main: paste the address of the operation first."),
        ({"addresses": {"grow": "https://[::1"}}, "cannot be read"),
    ],
)
def test_an_address_that_is_not_there_stops_the_run(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(StopRun, match=says):
        prepare(CONNECTOR, RUN, with_settings(**settings), {"which": "grow"})


def test_another_address_is_another_request() -> None:
    first, second = (
        prepare(CONNECTOR, RUN, with_settings(addresses={"grow": address}), {"which": "grow"}).request_hash
        for address in ("https://a.example/", "https://b.example/")
    )
    assert first != second


# --- names and encodings that only the operator knows ---------------------------------------------

SETTLED = Operation(
    key="operations.settled",
    title="Run an operation",
    method="POST",
    path="/run",
    kind=Kind.UPDATE,
    encoding="form",
    encoding_setting="style",
    fields=(
        Field(key="email", name_setting="email_name"),
        Field(key="id", place=Place.QUERY, name_setting="id_name"),
    ),
)


@pytest.mark.parametrize(
    ("settings", "query", "content"),
    [
        ({}, (("id", "7"),), b"email=a%40example.org"),
        ({"email_name": "", "style": ""}, (("id", "7"),), b"email=a%40example.org"),
        ({"email_name": "mail", "id_name": "who"}, (("who", "7"),), b"mail=a%40example.org"),
        ({"style": "json"}, (("id", "7"),), b'{"email":"a@example.org"}'),
        ({"style": "morse"}, (("id", "7"),), b"email=a%40example.org"),
    ],
)
def test_a_field_goes_by_the_name_and_in_the_encoding_of_the_settings(
    settings: dict[str, Any], query: Any, content: bytes
) -> None:
    values = {"email": "a@example.org", "id": "7"}
    prepared = prepare(CONNECTOR, SETTLED, with_settings(**settings), values)
    assert (prepared.query, prepared.content) == (query, content)
    kind = "json" if settings.get("style") == "json" else "x-www-form-urlencoded"
    assert prepared.headers["Content-Type"] == f"application/{kind}"
