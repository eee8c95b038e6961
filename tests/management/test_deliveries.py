"""Deliveries from the command line."""

from __future__ import annotations

import pytest

from integrations.models import Delivery, Team
from integrations.services import byhand
from integrations.services.clients import sandbox
from tests.bridges import bridge, passing_on
from tests.management.conftest import ask
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plenty")]


@pytest.fixture
def told() -> None:
    shop = bridge(Team.objects.create(name="Acme"))
    passing_on(shop, shop)
    byhand.deliver(shop, "bridge.event", {"id": "evt_1", "event": "order.paid", "data": {"id": "o-1"}})


@pytest.mark.usefixtures("told")
def test_work_sends_what_runs_have_asked_for() -> None:
    assert ask("work", "--once").status == 0
    (row,) = ask("deliveries", "--json").json
    assert (row["state"], row["status"], row["tries"]) == ("delivered", 200, 1)


@pytest.mark.usefixtures("told")
def test_one_that_was_given_up_is_sent_again_with_the_same_id() -> None:
    sandbox().turn("bridge", {"answer": 410})
    ask("work", "--once")
    row = Delivery.objects.get()
    again = ask("deliveries", "--replay", str(row.pk))
    assert (again.status, "410" in again.err) == (1, True)
    sandbox().turn("bridge", {"answer": 200})
    again = ask("deliveries", "--replay", str(row.pk), "--json")
    assert (again.status, again.json["state"], again.json["id"]) == (0, "delivered", row.key)


@pytest.mark.django_db
def test_a_wrong_number_is_said_so() -> None:
    assert ask("deliveries", "--replay", "77").status == 2
    assert ask("deliveries").out == "There are no deliveries.\n"
