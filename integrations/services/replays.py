"""Many runs run again together: which, what that will cost, how far it is, and an end to it.

What failed is taken from its failed step on. One that is behind a newer success of its record is left out and
named: to put back what is older is asked for run by run. The runs take the least urgent quota.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.engine.errors import HubError, ItemsFailed, WrongUse
from integrations.engine.quota import Lane
from integrations.models import FINISHED, Connection, ReplayBatch, Run, RunMode, RunState, Team, Workflow
from integrations.services import audit, decisions, forecast
from integrations.services.forecast import Forecast

AGAIN = Q(state=RunState.FAILED) | Q(state=RunState.SUCCEEDED, error_kind=ItemsFailed.kind)
MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What running these again would take: the runs, the sentences about their cost, and what is left out."""

    runs: list[Run]
    costs: list[Forecast]
    left_out: list[str]

    @property
    def sentences(self) -> list[str]:
        return [cost.sentence for cost in self.costs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is. `left` are those that are not over yet."""

    total: int
    succeeded: int
    failed: int
    cancelled: int
    left: int


def since(connection: Connection, moment: datetime) -> QuerySet[Run]:
    """Every live run of the connection that failed since then."""
    return again(connection.team).filter(of_connection(connection), made_at__gte=moment)


def of_connection(connection: Connection) -> Q:
    """The runs that this connection has told of, or that would be written over it."""
    bound = [
        pk
        for pk, bindings in Workflow.objects.of(connection.team)
        .exclude(live=None)
        .values_list("pk", "live__bindings")
        if connection.pk in bindings.values()
    ]
    return Q(event__connection=connection) | Q(workflow__in=bound)


def again(team: Team) -> QuerySet[Run]:
    """The team's live runs that failed, or items of which did, oldest first; of each event the last."""
    later = Run.objects.filter(
        workflow=OuterRef("workflow"), event=OuterRef("event"), mode=OuterRef("mode"), pk__gt=OuterRef("pk")
    )
    edited = Run.objects.filter(edited_of=OuterRef("pk"))
    rows = Run.objects.of(team).filter(AGAIN, mode=RunMode.LIVE)
    found: QuerySet[Run] = rows.exclude(Exists(later)).exclude(Exists(edited)).order_by("pk")
    return found.select_related("workflow__live", "version", "event", "team")


def outlook(rows: Iterable[Run]) -> Outlook:
    """Nothing is done. Raises WrongUse for more than one batch may hold."""
    runs, left_out = [], []
    for run in rows:
        newer = decisions.newer_success(run)
        if newer is None:
            runs.append(run)
        else:
            left_out.append(
                f"Run {run.pk} is behind run {newer.pk}, which succeeded; run it again by itself."
            )
    if len(runs) > MOST:
        raise WrongUse(
            f"These are {len(runs):,} runs; take no more than {MOST:,} at a time, by date or workflow."
        )
    by_workflow = Counter(run.workflow for run in runs)
    costs = [
        cost
        for workflow, count in by_workflow.items()
        for cost in forecast.of_events(workflow, count, Lane.BACKFILL)
    ]
    return Outlook(runs=runs, costs=costs, left_out=left_out)


def start(team: Team, foreseen: Outlook, what: str, actor: User | None) -> ReplayBatch:
    """Queue them all. One that has been run again meanwhile is left out, and named."""
    if not foreseen.runs:
        raise WrongUse("There is nothing to run again.")
    with transaction.atomic():
        batch = ReplayBatch.objects.create(
            team=team, what=what[:200], left_out=foreseen.left_out, made_by=actor
        )
        for run in foreseen.runs:
            try:
                decisions.replay(run, actor, batch=batch)
            except HubError as error:
                batch.left_out.append(f"Run {run.pk}: {error.sentence}")
        batch.save(update_fields=["left_out"])
        audit.note(team, actor, "runs.replayed", batch, runs=batch.runs.count())
    return batch


def progress(batch: ReplayBatch) -> Progress:
    states = Counter(batch.runs.values_list("state", flat=True))
    total = sum(states.values())
    over = sum(states[state] for state in FINISHED)
    return Progress(
        total=total,
        succeeded=states[RunState.SUCCEEDED] + states[RunState.SKIPPED],
        failed=states[RunState.FAILED],
        cancelled=states[RunState.CANCELLED],
        left=total - over,
    )


def cancel(batch: ReplayBatch, actor: User | None) -> int:
    """End those not under way; how many. One whose write may have happened is left to its look-up."""
    ReplayBatch.objects.filter(pk=batch.pk).update(cancelled_at=datetime.now(UTC))
    cancelled = 0
    for run in batch.runs.exclude(state__in=(*FINISHED, RunState.RUNNING)).select_related("team"):
        try:
            decisions.cancel(run, actor)
        except WrongUse:
            continue
        cancelled += 1
    return cancelled
