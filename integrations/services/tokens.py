"""One refresh: ahead of expiry, by one holder under a lease; and what becomes of a connection in trouble.

The refresh call times out before its lease ends, and the lease ends before the vendor's grace for a repeated
refresh (GHL: 30 seconds, official changelog) is over: so a holder that crashed between the answer and the
commit is repaired by the next one, who repeats the same refresh and gets the same pair.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from integrations.engine import oauth2
from integrations.engine.errors import (
    AccountSuspended,
    CredentialRefused,
    HubError,
    Parked,
    Unreachable,
    WrongUse,
)
from integrations.engine.spec import Grant, OAuth2
from integrations.engine.transport import Transport
from integrations.models import Connection, ConnectionState, Environment, OAuthToken, Run, RunState
from integrations.services.accounts import Reach, connector_of, generation_of, reach_of
from integrations.services.clients import sandbox
from integrations.services.leases import owner_name

log = logging.getLogger(__name__)

REFRESH_LEASE = timedelta(seconds=25)
REFRESH_DEADLINE_S = 15.0
AFTER_TROUBLE = timedelta(seconds=5)
YOUNG = timedelta(minutes=1)
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """The hub as the vendor knows it."""

    client_id: str
    client_secret: str
    extra: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPlan:
    """Everything a refresh needs, so that a thread can make it without the database."""

    connection_id: int
    owner: str
    transport: Transport
    oauth2: OAuth2
    base: str
    app: OAuthApp
    refresh_token: str


def oauth_app(connection: Connection) -> OAuthApp:
    """The client id and secret: the connection's own, the sandbox's, or the hub's settings, in this order."""
    own = {row.key: row.value for row in connection.credentials.all()}
    if own.get("client_id"):
        return OAuthApp(client_id=own["client_id"], client_secret=own.get("client_secret", ""), extra={})
    if connection.environment == Environment.SANDBOX:
        known = sandbox().apps()[connection.connector].credentials()
        return OAuthApp(client_id=known["client_id"], client_secret=known["client_secret"], extra={})
    app = settings.HUB_OAUTH_APPS.get(connection.connector)
    if not app:
        slug = connection.connector.upper()
        raise WrongUse(
            f"The hub is not registered with {connector_of(connection).title} yet: set "
            f"HUB_OAUTH_{slug}_CLIENT_ID and HUB_OAUTH_{slug}_CLIENT_SECRET, then start the hub again."
        )
    return OAuthApp(
        client_id=app["client_id"], client_secret=app["client_secret"], extra=app.get("extra", {})
    )


def oauth2_of(connection: Connection) -> OAuth2 | None:
    return connector_of(connection).auth(connection.auth).oauth2


# --- the refresh ----------------------------------------------------------------------------------


def stale(reach: Reach, now: datetime) -> bool:
    """Whether the token should be refreshed before the next call. One without a refresh token never is."""
    rules = oauth2_of(reach.connection)
    if rules is None or reach.token_expires_at is None or not reach.connection.token.refresh_token:
        return False
    return reach.token_expires_at - timedelta(seconds=rules.refresh_ahead_s) <= now


def take_lease(reach: Reach, owner: str, now: datetime) -> RefreshPlan | None:
    """The plan of a refresh, if nobody else is at it. Inside the caller's transaction.

    A hub that is no longer registered with the app stops the connection: nobody could refresh its token.
    """
    rules = oauth2_of(reach.connection)
    if rules is None:
        return None
    try:
        app = oauth_app(reach.connection)
    except WrongUse as error:
        trouble(reach.connection, CredentialRefused(error.sentence))
        return None
    taken = (
        OAuthToken.objects.filter(connection=reach.connection, generation=reach.generation)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now))
        .update(lease_owner=owner, lease_until=now + REFRESH_LEASE)
    )
    if not taken:
        return None
    return RefreshPlan(
        connection_id=reach.connection.pk,
        owner=owner,
        transport=reach.transport,
        oauth2=rules,
        base=reach.account.base_url,
        app=app,
        refresh_token=reach.connection.token.refresh_token,
    )


def refresh_call(plan: RefreshPlan) -> Grant:
    """The HTTP part alone."""
    return oauth2.refresh(
        plan.transport.client,
        plan.oauth2,
        base=plan.base,
        client_id=plan.app.client_id,
        client_secret=plan.app.client_secret,
        refresh_token=plan.refresh_token,
        deadline_s=REFRESH_DEADLINE_S,
    )


