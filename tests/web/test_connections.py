"""Connecting accounts: what is typed, what is said, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import catalog
from integrations.models import Connection, ConnectionState
from tests import madeup
from tests.hub import Hub
from tests.madeup import Site
from tests.web.pages import said, text


def add(connector: str, auth: str, environment: str = "production") -> str:
    return reverse("connection-add", args=[connector, auth, environment])


def test_in_the_sandbox_nothing_but_a_name_is_asked_for(hub: Hub, ada: Client) -> None:
    page = text(ada.get(add("accredible", "api_key", "sandbox")))
    after = said(ada, ada.post(add("accredible", "api_key", "sandbox"), {"name": "Second"}))

    assert 'name="secret_api_key"' not in page
    assert "Connected to" in after
    assert Connection.objects.get(name="Second").state == ConnectionState.CONNECTED


def test_a_connection_may_be_read_only_from_the_beginning(hub: Hub, ada: Client) -> None:
    ada.post(add("accredible", "api_key", "sandbox"), {"name": "Second", "only_reads": "on"})
    ada.post(add("accredible", "api_key", "sandbox"), {"name": "Third"})
    assert Connection.objects.get(name="Second").read_only
    assert not Connection.objects.get(name="Third").read_only


BAD = [
    ("ghl", "pit", {"name": "", "secret_private_integration_token": "pit-1"}, "This field is required."),
    ("ghl", "pit", {"name": "New"}, "This field is required."),
    (
        "ghl",
        "pit",
        {"name": "GHL", "secret_private_integration_token": "pit-1"},
        "There is a connection “GHL” already; choose another name.",
    ),
    (
        "accredible",
        "api_key",
        {"name": "New", "secret_api_key": "k", "setting_region": "mars"},
        "Select a valid choice. mars is not one of the available choices.",
    ),
]


@pytest.mark.parametrize(("connector", "auth", "given", "sentence"), BAD)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    hub: Hub, ada: Client, connector: str, auth: str, given: dict[str, str], sentence: str
) -> None:
    before = Connection.objects.count()

    page = text(ada.post(add(connector, auth), given))

    assert sentence in page
    assert Connection.objects.count() == before


def test_a_secret_that_was_typed_is_not_given_back(hub: Hub, ada: Client) -> None:
    given = {"name": "GHL", "secret_private_integration_token": "pit-do-not-show"}

    page = text(ada.post(add("ghl", "pit"), given))

    assert "pit-do-not-show" not in page


def test_an_app_that_does_not_exist_is_answered_with_those_that_do(hub: Hub, ada: Client) -> None:
    apps = ", ".join(sorted(catalog.CONNECTORS))
    assert f"choose one of: {apps}" in said(ada, ada.get(add("hubspot", "key")))


def test_verify_says_in_words_what_the_app_answered(hub: Hub, ada: Client) -> None:
    where = reverse("connection-verify", args=[hub.ghl.pk])
    assert "Connected to Harbour Academy" in said(ada, ada.post(where))

    hub.sandbox.act("ghl", "new_private_token", {})
    after = said(ada, ada.post(where))

    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.NEEDS_RECONNECT
    assert hub.ghl.state_reason in after


def test_the_sandboxs_present_key_is_taken_without_typing(hub: Hub, ada: Client) -> None:
    hub.sandbox.act("ghl", "new_private_token", {})
    ada.post(reverse("connection-verify", args=[hub.ghl.pk]))

    said(ada, ada.post(reverse("connection-renew", args=[hub.ghl.pk])))

    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.CONNECTED


def test_a_new_key_that_is_refused_changes_nothing(hub: Hub, ada: Client) -> None:
    before = hub.accredible.credentials.get().value

    page = text(
        ada.post(reverse("connection-keys", args=[hub.accredible.pk]), {"api_key": "wrong-do-not-show"})
    )

    assert hub.accredible.credentials.get().value == before
    assert "wrong-do-not-show" not in page
    assert 'class="hub-note hub-note-bad"' in page


def test_settings_are_kept_and_a_wrong_choice_is_refused(hub: Hub, ada: Client) -> None:
    where = reverse("connection-settings", args=[hub.accredible.pk])

    page = text(ada.post(where, {"region": "mars"}))
    assert "Select a valid choice" in page

    ada.post(where, {"region": "eu"})
    hub.accredible.refresh_from_db()
    assert hub.accredible.settings["region"] == "eu"


def test_disconnecting_names_who_will_wait_and_asks_first(hub: Hub, ada: Client) -> None:
    where = reverse("connection-disconnect", args=[hub.ghl.pk])

    page = text(ada.get(where))
    assert "These workflows will wait" in page
    assert hub.workflow.name in page
    assert hub.ghl.credentials.exists()

    ada.post(where)
    hub.ghl.refresh_from_db()
    assert hub.ghl.state == ConnectionState.DISCONNECTED
    assert not hub.ghl.credentials.exists()


def test_the_dashboard_says_which_connection_needs_somebody(hub: Hub, ada: Client) -> None:
    hub.sandbox.act("ghl", "new_private_token", {})
    ada.post(reverse("connection-verify", args=[hub.ghl.pk]))

    page = text(ada.get(reverse("dashboard")))

    hub.ghl.refresh_from_db()
    assert "1 connection needs attention" in page
    assert hub.ghl.state_reason in page


def test_without_a_sandbox_it_is_not_offered(hub: Hub, ada: Client, settings: Any) -> None:
    settings.HUB_SANDBOX_ENABLED = False

    page = text(ada.get(reverse("connection-apps")))

    assert add("ghl", "pit") in page
    assert add("ghl", "pit", "sandbox") not in page
    assert ada.get(reverse("sandbox")).status_code == 404


# --- an app whose address is the account's own ------------------------------------------------------


@pytest.fixture
def site(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Site:
    return madeup.settle(monkeypatch)


TYPED = {"name": "Site", "secret_key": "first-key", "setting_site": "https://site.example"}


def test_the_address_is_asked_for_called_and_shown(site: Site, ada: Client) -> None:
    page = text(ada.get(add("madeup", "key")))
    after = said(ada, ada.post(add("madeup", "key"), TYPED))

    assert 'name="setting_site"' in page and 'name="setting_shade"' in page
    assert "Connected as Ada." in after
    assert "Calls go to" in after and "https://site.example" in after
    assert site.lines() == ["GET https://site.example/me"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "This field is required."),
        ("nonsense here", "Write the site's address"),
        ("https://inside.example", "inside a private network"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_under_the_form(
    site: Site, ada: Client, typed: str, says: str
) -> None:
    assert says in text(ada.post(add("madeup", "key"), {**TYPED, "setting_site": typed}))
    assert not Connection.objects.filter(name="Site").exists()

    ada.post(add("madeup", "key"), TYPED)
    connection = Connection.objects.get(name="Site")
    at = reverse("connection-settings", args=[connection.pk])
    assert says in text(ada.post(at, {"site": typed}))
    connection.refresh_from_db()
    assert connection.settings == {"site": "https://site.example"}
    assert site.lines() == ["GET https://site.example/me"]
