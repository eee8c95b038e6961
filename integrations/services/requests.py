"""The request driver: somebody asks and waits, for a few seconds. Read-only, inline, at most a few at once,
saved afterwards."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.engine.errors import ContractBroken, HubError, Overdue, Throttled, WrongUse
from integrations.engine.execute import Address, Finish, FinishStatus, Issue
from integrations.engine.spec import Hold, Invite, Outcome, Read
from integrations.engine.storable import storable
from integrations.models import (
    Connection,
    Event,
    EventSource,
    Run,
    RunMode,
    RunState,
    StepRun,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import holds, offers, slot_links, stops
from integrations.services.journeys import begin, journey_of
from integrations.services.lifecycle import bound_connections
from integrations.services.rows import step_row

AT_ONCE = 4

_FINISHED = {
    FinishStatus.SUCCEEDED: RunState.SUCCEEDED,
    FinishStatus.SKIPPED: RunState.SKIPPED,
    FinishStatus.FAILED: RunState.FAILED,
}
_places = threading.BoundedSemaphore(AT_ONCE)


def answer(workflow: Workflow, connection: Connection, event_type: str, payload: Mapping[str, Any]) -> Run:
    """Run the live version for somebody who waits; its answer is on the run.

    What is not answered within `HUB_ANSWER_S` seconds has failed, as overdue. Raises Throttled when as many
    are at it in this process as may be (the web answers 503), WrongUse when the workflow is not live.
    """
    if workflow.live is None or workflow.state != WorkflowState.LIVE:
        raise WrongUse(f"“{workflow.name}” is not live; deploy or resume it first.")
    stops.refuse(workflow.team_id, workflow.live.bindings.values())
    if not _places.acquire(blocking=False):
        raise Throttled("The hub is answering as many requests as it can; ask again in a moment.", after_s=1)
    try:
        return _answer(workflow, workflow.live, _event(workflow.live, connection, event_type, payload))
    finally:
        _places.release()


def _answer(workflow: Workflow, version: WorkflowVersion, event: Event) -> Run:
    connections = bound_connections(version)
    run = _run(workflow, version, event, connections)
    steps: list[StepRun] = []
    finish = Finish(status=FinishStatus.FAILED, reason="The hub stumbled over this request; see its log.")
    try:
        finish = _drive(run, connections, steps)
    finally:
        _save(run, finish, steps)
    return run


def _save(run: Run, finish: Finish, steps: list[StepRun]) -> None:
    run.state = _FINISHED[finish.status]
    run.reason, run.answer, run.finished_at = finish.reason, finish.answer, datetime.now(UTC)
    run.error_kind = finish.error.kind if finish.error else ""
    with transaction.atomic():
        run.save()
        StepRun.objects.bulk_create(steps)


def _event(
    version: WorkflowVersion, connection: Connection, event_type: str, payload: Mapping[str, Any]
) -> Event:
    return Event.objects.create(
        team=connection.team,
        connection=connection,
        trigger=version.spec["trigger"],
        type=event_type,
        record="",
        dedupe_key=f"request:{uuid.uuid4()}",
        payload=storable(dict(payload)),
        source=EventSource.MANUAL,
    )


def _run(
    workflow: Workflow, version: WorkflowVersion, event: Event, connections: Mapping[str, Connection]
) -> Run:
    now = datetime.now(UTC)
    with transaction.atomic():
        run = Run.objects.create(
            team=workflow.team,
            workflow=workflow,
            version=version,
            event=event,
            mode=RunMode.REQUEST,
            record=f"request:{event.pk}",
            state=RunState.RUNNING,  # without a lease: no worker takes it over
            lane=None,
            started_at=now,
        )
        begin([run], {connection.pk: connection for connection in connections.values()}, now)
    return run


def _drive(run: Run, connections: Mapping[str, Connection], steps: list[StepRun]) -> Finish:
    journey, until = journey_of(run), time.monotonic() + settings.HUB_ANSWER_S
    try:
        issue = next(journey)
        while True:
            left_s = until - time.monotonic()
            if left_s <= 0:
                return _overdue(issue)
            outcome = _outcome(run, connections[issue.role] if issue.role else None, issue, left_s)
            steps.append(step_row(run, issue, outcome, ""))
            issue = journey.send(outcome)
    except StopIteration as stop:
        finish: Finish = stop.value
        return finish
    except HubError as error:
        if time.monotonic() >= until:
            return _overdue(issue)
        return Finish(status=FinishStatus.FAILED, reason=error.sentence, error=error)


def _overdue(issue: Issue) -> Finish:
    title = issue.operation.title if issue.operation else issue.address.step
    error = Overdue(
        f"Nobody waits longer than {settings.HUB_ANSWER_S} seconds for an answer, and they were over at "
        f"“{title}”; HUB_ANSWER_S says how many there are."
    )
    return Finish(status=FinishStatus.FAILED, reason=error.sentence, error=error)


def _outcome(run: Run, connection: Connection | None, issue: Issue, left_s: float) -> Outcome:
    if isinstance(issue.command, Invite):
        return slot_links.invite(run.team_id, issue.command)
    if connection is None or not isinstance(issue.command, Read | Hold):
        raise ContractBroken("A request may only read; take the writing steps out of this workflow.")
    if isinstance(issue.command, Hold):
        return _held(run, connection, issue.address, issue.command)
    return offers.read(connection, issue.command, within_s=left_s)


def _held(run: Run, connection: Connection, address: Address, hold: Hold) -> Outcome:
    step = f"{address.step}/{address.item}"
    wanted = holds.Wanted(connection_id=connection.pk, run=run, step=step, hold=hold)
    with transaction.atomic():
        return holds.keep([wanted], datetime.now(UTC))[0]
