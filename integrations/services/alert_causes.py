"""What somebody should know of, found in the rows as they are now.

Each finder answers with what is wrong at this moment, one Found for each cause: a hundred runs that failed
alike are one. What is only being tried again is there too, so that no retry keeps trouble from being told.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from integrations.engine.errors import ItemsFailed
from integrations.models import (
    Binding,
    Connection,
    ConnectionState,
    Cursor,
    Delivery,
    DeliveryState,
    Environment,
    Notice,
    NoticeState,
    Run,
    RunMode,
    RunState,
    Team,
    WorkflowState,
)
from integrations.models.alerts import AlertKind, AlertLevel
from integrations.services import budgets, inbox, key_ages, overview, stops
from integrations.services.accounts import connector_of, scope_of

STAGES = (50, 70, 90, 100)
TRIES = 3
FAILED_FOR = timedelta(days=1)
GIVEN_UP_FOR = timedelta(days=7)

STAGE_LEVELS = {
    50: AlertLevel.INFO,
    70: AlertLevel.WARNING,
    90: AlertLevel.WARNING,
    100: AlertLevel.CRITICAL,
}
_PARTICULAR = re.compile(r"“[^”]*”|\S+@\S+|\b[\w-]*\d[\w-]*\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One cause as it is now. `cause` names it for as long as it lasts; `stage` is in percent of a limit."""

    kind: AlertKind
    cause: str
    level: AlertLevel
    sentence: str
    advice: str = ""
    path: str = ""
    count: int = 1
    stage: int = 0


def stage_of(share: float) -> int:
    """The highest of the STAGES that a share (1.0: all) has reached; 0: none."""
    return max((stage for stage in STAGES if share * 100 >= stage), default=0)


def of(team: Team, now: datetime) -> list[Found]:
    """All that is wrong for this team."""
    return [found for finder in FINDERS for found in finder(team, now)]


def connections(team: Team, now: datetime) -> Iterable[Found]:
    """Those that wait for a person, or were disconnected under a workflow that is live."""
    live = Binding.objects.filter(connection=OuterRef("pk"), workflow__state=WorkflowState.LIVE)
    stopped = Q(state__in=(ConnectionState.NEEDS_RECONNECT, ConnectionState.SUSPENDED))
    gone = Q(state=ConnectionState.DISCONNECTED) & Exists(live)
    for row in Connection.objects.of(team).filter(stopped | gone):
        waiting = Run.objects.filter(parked_on=row, state=RunState.PARKED).count()
        yield Found(
            kind=AlertKind.CONNECTION,
            cause=f"connection:{row.pk}",
            level=_by_environment(row),
            sentence=f"{row.name}: {row.get_state_display()}. {row.state_reason}".strip(),
            advice=f"Connect it again; {waiting} runs wait for it and go on by themselves then.",
            path=_page(row),
            count=max(1, waiting),
        )


def runs(team: Team, now: datetime) -> Iterable[Found]:
    """By workflow and reason: what failed, whole or in part, within a day, waits for a person, or is
    tried again and again."""
    better = Run.objects.filter(
        workflow=OuterRef("workflow"),
        event=OuterRef("event"),
        replay__gt=OuterRef("replay"),
        state__in=(RunState.SUCCEEDED, RunState.SKIPPED),
    )
    failed = Q(state=RunState.FAILED, finished_at__gte=now - FAILED_FOR)
    in_part = Q(state=RunState.SUCCEEDED, error_kind=ItemsFailed.kind, finished_at__gte=now - FAILED_FOR)
    retried = Q(state=RunState.WAITING, attempts__gte=TRIES) & ~Q(error_kind__in=("", budgets.WAITS))
    rows = (
        Run.objects.of(team)
        .filter(failed | in_part | retried | Q(state=RunState.HELD), ~Exists(better), mode=RunMode.LIVE)
        .order_by()
        .values_list("workflow", "workflow__name", "state", "reason")
        .annotate(n=Count("pk"))
    )
    piles: dict[tuple[int, str], list[tuple[str, str, str, int]]] = {}
    for workflow, name, state, reason, count in rows:
        piles.setdefault((workflow, general(reason)), []).append((state, name, reason, count))
    for (workflow, words), pile in piles.items():
        yield _runs_alike(workflow, words, pile)


def _runs_alike(workflow: int, words: str, pile: list[tuple[str, str, str, int]]) -> Found:
    by_state: dict[str, int] = {}
    for state, _, _, count in pile:
        by_state[state] = by_state.get(state, 0) + count
    told = {
        RunState.FAILED: "failed",
        RunState.HELD: "held",
        RunState.SUCCEEDED: "succeeded but for some items",
        RunState.WAITING: "tried again and again",
    }
    parts = [f"{by_state[state]} {word}" for state, word in told.items() if state in by_state]
    worst = next(state for state in told if state in by_state)
    return Found(
        kind=AlertKind.RUNS,
        cause=f"runs:{workflow}:{digest(words)}",
        level=AlertLevel.WARNING if worst == RunState.WAITING else AlertLevel.CRITICAL,
        sentence=f"Runs of “{pile[0][1]}”: {', '.join(parts)}. {pile[0][2]}".strip(),
        advice="Open one of them: it says what to do. Those that failed can be run again.",
        path=f"{reverse('run-list')}?state={worst}&workflow={workflow}",
        count=sum(by_state.values()),
    )


