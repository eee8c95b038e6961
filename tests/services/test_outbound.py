"""Deliveries: on record before they are sent, sent until they are taken, the same id in every try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from django.db import transaction

from integrations.engine.errors import WrongUse
from integrations.models import ApiCall, Connection, Delivery, Effect, Run, Team
from integrations.sandbox import faults
from integrations.services import byhand, clients, connect, doors, outbound, retention
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.bridges import bridge, passing_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plenty")]

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def shop() -> Connection:
    return bridge(Team.objects.create(name="Acme"))


def told(shop: Connection, number: int = 1) -> Delivery:
    """An event comes in and is passed on: its delivery, not sent yet."""
    if not Run.objects.exists():
        passing_on(shop, shop)
    payload = {"id": f"evt_{number}", "event": "order.paid", "data": {"id": f"o-{number}"}}
    byhand.deliver(shop, "bridge.event", payload)
    drain_once(for_s=10)
    return Delivery.objects.order_by("-pk")[0]


def received() -> list[dict[str, Any]]:
    return [row for row in sandbox().dump()["bridge"].get("received", []) if row["type"] != "hub.test"]


def answers(status: int) -> None:
    sandbox().turn("bridge", {"answer": status})


def test_a_run_is_done_when_its_delivery_is_on_record(shop: Connection) -> None:
    row = told(shop)
    run = Run.objects.get()
    assert (run.state, row.state, row.attempts, row.run) == ("succeeded", "waiting", 0, run)
    assert Effect.objects.get().state == "done"
    assert not received()


def test_it_is_sent_and_taken(shop: Connection) -> None:
    row = told(shop)
    assert outbound.send_due() == 1
    row.refresh_from_db()
    assert (row.state, row.status, row.attempts, row.problem) == ("delivered", 200, 1, "")
    (event,) = received()
    assert (event["id"], event["type"], event["data"]) == (row.key, "order.paid", {"id": "o-1"})
    assert ApiCall.objects.filter(purpose="delivery", status=200).count() == 1
    assert outbound.send_due() == 0


def test_the_same_effect_is_one_delivery(shop: Connection) -> None:
    told(shop)
    effect = Effect.objects.get()
    again = outbound.Wanted(
        run=Run.objects.get(), connection_id=shop.pk, effect=effect.key, operation="events.send", values={}
    )
    with transaction.atomic():
        outbound.store([again, again], datetime.now(UTC))
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_is_tried_again_after_growing_gaps_with_the_same_id(shop: Connection, status: int) -> None:
    answers(status)
    with time_machine.travel(START, tick=False) as clock:
        row = told(shop)
        gaps = []
        for _ in range(5):
            outbound.send_due()
            row.refresh_from_db()
            assert row.due_at is not None
            gaps.append((row.due_at - datetime.now(UTC)).total_seconds())
            clock.move_to(row.due_at - timedelta(seconds=1))
            assert outbound.send_due() == 0
            clock.move_to(row.due_at)
        assert gaps == [60, 300, 1800, 7200, 43200]
        answers(200)
        outbound.send_due()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("delivered", 6)
    assert [event["id"] for event in received()] == [row.key]


def test_after_the_last_try_it_waits_for_a_person(shop: Connection) -> None:
    answers(500)
    with time_machine.travel(START, tick=False) as clock:
        row = told(shop)
        for _ in range(6):
            assert outbound.send_due() == 1
            clock.shift(timedelta(days=1))
        assert outbound.send_due() == 0
    row.refresh_from_db()
    assert row.state == "failed" and row.problem


@pytest.mark.parametrize("status", [401, 404, 410, 422, 302])
def test_what_is_refused_for_good_is_not_sent_again(shop: Connection, status: int) -> None:
    answers(status)
    row = told(shop)
    outbound.send_due()
    row.refresh_from_db()
    assert (row.state, row.status, row.attempts, row.due_at) == ("failed", status, 1, None)


def test_it_waits_as_long_as_the_other_side_asked(shop: Connection) -> None:
    sandbox().set_fault("bridge", faults.THROTTLE)
    with time_machine.travel(START, tick=False):
        row = told(shop)
        outbound.send_due()
    row.refresh_from_db()
    assert row.due_at == START + timedelta(seconds=120)


def test_an_answer_that_was_lost_is_sent_again_and_is_one_event(shop: Connection) -> None:
    row = told(shop)
    sandbox().set_fault("bridge", faults.LOST_ANSWER)
    outbound.send_due()
    row.refresh_from_db()
    assert (row.state, row.status) == ("waiting", None)
    Delivery.objects.update(due_at=datetime.now(UTC))
    outbound.send_due()
    assert [(event["id"], event["times"]) for event in received()] == [(row.key, 2)]


def test_one_that_is_away_keeps_no_other_waiting(shop: Connection) -> None:
    first, second = told(shop, 1), told(shop, 2)
    Delivery.objects.filter(pk=first.pk).update(attempts=3)
    outbound.send_due(for_s=0)
    second.refresh_from_db()
    assert second.state == "delivered"


def test_a_worker_that_was_killed_leaves_it_to_the_next(shop: Connection) -> None:
    row = told(shop)
    now = datetime.now(UTC)
    Delivery.objects.update(lease_owner="gone", lease_until=now + timedelta(minutes=1), attempts=1)
    assert outbound.send_due() == 0
    Delivery.objects.update(lease_until=now)
    assert outbound.send_due() == 1
    assert received()[0]["id"] == row.key


def test_a_stopped_connection_keeps_what_is_to_be_sent(shop: Connection) -> None:
    told(shop)
    connect.disconnect(shop)
    assert outbound.send_due() == 0
    Connection.objects.update(state="connected")
    assert outbound.send_due() == 1


def test_sent_again_by_hand_it_has_the_same_id_and_all_its_tries(shop: Connection) -> None:
    answers(410)
    row = told(shop)
    outbound.send_due()
    answers(200)
    outbound.again(row)
    assert (row.state, row.attempts) == ("waiting", 0)
    outbound.send_due()
    assert [event["id"] for event in received()] == [row.key]


def test_what_is_being_sent_is_not_sent_again_by_hand(shop: Connection) -> None:
    row = told(shop)
    Delivery.objects.update(lease_owner="busy", lease_until=datetime.now(UTC) + timedelta(minutes=1))
    row.refresh_from_db()
    with pytest.raises(WrongUse, match="being sent"):
        outbound.again(row)


def test_while_a_secret_is_replaced_the_other_side_takes_either(shop: Connection) -> None:
    old = doors.secrets_of(shop)["outgoing_secret"]
    told(shop)
    doors.rotate(shop, datetime.now(UTC))
    sandbox().introduce("bridge", str(shop.pk), doors.path_of(shop), {"outgoing_secret": old})
    outbound.send_due()
    assert received()


@pytest.mark.parametrize("url", ["https://10.0.0.1/hook", "https://[::1]/hook", "http://shop.example/hook"])
def test_a_private_or_open_address_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    monkeypatch.setattr(
        clients, "http_client", lambda *what: httpx.Client(transport=httpx.MockTransport(take))
    )
    clients.forget()
    team = Team.objects.create(name="Acme")
    real = bridge(team, "Real", "production")
    Connection.objects.filter(pk=real.pk).update(settings={"target_url": url})  # as an older hub saved it
    row = told(Connection.objects.get(pk=real.pk))
    outbound.send_due()
    row.refresh_from_db()
    assert (row.state, asked) == ("failed", [])


def test_what_is_over_is_let_go_of_after_its_time(shop: Connection, settings: Any) -> None:
    settings.HUB_RETENTION_DAYS = 30
    told(shop)
    outbound.send_due()
    waiting = told(shop, 2)
    retention.prune(datetime.now(UTC) + timedelta(days=31))
    assert list(Delivery.objects.all()) == [waiting]
