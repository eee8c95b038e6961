"""How a connection's quota stands, for people: what is used, by whom, until when, and what waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count

from integrations.engine.errors import Throttled
from integrations.engine.quota import Lane, State, Usage, reserve, usage
from integrations.engine.spec import Limit
from integrations.models import ApiCall, Budget, Connection, Run, RunState
from integrations.services import budgets
from integrations.services.accounts import reach_of

MOST_SPENDERS = 5
MOMENT = timedelta(seconds=5)
PURPOSES = {
    "sweep": "Looks for news",
    "re-read": "Looks for news",
    "verify": "Verifying",
    "pick list": "Pick lists",
    "dry run": "Dry runs",
    "stock": "Looking up credits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who made how many calls over a connection in the last day; `workflow` is its id, where it is one."""

    label: str
    calls: int
    workflow: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`warning` says what holds calls back ("": nothing does); `waiting` counts the runs that wait for it."""

    connection: Connection
    windows: list[Usage]
    warning: str
    waiting: int
    spenders: list[Spender]


def picture(connection: Connection) -> Picture | None:
    """None: nothing has been asked of this account yet."""
    now = datetime.now(UTC)
    reach = reach_of(connection)
    row = Budget.objects.filter(scope=reach.scope).first()
    if row is None:
        return None
    state, limits = State.from_json(row.state), reach.connector.quota.limits
    return Picture(
        connection=connection,
        windows=usage(state, limits, now),
        warning=_warning(connection, state, limits, now),
        waiting=_waiting(connection),
        spenders=spenders(connection, now),
    )


def spenders(connection: Connection, now: datetime) -> list[Spender]:
    """Who made calls over it in the last 24 hours, most first; the small ones together."""
    rows = (
        ApiCall.objects.of(connection.team)
        .filter(connection=connection, started_at__gte=now - timedelta(days=1))
        .order_by()
        .values_list("run__workflow", "run__workflow__name", "purpose")
        .annotate(n=Count("pk"))
    )
    found: dict[tuple[str, int | None], int] = {}
    for workflow, name, purpose, count in rows:
        label = name or PURPOSES.get(purpose, purpose.capitalize())
        found[label, workflow] = found.get((label, workflow), 0) + count
    most = sorted(found.items(), key=lambda row: -row[1])
    shown = [Spender(label=label, workflow=pk, calls=n) for (label, pk), n in most[:MOST_SPENDERS]]
    rest = sum(n for _, n in most[MOST_SPENDERS:])
    return [*shown, Spender(label="Others", calls=rest)] if rest else shown


def _warning(connection: Connection, state: State, limits: Sequence[Limit], now: datetime) -> str:
    """Why an event's call could not be made now, if it is for more than a moment."""
    given = reserve(state, limits, now, 1, Lane.TRIGGER)
    if given.tickets or given.ready_at - now < MOMENT:
        return ""
    granted = budgets.Granted(
        tickets=(), ready_at=given.ready_at, window_s=given.window_s, behind_s=given.behind_s
    )
    return budgets.sentence(connection.name, granted)


def _waiting(connection: Connection) -> int:
    """Runs of its workflows that wait for a quota."""
    rows = Run.objects.of(connection.team).filter(
        state=RunState.WAITING,
        error_kind__in=(budgets.WAITS, Throttled.kind),
        workflow__bindings__connection=connection,
    )
    return rows.distinct().count()
