"""How the hub and a team's work stand: for the dashboard, for connections, and for the readiness check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from integrations import queue
from integrations.engine.quota import State, Usage, usage
from integrations.models import (
    Budget,
    Connection,
    ConnectionState,
    Heartbeat,
    Run,
    RunMode,
    RunState,
    Team,
)
from integrations.services import pulse
from integrations.services.accounts import connector_of, scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`seen_at`: the cluster's last sign of life (None: never). `due`: the team's runs that may start."""

    answering: bool
    seen_at: datetime | None
    tasks: int
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaView:
    """What is used of one connection's quota."""

    connection: Connection
    windows: list[Usage]


def cluster_seen_at() -> datetime | None:
    row = Heartbeat.objects.filter(name__startswith="cluster:").order_by("-at").first()
    return row.at if row else None


def cluster_answers() -> bool:
    """Whether a worker has been heard of lately."""
    seen_at = cluster_seen_at()
    return seen_at is not None and datetime.now(UTC) - seen_at <= pulse.stale_after()


def health(team: Team) -> Health:
    now = datetime.now(UTC)
    due = Run.objects.of(team).filter(Q(due_at=None) | Q(due_at__lte=now), state=RunState.QUEUED)
    return Health(
        answering=cluster_answers(),
        seen_at=cluster_seen_at(),
        tasks=queue.waiting(),
        due=due.exclude(workflow__state="paused").count(),
    )


def today(team: Team) -> dict[str, int]:
    """Live runs begun today, by state."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Run.objects.of(team).filter(made_at__gte=midnight, mode=RunMode.LIVE).order_by()
    return dict(rows.values_list("state").annotate(n=Count("id")))


def standing(team: Team) -> dict[str, int]:
    """Runs that have not ended, by state, whenever they began; and those that failed in the last week."""
    rows = Run.objects.of(team).filter(mode=RunMode.LIVE).order_by()
    found = dict(
        rows.filter(state__in=(RunState.QUEUED, RunState.WAITING, RunState.PARKED, RunState.HELD))
        .values_list("state")
        .annotate(n=Count("id"))
    )
    week_ago = datetime.now(UTC) - timedelta(days=7)
    found[RunState.FAILED] = rows.filter(state=RunState.FAILED, made_at__gte=week_ago).count()
    return found


def by_day(team: Team, days: int) -> dict[date, Mapping[str, int]]:
    """Live runs by day (the last one is today) and state."""
    last = timezone.localdate()
    found: dict[date, dict[str, int]] = {last - timedelta(days=n): {} for n in reversed(range(days))}
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    rows = Run.objects.of(team).filter(made_at__gte=since, mode=RunMode.LIVE).order_by()
    for day, state, count in (
        rows.annotate(day=TruncDate("made_at")).values_list("day", "state").annotate(n=Count("id"))
    ):
        if day in found:
            found[day][state] = count
    return dict(found)


def troubled(team: Team) -> list[Connection]:
    """Connections that a person has to do something about."""
    return list(Connection.objects.of(team).exclude(state=ConnectionState.CONNECTED))


def quota_of(connection: Connection) -> QuotaView | None:
    """None: nothing has been asked of this account yet."""
    row = Budget.objects.filter(scope=scope_of(connection)).first()
    return _view(connection, row) if row else None


def _view(connection: Connection, row: Budget) -> QuotaView:
    limits = connector_of(connection).quota.limits
    return QuotaView(
        connection=connection, windows=usage(State.from_json(row.state), limits, datetime.now(UTC))
    )


def quotas(team: Team) -> list[QuotaView]:
    """One entry a budget, however many connections share it; the busiest first."""
    rows = Connection.objects.of(team).select_related("token").prefetch_related("credentials")
    first = {scope_of(row): row for row in rows.exclude(state=ConnectionState.DISCONNECTED)}
    found = [_view(first[row.scope], row) for row in Budget.objects.filter(scope__in=first)]
    return sorted(found, key=lambda view: -max((window.share for window in view.windows), default=0.0))
