"""The alerts' page: what is wrong, what is over, and whom the hub tells."""

from __future__ import annotations

from datetime import UTC, datetime

from django.test import Client
from django.urls import reverse

from integrations.engine.errors import CredentialRefused
from integrations.services import alerts, connect, standing
from tests.hub import Hub
from tests.web.pages import said, text

PAGE = "/alerts/"


def wrong(hub: Hub) -> None:
    standing.trouble(hub.ghl, CredentialRefused("The key was refused."))
    alerts.look(datetime.now(UTC))


def test_what_is_wrong_stands_on_the_page_and_on_the_dashboard(hub: Hub, vera: Client) -> None:
    wrong(hub)

    for page in (PAGE, reverse("dashboard")):
        shown = text(vera.get(page))
        assert "GHL: Needs reconnection. The key was refused." in shown, page
        assert f'href="/connections/{hub.ghl.pk}/"' in shown


def test_nobody_sees_the_alerts_of_another_team(hub: Hub, otto: Client) -> None:
    wrong(hub)

    assert "The key was refused." not in text(otto.get(PAGE))


def test_what_is_over_is_kept_below(hub: Hub, ada: Client) -> None:
    wrong(hub)
    hub.ghl.state = "connected"
    hub.ghl.save()
    alerts.look(datetime.now(UTC))

    shown = text(ada.get(PAGE))

    assert "Nothing is wrong" in shown
    assert "The key was refused." in shown


def test_who_is_told_is_set_and_a_test_says_what_became_of_it(hub: Hub, ada: Client) -> None:
    shop = connect.add(
        hub.team,
        "bridge",
        name="Shop",
        environment="sandbox",
        auth="signed",
        settings_={"target_url": "https://receiver.example/in"},
    )
    given = {"by_mail": "on", "mails": "a@example.com\nb@example.com", "least": "warning", "again_h": "12"}

    answer = ada.post(reverse("alert-settings"), {**given, "connection": shop.pk})

    assert "Saved." in said(ada, answer)
    own = alerts.settings_of(hub.team)
    assert (own.mails, own.connection, own.least) == (["a@example.com", "b@example.com"], shop, "warning")
    tested = said(ada, ada.post(reverse("alert-test")))
    assert "HUB_SMTP_URL is not set" in tested
    assert "The event over Shop: Delivered" in tested


def test_what_is_typed_wrong_is_said_at_its_field(hub: Hub, ada: Client) -> None:
    """A connection that events cannot be sent over is no choice."""
    given = {"mails": "nobody", "least": "info", "again_h": "0", "connection": hub.ghl.pk}

    shown = text(ada.post(reverse("alert-settings"), given))

    assert "“nobody” is no e-mail address." in shown
    assert "greater than or equal to 1" in shown
    assert "not one of the available choices" in shown
    assert alerts.settings_of(hub.team).mails == []
