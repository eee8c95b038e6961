"""One refresh: ahead of expiry, by one holder under a lease.

The refresh call times out before its lease ends, and the lease ends long before the vendor's grace for a
repeated refresh (GHL: 30 seconds, official changelog) is over: so a holder that crashed between the answer
and the commit is repaired by the next one, who repeats the same refresh and gets the same pair. `repair` is
that next one where nobody else comes: the watch asks every second.

The token of an account under a wider one (a location's, from its agency) may have no refresh token: then the
wide token is exchanged for a new one, and is refreshed before that where it has to be.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.engine import oauth2
from integrations.engine.errors import (
    AccountSuspended,
    CredentialRefused,
    HubError,
    Parked,
    StopRun,
    TryAgain,
    Unreachable,
    WrongUse,
)
from integrations.engine.spec import Grant, OAuth2
from integrations.engine.transport import Transport
from integrations.models import USABLE, Connection, ConnectionState, OAuthToken
from integrations.services import exchange
from integrations.services.accounts import Reach, reach_of
from integrations.services.exchange import Minting
from integrations.services.leases import owner_name
from integrations.services.oauth_apps import OAuthApp, extra_token, oauth2_of, oauth_app
from integrations.services.standing import park, trouble

log = logging.getLogger(__name__)

REFRESH_LEASE = timedelta(seconds=16)
REFRESH_DEADLINE_S = 12.0
AFTER_TROUBLE = timedelta(seconds=5)
AFTER_OUR_MISTAKE = timedelta(minutes=10)
PATIENCE_S = 20.0
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPlan:
    """Everything a refresh needs, so that a thread can make it without the database.

    `minting` is what to do where there is no refresh token, or a refused one: exchange the wide token.
    """

    connection_id: int
    owner: str
    transport: Transport
    oauth2: OAuth2
    base: str
    app: OAuthApp
    extra: dict[str, str]
    refresh_token: str
    minting: Minting | None = None


# --- when -----------------------------------------------------------------------------------------


def stale(reach: Reach, now: datetime) -> bool:
    """Whether the token should be replaced before the next call. One that nothing replaces never is."""
    rules = oauth2_of(reach.connection)
    if rules is None or reach.token_expires_at is None:
        return False
    token = reach.connection.token
    if not token.refresh_token and reach.connection.parent_id is None:
        return False
    return reach.token_expires_at - ahead(rules, token) <= now


def ahead(rules: OAuth2, token: OAuthToken) -> timedelta:
    """How long before its end it is refreshed: steady for one token, and different from one to the next."""
    share = crc32(f"{token.connection_id}:{token.generation}".encode()) / 2**32
    return timedelta(seconds=rules.refresh_ahead_s + share * rules.refresh_spread_s)


def rests_until(reach: Reach, now: datetime) -> datetime | None:
    """After trouble a refresh is not tried before this moment; None: it may be, or somebody is at it."""
    token = reach.connection.token
    resting = not token.lease_owner and token.lease_until is not None and token.lease_until > now
    return token.lease_until if resting else None


# --- who ------------------------------------------------------------------------------------------


def take_lease(reach: Reach, owner: str, now: datetime) -> RefreshPlan | None:
    """The plan of a refresh, if nobody else is at it. Inside the caller's transaction.

    It may be that of the wide connection above, which has to be fresh first. A hub that is no longer
    registered with the app stops the connection, and so does a wide one that has stopped: nobody could
    refresh its token.
    """
    rules = oauth2_of(reach.connection)
    if rules is None:
        return None
    minting = None
    try:
        app = oauth_app(reach.connection)
        if above := exchange.above(reach):
            if stale(above, now):
                return take_lease(above, owner, now)
            minting = exchange.prepared(reach, above)
    except (WrongUse, Parked, StopRun) as error:
        trouble(reach.connection, error if isinstance(error, Parked) else CredentialRefused(error.sentence))
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
        extra=extra_token(reach.connection),
        refresh_token=reach.connection.token.refresh_token,
        minting=minting,
    )


def refresh_call(plan: RefreshPlan) -> Grant:
    """The HTTP part alone."""
    if plan.minting is not None and not plan.refresh_token:
        return exchange.call(plan.minting)
    try:
        return oauth2.refresh(
            plan.transport.client,
            plan.oauth2,
            base=plan.base,
            client_id=plan.app.client_id,
            client_secret=plan.app.client_secret,
            refresh_token=plan.refresh_token,
            extra=plan.extra,
            deadline_s=REFRESH_DEADLINE_S,
        )
    except CredentialRefused:
        if plan.minting is None:
            raise
        return exchange.call(plan.minting)


# --- what comes of it -----------------------------------------------------------------------------


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
        _note(token.connection, grant)
        return
    if error is not None and not isinstance(error, Parked):
        token.lease_until = now + _pause(error)
    token.save(update_fields=["lease_owner", "lease_until"])
    if error is not None:
        _tell(plan, token.connection, error, now)


def _note(connection: Connection, grant: Grant) -> None:
    """The scopes may be others than before; what was said of an earlier try holds no longer."""
    connection.scopes = list(grant.scopes) or connection.scopes
    if connection.usable:
        connection.state_reason = ""
    connection.save(update_fields=["scopes", "state_reason"])


def _pause(error: HubError) -> timedelta:
    if isinstance(error, StopRun):
        return AFTER_OUR_MISTAKE
    asked_s = (error.after_s if isinstance(error, TryAgain) else None) or 0.0
    return max(AFTER_TROUBLE, timedelta(seconds=asked_s))


def _tell(plan: RefreshPlan, connection: Connection, error: HubError, now: datetime) -> None:
    """A definite no stops the connection; one to the wide token, from which this one's is made, stops that.

    What the vendor cannot read is our own mistake: said on the connection's page, which goes on.
    """
    minting = plan.minting
    if isinstance(error, CredentialRefused) and minting is not None:
        park(minting.above_id, error, minting.generation, now)
    elif isinstance(error, Parked):
        trouble(connection, error)
    elif isinstance(error, StopRun) and minting is not None:
        trouble(connection, CredentialRefused(error.sentence))
    elif isinstance(error, StopRun):
        connection.state_reason = error.sentence
        connection.save(update_fields=["state_reason"])


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


# --- here and now ---------------------------------------------------------------------------------


def fresh(connection: Connection, *, patience_s: float = PATIENCE_S) -> Reach:
    """The connection with a token good for a call now; refreshes it, or waits for whoever does.

    Raises what the refresh was refused with, or that the hub is not registered with the app. Makes an HTTP
    call: not to be used inside a transaction.
    """
    owner = owner_name()
    until = time.monotonic() + patience_s
    while True:
        rows = Connection.objects.select_related("token", "parent__token")
        row = rows.prefetch_related("credentials").get(pk=connection.pk)
        reach, now = reach_of(row), datetime.now(UTC)
        if not stale(reach, now):
            return reach
        oauth_app(row)
        plan = None
        if _is_free(row.token, now):
            with transaction.atomic():
                plan = take_lease(reach, owner, now)
        if plan is not None:
            _refresh_here(plan)
            continue
        _raise_if_stopped(connection)
        if time.monotonic() > until or _rests_longer(reach, now, until):
            raise Unreachable(f"The token of {row.name} could not be refreshed in time; trying again later.")
        time.sleep(0.1)


def _is_free(token: OAuthToken, now: datetime) -> bool:
    """Looked at before a transaction is begun: many wait here at once."""
    return token.lease_until is None or token.lease_until <= now


def _rests_longer(reach: Reach, now: datetime, until: float) -> bool:
    resting = rests_until(reach, now)
    return resting is not None and time.monotonic() + (resting - now).total_seconds() > until


def _raise_if_stopped(connection: Connection) -> None:
    """Nobody could take the lease because the connection was just stopped: say why."""
    connection.refresh_from_db(fields=["state", "state_reason"])
    if not connection.usable and connection.parent_id is not None:
        suspended = connection.state == ConnectionState.SUSPENDED
        raise (AccountSuspended if suspended else CredentialRefused)(connection.state_reason)


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


# --- by themselves --------------------------------------------------------------------------------


def refresh_idle(now: datetime) -> int:
    """Keep idle connections alive: refresh what is near its end; how many tokens are new.

    What is made from a wide token without a refresh token of its own is made anew when it is needed.
    """
    rows = Connection.objects.filter(token__expires_at__lte=now + SOON, state__in=USABLE)
    return _each_fresh(rows.exclude(token__refresh_token=""))


def lapsed(now: datetime) -> QuerySet[Connection]:
    """Connections whose refresh was begun and never settled: its holder is gone."""
    rows: QuerySet[Connection] = Connection.objects.filter(token__lease_until__lte=now, state__in=USABLE)
    return rows.exclude(token__lease_owner="")


def repair(now: datetime) -> int:
    """Repeat what a vanished holder had begun, while the vendor still gives the same pair."""
    return _each_fresh(lapsed(now))


def _each_fresh(rows: QuerySet[Connection]) -> int:
    done = 0
    for connection in rows.select_related("token"):
        try:
            done += fresh(connection).generation != connection.token.generation
        except HubError as error:  # one connection's trouble is not the others'
            log.info("the token of “%s” was not refreshed: %s", connection.name, error.sentence)
    return done
