"""The request driver: somebody asks and waits. Read-only, inline, at most a few at once, saved afterwards."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from integrations.engine.errors import ContractBroken, HubError, Throttled
from integrations.engine.execute import Finish, FinishStatus, Issue
from integrations.engine.quota import Lane
from integrations.engine.spec import Outcome, Read
from integrations.models import Connection, Event, EventSource, Run, RunMode, RunState, StepRun, Workflow
from integrations.services import direct
from integrations.services.accounts import reaches
from integrations.services.journeys import begin, journey_of
from integrations.services.lifecycle import bound_connections

AT_ONCE = 4
PATIENCE_S = 4.0

_places = threading.BoundedSemaphore(AT_ONCE)


def answer(workflow: Workflow, connection: Connection, event_type: str, payload: Mapping[str, Any]) -> Run:
    """Run the live version for somebody who waits; its answer is on the run.

    Raises Throttled when as many are at it as may be (the web answers 503), WrongUse without a live version.
    """
    if not _places.acquire(blocking=False):
        raise Throttled("The hub is answering as many requests as it can; ask again in a moment.", after_s=1)
    try:
        return _answer(workflow, connection, event_type, payload)
    finally:
        _places.release()


def _answer(workflow: Workflow, connection: Connection, event_type: str, payload: Mapping[str, Any]) -> Run:
    now = datetime.now(UTC)
    run = _new_run(workflow, connection, event_type, payload, now)
    assert workflow.live is not None
    connections = bound_connections(workflow.live)
    steps: list[StepRun] = []
    finish = _drive(run, connections, steps)
    run.state = {
        FinishStatus.SUCCEEDED: RunState.SUCCEEDED,
        FinishStatus.SKIPPED: RunState.SKIPPED,
        FinishStatus.FAILED: RunState.FAILED,
    }[finish.status]
    run.reason, run.answer, run.finished_at = finish.reason, finish.answer, datetime.now(UTC)
    run.error_kind = finish.error.kind if finish.error else ""
    with transaction.atomic():
        run.save()
        StepRun.objects.bulk_create(steps)
    return run


def _new_run(
    workflow: Workflow, connection: Connection, event_type: str, payload: Mapping[str, Any], now: datetime
) -> Run:
    if workflow.live is None:
        raise ContractBroken(f"“{workflow.name}” has not been deployed yet.")
    with transaction.atomic():
        event = Event.objects.create(
            team=workflow.team,
            connection=connection,
            trigger=workflow.live.spec["trigger"],
            type=event_type,
            record="",
            dedupe_key=f"request:{now.timestamp()}:{threading.get_ident()}",
            payload=dict(payload),
            source=EventSource.MANUAL,
        )
        run = Run.objects.create(
            team=workflow.team,
            workflow=workflow,
            version=workflow.live,
            event=event,
            mode=RunMode.REQUEST,
            record=f"request:{event.pk}",
            state=RunState.QUEUED,
            lane=0,
            started_at=now,
        )
        begin(
            [run],
            {pk: reach.connection for pk, reach in reaches(workflow.live.bindings.values()).items()},
            now,
        )
    return run


def _drive(run: Run, connections: Mapping[str, Connection], steps: list[StepRun]) -> Finish:
    journey = journey_of(run)
    try:
        issue = next(journey)
        while True:
            outcome = _read(run, connections, issue, steps)
            issue = journey.send(outcome)
    except StopIteration as stop:
        finish: Finish = stop.value
        return finish
    except HubError as error:
        return Finish(status=FinishStatus.FAILED, reason=error.sentence, error=error)


def _read(run: Run, connections: Mapping[str, Connection], issue: Issue, steps: list[StepRun]) -> Outcome:
    if not isinstance(issue.command, Read):
        raise ContractBroken("A request may only read; take the writing steps out of this workflow.")
    outcome = direct.read(
        connections[issue.role],
        issue.command.operation,
        issue.command.values,
        purpose="request",
        lane=Lane.REQUEST,
        patience_s=PATIENCE_S,
    )
    steps.append(
        StepRun(
            run=run,
            address=str(issue.address),
            step=issue.address.step,
            operation=issue.command.operation,
            values=dict(issue.command.values),
            outcome=outcome.value,
            record_id=outcome.record_id,
            error_kind=outcome.error.kind if outcome.error else "",
            error=outcome.error.sentence if outcome.error else "",
        )
    )
    return outcome
