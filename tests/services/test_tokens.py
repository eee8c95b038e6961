"""One refresh, by one holder; and what a refusal means for the connection and its runs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    Parked,
    ScopeMissing,
    Throttled,
    Unreachable,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.spec import Grant
from integrations.models import (
    Connection,
    ConnectionState,
    Credential,
    OAuthToken,
    Run,
    RunState,
    Team,
    Workflow,
    WorkflowVersion,
)
from integrations.services import direct, standing, tokens, verification
from integrations.services.accounts import reach_of
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.hub import Hub, connected, make_hub
from tests.services.connections import give_consent, location, oauth_connection, token_requests

AT_ONCE = 50


@pytest.fixture
def ghl(db: None) -> Connection:
    return signed_in()


def signed_in() -> Connection:
    one = oauth_connection(Team.objects.create(name="Acme"))
    assert give_consent(one).ok
    return one


def age(one: Connection, *, issued: timedelta = timedelta(hours=20), left: timedelta = timedelta(0)) -> None:
    """Let the token be as if it had been issued so long ago, with so much left."""
    now = datetime.now(UTC)
    OAuthToken.objects.filter(connection=one).update(issued_at=now - issued, expires_at=now + left)


def pair(one: Connection) -> tuple[str, str]:
    token = OAuthToken.objects.get(connection=one)
    return token.access_token, token.refresh_token


def reach(one: Connection) -> Any:
    return reach_of(Connection.objects.select_related("token").get(pk=one.pk))


# --- the refresh ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "refreshed"),
    [
        (timedelta(hours=2), False),
        (timedelta(minutes=16), False),
        (timedelta(minutes=9), True),
        (timedelta(hours=-1), True),
    ],
)
def test_a_token_is_refreshed_ahead_of_its_end(ghl: Connection, left: timedelta, refreshed: bool) -> None:
    before, asked = pair(ghl), token_requests()
    age(ghl, left=left)
    tokens.fresh(ghl)
    assert (pair(ghl) != before) is refreshed
    assert token_requests() - asked == refreshed


@pytest.mark.django_db(transaction=True)
def test_fifty_callers_at_the_end_of_a_token_make_one_refresh() -> None:
    one = signed_in()
    asked = token_requests()
    age(one)
    together = threading.Barrier(AT_ONCE)

    def use(_: int) -> str:
        together.wait()
        try:
            return tokens.fresh(one).account.secrets["access_token"]
        finally:
            database.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        used = list(pool.map(use, range(AT_ONCE)))
    assert token_requests() - asked == 1
    assert set(used) == {pair(one)[0]}
    assert OAuthToken.objects.get().generation == 2


def test_a_holder_that_died_after_the_answer_is_repaired_by_the_next(ghl: Connection) -> None:
    age(ghl)
    then = datetime.now(UTC)
    plan = tokens.take_lease(reach(ghl), "the one that dies", then)
    assert plan is not None
    lost = tokens.refresh_call(plan)
    early = then + tokens.REFRESH_LEASE - timedelta(seconds=1)
    assert tokens.take_lease(reach(ghl), "too early", early) is None
    plan = tokens.take_lease(reach(ghl), "the next", then + tokens.REFRESH_LEASE)
    assert plan is not None
    tokens.settle(plan, tokens.refresh_call(plan), None, datetime.now(UTC))
    assert pair(ghl) == (lost.access_token, lost.refresh_token)
    assert verification.verify(ghl).ok


def test_whoever_lost_the_lease_stores_nothing(ghl: Connection) -> None:
    age(ghl)
    then = datetime.now(UTC)
    slow = tokens.take_lease(reach(ghl), "slow", then)
    quick = tokens.take_lease(reach(ghl), "quick", then + tokens.REFRESH_LEASE)
    assert slow is not None and quick is not None
    before = pair(ghl)
    tokens.settle(slow, tokens.refresh_call(slow), None, then)
    assert pair(ghl) == before
    tokens.settle(quick, tokens.refresh_call(quick), None, then)
    assert pair(ghl) != before


def test_the_deadline_the_lease_and_the_vendors_grace_fit_into_each_other() -> None:
    assert timedelta(seconds=tokens.REFRESH_DEADLINE_S) < tokens.REFRESH_LEASE < timedelta(seconds=30)


def test_a_token_without_a_refresh_token_is_used_to_its_end(ghl: Connection) -> None:
    OAuthToken.objects.update(refresh_token="")
    age(ghl)
    asked = token_requests()
    tokens.fresh(ghl)
    assert token_requests() == asked


def test_tokens_that_were_given_together_are_not_refreshed_together(ghl: Connection) -> None:
    rules = tokens.oauth2_of(ghl)
    assert rules is not None
    leads = {
        tokens.ahead(rules, OAuthToken(connection_id=pk, generation=generation)).total_seconds()
        for pk in range(100)
        for generation in (1, 2)
    }
    assert len(leads) == 200
    assert min(leads) >= rules.refresh_ahead_s
    assert max(leads) <= rules.refresh_ahead_s + rules.refresh_spread_s
    assert max(leads) - min(leads) > 0.9 * rules.refresh_spread_s


def test_what_a_refresh_allows_is_noted(ghl: Connection) -> None:
    Connection.objects.update(scopes=["something.else"], state_reason="Not last time.")
    age(ghl)
    tokens.fresh(ghl)
    ghl.refresh_from_db()
    assert "locations.readonly" in ghl.scopes
    assert ghl.state_reason == ""


def test_a_refresh_whose_holder_is_gone_is_repeated_while_the_vendor_gives_the_same_pair(
    ghl: Connection,
) -> None:
    age(ghl)
    then = datetime.now(UTC)
    plan = tokens.take_lease(reach(ghl), "the one that dies", then)
    assert plan is not None
    lost = tokens.refresh_call(plan)
    assert not tokens.lapsed(then).exists()
    OAuthToken.objects.update(lease_until=then)
    assert tokens.lapsed(then).get() == ghl
    assert tokens.repair(then) == 1
    assert pair(ghl) == (lost.access_token, lost.refresh_token)
    assert not tokens.lapsed(datetime.now(UTC)).exists()


def test_a_hub_that_is_no_longer_registered_says_so_and_stops_the_connection(
    ghl: Connection, settings: Any
) -> None:
    settings.HUB_OAUTH_APPS = {}
    Connection.objects.update(environment="production")
    age(ghl)
    with pytest.raises(WrongUse, match="set HUB_OAUTH_GHL_CLIENT_ID"):
        tokens.fresh(ghl)
    assert tokens.take_lease(reach(ghl), "a drain", datetime.now(UTC)) is None
    ghl.refresh_from_db()
    assert ghl.state == ConnectionState.NEEDS_RECONNECT
    assert "HUB_OAUTH_GHL_CLIENT_ID" in ghl.state_reason


# --- three kinds of no ----------------------------------------------------------------------------


def refuse(kind: str) -> None:
    if kind == "revoked":
        sandbox().set_fault("ghl", "revoke_token", match="/oauth/token")
    elif kind == "suspended":
        sandbox().act("ghl", "suspend_location", {"location": location()})
    else:
        sandbox().set_fault("ghl", kind, match="/oauth/token")


@pytest.mark.parametrize(
    ("kind", "error", "state"),
    [
        ("revoked", CredentialRefused, ConnectionState.NEEDS_RECONNECT),
        ("suspended", AccountSuspended, ConnectionState.SUSPENDED),
        ("server_error", VendorTrouble, ConnectionState.CONNECTED),
        ("lost_answer", HubError, ConnectionState.CONNECTED),
        ("throttle", Throttled, ConnectionState.CONNECTED),
    ],
)
def test_what_a_refused_refresh_means(
    ghl: Connection, kind: str, error: type[HubError], state: ConnectionState
) -> None:
    before = pair(ghl)
    age(ghl)
    refuse(kind)
    with pytest.raises(error) as told:
        tokens.fresh(ghl)
    ghl.refresh_from_db()
    assert ghl.state == state
    assert ghl.state_reason == (told.value.sentence if isinstance(told.value, Parked) else "")
    assert pair(ghl) == before


def test_a_mistake_of_ours_is_said_and_neither_stops_the_connection_nor_is_it_repeated_at_once(
    ghl: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pair(ghl)
    age(ghl)

    def mistaken(plan: tokens.RefreshPlan) -> Grant:
        raise ContractBroken("GoHighLevel does not read the hub's sign-in: “Invalid parameter: grantType”")

    monkeypatch.setattr(tokens, "refresh_call", mistaken)
    with pytest.raises(ContractBroken):
        tokens.fresh(ghl)
    ghl.refresh_from_db()
    assert (ghl.state, pair(ghl)) == (ConnectionState.CONNECTED, before)
    assert "Invalid parameter: grantType" in ghl.state_reason
    now = datetime.now(UTC)
    resting = tokens.rests_until(reach(ghl), now)
    assert resting is not None
    assert resting - now > timedelta(minutes=9)
    with pytest.raises(Unreachable):
        tokens.fresh(ghl)


def test_a_vendor_that_says_wait_is_not_asked_before(ghl: Connection) -> None:
    age(ghl)
    refuse("throttle")
    with pytest.raises(Throttled):
        tokens.fresh(ghl)
    now = datetime.now(UTC)
    assert tokens.take_lease(reach(ghl), "eager", now + timedelta(seconds=9)) is None
    assert tokens.take_lease(reach(ghl), "patient", now + timedelta(seconds=11)) is not None


def test_a_run_waits_until_the_token_can_be_refreshed(parked: tuple[Hub, Run]) -> None:
    hub, run = parked
    other = hub.ghl
    Run.objects.update(state=RunState.QUEUED, parked_on=None)
    WorkflowVersion.objects.update(bindings={"crm": other.pk, "certificates": hub.accredible.pk})
    age(other)
    OAuthToken.objects.update(lease_until=datetime.now(UTC) + timedelta(minutes=10))
    drain_once(for_s=20)
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    assert run.reason == f"Waits until the token of {other.name} can be refreshed."


def test_after_an_outage_nobody_asks_again_at_once_and_then_it_heals(ghl: Connection) -> None:
    age(ghl)
    refuse("server_error")
    with pytest.raises(VendorTrouble):
        tokens.fresh(ghl)
    now = datetime.now(UTC)
    assert tokens.take_lease(reach(ghl), "eager", now) is None
    assert tokens.take_lease(reach(ghl), "patient", now + tokens.AFTER_TROUBLE) is not None


def test_a_suspended_account_works_again_when_it_is_verified(ghl: Connection) -> None:
    refuse("suspended")
    age(ghl)
    assert not verification.verify(ghl).ok
    assert ghl.state == ConnectionState.SUSPENDED
    sandbox().act("ghl", "resume_location", {"location": location()})
    assert verification.verify(ghl).ok
    assert ghl.state == ConnectionState.CONNECTED


def test_suspended_connections_are_asked_again_by_themselves(ghl: Connection) -> None:
    refuse("suspended")
    age(ghl)
    assert not verification.verify(ghl).ok
    assert verification.ask_suspended() == 0
    sandbox().act("ghl", "resume_location", {"location": location()})
    assert verification.ask_suspended() == 1
    ghl.refresh_from_db()
    assert ghl.state == ConnectionState.CONNECTED


# --- keeping idle connections alive ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "new"),
    [(timedelta(minutes=5), 1), (timedelta(minutes=40), 0), (timedelta(hours=5), 0)],
)
def test_idle_tokens_are_refreshed_when_they_are_near_their_end(
    ghl: Connection, left: timedelta, new: int
) -> None:
    age(ghl, left=left)
    assert tokens.refresh_idle(datetime.now(UTC)) == new


def test_a_connection_that_nobody_has_verified_yet_is_kept_alive_too(ghl: Connection) -> None:
    Connection.objects.update(state=ConnectionState.NEW)
    age(ghl)
    assert tokens.refresh_idle(datetime.now(UTC)) == 1


def test_one_connections_trouble_is_not_the_others(ghl: Connection) -> None:
    other = oauth_connection(ghl.team, "Other")
    assert give_consent(other).ok
    age(ghl)
    age(other)
    sandbox().set_fault("ghl", "server_error", match="/oauth/token")
    assert tokens.refresh_idle(datetime.now(UTC)) == 1


# --- a call that was refused for who we are -------------------------------------------------------


@pytest.fixture
def parked(db: None) -> tuple[Hub, Run]:
    """A run that is parked on its GHL connection, which is by OAuth."""
    hub = make_hub()
    other = oauth_connection(hub.team, "By OAuth")
    assert give_consent(other).ok
    hub.issue()
    hub.look()
    run = Run.objects.get()
    Run.objects.update(state=RunState.PARKED, parked_on=other)
    hub.ghl = other
    return hub, run


def park(one: Connection, error: Parked, generation: int) -> bool:
    with transaction.atomic():
        return standing.park(one.pk, error, generation, datetime.now(UTC))


@pytest.mark.parametrize(
    ("issued", "generation", "error", "again"),
    [
        (timedelta(hours=5), 1, CredentialRefused("No."), True),  # it may have been ended early
        (timedelta(seconds=5), 1, CredentialRefused("No."), False),  # a brand-new token is refused
        (timedelta(seconds=5), 0, CredentialRefused("No."), True),  # the refused one was an older one
        (timedelta(hours=5), 1, ScopeMissing("No."), False),
        (timedelta(hours=5), 1, AccountSuspended("No."), False),
    ],
)
def test_a_refused_token_is_given_one_more_try_where_that_may_help(
    parked: tuple[Hub, Run], issued: timedelta, generation: int, error: Parked, again: bool
) -> None:
    hub, run = parked
    age(hub.ghl, issued=issued, left=timedelta(hours=3))
    assert park(hub.ghl, error, generation) is again
    run.refresh_from_db()
    hub.ghl.refresh_from_db()
    assert run.state == (RunState.QUEUED if again else RunState.PARKED)
    assert hub.ghl.usable is again
    assert hub.ghl.state_reason == ("" if again else "No.")


def test_a_token_that_was_ended_early_is_refreshed_before_the_next_call(ghl: Connection) -> None:
    age(ghl, left=timedelta(hours=3))
    reached = reach(ghl)
    assert park(ghl, CredentialRefused("No."), reached.generation)
    assert tokens.stale(reach(ghl), datetime.now(UTC))
    assert not tokens.stale(reached, datetime.now(UTC))


def test_verify_and_reads_heal_a_token_that_was_ended_early(ghl: Connection) -> None:
    OAuthToken.objects.update(access_token="ended early")
    age(ghl, left=timedelta(hours=3))
    assert verification.verify(ghl).ok
    OAuthToken.objects.update(access_token="ended early")
    age(ghl, left=timedelta(hours=3))
    assert direct.read(ghl, "calendars.list", {}, purpose="test").value


def test_a_key_that_was_replaced_meanwhile_is_not_held_against_the_connection(db: None) -> None:
    one = connected(Team.objects.create(name="Acme"), "accredible", "Accredible")
    before = tokens.fresh(one).generation
    Credential.objects.update(changed_at=datetime.now(UTC) + timedelta(seconds=1))
    assert park(one, CredentialRefused("No."), before)
    assert not park(one, CredentialRefused("No."), tokens.fresh(one).generation)
    one.refresh_from_db()
    assert one.state == ConnectionState.NEEDS_RECONNECT


def test_a_refused_key_stops_the_connection_also_outside_a_run(hub: Hub) -> None:
    sandbox().act("accredible", "new_api_key", {})
    with pytest.raises(CredentialRefused):
        hub.look()
    hub.accredible.refresh_from_db()
    assert hub.accredible.state == ConnectionState.NEEDS_RECONNECT
    with pytest.raises(WrongUse, match="Accredible is not connected"):
        hub.look()
    assert "is not connected" in Workflow.objects.get().cursors.get().problem


def test_reconnecting_lets_the_parked_runs_go_on(parked: tuple[Hub, Run]) -> None:
    hub, run = parked
    assert give_consent(hub.ghl).ok
    run.refresh_from_db()
    assert (run.state, run.parked_on) == (RunState.QUEUED, None)
