"""The simulated other side: it believes only what was signed for it, and takes an id once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import WrongUse
from integrations.engine.spec import Incoming
from integrations.sandbox import Sandbox

OUT, IN = standard_webhooks.new_secret(), standard_webhooks.new_secret()
TARGET = "/hooks/sandbox/bridge/abc"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    found = Sandbox(tmp_path / "sandbox.sqlite3")
    found.introduce("bridge", "1", TARGET, {"outgoing_secret": OUT, "inbound_secret": IN})
    return found


def send(sandbox: Sandbox, secret: str = OUT, id: str = "msg_1", ago_s: int = 0) -> httpx.Response:
    body = json.dumps({"id": id, "type": "booking.made", "data": {"id": "a1"}}).encode()
    headers = standard_webhooks.headers(secret, id, body, datetime.now(UTC) - timedelta(seconds=ago_s))
    request = httpx.Request("POST", "https://receiver.example/hooks/x", headers=headers, content=body)
    return sandbox.handle("bridge", request)


def received(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.dump()["bridge"].get("received", [])


def test_the_same_id_is_one_event_however_often_it_comes(sandbox: Sandbox) -> None:
    assert [send(sandbox).status_code for _ in range(3)] == [200, 200, 200]
    (event,) = received(sandbox)
    assert (event["type"], event["times"]) == ("booking.made", 3)


@pytest.mark.parametrize("given", [{"secret": IN}, {"ago_s": 400}])
def test_what_was_not_signed_for_it_now_is_refused(sandbox: Sandbox, given: dict[str, Any]) -> None:
    assert send(sandbox, **given).status_code == 401
    assert not received(sandbox)


@pytest.mark.parametrize("status", [410, 503])
def test_it_answers_what_it_is_set_to(sandbox: Sandbox, status: int) -> None:
    sandbox.turn("bridge", {"answer": status})
    assert send(sandbox).status_code == status
    assert not received(sandbox)


def test_what_it_sends_goes_to_every_address_with_that_ones_signature(sandbox: Sandbox) -> None:
    other = standard_webhooks.new_secret()
    sandbox.introduce("bridge", "2", f"{TARGET}d", {"inbound_secret": other})
    sandbox.act("bridge", "emit", {"type": "order.paid", "data": '{"id": "o-1"}'})
    came: dict[str, Incoming] = {}

    def hub(app: str, target: str, headers: Any, body: bytes) -> int:
        given = {name.lower(): value for name, value in headers.items()}
        came[target] = Incoming(headers=given, query={}, body=body, received_at=datetime.now(UTC))
        return 200

    sandbox.deliver(hub)
    assert set(came) == {TARGET, f"{TARGET}d"}
    bridged.verify(came[TARGET], {bridged.SECRET: IN})
    bridged.verify(came[f"{TARGET}d"], {bridged.SECRET: other})


def test_addresses_outlive_a_reset_and_are_never_shown(sandbox: Sandbox) -> None:
    sandbox.reset()
    assert send(sandbox).status_code == 200
    assert IN not in json.dumps(sandbox.dump())


@pytest.mark.parametrize("data", ["no json", "[]", "7"])
def test_data_that_is_no_object_is_refused_in_words(sandbox: Sandbox, data: str) -> None:
    with pytest.raises(WrongUse, match="data"):
        sandbox.act("bridge", "emit", {"type": "x", "data": data})
