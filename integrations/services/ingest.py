"""Accept: what happened is stored, with the runs it starts, in one transaction, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from integrations import queue
from integrations.engine.storable import storable
from integrations.models import (
    Connection,
    Event,
    EventSource,
    Run,
    RunMode,
    RunState,
    Workflow,
    WorkflowVersion,
)
from integrations.services import firsts, hops

LANE_TRIGGER = 1
LANE_BACKFILL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One happening, before it is an Event. `key` is the same whenever and however it is heard of.

    `source` says how it was heard of, where that is not the same for all that come with it; `notice` is the
    webhook that told of it, `late` that this was long after it happened.
    """

    type: str
    key: str
    record: str
    payload: dict[str, Any]
    source: EventSource | None = None
    notice: int | None = None
    late: bool = False


def accept(
    connection: Connection,
    trigger: str,
    arrivals: Sequence[Arrival],
    workflows: Iterable[Workflow],
    source: EventSource,
    *,
    lane: int = LANE_TRIGGER,
) -> list[Run]:
    """Store the arrivals and start a run for each workflow that has not had them; the new runs.

    Called inside or outside a transaction; wakes a worker after the commit.
    """
    if not arrivals:
        return []
    with transaction.atomic():
        events = _events(connection, trigger, arrivals, source)
        runs = [run for workflow in workflows for run in _runs(workflow, events, lane)]
        if runs:
            queue.wake()
    return runs


def accept_test(
    connection: Connection, trigger: str, arrival: Arrival, workflow: Workflow, version: WorkflowVersion
) -> Run:
    """A sandbox test: its own event, its own version, its own record, so that it stands in nobody's way."""
    with transaction.atomic():
        event = Event.objects.create(
            team=connection.team,
            connection=connection,
            trigger=trigger,
            type=arrival.type,
            record=arrival.record,
            dedupe_key=f"test:{version.pk}:{arrival.key}"[:200],
            payload=storable(arrival.payload),
            source=EventSource.TEST,
        )
        return Run.objects.create(
            team=workflow.team,
            workflow=workflow,
            version=version,
            event=event,
            mode=RunMode.TEST,
            record=f"test:{version.pk}:{arrival.record}"[:200],
            due_at=datetime.now(UTC),
            lane=0,
        )


def _events(
    connection: Connection, trigger: str, arrivals: Sequence[Arrival], source: EventSource
) -> list[Event]:
    records = [a.record[:200] for a in arrivals if (a.source or source) in hops.FROM_THE_APP]
    carried = hops.of(connection, records, datetime.now(UTC)) if records else {}
    rows = [
        Event(
            team_id=connection.team_id,
            connection=connection,
            trigger=trigger,
            type=arrival.type,
            record=arrival.record[:200],
            dedupe_key=arrival.key[:200],
            payload=storable(arrival.payload),
            source=arrival.source or source,
            notice_id=arrival.notice,
            late=arrival.late,
            hops=carried.get(arrival.record[:200], 0),
        )
        for arrival in arrivals
    ]
    Event.objects.bulk_create(rows, ignore_conflicts=True)
    keys = [row.dedupe_key for row in rows]
    return list(Event.objects.filter(connection=connection, dedupe_key__in=keys).order_by("id"))


def _runs(workflow: Workflow, events: list[Event], lane: int) -> list[Run]:
    """Runs for the events this workflow has not had; a paused workflow collects them too."""
    if workflow.live_id is None:
        return []
    had = set(
        Run.objects.filter(workflow=workflow, event__in=events, mode=RunMode.LIVE).values_list(
            "event_id", flat=True
        )
    )
    now = datetime.now(UTC)
    rows = [
        Run(
            team_id=workflow.team_id,
            workflow=workflow,
            version_id=workflow.live_id,
            event=event,
            record=event.record,
            due_at=now,
            lane=lane,
        )
        for event in events
        if event.pk not in had
    ]
    later = firsts.beyond(workflow, [row.record for row in rows])
    for row in rows:
        if why := _held_because(row, workflow, later):
            row.state, row.due_at, row.reason = RunState.HELD, None, why
    Run.objects.bulk_create(rows, ignore_conflicts=True)
    return list(
        Run.objects.filter(workflow=workflow, event__in=[row.event for row in rows], mode=RunMode.LIVE)
    )


def _held_because(run: Run, workflow: Workflow, later: set[str]) -> str:
    """Why a run waits for a person before it has begun; "" where it does not."""
    if run.record in later:
        return firsts.reason(workflow.first_n or 0)
    return hops.sentence(run.event)
