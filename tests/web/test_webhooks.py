"""What pages say about webhooks: where to send them, what came, what a look had to find."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Event, Run, Tally
from integrations.services import connect, lifecycle, sweeps
from tests.services.conftest import plenty
from tests.services.telling import Pair, listening, pair, payload, post
from tests.web.conftest import member
from tests.web.pages import text

__all__ = ["plenty"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


@pytest.fixture
def ada(two: Pair) -> Client:
    return member("ada", two.team, "operator")


def page(client: Client, name: str, pk: int) -> str:
    return text(client.get(reverse(name, args=[pk])))


def test_a_connection_says_where_webhooks_go_and_what_came(two: Pair, ada: Client) -> None:
    before = page(ada, "connection-detail", two.source.pk)
    assert "http://127.0.0.1:8000/hooks/sandbox/ghl/" in before
    assert "nothing yet" in before
    listening(two, "contacts.changed")
    two.create("Rosa")
    two.hear()
    after = page(ada, "connection-detail", two.source.pk)
    assert "ContactCreate" in after
    assert "Recovered" in after


def test_a_real_connection_says_how_to_set_them_up(two: Pair, ada: Client, settings: Any) -> None:
    settings.HUB_OAUTH_APPS = {"ghl": {"client_id": "app-1", "client_secret": "s"}}
    real = connect.add(two.team, "ghl", name="Real", environment="production", auth="oauth")
    shown = page(ada, "connection-detail", real.pk)
    assert "/hooks/ghl/" in shown
    assert "default webhook URL" in shown


def test_a_connection_by_key_says_that_it_gets_none(two: Pair, ada: Client) -> None:
    keyed = connect.add(
        two.team,
        "ghl",
        name="Key",
        environment="production",
        auth="pit",
        secrets={"private_integration_token": "pit-1"},
    )
    assert "sends none to an account connected in this way" in page(ada, "connection-detail", keyed.pk)


def test_a_run_of_refusals_is_said_on_the_page(two: Pair, ada: Client) -> None:
    Tally.objects.all().delete()
    for _ in range(5):
        post(Client(), payload(two.source), headers={"X-GHL-Signature": "AAAA"})
    assert "5 webhooks were refused" in page(ada, "connection-detail", two.source.pk)
    post(Client(), payload(two.source))
    assert "were refused" not in page(ada, "connection-detail", two.source.pk)


def test_a_recovered_event_is_labelled_on_its_run(two: Pair, ada: Client) -> None:
    workflow = listening(two, "contacts.changed")
    two.sandbox.set_fault("ghl", "webhook_dropped")
    two.create("Rosa")
    sweeps.sweep(workflow)
    assert Event.objects.get().source == "recovered"
    shown = page(ada, "run-detail", Run.objects.get().pk)
    assert "no webhook told of it" in shown
    assert "recovered" in shown


def test_an_event_that_was_told_late_says_so(two: Pair, ada: Client) -> None:
    listening(two, "webhook.contact_delete", look=False)
    post(Client(), payload(two.source, "ContactDelete", timestamp="2026-01-01T00:00:00Z"))
    two.hear()
    assert "told late" in page(ada, "run-detail", Run.objects.get().pk)


def test_a_workflow_says_how_often_it_looks_and_why(two: Pair, ada: Client) -> None:
    workflow = listening(two, "contacts.changed")
    two.create("Rosa")
    two.hear()
    sweeps.sweep(workflow)
    shown = page(ada, "workflow-detail", workflow.pk)
    assert "Webhooks of GoHighLevel tell of it" in shown
    assert "15 minutes (asked for: 5)" in shown
    assert "a look only finds what none of them told" in shown


def test_a_workflow_that_only_webhooks_feed_has_no_looks(two: Pair, ada: Client) -> None:
    workflow = listening(two, "webhook.contact_delete", look=False)
    shown = page(ada, "workflow-detail", workflow.pk)
    assert "Webhooks of GoHighLevel tell of it" in shown
    assert "Next look" not in shown
    assert "Look now" not in shown


def test_a_trigger_that_only_webhooks_feed_is_refused_on_an_account_without_them(two: Pair) -> None:
    keyed = connect.add(
        two.team,
        "ghl",
        name="Key",
        environment="production",
        auth="pit",
        secrets={"private_integration_token": "pit-1"},
    )
    workflow = listening(two, "webhook.contact_delete", look=False)
    workflow.bindings.filter(role="from").update(connection=keyed)
    assert any("gets no webhooks" in problem for problem in lifecycle.problems(workflow))


def test_the_sandbox_shows_what_is_on_its_way_and_takes_its_troubles(two: Pair, ada: Client) -> None:
    two.create("Rosa")
    shown = text(ada.get(reverse("sandbox") + "?app=ghl"))
    assert "Webhooks" in shown
    assert "ContactCreate" in shown
    form = {"kind": "webhook_dropped", "match": "", "count": "500", "percent": "20", "seconds": "0"}
    assert ada.post(reverse("sandbox-fault", args=["ghl"]), form).status_code == 302
    (fault,) = two.sandbox.faults()
    assert (fault["kind"], fault["percent"], fault["remaining"]) == ("webhook_dropped", 20, 500)
