"""What goes well so far and will not for long: retries that help each time, full hours, credits, lost names.

Finders like those of `alert_causes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.urls import reverse

from integrations.engine.errors import (
    OutcomeUnknown,
    Overdue,
    Throttled,
    TryAgain,
    Unreachable,
    VendorTrouble,
)
from integrations.models import (
    AlertKind,
    AlertLevel,
    ApiCall,
    Connection,
    ConnectionState,
    Stock,
    Team,
    Workflow,
)
from integrations.services import budgets, linting, overview
from integrations.services.accounts import scope_of
from integrations.services.alert_causes import STAGE_LEVELS, Found, digest, stage_of

STRAINED_FOR = timedelta(hours=6)
STRAINED_RUNS = 5
AN_HOUR = timedelta(hours=1)
TROUBLES = {
    error.kind: words
    for error, words in (
        (TryAgain, "the app asked for another try"),
        (Throttled, "it was told that there were too many requests"),
        (VendorTrouble, "the app stumbled"),
        (Overdue, "the app answered too late"),
        (Unreachable, "the app was not reached"),
        (OutcomeUnknown, "no answer came"),
    )
}


def of(team: Team, now: datetime) -> list[Found]:
    return [found for finder in (retries, bursts, stocks, references) for found in finder(team, now)]


def retries(team: Team, now: datetime) -> Iterable[Found]:
    """By connection and trouble: runs that met it within hours, however well they went on afterwards."""
    calls = ApiCall.objects.of(team).filter(
        run__isnull=False, started_at__gte=now - STRAINED_FOR, error_kind__in=TROUBLES
    )
    rows = calls.order_by().values_list("connection", "connection__name", "error_kind")
    for pk, name, kind, count in rows.annotate(n=Count("run", distinct=True)).filter(n__gte=STRAINED_RUNS):
        yield Found(
            kind=AlertKind.RUNS,
            cause=f"retries:{pk}:{kind}",
            level=AlertLevel.WARNING,
            sentence=f"{name}: {count} runs within six hours had to try again, because {TROUBLES[kind]}.",
            advice=(
                "Trying again has helped, or stands for itself among the alerts. If it goes on, ask the "
                "app's support: the calls are listed on the connection's page."
            ),
            path=_page(pk),
            count=count,
        )


def bursts(team: Team, now: datetime) -> Iterable[Found]:
    """Limits of seconds are full now and then; told is how much of them a whole hour has taken."""
    for view in overview.quotas(team):
        short = [window for window in view.windows if not window.long and window.count]
        made = _made(team, view.connection, now - AN_HOUR) if short else 0
        for window in short:
            most = round(window.count * AN_HOUR.total_seconds() / window.window_s)
            if stage := stage_of(made / most):
                yield Found(
                    kind=AlertKind.QUOTA,
                    cause=f"burst:{digest(scope_of(view.connection))}:{window.window_s:g}",
                    level=STAGE_LEVELS[stage],
                    stage=stage,
                    sentence=(
                        f"{view.connection.name} made {stage} % or more of the calls that its limit of "
                        f"{window.count:,} in {budgets.length(window.window_s)} allows in an hour: "
                        f"{made:,} of {most:,}."
                    ),
                    advice="At 100 % calls wait for each other. What cannot wait goes first.",
                    path=_page(view.connection.pk),
                )


def _made(team: Team, connection: Connection, since: datetime) -> int:
    """Calls of all connections that share the limit."""
    rows = Connection.objects.of(team).filter(connector=connection.connector)
    sharing = [row.pk for row in rows if scope_of(row) == scope_of(connection)]
    return int(ApiCall.objects.filter(connection__in=sharing, started_at__gte=since).count())


def stocks(team: Team, now: datetime) -> Iterable[Found]:
    """What an account pays for in advance, and how much of it is used since it was last filled up."""
    rows = Stock.objects.filter(connection__team=team).select_related("connection")
    for row in rows.exclude(connection__state=ConnectionState.DISCONNECTED):
        if stage := stage_of(1 - row.left / row.most if row.left else 1.0):
            yield Found(
                kind=AlertKind.QUOTA,
                cause=f"stock:{row.connection_id}",
                level=STAGE_LEVELS[stage],
                stage=stage,
                sentence=(
                    f"{row.connection.name} has used {stage} % or more of its {row.what}: "
                    f"{row.left:,} of {row.most:,} are left."
                ),
                advice="Buy more at the app before they are used up.",
                path=_page(row.connection_id),
            )


def references(team: Team, now: datetime) -> Iterable[Found]:
    """What the nightly check did not find any more, once however many workflows name it."""
    lost: dict[tuple[str, ...], list[tuple[Workflow, dict[str, Any]]]] = {}
    for workflow in linting.hurt(team):
        for broken in workflow.lint["broken"]:
            what = tuple(str(broken[key]) for key in ("connection", "reference", "id", "says"))
            lost.setdefault(what, []).append((workflow, broken))
    for what, hurt in lost.items():
        first, broken = hurt[0]
        names = ", ".join(dict.fromkeys(f"“{workflow.name}”" for workflow, _ in hurt))
        offer = f" The nearest is “{broken['proposal']}”." if broken["proposal"] else ""
        yield Found(
            kind=AlertKind.REFERENCES,
            cause=f"references:{digest('|'.join(what))}",
            level=AlertLevel.WARNING,
            sentence=f"{broken['says']} It hurts {names}.{offer}",
            advice="Pick another one in the workflow and deploy it anew, or restore what was there.",
            path=reverse("workflow-detail", args=[first.pk]),
            count=len({workflow.pk for workflow, _ in hurt}),
        )


def _page(pk: int) -> str:
    return reverse("connection-detail", args=[pk])
