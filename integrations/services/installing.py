"""The accounts that were chosen under a wide connection get connections of their own, one after the other.

Each is a row that is due: taken under a lease, its token had, then kept in one transaction with its
connection. What the vendor or the quota puts off is due later, and so is everything else of that connection.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.engine.errors import (
    CredentialRefused,
    HubError,
    OutcomeUnknown,
    Parked,
    Throttled,
    TryAgain,
)
from integrations.engine.quota import Lane
from integrations.engine.spec import Grant
from integrations.models import (
    USABLE,
    Connection,
    ConnectionState,
    SubAccount,
    SubAccountState,
    Team,
)
from integrations.services import audit, direct, installs, standing, stops, tokens, verification
from integrations.services.exchange import grant_in, wide
from integrations.services.leases import owner_name
from integrations.services.oauth_apps import app_id_of

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_ATTEMPTS = 8
PATIENCE_S = 5.0


def due(now: datetime) -> QuerySet[SubAccount]:
    """What may be taken now."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = SubAccount.objects.filter(free, state=SubAccountState.QUEUED, due_at__lte=now)
    rows = rows.filter(parent__state__in=USABLE, parent__stops=None).exclude(stops.halted("parent__team"))
    return rows.order_by("due_at", "id")


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def work(*, for_s: float = 50.0, parent: Connection | None = None) -> int:
    """Connect what is due, until nothing is or the time is over; how many now have a connection."""
    owner, until, done = owner_name(), time.monotonic() + for_s, 0
    while time.monotonic() < until:
        row = _take(owner, datetime.now(UTC), parent)
        if row is None:
            break
        done += _connect(row, owner)
    return done


def _take(owner: str, now: datetime, parent: Connection | None) -> SubAccount | None:
    """The next one, if nobody else was quicker; tried again when somebody was."""
    for _ in range(20):
        rows = due(now).filter(parent=parent) if parent else due(now)
        row = rows.select_related("parent__team", "connection").first()
        if row is None:
            return None
        if due(now).filter(pk=row.pk).update(lease_owner=owner, lease_until=now + LEASE):
            return row
    return None


def _connect(row: SubAccount, owner: str) -> bool:
    try:
        grant = _token(row.parent, row.account)
    except HubError as error:
        with transaction.atomic():
            _put_off_or_fail(row, owner, error, datetime.now(UTC))
        return False
    with transaction.atomic():
        connection = _keep(row, owner, grant, datetime.now(UTC))
    if connection is None:
        return False  # the lease was lost: whoever has it keeps a token of its own
    verified = verification.verify(connection)
    SubAccount.objects.filter(pk=row.pk).update(problem="" if verified.ok else verified.sentence)
    return True


def _token(parent: Connection, account: str) -> Grant:
    """One exchange, within the quota. A refused wide token is refreshed where that may help."""
    exchange = wide(parent)
    while True:
        reach = tokens.fresh(parent)
        values = exchange.token_values(parent.settings, account)
        try:
            outcome = direct.read_over(
                reach, exchange.token, values, purpose="exchange", lane=Lane.SYNC, patience_s=PATIENCE_S
            )
        except CredentialRefused as error:  # any other refusal is about the account, not the wide token
            with transaction.atomic():
                again = standing.park(parent.pk, error, reach.generation, datetime.now(UTC))
            if not again:
                raise
            continue
        if outcome.error is not None:
            raise outcome.error
        return grant_in(exchange, outcome.value, account)


# --- what comes of it -----------------------------------------------------------------------------


def _put_off_or_fail(row: SubAccount, owner: str, error: HubError, now: datetime) -> None:
    ours = SubAccount.objects.filter(pk=row.pk, lease_owner=owner, state=SubAccountState.QUEUED)
    free = {"lease_owner": "", "lease_until": None, "problem": error.sentence}
    attempts = row.attempts + 1
    if isinstance(error, Throttled):
        until = now + timedelta(seconds=error.after_s or FIRST_PAUSE.total_seconds())
        others = SubAccount.objects.filter(parent=row.parent_id, state=SubAccountState.QUEUED)
        others.filter(due_at__lt=until).update(due_at=until)
        ours.update(**free)
    elif isinstance(error, CredentialRefused):
        ours.update(**free)  # it waits until the wide connection works again
    elif isinstance(error, TryAgain | OutcomeUnknown) and attempts < MOST_ATTEMPTS:
        pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
        ours.update(**free, attempts=attempts, due_at=now + pause)
    else:
        ours.update(**free, attempts=attempts, state=SubAccountState.FAILED, due_at=None, settled_at=now)
        if row.connection is not None and isinstance(error, Parked):
            standing.trouble(row.connection, error)


def _keep(row: SubAccount, owner: str, grant: Grant, now: datetime) -> Connection | None:
    """The account's connection with its token; made where there is none. None: the lease was lost."""
    ours = SubAccount.objects.select_for_update().filter(
        pk=row.pk, lease_owner=owner, state=SubAccountState.QUEUED
    )
    if not ours.exists():
        return None
    Team.objects.select_for_update().get(pk=row.parent.team_id)  # names and accounts are given one at a time
    connection = _existing(row) or _made(row)
    connection.parent = row.parent
    connection.state, connection.state_reason = ConnectionState.NEW, ""
    connection.save()
    tokens.store_grant(connection, grant, now)
    installs.met(connection, now)
    ours.update(
        state=SubAccountState.CONNECTED,
        connection=connection,
        lease_owner="",
        lease_until=None,
        due_at=None,
        settled_at=now,
        problem="",
    )
    return connection


def _existing(row: SubAccount) -> Connection | None:
    """The account's connection by this app, whether it is under the wide one yet or stands by itself."""
    if row.connection is not None:
        return row.connection
    parent = row.parent
    rows = Connection.objects.filter(
        team=parent.team, connector=parent.connector, environment=parent.environment, auth=parent.auth
    )
    app = app_id_of(parent)
    found = [one for one in rows.filter(account=row.account).order_by("pk") if app_id_of(one) == app]
    return next((one for one in found if one.parent_id == parent.pk), next(iter(found), None))


def _made(row: SubAccount) -> Connection:
    parent = row.parent
    made = Connection.objects.create(
        team=parent.team,
        connector=parent.connector,
        name=_free_name(row),
        environment=parent.environment,
        auth=parent.auth,
        parent=parent,
        read_only=parent.read_only,
    )
    audit.note(parent.team, row.asked_by, "connection.added", made, under=parent.name)
    return made


def _free_name(row: SubAccount) -> str:
    name = (row.name or row.account)[:90]
    taken = set(Connection.objects.filter(team=row.parent.team).values_list("name", flat=True))
    return next(n for n in (name, *(f"{name} ({i})" for i in range(2, 10_000))) if n not in taken)
