"""INSTALL and UNINSTALL: they may come before the sign-in is done, twice, late, or for another app."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import (
    Connection,
    ConnectionState,
    Notice,
    NoticeState,
    OAuthToken,
    SubAccount,
    SubAccountState,
    Team,
)
from integrations.services import (
    connect,
    consent,
    deliveries,
    hearing,
    installing,
    installs,
    sub_accounts,
)
from integrations.services.clients import sandbox
from integrations.services.oauth_apps import app_id_of
from tests.hub import connected
from tests.services.connections import (
    STATE,
    agency_connection,
    branches,
    give_consent,
    location,
    oauth_connection,
    other_location,
    press,
)

pytestmark = pytest.mark.django_db

numbers = itertools.count(1)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


def app() -> str:
    return sandbox().apps()["ghl"].credentials()["client_id"].partition("-")[0]


def notice(kind: str, *, said: timedelta = timedelta(0), **payload: Any) -> Notice:
    """A notice as hearing stores it."""
    account = payload.get("locationId") or payload.get("companyId") or ""
    connection = Connection.objects.filter(account=account).first() if account else None
    return Notice.objects.create(
        connector="ghl",
        environment="sandbox",
        key=f"notice-{next(numbers)}",
        account=account,
        connection=connection,
        type=kind,
        payload={"type": kind, "appId": app(), **payload},
        said_at=datetime.now(UTC) + said,
    )


def heard(one: Notice) -> Notice:
    assert installs.heard(one, datetime.now(UTC))
    one.refresh_from_db()
    return one


def installed(**payload: Any) -> Notice:
    return heard(notice("INSTALL", **{"companyId": location("company_id"), **payload}))


# --- let in ---------------------------------------------------------------------------------------


def test_an_install_that_comes_before_the_exchange_waits_and_is_met_by_the_grant(team: Team) -> None:
    one = oauth_connection(team)
    back = press(consent.consent_url(one, STATE), location_id=location())
    early = installed(locationId=location())
    assert early.state == NoticeState.WAITING
    assert "waits for its sign-in" in early.problem

    assert consent.finish_consent(one, back, STATE).ok

    early.refresh_from_db()
    assert (early.state, early.connection) == (NoticeState.NEW, one)
    assert heard(early).state == NoticeState.HEARD


def test_an_install_of_a_location_waits_for_its_agency_too(team: Team) -> None:
    early = installed(locationId=location())
    agency = agency_connection(team)
    early.refresh_from_db()
    assert early.state == NoticeState.NEW
    assert heard(early).connection == agency
    assert SubAccount.objects.get(account=location()).state == SubAccountState.LISTED


def test_an_install_that_comes_twice_changes_nothing(team: Team) -> None:
    agency = agency_connection(team)
    for _ in range(2):
        assert installed(locationId=location()).state == NoticeState.HEARD
    assert agency.sub_accounts.count() == 1


def test_a_location_that_an_agency_gains_is_connected_by_itself_where_that_is_wanted(team: Team) -> None:
    agency = agency_connection(team)
    connect.change_settings(agency, {"connect_new_locations": True})
    (later,) = branches(1)
    installed(locationId=later)
    assert installing.work() == 1
    assert agency.children.get().account == later


def test_an_install_without_its_agency_is_found_in_the_agencys_list(team: Team, monkeypatch: Any) -> None:
    asked: list[int] = []
    monkeypatch.setattr(installs.queue, "list_accounts", asked.append)
    agency = agency_connection(team)
    (later,) = branches(1)
    early = heard(notice("INSTALL", locationId=later))
    assert (early.state, asked) == (NoticeState.WAITING, [agency.pk])

    installs.look(agency)

    early.refresh_from_db()
    assert (early.state, early.connection) == (NoticeState.NEW, agency)
    assert heard(early).state == NoticeState.HEARD


def test_what_another_app_installed_is_nobodys(team: Team) -> None:
    agency_connection(team)
    strange = installed(locationId=location(), appId="another")
    assert strange.state == NoticeState.WAITING
    assert not SubAccount.objects.exists()


def test_a_notice_without_an_account_means_nothing(team: Team) -> None:
    assert heard(notice("INSTALL")).state == NoticeState.IGNORED


def test_other_notices_are_left_to_others(team: Team) -> None:
    assert not installs.heard(notice("ContactCreate", locationId=location()), datetime.now(UTC))


def test_the_sandbox_tells_of_an_install_before_it_gives_the_code(team: Team) -> None:
    one = oauth_connection(team)
    press(consent.consent_url(one, STATE), location_id=location())
    (told,) = [row for row in sandbox().dump()["ghl"]["changes"] if row["event"] == "INSTALL"]
    assert told["location_id"] == location()
    assert told["payload"]["companyId"] == location("company_id")


def test_from_the_consent_page_to_the_connection_over_signed_webhooks(team: Team) -> None:
    """The whole way: the webhook overtakes the exchange, waits, and is heard once the tokens are there."""
    agency = oauth_connection(team, "Agency", settings_={"connects": "agency", "connect_new_locations": True})
    back = press(consent.consent_url(agency, STATE), location_id=location("company_id"))
    deliveries.within()
    hearing.hear_once()
    assert set(installs_by_state()) == {NoticeState.WAITING}

    assert consent.finish_consent(agency, back, STATE).ok
    hearing.hear_once()

    assert set(installs_by_state()) == {NoticeState.HEARD}
    assert installing.work() == 2
    sandbox().act("ghl", "uninstall_app", {"account": location()})
    deliveries.within()
    hearing.hear_once()
    office = agency.children.get(account=location())
    assert office.state == ConnectionState.NEEDS_RECONNECT
    assert "was uninstalled from this location" in office.state_reason


def installs_by_state() -> list[str]:
    return list(Notice.objects.filter(type="INSTALL").values_list("state", flat=True))


# --- put out --------------------------------------------------------------------------------------


def test_an_uninstall_stops_the_connection_in_words_and_keeps_its_tokens(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    before = OAuthToken.objects.get().refresh_token

    told = heard(notice("UNINSTALL", locationId=location()))

    one.refresh_from_db()
    assert told.state == NoticeState.HEARD
    assert one.state == ConnectionState.NEEDS_RECONNECT
    assert "the app was uninstalled from this location" in one.state_reason
    assert "Install it there again" in one.state_reason
    assert OAuthToken.objects.get().refresh_token == before


def test_an_uninstall_that_is_older_than_the_tokens_says_nothing_of_them(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    told = heard(notice("UNINSTALL", said=timedelta(hours=-2), locationId=location()))
    one.refresh_from_db()
    assert one.state == ConnectionState.CONNECTED
    assert "older than the tokens at hand" in told.problem


def test_an_agencys_uninstall_stops_it_and_all_under_it(team: Team) -> None:
    agency = agency_connection(team)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, [location()])
    installing.work()

    heard(notice("UNINSTALL", companyId=location("company_id")))

    agency.refresh_from_db()
    office = agency.children.get()
    assert (agency.state, office.state) == (ConnectionState.NEEDS_RECONNECT,) * 2
    assert "uninstalled from this agency" in agency.state_reason
    assert "uninstalled from Agency, which this one is under" in office.state_reason


def test_a_key_is_not_the_apps_and_goes_on(team: Team) -> None:
    by_key = connected(team, "ghl", "By key")
    told = heard(notice("UNINSTALL", locationId=location()))
    by_key.refresh_from_db()
    assert by_key.state == ConnectionState.CONNECTED
    assert told.state == NoticeState.IGNORED


def test_an_uninstall_of_another_app_is_nobodys(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    heard(notice("UNINSTALL", locationId=location(), appId="another"))
    one.refresh_from_db()
    assert (one.state, app_id_of(one)) == (ConnectionState.CONNECTED, app())


def test_what_was_not_connected_leaves_the_list_and_nothing_waits_for_it(team: Team) -> None:
    waits = installed(locationId=location())
    agency = agency_connection(team)
    sub_accounts.look(agency)
    Notice.objects.update(state=NoticeState.WAITING)
    heard(notice("UNINSTALL", locationId=location()))
    waits.refresh_from_db()
    assert waits.state == NoticeState.IGNORED
    assert [row.account for row in agency.sub_accounts.all()] == [other_location()]


def test_installed_again_a_location_under_an_agency_comes_back_by_itself(team: Team) -> None:
    agency = agency_connection(team)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, [location()])
    installing.work()
    sandbox().act("ghl", "uninstall_app", {"account": location()})
    heard(notice("UNINSTALL", locationId=location()))
    sandbox().act("ghl", "install_app", {"location": location()})

    installed(locationId=location())

    assert installing.work() == 1
    assert agency.children.get().state == ConnectionState.CONNECTED


def test_installed_again_a_location_by_itself_asks_for_a_sign_in(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    heard(notice("UNINSTALL", locationId=location()))
    installed(locationId=location())
    one.refresh_from_db()
    assert one.state == ConnectionState.NEEDS_RECONNECT
    assert "installed there again; sign in again" in one.state_reason
