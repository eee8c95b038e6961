"""Old records through a live workflow: those that were there before it, which its first look only noted.

They go in batches, at the least urgent quota: the next is taken when the runs of the one before are over, so
that it can be paused between two, and stops by itself when a connection refuses. A record is read again
before it is told, as after a look; one that the workflow has had already is left out. Records seen after the
start are news, not ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.engine.errors import HubError, StopRun, WrongUse
from integrations.engine.freeze import thaw
from integrations.engine.quota import Lane
from integrations.models import (
    FINISHED,
    Backfill,
    BackfillState,
    Connection,
    Cursor,
    EventSource,
    Run,
    RunMode,
    RunState,
    SeenRow,
    Workflow,
    WorkflowState,
)
from integrations.services import audit, forecast, rereads, stops, sweeps
from integrations.services.forecast import Forecast
from integrations.services.ingest import LANE_BACKFILL, Arrival, accept
from integrations.services.rereads import Wanted

BATCH = 20
LEASE = timedelta(minutes=5)
TRIES = 3
OPEN = (BackfillState.RUNNING, BackfillState.PAUSED, BackfillState.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a backfill would take: so many records, and the calls they cost."""

    records: int
    costs: list[Forecast]

    @property
    def sentences(self) -> list[str]:
        return [cost.sentence for cost in self.costs]


def outlook(workflow: Workflow) -> Outlook:
    """Raises WrongUse for a workflow that has no old records to take."""
    cursor = _cursor(workflow)
    records = _old(workflow, cursor).count()
    costs = forecast.of_events(workflow, records, Lane.BACKFILL) if records else []
    if records and rereads.can_read(_trigger(workflow)):
        what = f"Reading {records:,} record{'' if records == 1 else 's'} again"
        costs.append(forecast.of_calls(cursor.connection, records, what, Lane.BACKFILL))
    return Outlook(records=records, costs=costs)


def latest(workflow: Workflow) -> Backfill | None:
    found: Backfill | None = Backfill.objects.of(workflow.team).filter(workflow=workflow).first()
    return found


def start(workflow: Workflow, *, actor: User | None = None) -> Backfill:
    """Begin with what is there now. Raises WrongUse where nothing is, or one is under way."""
    cursor = _cursor(workflow)
    old = _old(workflow, cursor).order_by("pk")
    last = old.last()
    if last is None:
        raise WrongUse(f"“{workflow.name}” has had all records that were there before it.")
    try:
        with transaction.atomic():
            made: Backfill = Backfill.objects.create(
                team=workflow.team, workflow=workflow, total=old.count(), last=last.pk, started_by=actor
            )
            audit.note(workflow.team, actor, "backfill.started", workflow, records=made.total)
    except IntegrityError:
        raise WrongUse(f"Old records of “{workflow.name}” are being taken already.") from None
    return made


def pause(workflow: Workflow, *, actor: User | None = None) -> Backfill:
    """What is under way is brought to its end; no further batch is taken."""
    return _switch(workflow, (BackfillState.RUNNING,), BackfillState.PAUSED, "backfill.paused", actor)


def resume(workflow: Workflow, *, actor: User | None = None) -> Backfill:
    was = (BackfillState.PAUSED, BackfillState.STOPPED)
    return _switch(workflow, was, BackfillState.RUNNING, "backfill.resumed", actor)


def _switch(
    workflow: Workflow, was: Sequence[BackfillState], to: BackfillState, what: str, actor: User | None
) -> Backfill:
    rows = Backfill.objects.of(workflow.team).filter(workflow=workflow, state__in=was)
    if not rows.update(state=to, reason=""):
        raise WrongUse(f"No old records of “{workflow.name}” are {' or '.join(was)}.")
    audit.note(workflow.team, actor, what, workflow)
    found = latest(workflow)
    assert found is not None
    return found