def settle(plan: RefreshPlan, grant: Grant | None, error: HubError | None, now: datetime) -> None:
    """Store the new pair, or what its refusal means. Tokens are never wiped. In the caller's transaction."""
    ours = OAuthToken.objects.filter(connection_id=plan.connection_id, lease_owner=plan.owner)
    token = ours.select_for_update().first()
    if token is None:
        return  # the lease was lost: whoever has it repeats the refresh
    token.lease_owner, token.lease_until = "", None
    if grant is not None:
        _put(token, grant, now)
        token.save()
        return
    if not isinstance(error, Parked):
        token.lease_until = now + AFTER_TROUBLE
    token.save(update_fields=["lease_owner", "lease_until"])
    if isinstance(error, Parked):
        trouble(token.connection, error)


def store_grant(connection: Connection, grant: Grant, now: datetime) -> None:
    """The first pair of a connection (or of a reconnection), in the caller's transaction."""
    token = OAuthToken.objects.filter(connection=connection).first() or OAuthToken(connection=connection)
    token.lease_owner, token.lease_until = "", None
    _put(token, grant, now)
    token.save()
    connection.scopes = list(grant.scopes)
    connection.settings = {**connection.settings, **grant.settings}
    connection.save(update_fields=["scopes", "settings"])


def _put(token: OAuthToken, grant: Grant, now: datetime) -> None:
    token.access_token = grant.access_token
    token.refresh_token = grant.refresh_token or token.refresh_token
    token.expires_at = now + timedelta(seconds=grant.expires_in_s)
    token.issued_at = now
    token.generation += 1


def fresh(connection: Connection, *, patience_s: float = 20.0) -> Reach:
    """The connection with a token good for a call now; refreshes it, or waits for whoever does.

    Raises what the refresh was refused with, or that the hub is not registered with the app. Makes an HTTP
    call: not to be used inside a transaction.
    """
    owner = owner_name()
    until = time.monotonic() + patience_s
    while True:
        row = Connection.objects.select_related("token").prefetch_related("credentials").get(pk=connection.pk)
        reach = reach_of(row)
        now = datetime.now(UTC)
        if not stale(reach, now):
            return reach
        oauth_app(row)
        with transaction.atomic():
            plan = take_lease(reach, owner, now)
        if plan is not None:
            _refresh_here(plan)
        elif time.monotonic() > until:
            raise Unreachable(f"The token of {row.name} could not be refreshed in time; trying again later.")
        else:
            time.sleep(0.1)


def _refresh_here(plan: RefreshPlan) -> None:
    grant: Grant | None = None
    error: HubError | None = None
    try:
        grant = refresh_call(plan)
    except HubError as caught:
        error = caught
    with transaction.atomic():
        settle(plan, grant, error, datetime.now(UTC))
    if error is not None:
        raise error


# --- trouble and recovery -------------------------------------------------------------------------


def park(connection_id: int, error: Parked, generation: int, now: datetime) -> bool:
    """A call was refused for who we are; whether another try is worth it. In the caller's transaction.

    While it is, the connection's parked runs go on; after that it waits for a person.
    """
    connection = Connection.objects.select_related("token").get(pk=connection_id)
    again = isinstance(error, CredentialRefused) and _worth_another_try(connection, generation, now)
    if again:
        resume(connection, now)
    else:
        trouble(connection, error)
    return again


def _worth_another_try(connection: Connection, generation: int, now: datetime) -> bool:
    """Whether a refused token or key (`generation`) may be replaced by a good one without a person.

    It may have been replaced meanwhile. A token that has served a while may have been ended early: it counts
    as expired from now on, so that the next call refreshes it first.
    """
    if generation_of(connection) != generation:
        return True
    token = getattr(connection, "token", None)
    if token is None or not token.refresh_token or now - token.issued_at <= YOUNG:
        return False
    OAuthToken.objects.filter(pk=token.pk, generation=generation).update(expires_at=now)
    return True


def trouble(connection: Connection, error: Parked) -> None:
    """The connection stops; its runs wait for it."""
    suspended = isinstance(error, AccountSuspended)
    connection.state = ConnectionState.SUSPENDED if suspended else ConnectionState.NEEDS_RECONNECT
    connection.state_reason = error.sentence
    connection.save(update_fields=["state", "state_reason"])


def resume(connection: Connection, now: datetime) -> int:
    """Let the connection's parked runs go on; how many they were."""
    return Run.objects.filter(parked_on=connection, state=RunState.PARKED).update(
        state=RunState.QUEUED, due_at=now, parked_on=None
    )


def refresh_idle(now: datetime) -> int:
    """Keep idle connections alive: refresh what is near its end; how many tokens are new."""
    rows = Connection.objects.filter(token__expires_at__lte=now + SOON, state=ConnectionState.CONNECTED)
    done = 0
    for connection in rows.select_related("token"):
        try:
            done += fresh(connection).generation != connection.token.generation
        except HubError as error:  # one connection's trouble is not the others'
            log.info("the token of “%s” was not refreshed: %s", connection.name, error.sentence)
    return done
