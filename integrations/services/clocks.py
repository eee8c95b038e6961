"""Workflows on a schedule: each has a clock, a row that says when it strikes next.

A stroke is an event like any other, named by its moment: however often it is noticed, it is stored once. A
paused workflow's clock stands still; what it missed is left out or made good once, as its operator chose.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import SCHEDULE
from integrations.engine.schedules import schedule_of
from integrations.engine.spec import WorkflowSpec
from integrations.models import Clock, Connection, EventSource, Workflow, WorkflowState
from integrations.services.ingest import Arrival, accept


def set_clock(workflow: Workflow, spec: WorkflowSpec, now: datetime) -> None:
    """For what was just deployed: wound up anew, or taken away."""
    if spec.trigger != SCHEDULE:
        Clock.objects.filter(workflow=workflow).delete()
        return
    next_at = schedule_of(spec.trigger_settings).after(now)
    Clock.objects.update_or_create(workflow=workflow, defaults={"done_until": now, "next_at": next_at})


def anything_due(now: datetime) -> bool:
    return Clock.objects.filter(next_at__lte=now, workflow__state=WorkflowState.LIVE).exists()


def strike_due(now: datetime) -> int:
    """Strike every clock that is due; how many runs that has started."""
    due = Clock.objects.filter(next_at__lte=now, workflow__state=WorkflowState.LIVE)
    return sum(_strike(pk, now) for pk in due.values_list("pk", flat=True))


def next_at(workflow: Workflow) -> datetime | None:
    clock = Clock.objects.filter(workflow=workflow).first()
    return clock.next_at if clock else None


def _strike(pk: int, now: datetime) -> int:
    with transaction.atomic():
        clock = Clock.objects.select_for_update().filter(pk=pk, next_at__lte=now).first()
        if clock is None:  # another worker was first
            return 0
        workflow = Workflow.objects.select_related("live").get(pk=clock.workflow_id)
        assert workflow.live is not None
        spec = thaw(workflow.live.spec)
        schedule = schedule_of(spec.trigger_settings)
        stroke = schedule.due(clock.done_until, now)
        clock.done_until, clock.next_at = now, schedule.after(now)
        clock.save()
        return len(_started(workflow, spec, stroke)) if stroke else 0


def _started(workflow: Workflow, spec: WorkflowSpec, stroke: datetime) -> list[object]:
    assert workflow.live is not None
    connection = Connection.objects.get(pk=workflow.live.bindings[spec.trigger_role])
    moment = stroke.isoformat(timespec="seconds")
    key = f"schedule:{workflow.pk}:{moment}"
    payload = {"id": moment, "at": moment}
    arrival = Arrival(type="schedule", key=key, record=f"schedule {workflow.pk}", payload=payload)
    return [*accept(connection, SCHEDULE, [arrival], [workflow], EventSource.SCHEDULE)]