# --- going on -------------------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[Backfill]:
    """Those under way that nobody works at; whether their batch is over, `step` finds out."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = Backfill.objects.filter(free, state=BackfillState.RUNNING, workflow__state=WorkflowState.LIVE)
    return rows.exclude(stops.kept_back())


def anything_due(now: datetime) -> bool:
    return any(not _under_way(made.batch) for made in due(now))


def step_all() -> None:
    """One step of each that is due."""
    for made in due(datetime.now(UTC)).select_related("workflow__live", "workflow__team"):
        step(made)


def step(made: Backfill, *, more: bool = True) -> Backfill:
    """Count the batch that is over and, with `more`, take the next; never inside a transaction. The row as it
    stands."""
    now = datetime.now(UTC)
    mine = due(now).filter(pk=made.pk)
    if mine.update(lease_until=now + LEASE):
        made.refresh_from_db()
        try:
            _go_on(made, more)
        except HubError as error:
            if not Backfill.objects.filter(stops.kept_back(), pk=made.pk).exists():
                made.state, made.reason = BackfillState.STOPPED, error.sentence
        _save(made)
    made.refresh_from_db()
    return made


def _go_on(made: Backfill, more: bool) -> None:
    if parked := Run.objects.filter(pk__in=made.batch, state=RunState.PARKED).first():
        made.state, made.reason = BackfillState.STOPPED, parked.reason or "A connection needs a person."
        return
    if _under_way(made.batch):
        return
    _count(made)
    cursor = _cursor(made.workflow)
    rows = list(
        _old(made.workflow, cursor).filter(pk__gt=made.position, pk__lte=made.last).order_by("pk")[:BATCH]
    )
    if rows and not more:
        return
    if not rows:
        made.taken, made.state, made.finished_at = made.total, BackfillState.DONE, datetime.now(UTC)
        return
    runs, unread = _tell(made.workflow, cursor, rows)
    made.position, made.batch = rows[-1].pk, [run.pk for run in runs]
    made.taken, made.unread = made.taken + len(rows), made.unread + unread


def _count(made: Backfill) -> None:
    """How the runs of the batch ended; one that waits for a person is theirs from here on."""
    states = Counter(Run.objects.filter(pk__in=made.batch).values_list("state", flat=True))
    made.succeeded += states[RunState.SUCCEEDED]
    made.skipped += states[RunState.SKIPPED]
    made.failed += states[RunState.FAILED] + states[RunState.CANCELLED]
    made.held += states[RunState.HELD] + states[RunState.WAITING]
    made.batch = []


def _under_way(batch: Sequence[int]) -> bool:
    open_ = Run.objects.filter(pk__in=list(batch)).exclude(state__in=(*FINISHED, RunState.HELD))
    return bool(open_.exclude(state=RunState.WAITING, due_at=None).exists())


def _save(made: Backfill) -> None:
    """A pause that came meanwhile stays one."""
    made.lease_until = None
    fields = ["position", "batch", "total", "taken", "unread", "succeeded", "skipped", "failed", "held"]
    made.save(update_fields=[*fields, "lease_until", "finished_at"])
    if made.state != BackfillState.RUNNING:
        open_ = Backfill.objects.filter(pk=made.pk, state__in=(BackfillState.RUNNING, BackfillState.PAUSED))
        open_.update(state=made.state, reason=made.reason)


def _tell(workflow: Workflow, cursor: Cursor, rows: Sequence[SeenRow]) -> tuple[list[Run], int]:
    """Runs of these records, and how many could not be read or mean nothing. Raises what stops all."""
    trigger = _trigger(workflow)
    assert workflow.live is not None
    chosen = thaw(workflow.live.spec).trigger_settings
    arrivals = []
    for record, row in _read(cursor, trigger, rows):
        if trigger.admits is not None and not trigger.admits(row, chosen):
            continue
        assert trigger.happenings is not None
        now = datetime.now(UTC)
        arrivals += [
            Arrival(type=what.type, key=what.key, record=record, payload=row)
            for what in trigger.happenings(None, row, now)
        ]
    runs = accept(
        cursor.connection, trigger.key, arrivals, [workflow], EventSource.BACKFILL, lane=LANE_BACKFILL
    )
    return runs, len(rows) - len({arrival.record for arrival in arrivals})


def _read(cursor: Cursor, trigger: Any, rows: Sequence[SeenRow]) -> list[tuple[str, dict[str, Any]]]:
    """Each record as it is now; what the trigger cannot read again, as it was last seen."""
    if not rereads.can_read(trigger):
        return [(row.record, row.data) for row in rows]
    wanted = [Wanted(cursor.connection, trigger, row.record, row.data) for row in rows]
    rereads.read_all(wanted, lane=Lane.BACKFILL, tries=TRIES)
    for one in wanted:
        if one.error is not None and not isinstance(one.error, StopRun):
            raise one.error
    return [(one.record, one.row) for one in wanted if one.row is not None]


# --- what there is --------------------------------------------------------------------------------


def _old(workflow: Workflow, cursor: Cursor) -> QuerySet[SeenRow]:
    """Records that were seen, are still there, and that this workflow has not had."""
    had = Run.objects.filter(workflow=workflow, mode=RunMode.LIVE, record=OuterRef("record"))
    return SeenRow.objects.filter(cursor=cursor).exclude(hash="").exclude(Exists(had))


def _trigger(workflow: Workflow) -> Any:
    assert workflow.live is not None
    return sweeps.source_of(thaw(workflow.live.spec), workflow)[2]


def _cursor(workflow: Workflow) -> Cursor:
    if workflow.live is None:
        raise WrongUse(f"“{workflow.name}” has not been deployed yet; deploy it first.")
    connection, _, trigger = sweeps.source_of(thaw(workflow.live.spec), workflow)
    if trigger.sweep is None or trigger.happenings is None:
        raise WrongUse(f"“{trigger.title}” is only heard of as it happens; there are no old records to take.")
    cursor: Cursor | None = _known(workflow, connection, trigger.key)
    if cursor is None or cursor.watermark is None:
        raise WrongUse(f"“{workflow.name}” has not looked yet; its first look counts what is there.")
    return cursor


def _known(workflow: Workflow, connection: Connection, trigger: str) -> Cursor | None:
    rows = Cursor.objects.filter(workflow=workflow, connection=connection, trigger=trigger)
    return rows.select_related("connection").first()
