"""An agency and what stands under it: listed, chosen, connected one after the other, kept alive."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database

from integrations.engine.errors import (
    CredentialRefused,
    HubError,
    StopRun,
    VendorTrouble,
    WrongUse,
)
from integrations.models import (
    Connection,
    ConnectionState,
    OAuthToken,
    SubAccount,
    SubAccountState,
    Team,
)
from integrations.services import (
    connect,
    direct,
    installing,
    picklists,
    scopes,
    sub_accounts,
    tokens,
    verification,
)
from integrations.services.clients import sandbox
from tests.hub import connected
from tests.services.connections import (
    agency_connection,
    branches,
    give_consent,
    location,
    minted,
    oauth_connection,
    other_location,
    token_requests,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


@pytest.fixture
def agency(team: Team) -> Connection:
    made = agency_connection(team)
    sub_accounts.look(made)
    return made


def install(agency: Connection, *accounts: str) -> list[Connection]:
    """Choose these and connect them; their connections."""
    sub_accounts.choose(agency, accounts)
    installing.work()
    return [Connection.objects.get(account=account, parent=agency) for account in accounts]


def row(agency: Connection, account: str) -> SubAccount:
    return SubAccount.objects.get(parent=agency, account=account)


def age(one: Connection, *, left: timedelta = timedelta(0)) -> None:
    now = datetime.now(UTC)
    OAuthToken.objects.filter(connection=one).update(
        issued_at=now - timedelta(hours=20), expires_at=now + left
    )


# --- the agency itself ----------------------------------------------------------------------------


def test_an_installation_from_the_agencys_view_becomes_an_agency_connection(agency: Connection) -> None:
    agency.refresh_from_db()
    assert agency.state == ConnectionState.CONNECTED
    assert agency.account == location("company_id")
    assert agency.settings["connects"] == "agency"
    assert "location_id" not in agency.settings
    assert agency.verified_text.startswith("Connected to the agency of ")


def test_the_agencys_view_answers_so_even_where_a_location_was_to_be_connected(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one, location_id=location("company_id"))
    assert one.settings["connects"] == "agency"
    assert one.account == location("company_id")


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ("location_id", "company_id", "Consent was given for a whole agency, and GHL is one location"),
        ("company_id", "location_id", "Consent was given for one location, and GHL is a whole agency"),
    ],
)
def test_a_connection_stays_of_the_kind_it_is(team: Team, first: str, then: str, says: str) -> None:
    one = oauth_connection(team)
    give_consent(one, location_id=location(first))
    before = OAuthToken.objects.get().access_token
    with pytest.raises(WrongUse) as told:
        give_consent(one, location_id=location(then))
    assert says in told.value.sentence
    assert OAuthToken.objects.get().access_token == before


def test_an_agency_is_asked_for_what_the_exchange_needs_and_a_location_is_not(team: Team) -> None:
    of_agency = scopes.wanted(oauth_connection(team, "A", settings_={"connects": "agency"}))
    of_location = scopes.wanted(oauth_connection(team, "B"))
    assert {"oauth.readonly", "oauth.write"} <= set(of_agency)
    assert set(of_agency) - set(of_location) == {"oauth.readonly", "oauth.write"}


@pytest.mark.parametrize("operation", ["calendars.list", "contacts.get"])
def test_a_locations_call_over_the_agency_is_refused_in_words_before_it_is_made(
    agency: Connection, operation: str
) -> None:
    asked = len(sandbox().requests("ghl"))
    with pytest.raises(StopRun, match="open “Locations” on its page, choose the location"):
        direct.read(agency, operation, {"contactId": "c"} if "get" in operation else {}, purpose="test")
    assert len(sandbox().requests("ghl")) == asked
    agency.refresh_from_db()
    assert agency.state == ConnectionState.CONNECTED


def test_the_agencys_own_calls_go_over_it(agency: Connection) -> None:
    found = direct.read(agency, "locations.search", {}, purpose="test").value
    assert {row["id"] for row in found} == {location(), other_location()}


def test_an_agencys_call_over_a_location_is_refused_in_words(agency: Connection) -> None:
    (office,) = install(agency, location())
    values = {"appId": "a"}
    with pytest.raises(StopRun, match=r"is a matter of the agency, and .* is one location"):
        direct.read(office, "oauth.installed_locations", values, purpose="test")


def test_a_private_token_of_an_agency_is_an_agency_connection_too(team: Team) -> None:
    known = sandbox().apps()["ghl"].credentials()
    made = connect.add(
        team,
        "ghl",
        name="By token",
        environment="sandbox",
        auth="pit",
        settings_={"connects": "agency", "company_id": known["company_id"]},
        secrets={"private_integration_token": known["agency_integration_token"]},
    )
    assert made.account == known["company_id"]
    verified = verification.verify(made)
    assert verified.ok, verified.sentence
    with pytest.raises(WrongUse, match="there is nothing under it to choose"):
        sub_accounts.look(made)


# --- the list -------------------------------------------------------------------------------------


def test_the_list_has_every_location_with_the_app_whatever_its_order(agency: Connection) -> None:
    installed = branches(250)
    branches(3, install=False)
    looked = sub_accounts.look(agency)
    assert (looked.found, looked.complete) == (252, True)
    listed = set(SubAccount.objects.values_list("account", flat=True))
    assert listed == {*installed, location(), other_location()}
    assert len(sandbox().requests("ghl", "GET", "/oauth/installedLocations")) == 1 + 3


def test_a_long_list_is_read_as_far_as_was_asked(agency: Connection) -> None:
    branches(150)
    assert sub_accounts.look(agency, pages=1).complete is False
    assert SubAccount.objects.count() >= 100


def test_what_is_not_there_any_more_leaves_the_list_and_what_is_connected_stays(agency: Connection) -> None:
    (kept,) = install(agency, location())
    for account in (location(), other_location()):
        sandbox().act("ghl", "uninstall_app", {"account": account})
    sub_accounts.look(agency)
    assert list(SubAccount.objects.values_list("account", flat=True)) == [kept.account]


@pytest.mark.parametrize(
    ("words", "found"),
    [("", 3), ("harbour", 2), ("academy NEW", 1), ("boston", 1), ("nobody", 0)],
)
def test_it_is_searched_by_name_address_and_id(agency: Connection, words: str, found: int) -> None:
    branches(1)
    sub_accounts.look(agency)
    assert sub_accounts.matching(agency, words).count() == found


def test_a_list_that_may_not_be_read_says_what_to_allow(agency: Connection) -> None:
    Connection.objects.filter(pk=agency.pk).update(scopes=["locations.readonly"])
    with pytest.raises(StopRun, match=r"it lacks oauth\.readonly; connect it again"):
        sub_accounts.look(agency)


# --- connecting -----------------------------------------------------------------------------------


def test_a_chosen_location_gets_a_connection_that_works(agency: Connection) -> None:
    (office,) = install(agency, location())
    assert office.name == "Harbour Academy New York"
    assert office.parent == agency
    assert (office.state, office.settings["connects"]) == (ConnectionState.CONNECTED, "location")
    assert office.settings["timezone"] == "America/New_York"
    assert picklists.picks(office, "calendars")
    assert scopes.surplus(office) == []
    assert row(agency, location()).state == SubAccountState.CONNECTED
    assert OAuthToken.objects.get(connection=office).refresh_token == ""


def test_what_stands_under_a_read_only_agency_is_read_only(agency: Connection) -> None:
    """Tokens are not what read-only is about: the exchange itself is made."""
    connect.set_read_only(agency, True)
    agency.refresh_from_db()
    (office,) = install(agency, location())
    assert (office.state, office.read_only) == (ConnectionState.CONNECTED, True)


def test_what_is_chosen_twice_is_connected_once(agency: Connection) -> None:
    accounts = [location(), other_location()]
    assert sub_accounts.choose(agency, accounts) == 2
    assert sub_accounts.choose(agency, accounts) == 0
    installing.work()
    assert sub_accounts.choose(agency, accounts) == 0
    installing.work()
    assert (minted(), agency.children.count()) == (2, 2)


def test_hundreds_are_connected_each_once(agency: Connection, plenty: None) -> None:
    sandbox().set_setting("ghl", "burst_limit", 10_000)
    chosen = branches(120)
    sub_accounts.look(agency)
    assert sub_accounts.choose(agency, None) == 122
    assert installing.work(for_s=60) == 122
    progress = sub_accounts.progress(agency)
    assert (progress.queued, progress.failed, progress.connected) == (0, 0, 122)
    assert set(chosen) < set(agency.children.values_list("account", flat=True))
    assert minted() == 122


@pytest.mark.django_db(transaction=True)
def test_several_workers_connect_each_location_once() -> None:
    agency = agency_connection(Team.objects.create(name="Acme"))
    branches(6)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, None)

    def work(_: int) -> None:
        try:
            installing.work(for_s=30)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert minted() == 8
    assert sorted(agency.children.values_list("account", flat=True)) == sorted(
        SubAccount.objects.values_list("account", flat=True)
    )


def test_too_many_requests_are_waited_for_by_all_that_is_queued(agency: Connection, plenty: None) -> None:
    branches(3)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, None)
    sandbox().set_fault("ghl", "throttle", match="/oauth/locationToken")
    assert installing.work() == 0
    assert minted() == 1
    now = datetime.now(UTC)
    assert not installing.anything_due(now)
    assert installing.anything_due(now + timedelta(seconds=11))
    SubAccount.objects.update(due_at=now)
    assert installing.work() == 5


def test_an_outage_puts_one_off_and_the_others_go_on(agency: Connection) -> None:
    sub_accounts.choose(agency, None)
    sandbox().set_fault("ghl", "server_error", match="/oauth/locationToken")
    assert installing.work() == 1
    late = SubAccount.objects.get(state=SubAccountState.QUEUED)
    assert late.attempts == 1
    assert "failed (status 500)" in late.problem
    SubAccount.objects.update(due_at=datetime.now(UTC))
    assert installing.work() == 1


def test_an_outage_without_end_is_given_up_in_words(agency: Connection) -> None:
    sub_accounts.choose(agency, [location()])
    SubAccount.objects.update(attempts=installing.MOST_ATTEMPTS - 1)
    sandbox().set_fault("ghl", "server_error", match="/oauth/locationToken")
    installing.work()
    given_up = row(agency, location())
    assert given_up.state == SubAccountState.FAILED
    assert "failed (status 500)" in given_up.problem
    assert sub_accounts.choose(agency, [location()]) == 1


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (lambda: sandbox().act("ghl", "uninstall_app", {"account": location()}), "not installed"),
        (lambda: sandbox().act("ghl", "suspend_location", {"location": location()}), "location is paused"),
    ],
)
def test_one_that_cannot_be_connected_says_why_and_the_others_are(
    agency: Connection, trouble: Any, says: str
) -> None:
    trouble()
    sub_accounts.choose(agency, None)
    assert installing.work() == 1
    failed = row(agency, location())
    assert failed.state == SubAccountState.FAILED
    assert says in failed.problem
    agency.refresh_from_db()
    assert agency.state == ConnectionState.CONNECTED


def test_an_unknown_account_is_refused_and_may_be_named_from_the_command_line(agency: Connection) -> None:
    with pytest.raises(WrongUse, match="has no account nowhere in its list"):
        sub_accounts.choose(agency, ["nowhere"])
    assert sub_accounts.choose(agency, ["nowhere"], new=True) == 1
    installing.work()
    assert row(agency, "nowhere").state == SubAccountState.FAILED


def test_what_is_queued_can_be_taken_back(agency: Connection) -> None:
    sub_accounts.choose(agency, None)
    SubAccount.objects.filter(account=location()).update(
        lease_owner="a worker", lease_until=datetime.now(UTC) + timedelta(minutes=1)
    )
    assert sub_accounts.cancel(agency) == 1
    assert row(agency, other_location()).state == SubAccountState.LISTED
    assert row(agency, location()).state == SubAccountState.QUEUED


def test_whoever_lost_the_lease_makes_no_connection(agency: Connection) -> None:
    sub_accounts.choose(agency, [location()])
    taken = installing._take("slow", datetime.now(UTC), None)
    assert taken is not None
    SubAccount.objects.update(lease_until=datetime.now(UTC))
    assert installing.work() == 1
    assert installing._connect(taken, "slow") is False
    assert agency.children.count() == 1


def test_a_connection_by_the_same_app_is_taken_under_the_agency(agency: Connection) -> None:
    before = oauth_connection(agency.team, "Office")
    give_consent(before)
    by_key = connected(agency.team, "ghl", "By key")
    (office,) = install(agency, location())
    assert office.pk == before.pk
    assert office.name == "Office"
    by_key.refresh_from_db()
    assert by_key.parent is None


def test_names_that_are_taken_get_a_number(agency: Connection) -> None:
    connected(agency.team, "ghl", "Harbour Academy New York")
    (office,) = install(agency, location())
    assert office.name == "Harbour Academy New York (2)"


# --- tokens under an agency -----------------------------------------------------------------------


def test_a_location_token_at_its_end_is_exchanged_anew(agency: Connection) -> None:
    (office,) = install(agency, location())
    before, asked = OAuthToken.objects.get(connection=office).access_token, minted()
    age(office)
    tokens.fresh(office)
    after = OAuthToken.objects.get(connection=office)
    assert after.access_token != before
    assert (minted() - asked, after.generation) == (1, 2)
    assert verification.verify(office).ok


def test_the_agencys_own_token_is_refreshed_first_where_it_has_to_be(agency: Connection) -> None:
    (office,) = install(agency, location())
    age(office)
    age(agency)
    refreshed, asked = token_requests(), minted()
    tokens.fresh(office)
    assert (token_requests() - refreshed, minted() - asked) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_twenty_callers_under_an_agency_make_one_refresh_and_one_exchange() -> None:
    agency = agency_connection(Team.objects.create(name="Acme"))
    sub_accounts.look(agency)
    (office,) = install(agency, location())
    age(office)
    age(agency)
    refreshed, asked = token_requests(), minted()
    together = threading.Barrier(20)

    def use(_: int) -> str:
        together.wait()
        try:
            return tokens.fresh(office).account.secrets["access_token"]
        finally:
            database.close()

    with ThreadPoolExecutor(20) as pool:
        used = set(pool.map(use, range(20)))
    assert len(used) == 1
    assert (token_requests() - refreshed, minted() - asked) == (1, 1)


def test_a_location_token_with_a_refresh_token_is_refreshed_by_itself(agency: Connection) -> None:
    sandbox().set_setting("ghl", "location_tokens_refresh", True)
    (office,) = install(agency, location())
    age(office)
    refreshed, asked = token_requests(), minted()
    tokens.fresh(office)
    assert (token_requests() - refreshed, minted() - asked) == (1, 0)


def test_where_its_refresh_token_is_refused_the_agencys_is_exchanged(agency: Connection) -> None:
    sandbox().set_setting("ghl", "location_tokens_refresh", True)
    (office,) = install(agency, location())
    OAuthToken.objects.filter(connection=office).update(refresh_token="")
    token = OAuthToken.objects.get(connection=office)
    token.refresh_token = "used already"
    token.save()
    age(office)
    tokens.fresh(office)
    assert verification.verify(office).ok


def test_a_revoked_agency_is_told_at_the_agency_and_its_locations_say_where_to_go(
    agency: Connection,
) -> None:
    (office,) = install(agency, location())
    sandbox().set_fault("ghl", "revoke_token", match="/oauth/locationToken", account=location("company_id"))
    age(office)
    age(agency, left=timedelta(hours=5))
    with pytest.raises(HubError):
        tokens.fresh(office)
    with pytest.raises(CredentialRefused):
        tokens.fresh(office)
    agency.refresh_from_db()
    assert agency.state == ConnectionState.NEEDS_RECONNECT
    with pytest.raises(CredentialRefused, match="gets its tokens from Agency, and that is needs reconn"):
        tokens.fresh(office)
    office.refresh_from_db()
    assert office.state == ConnectionState.NEEDS_RECONNECT
    assert "connect Agency again" in office.state_reason


def test_an_agency_that_is_connected_again_brings_its_locations_back(agency: Connection) -> None:
    (office,) = install(agency, location())
    for one in (agency, office):
        Connection.objects.filter(pk=one.pk).update(state=ConnectionState.NEEDS_RECONNECT)
    agency.refresh_from_db()
    assert give_consent(agency, location_id=location("company_id")).ok
    assert installing.work() == 1
    office.refresh_from_db()
    assert office.state == ConnectionState.CONNECTED


def test_an_outage_at_the_exchange_changes_nothing(agency: Connection) -> None:
    (office,) = install(agency, location())
    age(office)
    sandbox().set_fault("ghl", "server_error", match="/oauth/locationToken")
    with pytest.raises(VendorTrouble):
        tokens.fresh(office)
    for one in (agency, office):
        one.refresh_from_db()
        assert one.state == ConnectionState.CONNECTED


def test_a_suspended_location_is_not_the_agencys_trouble(agency: Connection) -> None:
    (office,) = install(agency, location())
    sandbox().act("ghl", "suspend_location", {"location": location()})
    age(office)
    assert not verification.verify(office).ok
    assert (office.state, agency.state) == (ConnectionState.SUSPENDED, ConnectionState.CONNECTED)
    sandbox().act("ghl", "resume_location", {"location": location()})
    OAuthToken.objects.update(lease_until=None)
    assert verification.ask_suspended() == 1


def test_a_location_where_the_app_is_not_any_more_stops_by_itself(agency: Connection) -> None:
    (office,) = install(agency, location())
    sandbox().act("ghl", "uninstall_app", {"account": location()})
    age(office)
    with pytest.raises(HubError):
        tokens.fresh(office)
    office.refresh_from_db()
    assert office.state == ConnectionState.NEEDS_RECONNECT
    assert "not installed" in office.state_reason


def test_what_needs_no_keeping_alive_is_left_alone(agency: Connection) -> None:
    (office,) = install(agency, location())
    age(office)
    asked = minted()
    assert tokens.refresh_idle(datetime.now(UTC)) == 0
    assert minted() == asked


def test_a_location_does_not_sign_in_by_itself(agency: Connection) -> None:
    (office,) = install(agency, location())
    with pytest.raises(WrongUse, match="gets its tokens from Agency; sign in there"):
        give_consent(office)


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("all_under", "state"), [(False, "connected"), (True, "disconnected")])
def test_disconnecting_an_agency_leaves_its_locations_or_takes_them_along(
    agency: Connection, all_under: bool, state: str
) -> None:
    (office,) = install(agency, location())
    sub_accounts.choose(agency, None)
    connect.disconnect(agency, all_under=all_under)
    office.refresh_from_db()
    assert office.state == state
    assert sub_accounts.progress(agency).queued == 0


def test_a_location_that_was_disconnected_may_be_chosen_again(agency: Connection) -> None:
    (office,) = install(agency, location())
    connect.disconnect(office)
    (again,) = install(agency, location())
    assert again.pk == office.pk
    assert again.state == ConnectionState.CONNECTED
