"""Deliveries: writes to addresses of the operator's own, stored with their run and sent apart from it.

Somebody else's server may be away for hours, and a run should not stand still for that. The row is written in
the transaction that claims the effect; from then on it is sent until the other side takes it, with the same
id in every try, after growing gaps or when the other side asked for it. What was refused for good, or used up
its tries, waits for a person, who may send it again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.db.models import Q, QuerySet

from integrations import queue
from integrations.engine.errors import HubError, OutcomeUnknown, Parked, TryAgain, WrongUse
from integrations.engine.spec import Account
from integrations.engine.transport import retry_after_s
from integrations.models import USABLE, Delivery, DeliveryState, Run
from integrations.services import audit, direct, pulse, stops, tokens
from integrations.services.accounts import Reach
from integrations.services.leases import owner_name

GAPS_S = (60, 5 * 60, 30 * 60, 2 * 3600, 12 * 3600)
PARKED_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A write that a run asked for; `effect` is the key of its effect, the same for ever."""

    run: Run
    connection_id: int
    effect: str
    operation: str
    values: dict[str, object]


def key_of(effect: str) -> str:
    """The id on the wire, which tells nothing of us."""
    return f"msg_{hashlib.sha256(effect.encode()).hexdigest()[:32]}"


def store(wanted: Iterable[Wanted], now: datetime) -> None:
    """Put them on record, in the caller's transaction; what is on record already stays as it is."""
    rows = [
        Delivery(
            team_id=one.run.team_id,
            connection_id=one.connection_id,
            run=one.run,
            key=key_of(one.effect),
            operation=one.operation,
            values=one.values,
            due_at=now,
            made_at=now,
        )
        for one in wanted
    ]
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        queue.wake_sending()


def due(now: datetime) -> QuerySet[Delivery]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = Delivery.objects.filter(free, state=DeliveryState.WAITING, due_at__lte=now)
    return rows.filter(connection__state__in=USABLE, connection__stops=None).exclude(stops.halted())


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def send_due(*, for_s: float = 60.0, only: Iterable[int] | None = None) -> int:
    """Send what is due (or only these rows); how many tries were made. Never inside a transaction."""
    until, tries = time.monotonic() + for_s, 0
    wanted = None if only is None else list(only)
    owner = owner_name()
    while (row := _claim(owner, wanted)) is not None:
        _send(row)
        tries += 1
        if time.monotonic() >= until:
            break
    return tries


def again(row: Delivery, *, actor: User | None = None) -> None:
    """Send it once more, with the same id: now, and as often as at first."""
    if row.state == DeliveryState.WAITING and row.lease_until and row.lease_until > datetime.now(UTC):
        raise WrongUse("It is being sent at this moment; wait for what comes of it.")
    with transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(
            state=DeliveryState.WAITING,
            attempts=0,
            due_at=datetime.now(UTC),
            problem="",
            settled_at=None,
            lease_owner="",
            lease_until=None,
        )
        audit.note(row.team, actor, "delivery.replayed", row)
        queue.wake_sending()
    row.refresh_from_db()


def of_any_team(pk: int) -> Delivery:
    found: Delivery | None = Delivery.objects.filter(pk=pk).first()
    if found is None:
        raise WrongUse(f"There is no delivery {pk}.")
    return found


def _claim(owner: str, only: list[int] | None) -> Delivery | None:
    """The next one: those tried least first, so that a server that is away keeps no other waiting."""
    now = datetime.now(UTC)
    with transaction.atomic():
        rows = due(now) if only is None else due(now).filter(pk__in=only)
        rows = rows.order_by("attempts", "due_at", "pk")
        if database.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        row: Delivery | None = rows.first()
        if row is None:
            return None
        row.lease_owner, row.lease_until = owner, now + timedelta(seconds=settings.HUB_LEASE_S)
        row.attempts += 1
        row.save(update_fields=["lease_owner", "lease_until", "attempts"])
    return row


def _send(row: Delivery) -> None:
    """One try. Whatever it ends in is written down."""
    pulse.touch(datetime.now(UTC))
    status, asked_s = None, 0.0
    error: HubError | None = None
    try:
        result = direct.attempt_over(_reach(row), row.operation, row.values, purpose="delivery")
    except HubError as refused:
        error = refused
    else:
        error, status = result.error, result.record.status
        asked_s = retry_after_s(result.record.response_headers, datetime.now(UTC)) or 0.0
    _settle(row, error, status, asked_s)


def _reach(row: Delivery) -> Reach:
    """The connection, with what is particular to this delivery among its settings."""
    reach = tokens.fresh(row.connection)
    own = {"delivery_id": row.key, "delivery_at": row.made_at.isoformat()}
    account: Account = replace(reach.account, settings={**reach.account.settings, **own})
    return replace(reach, account=account)


def _settle(row: Delivery, error: HubError | None, status: int | None, asked_s: float) -> None:
    """Taken, to be tried again, or given up. The tries of a connection that stops do not count."""
    now = datetime.now(UTC)
    gap_s = _gap_s(row, error, asked_s)
    state = DeliveryState.WAITING
    if gap_s is None:
        state = DeliveryState.DELIVERED if error is None else DeliveryState.FAILED
    Delivery.objects.filter(pk=row.pk, lease_owner=row.lease_owner).update(
        state=state,
        status=status,
        problem=error.sentence if error else "",
        attempts=row.attempts - isinstance(error, Parked),
        due_at=None if gap_s is None else now + timedelta(seconds=gap_s),
        settled_at=now if gap_s is None else None,
        lease_owner="",
        lease_until=None,
    )


def _gap_s(row: Delivery, error: HubError | None, asked_s: float) -> float | None:
    """Seconds until the next try, at least as many as the other side asked for; None: there is none."""
    if isinstance(error, Parked):
        return PARKED_S
    if not isinstance(error, TryAgain | OutcomeUnknown) or row.attempts > len(GAPS_S):
        return None
    return max(asked_s, GAPS_S[row.attempts - 1])