def general(reason: str) -> str:
    """A sentence without what is particular to one record: two that differ in that alone are one cause."""
    return _PARTICULAR.sub("#", reason)


def looks(team: Team, now: datetime) -> Iterable[Found]:
    """Live workflows whose last look at their source did not come to its end."""
    rows = Cursor.objects.filter(workflow__team=team, workflow__state=WorkflowState.LIVE).exclude(problem="")
    for row in rows.select_related("workflow", "connection"):
        if row.connection.usable and not stops.of_connection(row.connection):
            yield Found(
                kind=AlertKind.LOOKS,
                cause=f"looks:{row.pk}",
                level=AlertLevel.WARNING,
                sentence=f"The last look for “{row.workflow.name}” stopped: {row.problem}",
                advice="The next look starts where this one did; nothing is passed over.",
                path=reverse("workflow-detail", args=[row.workflow_id]),
            )


def quotas(team: Team, now: datetime) -> Iterable[Found]:
    """Long windows (a day) of which half or more is used."""
    for view in overview.quotas(team):
        for window in view.windows:
            stage = stage_of(window.share) if window.long else 0
            if stage:
                yield Found(
                    kind=AlertKind.QUOTA,
                    cause=f"quota:{digest(scope_of(view.connection))}:{window.window_s:g}",
                    level=STAGE_LEVELS[stage],
                    stage=stage,
                    sentence=(
                        f"{view.connection.name} has used {stage} % or more of its calls in "
                        f"{budgets.length(window.window_s)}: {window.spent:,} of {window.count:,}."
                    ),
                    advice="What cannot wait goes first; the rest goes on when there are calls again.",
                    path=_page(view.connection),
                )


def keys(team: Team, now: datetime) -> Iterable[Found]:
    """Keys that are about to end, or to be rotated."""
    for age in key_ages.due(team, now):
        yield Found(
            kind=AlertKind.KEY,
            cause=f"key:{age.connection.pk}",
            level=AlertLevel.CRITICAL if age.ends and age.urgent else AlertLevel.WARNING,
            sentence=f"{age.connection.name}: {age.when}",
            advice=age.advice,
            path=_page(age.connection),
        )


def webhooks(team: Team, now: datetime) -> Iterable[Found]:
    """Deliveries of apps that are refused and none taken, and those that could not be looked into."""
    rows = Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED)
    for row in rows:
        app = connector_of(row)
        warning = inbox.warning(app, row, now) if app.webhooks and app.auth(row.auth).hears else ""
        if warning:
            yield Found(
                kind=AlertKind.WEBHOOKS,
                cause=f"webhooks:refused:{row.pk}",
                level=_by_environment(row),
                sentence=f"{row.name}: {warning}",
                path=_page(row),
            )
    failed = Notice.objects.filter(connection__in=rows, state=NoticeState.FAILED)
    counts = failed.filter(received_at__gte=now - FAILED_FOR).order_by().values_list("connection")
    names = {row.pk: row for row in rows}
    for pk, count in counts.annotate(n=Count("pk")):
        yield Found(
            kind=AlertKind.WEBHOOKS,
            cause=f"webhooks:failed:{pk}",
            level=AlertLevel.WARNING,
            sentence=f"{count} webhooks of {names[pk].name} could not be looked into within a day.",
            advice="The next look at the source finds what they told of.",
            path=_page(names[pk]),
            count=count,
        )


def deliveries(team: Team, now: datetime) -> Iterable[Found]:
    """Events of ours that the other side did not take, after all tries."""
    rows = Delivery.objects.of(team).filter(state=DeliveryState.FAILED, settled_at__gte=now - GIVEN_UP_FOR)
    counts = rows.order_by().values_list("connection", "connection__name").annotate(n=Count("pk"))
    for pk, name, count in counts:
        yield Found(
            kind=AlertKind.DELIVERIES,
            cause=f"deliveries:{pk}",
            level=AlertLevel.CRITICAL,
            sentence=f"{count} deliveries over {name} were given up.",
            advice="See why the other side did not take them, and send them again from there.",
            path=f"{reverse('delivery-list')}?state=failed&connection={pk}",
            count=count,
        )


Finder = Callable[[Team, datetime], Iterable[Found]]
FINDERS: tuple[Finder, ...] = (connections, runs, looks, quotas, keys, webhooks, deliveries)


def _by_environment(row: Connection) -> AlertLevel:
    return AlertLevel.CRITICAL if row.environment == Environment.PRODUCTION else AlertLevel.WARNING


def _page(row: Connection) -> str:
    return reverse("connection-detail", args=[row.pk])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
