"""Connecting accounts: what is accepted, what is said, what is stored."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection as database

from integrations.engine.errors import CredentialRefused, HubError, WrongUse
from integrations.models import AuditEntry, Connection, ConnectionState, Credential, OAuthToken, Team
from integrations.services import connect, consent, lifecycle, picklists, scopes, verification
from integrations.services.clients import sandbox
from tests.hub import Hub, connected, make_hub
from tests.proving import proved
from tests.services.connections import STATE, give_consent, location, oauth_connection, other_location, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


def add(team: Team, connector: str = "accredible", **more: Any) -> Connection:
    auth = {"ghl": "pit", "accredible": "api_key"}[connector]
    secrets, settings = connect.sandbox_secrets(connector, auth)
    given = {"name": "It", "environment": "sandbox", "auth": auth, "settings_": settings, "secrets": secrets}
    return connect.add(team, connector, **{**given, **more})


# --- adding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "  "}, "Give the connection a name."),
        ({"name": " Taken "}, "There is a connection “Taken” already"),
        ({"environment": "staging"}, "either in the sandbox or in production"),
        (
            {"auth": "password"},
            "There is no way to sign in to Accredible “password”; choose one of: api_key.",
        ),
        ({"secrets": {}}, "Accredible needs API key"),
        ({"secrets": {"api_key": "  "}}, "Accredible needs API key"),
        ({"secrets": {"key": "x", "api_key": "y"}}, "There is no key of Accredible “key”"),
        ({"settings_": {"region": "mars"}}, "There is no Region “mars”; choose one of: eu, sandbox, us."),
        ({"settings_": {"zone": "UTC"}}, "There is no setting of Accredible “zone”"),
    ],
)
def test_a_connection_that_does_not_fit_is_refused_in_words(
    team: Team, wrong: dict[str, Any], says: str
) -> None:
    add(team, name="Taken")
    with pytest.raises(WrongUse) as told:
        add(team, **wrong)
    assert says in told.value.sentence
    assert Connection.objects.count() == 1


def test_an_app_of_ones_own_needs_both_its_id_and_its_secret(team: Team) -> None:
    with pytest.raises(WrongUse, match="GoHighLevel needs Client secret"):
        oauth_connection(team, secrets={"client_id": "mine"})


def test_secrets_are_encrypted_at_rest(team: Team) -> None:
    add(team, "ghl", name="Token")
    give_consent(oauth_connection(team))
    clear = [row.value for row in Credential.objects.all()]
    pair = OAuthToken.objects.get()
    clear += [pair.access_token, pair.refresh_token]
    with database.cursor() as cursor:
        cursor.execute("SELECT value FROM integrations_credential")
        stored = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT access_token, refresh_token FROM integrations_oauthtoken")
        stored += [value for row in cursor.fetchall() for value in row]
    assert len(stored) == len(clear) == 3
    assert not any(secret in value for secret in clear for value in stored)


def test_no_secret_reaches_the_audit(team: Team) -> None:
    one = connected(team, "ghl", "GHL")
    connect.replace_secrets(one, connect.sandbox_secrets("ghl", "pit")[0])
    secret = Credential.objects.get().value
    assert AuditEntry.objects.count() >= 3
    assert not any(secret in str(entry.details) + entry.subject for entry in AuditEntry.objects.all())


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connector", "says"),
    [
        ("ghl", "Connected to Harbour Academy New York (location "),
        ("accredible", "Connected to Harbour Academy (certificates@example.com), "),
    ],
)
def test_a_key_that_works_is_told_in_words(team: Team, connector: str, says: str) -> None:
    one = add(team, connector)
    verified = verification.verify(one)
    assert verified.ok
    assert verified.sentence.startswith(says)
    assert (one.state, one.verified_text) == (ConnectionState.CONNECTED, verified.sentence)


def test_what_the_app_tells_of_itself_is_learned(team: Team) -> None:
    one = add(team, "ghl")
    verification.verify(one)
    assert one.settings["timezone"] == "America/New_York"
    connect.change_settings(one, {"company_id": "c"})
    one.refresh_from_db()
    assert one.settings["timezone"] == "America/New_York"


@pytest.mark.parametrize(
    ("connector", "key", "says"),
    [
        ("ghl", "private_integration_token", "GoHighLevel does not accept the token"),
        ("accredible", "api_key", "Accredible does not accept the key"),
    ],
)
def test_a_wrong_key_needs_a_person(team: Team, connector: str, key: str, says: str) -> None:
    one = add(team, connector, secrets={key: "pit-wrong"})
    verified = verification.verify(one)
    assert not verified.ok
    assert says in verified.sentence
    assert (one.state, one.state_reason) == (ConnectionState.NEEDS_RECONNECT, verified.sentence)
    assert "pit-wrong" not in verified.sentence


def test_a_key_that_was_taken_back_needs_a_person_and_a_new_one_heals_it(team: Team) -> None:
    one = connected(team, "accredible", "Accredible")
    sandbox().act("accredible", "new_api_key", {})
    assert not verification.verify(one).ok
    verified = connect.replace_secrets(one, connect.sandbox_secrets("accredible", "api_key")[0])
    assert verified.ok
    assert one.state == ConnectionState.CONNECTED


def test_new_keys_that_are_refused_leave_the_old_ones(team: Team) -> None:
    one = connected(team, "accredible", "Accredible")
    before = Credential.objects.get().value
    with pytest.raises(CredentialRefused):
        connect.replace_secrets(one, {"api_key": "wrong"})
    assert Credential.objects.get().value == before
    assert verification.verify(one).ok


def test_an_outage_at_the_app_changes_nothing(team: Team) -> None:
    one = connected(team, "ghl", "GHL")
    sandbox().set_fault("ghl", "server_error")
    verified = verification.verify(one)
    assert not verified.ok
    assert "failed (status 500)" in verified.sentence
    assert one.state == ConnectionState.CONNECTED


# --- regions --------------------------------------------------------------------------------------


def test_a_key_of_another_region_is_told_with_the_region_that_takes_it(team: Team) -> None:
    sandbox().set_setting("accredible", "region", "eu")
    one = add(team, settings_={"region": "us"})
    verified = verification.verify(one)
    assert not verified.ok
    assert "not valid in region “us”, but region “eu” takes it" in verified.sentence
    assert one.settings == {"region": "us"}
    connect.change_settings(one, {"region": "eu"})
    assert verification.verify(one).ok


def test_the_region_is_found_where_none_was_chosen(team: Team) -> None:
    sandbox().set_setting("accredible", "region", "eu")
    one = add(team, settings_={})
    assert verification.verify(one).ok
    assert one.settings["region"] == "eu"


def test_a_key_that_no_region_takes_is_just_wrong(team: Team) -> None:
    one = add(team, settings_={}, secrets={"api_key": "wrong"})
    assert "Accredible does not accept the key" in verification.verify(one).sentence
    assert one.settings == {}


# --- consent --------------------------------------------------------------------------------------


def test_the_consent_page_is_asked_for_with_state_and_the_scopes_in_use(team: Team) -> None:
    one = oauth_connection(team)
    url = urlsplit(consent.consent_url(one, STATE))
    asked = {key: value for key, (value,) in parse_qs(url.query).items()}
    assert url.geturl().startswith("http://127.0.0.1:8000/sandbox/ghl/v2/oauth/chooselocation?")
    assert asked["state"] == STATE
    assert asked["client_id"] == sandbox().apps()["ghl"].credentials()["client_id"]
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/connect/ghl/callback"
    assert asked["scope"].split() == scopes.wanted(one)
    assert "contacts.write" in asked["scope"] and "opportunities.write" not in asked["scope"]


def test_consent_ends_in_a_connection_that_works(team: Team) -> None:
    one = oauth_connection(team)
    verified = give_consent(one)
    assert verified.ok
    one.refresh_from_db()
    assert one.state == ConnectionState.CONNECTED
    assert one.settings["location_id"] == location()
    assert sorted(one.scopes) == scopes.wanted(one)
    assert scopes.surplus(one) == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("code=x&state=another", "not started here"),
        ("code=x", "not started here"),
        (f"state={STATE}", "sent no authorisation code"),
        (f"error=access_denied&state={STATE}", "Consent was refused"),
        (f"error=server_error&state={STATE}", "ended the sign-in with an error"),
        (f"code=nonsense&state={STATE}", "used or is too old"),
    ],
)
def test_a_way_back_that_is_not_right_is_told_in_words(team: Team, query: str, says: str) -> None:
    one = oauth_connection(team)
    with pytest.raises(WrongUse) as told:
        consent.finish_consent(one, query.replace(" ", "+"), STATE)
    assert says in told.value.sentence
    assert not OAuthToken.objects.exists()


def test_cancelling_on_the_page_is_a_refusal(team: Team) -> None:
    one = oauth_connection(team)
    with pytest.raises(WrongUse, match="Consent was refused"):
        give_consent(one, cancel="1")


def test_a_code_works_once(team: Team) -> None:
    one = oauth_connection(team)
    query = press(consent.consent_url(one, STATE), location_id=location())
    assert consent.finish_consent(one, query, STATE).ok
    with pytest.raises(WrongUse, match="used or is too old"):
        consent.finish_consent(one, query, STATE)


def test_a_reconnection_belongs_to_the_same_location(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    before = OAuthToken.objects.get().access_token
    with pytest.raises(WrongUse, match="for another account than GHL"):
        give_consent(one, location_id=other_location())
    assert OAuthToken.objects.get().access_token == before
    assert give_consent(one).ok
    assert OAuthToken.objects.get().generation == 2


def test_in_production_the_hub_has_to_be_registered_first(team: Team, settings: Any) -> None:
    settings.HUB_OAUTH_APPS = {}
    one = connect.add(team, "ghl", name="Real", environment="production", auth="oauth")
    with pytest.raises(WrongUse, match="set HUB_OAUTH_GHL_CLIENT_ID and HUB_OAUTH_GHL_CLIENT_SECRET"):
        consent.consent_url(one, STATE)
    settings.HUB_OAUTH_APPS = {"ghl": {"client_id": "registered", "client_secret": "s"}}
    url = consent.consent_url(one, STATE)
    assert url.startswith("https://marketplace.gohighlevel.com/v2/oauth/chooselocation?")
    assert "client_id=registered" in url


def test_an_app_of_ones_own_goes_before_the_hubs(team: Team, settings: Any) -> None:
    settings.HUB_OAUTH_APPS = {"ghl": {"client_id": "registered", "client_secret": "s"}}
    one = connect.add(team, "ghl", name="Real", environment="production", auth="oauth")
    connect.replace_secrets(one, {"client_id": "mine", "client_secret": "mine"})
    assert "client_id=mine" in consent.consent_url(one, STATE)


def test_there_is_no_consent_page_for_a_key(team: Team) -> None:
    one = add(team)
    with pytest.raises(WrongUse, match="signs in by key"):
        consent.consent_url(one, STATE)
    with pytest.raises(WrongUse, match="signs in by key"):
        consent.finish_consent(one, f"code=x&state={STATE}", STATE)


# --- disconnecting, settings, pick lists ----------------------------------------------------------


def test_disconnecting_forgets_every_secret_and_says_so(team: Team) -> None:
    one = oauth_connection(team)
    give_consent(one)
    connect.disconnect(one)
    assert not Credential.objects.exists()
    assert not OAuthToken.objects.exists()
    assert one.state == ConnectionState.DISCONNECTED
    assert not verification.verify(one).ok
    assert give_consent(one).ok


def test_a_setting_given_as_empty_is_forgotten(team: Team) -> None:
    one = connected(team, "ghl", "GHL")
    connect.change_settings(one, {"timezone": ""})
    one.refresh_from_db()
    assert "timezone" not in one.settings
    assert one.settings["location_id"] == location()


def test_pick_lists_are_remembered_until_the_settings_change(team: Team) -> None:
    one = connected(team, "ghl", "GHL")
    first = picklists.picks(one, "calendars")
    assert {"Advice call", "Certificate review"} <= {label for _, label in first}
    asked = len(sandbox().requests("ghl"))
    assert picklists.picks(one, "calendars") == first
    assert len(sandbox().requests("ghl")) == asked
    connect.change_settings(one, {"location_id": other_location()})
    with pytest.raises(HubError):
        picklists.picks(one, "calendars")


def test_a_list_that_an_app_does_not_have_is_answered_with_those_it_has(team: Team) -> None:
    one = add(team)
    with pytest.raises(WrongUse, match=r"There is no list of Accredible “users”; choose one of: .*groups"):
        picklists.picks(one, "users")


# --- scopes ---------------------------------------------------------------------------------------


def test_a_missing_scope_stops_the_deployment_in_words() -> None:
    hub: Hub = make_hub(deploy=False)
    Connection.objects.filter(pk=hub.ghl.pk).update(scopes=["contacts.write", "opportunities.write"])
    proved(hub.workflow)
    (problem,) = lifecycle.problems(hub.workflow)
    assert problem.startswith("GHL lacks calendars")
    assert "calendars/events.write" in problem and "contacts.write" not in problem.replace(" ", "")
    with pytest.raises(WrongUse, match="GHL lacks"):
        lifecycle.deploy(hub.workflow)
    hub.ghl.refresh_from_db()
    assert scopes.surplus(hub.ghl) == ["opportunities.write"]


def test_a_refused_pick_list_does_not_stop_the_connection(team: Team) -> None:
    one = connected(team, "ghl", "GHL")
    sandbox().set_setting("ghl", "pit_scopes", "locations.readonly")
    with pytest.raises(HubError, match=r"authorise it again with users\.readonly"):
        picklists.picks(one, "users")
    one.refresh_from_db()
    assert one.state == ConnectionState.CONNECTED
