"""An agency's locations on screen: listed after the sign-in, searched, ticked, followed, taken back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, SubAccount, SubAccountState
from integrations.services import connect, installing, sub_accounts
from tests.hub import Hub
from tests.web.pages import said, text
from tests.web.test_consent import start


@pytest.fixture
def agency(hub: Hub, ada: Client, settings: Any) -> Connection:
    """Signed in over the screens."""
    settings.HUB_BASE_URL = "http://testserver"
    settings.ALLOWED_HOSTS = ["testserver"]
    add = reverse("connection-add", args=["ghl", "oauth", "sandbox"])
    ada.post(add, {"name": "Agency", "setting_connects": "agency", "setting_consent_domain": "standard"})
    made = Connection.objects.get(name="Agency")
    assert sign_in(hub, ada, made).headers["Location"] == reverse("account-list", args=[made.pk])
    made.refresh_from_db()
    return made


def sign_in(hub: Hub, client: Client, connection: Connection) -> Any:
    """To the consent page, in the agency's view, and back; where that leads."""
    company = hub.sandbox.apps()["ghl"].credentials()["company_id"]
    form = urlencode({"location_id": company})
    page = start(client, connection)
    answer = client.post(page, form, content_type="application/x-www-form-urlencoded")
    return client.get(answer.headers["Location"])


def where(agency: Connection, name: str = "account-list") -> str:
    return reverse(name, args=[agency.pk])


def locations(agency: Connection) -> list[str]:
    return list(SubAccount.objects.filter(parent=agency).values_list("account", flat=True))


def test_after_an_agencys_sign_in_its_locations_are_there_to_choose(agency: Connection, ada: Client) -> None:
    page = text(ada.get(where(agency)))
    assert "Connected to the agency of" in page
    assert "Harbour Academy New York" in page and "Hafenakademie Berlin" in page
    assert "Connect all 2" in page


def test_an_agency_that_comes_where_a_location_was_meant_asks_once_more(
    hub: Hub, ada: Client, settings: Any
) -> None:
    """The agency's view answers with the agency's token, whatever was picked there."""
    settings.HUB_BASE_URL = "http://testserver"
    settings.ALLOWED_HOSTS = ["testserver"]
    made = connect.add(hub.team, "ghl", name="Meant", environment="sandbox", auth="oauth")
    page = said(ada, sign_in(hub, ada, made))
    assert "Connected to the agency of" in page
    assert "it lacks oauth.readonly; connect it again" in page
    assert sign_in(hub, ada, made).headers["Location"] == reverse("account-list", args=[made.pk])


def test_they_are_searched(agency: Connection, ada: Client) -> None:
    page = text(ada.get(where(agency), {"q": "berlin"}))
    assert "Hafenakademie Berlin" in page
    assert "Harbour Academy New York" not in page
    assert "None of them has “nobody” in its name" in text(ada.get(where(agency), {"q": "nobody"}))


def test_those_ticked_are_queued_and_then_connected(agency: Connection, ada: Client) -> None:
    chosen = locations(agency)[:1]
    page = said(ada, ada.post(where(agency, "account-choose"), {"account": chosen}))
    assert "to go" in page
    assert "No worker answers" in page
    assert installing.work() == 1
    assert [row.account for row in agency.children.all()] == chosen
    page = text(ada.get(where(agency)))
    assert agency.children.get().name in page
    assert page.count("disabled") == 1


def test_all_that_match_are_queued(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1", "q": "berlin"})
    (queued,) = SubAccount.objects.filter(state=SubAccountState.QUEUED)
    assert queued.name == "Hafenakademie Berlin"
    assert queued.asked_by is not None


def test_nothing_ticked_is_answered_in_words(agency: Connection, ada: Client) -> None:
    assert "Tick at least one of the locations first." in said(ada, ada.post(where(agency, "account-choose")))


def test_without_a_worker_they_can_be_connected_here(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1"})
    assert "2 were connected here." in said(ada, ada.post(where(agency, "account-here")))


def test_the_rest_can_be_taken_back(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1"})
    assert "2 were taken back." in said(ada, ada.post(where(agency, "account-cancel")))
    assert sub_accounts.progress(agency).queued == 0


def test_the_list_is_looked_at_again(agency: Connection, hub: Hub, ada: Client) -> None:
    hub.sandbox.act("ghl", "add_locations", {"count": 1, "install": True})
    assert "3 locations were found." in said(ada, ada.post(where(agency, "account-look")))


def test_how_far_it_has_come_is_asked_for_by_the_page_itself(agency: Connection, ada: Client) -> None:
    assert "hx-get" not in text(ada.get(where(agency, "account-state")))
    ada.post(where(agency, "account-choose"), {"all": "1"})
    page = text(ada.get(where(agency, "account-state")))
    assert 'hx-trigger="every 2s"' in page
    assert "0 %" in page


def test_what_could_not_be_connected_says_why(agency: Connection, hub: Hub, ada: Client) -> None:
    (account, _) = locations(agency)
    hub.sandbox.act("ghl", "uninstall_app", {"account": account})
    ada.post(where(agency, "account-choose"), {"account": [account]})
    installing.work()
    page = text(ada.get(where(agency)))
    assert "could not be" in page
    assert "not installed in this location" in page


def test_the_list_of_connections_has_them_together(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1"})
    installing.work()
    page = text(ada.get(reverse("connection-list")))
    family = page.split('class="hub-family"')[1].split("</section>")[0]
    assert "Agency" in family and "Hafenakademie Berlin" in family
    assert "Choose locations" in family
    assert "Accredible" not in family


def test_a_locations_page_leads_to_its_agency_and_back(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1"})
    installing.work()
    office = agency.children.first()
    assert office is not None
    page = text(ada.get(reverse("connection-detail", args=[office.pk])))
    assert "Gets its tokens from" in page and where(agency, "connection-detail") in page
    assert "Reconnect by consent" not in page and "Get its token again" in page
    page = text(ada.get(where(agency, "connection-detail")))
    assert "2 connected" in page


def test_disconnecting_an_agency_says_what_it_does_to_its_locations(agency: Connection, ada: Client) -> None:
    ada.post(where(agency, "account-choose"), {"all": "1"})
    installing.work()
    page = text(ada.get(where(agency, "connection-disconnect")))
    assert "2 locations get their tokens from it" in page
    assert "They go on until their own tokens end (the first" in page
    ada.post(where(agency, "connection-disconnect"), {"all_under": "1"})
    assert {row.state for row in agency.children.all()} == {"disconnected"}


def test_one_account_has_no_such_page(hub: Hub, ada: Client) -> None:
    assert ada.get(where(hub.ghl)).status_code == 404


def test_viewers_look_and_others_do_not_even_that(agency: Connection, vera: Client, otto: Client) -> None:
    assert "Connect all" not in text(vera.get(where(agency)))
    assert vera.post(where(agency, "account-choose"), {"all": "1"}).status_code == 403
    assert otto.get(where(agency)).status_code == 404
