"""What is particular to the bridge: events as they were sent, and what goes out signed with its own id."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integrations import catalog
from integrations.engine import standard_webhooks
from integrations.engine.errors import NotFound, OutcomeUnknown, Refused, StopRun, Throttled
from integrations.engine.spec import Account
from integrations.engine.transport import Transport

BRIDGE = catalog.connector("bridge")
# The vector of the specification's own libraries (standard-webhooks/standard-webhooks, libraries/*/tests).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_" + "A" * 32
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
VALUES = {"type": "booking.made", "data": {"id": "a1"}}


def account(secrets: dict[str, str] | None = None, **settings: str) -> Account:
    return Account(
        connector="bridge",
        environment="production",
        name="Shop",
        base_url="https://receiver.example",
        settings={
            "target_url": "https://shop.example/hooks?team=7",
            "delivery_id": "msg_1",
            "delivery_at": "2026-11-20T09:59:00+00:00",
            **settings,
        },
        secrets=secrets or {"outgoing_secret": SECRET, "inbound_secret": OLDER},
    )


def sent(status: int = 200, account_: Account | None = None, **more: Any) -> tuple[Any, list[httpx.Request]]:
    """One try of a delivery: how it ended, and what went over the line."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, **more)

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: NOW)
    result = transport.call(BRIDGE, BRIDGE.operation("events.send"), account_ or account(), VALUES)
    return result, asked


def test_what_goes_out_is_the_envelope_signed_with_the_deliverys_own_id() -> None:
    result, (request,) = sent(204)
    assert result.error is None
    assert str(request.url) == "https://shop.example/hooks?team=7"
    assert json.loads(request.content) == {
        "id": "msg_1",
        "type": "booking.made",
        "source": "ghl-hub",
        "occurred_at": "2026-11-20T09:59:00+00:00",
        "data": {"id": "a1"},
    }
    assert (request.headers["webhook-id"], request.headers["idempotency-key"]) == ("msg_1", "msg_1")
    standard_webhooks.verify([SECRET], request.headers, request.content, NOW)


def test_a_secret_never_goes_along() -> None:
    result, (request,) = sent()
    for secret in (SECRET, OLDER):
        assert secret not in repr(request.headers) + request.content.decode() + repr(result.record)


def test_while_a_secret_is_replaced_both_sign() -> None:
    both = account({"outgoing_secret": SECRET, "outgoing_secret_before": OLDER})
    _, (request,) = sent(account_=both)
    for secret in (SECRET, OLDER):
        standard_webhooks.verify([secret], request.headers, request.content, NOW)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, StopRun),
        (401, Refused),
        (403, Refused),
        (404, NotFound),
        (410, NotFound),
        (422, Refused),
        (429, Throttled),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
def test_only_the_status_says_what_became_of_it(status: int, error: type[Exception]) -> None:
    result, _ = sent(status, headers={"Location": "https://elsewhere.example"})
    assert isinstance(result.error, error)


def test_a_success_is_one_whatever_its_body_holds() -> None:
    result, _ = sent(200, text="<html>thank you</html>")
    assert result.error is None


def test_without_an_address_nothing_is_sent() -> None:
    with pytest.raises(StopRun, match="Shop"):
        sent(account_=account(target_url=""))


@pytest.mark.parametrize(
    ("body", "event", "data"),
    [
        ({"type": "order.paid", "data": {"id": 1}}, "order.paid", {"id": 1}),
        ({"data": {"id": 1}}, "untold", {"id": 1}),
        ({"type": "bridge.event", "event": "order.paid", "data": {}}, "order.paid", {}),
    ],
)
def test_an_event_of_any_type_comes_in_as_it_was_sent(body: Any, event: str, data: Any) -> None:
    assert BRIDGE.webhooks is not None
    (told,) = BRIDGE.webhooks.read(body, {})
    assert (told.type, told.payload["event"], told.payload["data"]) == ("bridge.event", event, data)
