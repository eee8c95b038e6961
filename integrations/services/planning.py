"""The dry run: the whole journey with real reads and no writes. It is the same journey with a destination
that only remembers, so the plan shows what a run would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jmespath

from integrations import catalog
from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.execute import Finish, FinishStatus, Issue, Start, StepStory, execute
from integrations.engine.quota import Lane
from integrations.engine.spec import Kind, Outcome, Read, Wait, WorkflowSpec, Write
from integrations.models import Connection, RecordLink, Workflow
from integrations.services import direct
from integrations.services.drafts import bound, compile_draft
from integrations.services.samples import sample_events, trigger_of
from integrations.services.specimens import instead_of_sample

MADE = "(new {})"  # stands for the id of what the run would make


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A write that a run would make."""

    step: str
    title: str
    operation: str
    kind: str
    app: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class Plan:
    """What a run of this event would do."""

    writes: list[PlannedWrite] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    reads: int = 0
    made: set[str] = field(default_factory=set)
    stories: list[StepStory] = field(default_factory=list)
    finish: Finish | None = None

    @property
    def holds(self) -> bool:
        return self.finish is not None and self.finish.status is not FinishStatus.FAILED


def plan(workflow: Workflow, event_type: str = "", payload: Mapping[str, Any] | None = None) -> Plan:
    """Dry-run the draft on one event: the one given, else the latest of its type (else the trigger's sample).

    Raises WrongUse for what there is not, and the error of the tree that a read ended in.
    """
    spec = compile_draft(workflow)
    connections = bound(workflow)
    for role, slug in spec.roles.items():
        if role not in connections:
            raise WrongUse(f"Choose a connection to {catalog.connector(slug).title}.")
    events = sample_events(workflow, spec)
    event_type = event_type or next(iter(events))
    if event_type not in events:
        raise WrongUse(did_you_mean(event_type, list(events), "event here"))
    event = instead_of_sample(
        payload if payload is not None else events[event_type],
        event_type,
        connections[spec.trigger_role],
        trigger_of(spec),
        spec.trigger_settings,
    )
    return _drive(spec, connections, _start(workflow, spec, connections, event_type, event))


def _start(
    workflow: Workflow,
    spec: WorkflowSpec,
    connections: Mapping[str, Connection],
    event_type: str,
    event: Mapping[str, Any],
) -> Start:
    now = datetime.now(UTC)
    record = str(jmespath.search(trigger_of(spec).record_id, dict(event)) or "")
    links: dict[str, list[dict[str, Any]]] = {}
    for row in RecordLink.objects.filter(workflow=workflow, mode="live", record=record, ended_at=None):
        links.setdefault(row.name, []).append({"id": row.record_id, "item": row.item, "data": row.data})
    return Start(
        run_key="plan",
        event=event,
        trigger={"type": event_type, "id": "plan", "at": now.isoformat(), "record": record},
        now=now,
        links=links,
        accounts={role: connection.settings for role, connection in connections.items()},
    )


def _drive(spec: WorkflowSpec, connections: Mapping[str, Connection], start: Start) -> Plan:
    made = Plan()
    journey = execute(spec, start, catalog.CONNECTORS, made.stories)
    try:
        issue = next(journey)
        while True:
            issue = journey.send(_outcome(made, spec, connections, issue))
    except StopIteration as stop:
        made.finish = stop.value
    return made


def _outcome(made: Plan, spec: WorkflowSpec, connections: Mapping[str, Connection], issue: Issue) -> Outcome:
    command = issue.command
    if isinstance(command, Wait):
        made.waits.append(command.reason)
        return Outcome(True)
    assert issue.operation is not None
    if isinstance(command, Read):
        made.reads += 1
        if any(value in made.made for value in command.values.values() if isinstance(value, str)):
            # a read of what this run would only make
            return Outcome(jmespath.search(issue.operation.result, issue.operation.sample))
        return direct.read(
            connections[issue.role], command.operation, command.values, purpose="dry run", lane=Lane.REQUEST
        )
    return _remember(made, spec, issue, command)


def _remember(made: Plan, spec: WorkflowSpec, issue: Issue, command: Write) -> Outcome:
    assert issue.operation is not None
    made.writes.append(
        PlannedWrite(
            step=issue.address.step,
            title=issue.operation.title,
            operation=command.operation,
            kind=issue.operation.kind.value,
            app=spec.roles[issue.role],
            values=dict(command.values),
        )
    )
    sample = jmespath.search(issue.operation.result, issue.operation.sample)
    value = {**(sample if isinstance(sample, dict) else {}), **command.values}
    if issue.operation.kind is not Kind.CREATE:
        return Outcome(value)
    new = MADE.format(len(made.made) + 1)
    made.made.add(new)
    return Outcome({**value, "id": new}, new)


def sentence_of(made: Plan) -> str:
    """The plan in a line."""
    if made.finish is not None and made.finish.error is not None:
        error: HubError = made.finish.error
        return f"It would fail: {error.sentence}"
    if not made.writes:
        return "Nothing would be written."
    kinds = {kind: sum(1 for w in made.writes if w.kind == kind) for kind in ("create", "update", "delete")}
    told = [f"{count} to {kind}" for kind, count in kinds.items() if count]
    return f"It would make {len(made.writes)} write{'s'[: len(made.writes) > 1]}: {', '.join(told)}."
