"""A connection's page about its own webhook address, and the list of what was sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from integrations.engine.freeze import freeze
from integrations.engine.spec import Step, StepKind, WorkflowSpec
from integrations.models import (
    Connection,
    Delivery,
    Effect,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import byhand, clients, connect, deliveries, doors, outbound, registering
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.bridges import bridge, envelope, passing_on, post, secret
from tests.services.conftest import plenty
from tests.web.conftest import member
from tests.web.pages import said, text

__all__ = ["plenty"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plenty")]


@pytest.fixture
def team() -> Team:
    cache.clear()
    return Team.objects.create(name="Acme")


@pytest.fixture
def shop(team: Team) -> Connection:
    return bridge(team)


@pytest.fixture
def ada(team: Team) -> Client:
    return member("ada", team, "operator")


def page(client: Client, shop: Connection) -> str:
    return text(client.get(reverse("connection-detail", args=[shop.pk])))


def light(client: Client, shop: Connection) -> str:
    return text(client.get(reverse("connection-light", args=[shop.pk])))


def test_the_page_shows_the_address_and_no_secret(shop: Connection, ada: Client) -> None:
    shown = page(ada, shop)
    assert doors.address_of(shop) in shown
    assert "Signing secret" in shown
    assert not re.search(r"whsec_\w", shown)


def test_new_secrets_are_shown_once_and_stand_in_the_snippets(shop: Connection, ada: Client) -> None:
    old = secret(shop)
    shown = text(ada.post(reverse("connection-hook-secret", args=[shop.pk])))
    assert secret(shop) != old
    assert shown.count(secret(shop)) == 2  # by itself, and in the snippet
    assert secret(shop, "outgoing_secret") in shown
    assert secret(shop) not in page(ada, shop)
    assert "The one before holds until" in page(ada, shop)


def test_the_light_turns_green_with_the_first_event(shop: Connection, ada: Client) -> None:
    waiting = light(ada, shop)
    assert "Waiting for the first event" in waiting and "hx-get" in waiting
    post(Client(), shop, envelope())
    done = light(ada, shop)
    assert "It works" in done and "hx-get" not in done


def test_there_is_no_light_without_an_own_address(team: Team, ada: Client) -> None:
    secrets, settings = connect.sandbox_secrets("ghl", "pit")
    ghl = connect.add(
        team, "ghl", name="GHL", environment="sandbox", auth="pit", settings_=settings, secrets=secrets
    )
    assert ada.get(reverse("connection-light", args=[ghl.pk])).status_code == 404


def test_a_new_address_is_another(shop: Connection, ada: Client) -> None:
    old = doors.address_of(shop)
    assert "new address" in said(ada, ada.post(reverse("connection-hook-move", args=[shop.pk])))
    assert old not in page(ada, shop)


def test_simple_mode_is_called_weaker(shop: Connection, ada: Client) -> None:
    assert "That is weaker" not in page(ada, shop)
    connect.change_settings(shop, {"hook_simple": True})
    assert "That is weaker" in page(ada, Connection.objects.get(pk=shop.pk))


@pytest.mark.parametrize("answers", [True, False])
def test_a_test_event_goes_out_and_comes_in(
    shop: Connection, ada: Client, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    def over_http(path: str, headers: Any, body: bytes) -> int:
        if not answers:
            return 0
        return Client().post(path, body, content_type=headers["content-type"], headers=headers).status_code

    monkeypatch.setattr(clients, "post_to_hub", over_http)
    told = said(ada, ada.post(reverse("connection-hook-test", args=[shop.pk])))
    assert ("address and signature work" in told) is answers
    assert ("It works" in light(ada, shop)) is answers


@pytest.mark.parametrize(("status", "told"), [(200, "comes in"), (404, "does not come in")])
def test_what_the_hubs_own_event_came_to_stands_on_the_page(
    shop: Connection, ada: Client, monkeypatch: pytest.MonkeyPatch, status: int, told: str
) -> None:
    assert "not made yet" in page(ada, shop)

    def outside(path: str, headers: Any, body: bytes) -> clients.Said:
        answer = Client().post(path, body, content_type=headers["content-type"], headers=headers)
        return clients.Said(status, answer.content if status == 200 else b"")

    monkeypatch.setattr(clients, "post_outside", outside)
    answer = said(ada, ada.post(reverse("connection-hook-selftest", args=[shop.pk])))

    assert ("came in at" in answer) is (status == 200)
    assert told in page(ada, shop)
    assert "Waiting for the first event" in light(ada, shop), "it is no event of anybody's"


# --- registering it at the app --------------------------------------------------------------------


def credly(team: Team) -> Connection:
    auth = connect.catalog.connector("credly").auths[0].key
    secrets, settings = connect.sandbox_secrets("credly", auth)
    return connect.add(
        team, "credly", name="Credly", environment="sandbox", auth=auth, settings_=settings, secrets=secrets
    )


def listens(connection: Connection, trigger: str = "badges.changed") -> None:
    spec = WorkflowSpec(
        title="Listens",
        roles={"from": connection.connector},
        trigger_role="from",
        trigger=trigger,
        steps=(Step(id="look", title="Look", kind=StepKind.FILTER),),
    )
    workflow = Workflow.objects.create(
        team=connection.team, name="Listens", draft=freeze(spec), state=WorkflowState.LIVE
    )
    workflow.live = WorkflowVersion.objects.create(
        workflow=workflow, number=1, spec=freeze(spec), bindings={"from": connection.pk}
    )
    workflow.save()


def at_credly() -> list[Any]:
    return [row["webhook_url"] for row in sandbox().dump()["credly"]["organizations"]]


def test_verifying_registers_the_address_for_who_listens(team: Team, ada: Client) -> None:
    connection = credly(team)
    assert "Credly sends" not in said(ada, ada.post(reverse("connection-verify", args=[connection.pk])))
    listens(connection)
    shown = said(ada, ada.post(reverse("connection-verify", args=[connection.pk])))
    assert "kinds of event to this address" in shown
    assert "Registered at Credly" in shown
    assert at_credly()[0].endswith(doors.path_of(connection))


def test_registered_twice_nothing_is_doubled(team: Team, ada: Client) -> None:
    connection = credly(team)
    listens(connection)
    for _ in range(2):
        assert registering.register(connection).ok
    assert Effect.objects.count() == 1
    assert "Register it there" in page(ada, connection)


def test_what_the_app_says_no_to_is_said_on_the_page(team: Team, ada: Client) -> None:
    connection = credly(team)
    listens(connection)
    sandbox().act("credly", "set_webhook", {"url": "https://somebody.example/hook"})
    shown = said(ada, ada.post(reverse("connection-hook-register", args=[connection.pk])))
    assert "elsewhere already" in shown
    assert at_credly()[0] == "https://somebody.example/hook"


def test_what_is_registered_is_where_the_simulation_sends(team: Team) -> None:
    connection = credly(team)
    listens(connection)
    registering.register(connection)
    sandbox().act("credly", "examples", {})
    assert deliveries.anything_due()
    deliveries.within()
    assert connection.notices.exists()


@pytest.mark.parametrize(
    ("base", "reachable"),
    [
        ("https://hub.example.com", True),
        ("https://203.0.113.7", False),
        ("https://93.184.216.34", True),
        ("https://10.0.0.1", False),
        ("https://hub", False),
        ("https://localhost", False),
        ("http://hub.example.com", False),
    ],
)
def test_a_real_app_needs_a_public_address(team: Team, settings: Any, base: str, reachable: bool) -> None:
    settings.HUB_BASE_URL = base
    real = connect.add(team, "bridge", name="Real", environment="production", auth="signed")
    assert (registering.why_not(real) == "") is reachable


# --- what was sent --------------------------------------------------------------------------------


@pytest.fixture
def failed(shop: Connection) -> Delivery:
    sandbox().turn("bridge", {"answer": 410})
    passing_on(shop, shop)
    byhand.deliver(shop, "bridge.event", {"id": "evt_1", "event": "order.paid", "data": {"id": "o-1"}})
    drain_once(for_s=10)
    outbound.send_due()
    return Delivery.objects.get()


def test_a_delivery_is_listed_with_why_it_was_not_taken(failed: Delivery, ada: Client) -> None:
    shown = text(ada.get(reverse("delivery-list")))
    assert failed.key in shown and "Given up" in shown and "status 410" in shown


@pytest.mark.parametrize(
    ("query", "there"), [("?state=failed", True), ("?state=delivered", False), ("?connection=x", True)]
)
def test_the_list_is_filtered(failed: Delivery, ada: Client, query: str, there: bool) -> None:
    assert (failed.key in text(ada.get(reverse("delivery-list") + query))) is there


def test_it_is_sent_again_from_the_list(failed: Delivery, ada: Client) -> None:
    sandbox().turn("bridge", {"answer": 200})
    assert "same id" in said(ada, ada.post(reverse("delivery-again", args=[failed.pk])))
    outbound.send_due()
    failed.refresh_from_db()
    assert failed.state == "delivered"


def test_another_team_sees_none_of_it(failed: Delivery) -> None:
    otto = member("otto", Team.objects.create(name="Elsewhere"), "operator")
    assert failed.key not in text(otto.get(reverse("delivery-list")))
    assert otto.post(reverse("delivery-again", args=[failed.pk])).status_code == 404


def test_the_connection_leads_to_its_deliveries(shop: Connection, ada: Client) -> None:
    assert f"{reverse('delivery-list')}?connection={shop.pk}" in page(ada, shop)
