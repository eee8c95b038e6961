"""The kill switches on screen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import Stop
from integrations.services import stops
from tests.hub import Hub
from tests.web.pages import said, text


@pytest.mark.parametrize(("what", "name"), [("team", "The team Acme"), ("ghl", "The connection GHL")])
def test_what_is_stopped_stands_on_top_of_every_page(hub: Hub, ada: Client, what: str, name: str) -> None:
    given = {"what": str(hub.ghl.pk) if what == "ghl" else what, "why": "Wrong texts."}
    assert f"{name} is stopped." in said(ada, ada.post(reverse("stop-pull"), given))

    for page in ("dashboard", "workflow-list", "stop-list"):
        banner = text(ada.get(reverse(page)))
        assert f"{name} is stopped since" in banner
        assert "by ada. Wrong texts." in banner

    assert "Resumed." in said(ada, ada.post(reverse("stop-release"), {"what": given["what"]}))
    assert "is stopped since" not in text(ada.get(reverse("dashboard")))


def test_only_an_administrator_of_the_hub_stops_all_of_it(hub: Hub, ada: Client) -> None:
    assert ada.post(reverse("stop-pull"), {"what": "hub"}).status_code == 403
    assert not Stop.objects.exists()
    User.objects.filter(username="ada").update(is_superuser=True)
    assert "The whole hub is stopped" in said(ada, ada.post(reverse("stop-pull"), {"what": "hub"}))


def test_another_team_hears_only_of_what_stops_it(hub: Hub, otto: Client) -> None:
    stops.stop(hub.team)
    assert otto.post(reverse("stop-pull"), {"what": str(hub.ghl.pk)}).status_code == 404
    assert "is stopped since" not in text(otto.get(reverse("dashboard")))
    stops.stop()
    assert "The whole hub is stopped since" in text(otto.get(reverse("dashboard")))
