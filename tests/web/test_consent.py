"""To the app's consent page and back: what was started here, once, by the same person, in time."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, Workflow
from integrations.services import connect, consent
from tests.hub import Hub
from tests.web.conftest import member
from tests.web.pages import said, text


@pytest.fixture
def unsigned(hub: Hub, settings: Any) -> Connection:
    """A GoHighLevel connection that nobody has consented to yet."""
    settings.HUB_BASE_URL = "http://testserver"
    settings.ALLOWED_HOSTS = ["testserver"]
    return connect.add(hub.team, "ghl", name="Location", environment="sandbox", auth="oauth")


def start(client: Client, connection: Connection) -> str:
    answer = client.post(reverse("consent-start", args=["ghl", connection.pk]))
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def allow(client: Client, consent_page: str, **choice: str) -> str:
    """Press a button on the consent page; the address it leads back to."""
    page = text(client.get(consent_page))
    location = page.split('name="location_id" value="')[1].split('"')[0]
    form = urlencode(choice or {"location_id": location})
    answer = client.post(consent_page, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def test_consent_connects(unsigned: Connection, ada: Client) -> None:
    page = start(ada, unsigned)
    assert page.startswith("http://testserver/sandbox/ghl/")

    back = allow(ada, page)
    assert back.startswith(f"{consent.redirect_uri('ghl')}?")

    assert "Connected to Harbour Academy" in said(ada, ada.get(back))
    unsigned.refresh_from_db()
    assert unsigned.state == "connected"
    assert unsigned.scopes


def test_what_is_asked_for_is_what_the_workflows_use(unsigned: Connection, ada: Client) -> None:
    asked = parse_qs(urlsplit(start(ada, unsigned)).query)["scope"][0].split()

    assert "calendars/events.write" in asked
    assert "opportunities.write" not in asked


def refused_on_the_page(client: Client, connection: Connection) -> str:
    return allow(client, start(client, connection), cancel="1")


def with_another_state(client: Client, connection: Connection) -> str:
    back = allow(client, start(client, connection))
    return back.replace(state_of(back), "made-up")


def without_a_state(client: Client, connection: Connection) -> str:
    back = allow(client, start(client, connection))
    return back.replace(f"state={state_of(back)}", "")


def used_twice(client: Client, connection: Connection) -> str:
    back = allow(client, start(client, connection))
    client.get(back)
    Connection.objects.filter(pk=connection.pk).update(state="new", verified_text="")
    client.get(reverse("connection-detail", args=[connection.pk]))  # its message has been read
    return back


def without_a_code(client: Client, connection: Connection) -> str:
    return f"{consent.redirect_uri('ghl')}?state={state_of(start(client, connection))}"


WRONG = [
    (refused_on_the_page, "Consent was refused on the app's page"),
    (with_another_state, "This sign-in was not started here"),
    (without_a_state, "This sign-in was not started here"),
    (used_twice, "This sign-in was not started here"),
    (without_a_code, "The app sent no authorisation code back"),
]


@pytest.mark.parametrize(("way", "sentence"), WRONG, ids=[way.__name__ for way, _ in WRONG])
def test_a_way_back_that_is_wrong_ends_on_the_connections_page_with_one_sentence(
    unsigned: Connection, ada: Client, way: Any, sentence: str
) -> None:
    answer = ada.get(way(ada, unsigned))

    assert answer.headers["Location"] == reverse("connection-detail", args=[unsigned.pk])
    page = said(ada, answer)
    assert sentence in page
    assert "Connected to" not in page
    unsigned.refresh_from_db()
    assert unsigned.state == "new"


@pytest.mark.parametrize(
    ("allowed", "begun", "connects"), [(False, 1, False), (True, 1, True), (True, 2, False)]
)
def test_a_way_back_without_a_state_is_taken_only_where_that_is_allowed_and_clear(
    unsigned: Connection, ada: Client, settings: Any, allowed: bool, begun: int, connects: bool
) -> None:
    settings.HUB_CONSENT_WITHOUT_STATE = allowed
    for _ in range(begun):
        page = start(ada, unsigned)
    back = allow(ada, page)
    said(ada, ada.get(back.replace(f"state={state_of(back)}", "")))
    unsigned.refresh_from_db()
    assert (unsigned.state == "connected") is connects


def test_after_ten_minutes_it_is_too_late(unsigned: Connection, ada: Client) -> None:
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False) as clock:
        back = allow(ada, start(ada, unsigned))
        clock.shift(601)
        answer = ada.get(back)

    assert "not started here" in said(ada, answer)
    unsigned.refresh_from_db()
    assert unsigned.state == "new"


def test_nobody_finishes_what_somebody_else_started(unsigned: Connection, hub: Hub, ada: Client) -> None:
    back = allow(ada, start(ada, unsigned))
    bob = member("bob", hub.team, "operator")

    answer = bob.get(back)

    assert answer.headers["Location"] == reverse("connection-list")
    unsigned.refresh_from_db()
    assert unsigned.state == "new"


def test_the_code_stands_on_no_page(unsigned: Connection, ada: Client) -> None:
    back = allow(ada, start(ada, unsigned))
    code = parse_qs(urlsplit(back).query)["code"][0]

    assert code not in said(ada, ada.get(back))


def test_a_location_that_comes_back_as_an_agency_is_refused_in_words(
    unsigned: Connection, hub: Hub, ada: Client
) -> None:
    ada.get(allow(ada, start(ada, unsigned)))
    company = hub.sandbox.apps()["ghl"].credentials()["company_id"]

    page = said(ada, ada.get(allow(ada, start(ada, unsigned), location_id=company)))

    assert "Consent was given for a whole agency, and Location is one location" in page


def test_the_consent_page_without_the_vendors_name_is_chosen_for_a_connection(
    unsigned: Connection, ada: Client
) -> None:
    where = reverse("connection-settings", args=[unsigned.pk])
    ada.post(where, {"consent_domain": "white_label", "version_id": "v-1"})

    page = start(ada, unsigned)

    assert "/marketplace.leadconnectorhq.com/v2/oauth/chooselocation?" in page
    assert parse_qs(urlsplit(page).query)["version_id"] == ["v-1"]
    assert "GoHighLevel" not in text(ada.get(page))
    assert "Connected to Harbour Academy" in said(ada, ada.get(allow(ada, page)))


def test_an_app_that_wants_its_version_says_so_on_its_page(
    unsigned: Connection, hub: Hub, ada: Client
) -> None:
    hub.sandbox.set_setting("ghl", "needs_version_id", True)
    assert "error.noversionid" in text(ada.get(start(ada, unsigned)))


def test_a_draft_that_is_ticked_is_asked_for_too(unsigned: Connection, hub: Hub, ada: Client) -> None:
    Workflow.objects.filter(pk=hub.workflow.pk).update(state="paused")
    plain = start(ada, unsigned)
    where = reverse("consent-start", args=["ghl", unsigned.pk])
    ticked = ada.post(where, {"also": [hub.workflow.pk, "nonsense"]}).headers["Location"]

    assert "calendars%2Fevents.write" not in plain
    assert "calendars%2Fevents.write" in ticked


def test_an_outage_at_the_exchange_is_said_and_the_code_may_be_had_again(
    unsigned: Connection, hub: Hub, ada: Client
) -> None:
    back = allow(ada, start(ada, unsigned))
    hub.sandbox.set_fault("ghl", "server_error", match="POST /oauth/token")

    page = said(ada, ada.get(back))

    assert "failed during the sign-in (status 500)" in page
    assert "<h1>500" not in page
    unsigned.refresh_from_db()
    assert unsigned.state == "new"


def test_a_connection_by_key_has_no_consent_page(hub: Hub, ada: Client) -> None:
    answer = ada.post(reverse("consent-start", args=["ghl", hub.ghl.pk]))

    assert "signs in by key; there is no consent page" in said(ada, answer)


def test_in_production_without_a_registered_app_it_says_what_to_set(hub: Hub, ada: Client) -> None:
    made = connect.add(hub.team, "ghl", name="Real", environment="production", auth="oauth")

    answer = ada.post(reverse("consent-start", args=["ghl", made.pk]))

    assert "HUB_OAUTH_GHL_CLIENT_ID" in said(ada, answer)
