"""What a mapping can be tried on before anything has happened: a sample event and sample results of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jmespath

from integrations import catalog
from integrations.engine import finding
from integrations.engine.errors import MappingFailed
from integrations.engine.fitting import lies_in
from integrations.engine.free_calls import is_free
from integrations.engine.mapping import Trace, condition, items, map_fields
from integrations.engine.own_triggers import trigger_in
from integrations.engine.spec import Field, FieldMapping, Operation, Step, StepKind, Trigger, WorkflowSpec
from integrations.models import Event, EventSource, Workflow
from integrations.services.drafts import bound, work_of


def trigger_of(spec: WorkflowSpec) -> Trigger:
    connector = catalog.connector(spec.roles[spec.trigger_role])
    return trigger_in(connector, spec.trigger, spec.trigger_settings)


def sample_events(workflow: Workflow, spec: WorkflowSpec) -> dict[str, dict[str, Any]]:
    """Per event type a payload: the latest real one of this connection, else the trigger's own sample."""
    trigger = trigger_of(spec)
    found = {kind: dict(payload) for kind, payload in trigger.sample.items()}
    connection = bound(workflow).get(spec.trigger_role)
    if connection is not None:
        for kind in found:
            latest = (
                Event.objects.filter(connection=connection, trigger=trigger.key, type=kind)
                .exclude(source=EventSource.TEST)
                .exclude(payload={})  # let go of after its time
                .order_by("-id")
                .first()
            )
            if latest is not None:
                found[kind] = latest.payload
    return found


def sample_context(
    workflow: Workflow, spec: WorkflowSpec, event_type: str = "", payload: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A run's context as mapping expressions would see it, every step having given its sample."""
    events = sample_events(workflow, spec)
    event_type = event_type if event_type in events else next(iter(events))
    event = dict(payload) if payload is not None else events[event_type]
    record = str(jmespath.search(trigger_of(spec).record_id, event) or "")
    steps = {step.id: _sample_result(step, spec) for step in spec.steps}
    unknown = answers_unknown(spec)
    context: dict[str, Any] = {
        "event": event,
        "trigger": {"type": event_type, "id": "sample", "at": _now(), "record": record},
        "steps": {key: value for key, value in steps.items() if value is not None or key in unknown},
        "options": dict(spec.options),
        "tables": spec.tables,
        "links": {
            step.link: [{"id": f"{step.link}-sample", "item": "", "data": _record(steps[step.id])}]
            for step in spec.steps
            if step.link
        },
        "item": None,
        "accounts": {role: connection.settings for role, connection in bound(workflow).items()},
        "now": _now(),
    }
    context["taken"] = taken = {}
    for step in spec.steps:  # in their order: a condition may ask about the steps before it
        taken[step.id] = _is_taken(step, context)
    return context


def answers_unknown(spec: WorkflowSpec) -> set[str]:
    """The steps of which nobody knows what they answer: every path into that may be right."""
    return {step.id for step in spec.steps if is_free(step.operation)}


def result_of(step: Step, record: Any) -> Any:
    """What a step is known as that called for this record: one that looks first tells what it did, too."""
    if step.finds is None:
        return record
    return {"id": "some-id", "what": finding.CREATED, "record": record}


def _is_taken(step: Step, context: Mapping[str, Any]) -> bool:
    try:
        return condition(step.when, context)
    except MappingFailed:
        return False


def preview(step: Step, mapping: FieldMapping, context: Mapping[str, Any], fields: Sequence[Field]) -> Trace:
    """What one mapping gives on the sample, hop by hop."""
    own = [field for field in fields if field.key == mapping.target or lies_in(mapping.target, field.key)]
    return map_fields((mapping,), inside(step, context), own).traces[0]


def merged(declared: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """A seen payload with the keys of another beside it: what a path may rightly name."""
    both = {**declared, **seen}
    for key, value in both.items():
        if isinstance(value, Mapping) and isinstance(declared.get(key), Mapping):
            both[key] = merged(declared[key], value)
    return both


def inside(step: Step, context: Mapping[str, Any]) -> dict[str, Any]:
    """The context inside a for_each: its first item stands for all."""
    if not step.for_each:
        return dict(context)
    found = items(step.for_each, context)
    return {**context, "item": found[0] if found else None}


def _record(value: Any) -> dict[str, Any]:
    """What a link keeps of the record that a step wrote; of several, one."""
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, dict) else {}


def _sample_result(step: Step, spec: WorkflowSpec) -> Any:
    if step.kind is StepKind.ANSWER:
        return {mapping.target: f"some {mapping.target}" for mapping in step.mappings}
    work = work_of(step, spec)
    if work is None:
        return None
    value = jmespath.search(work.result, work.sample) if isinstance(work, Operation) else work.sample
    value = result_of(step, value)
    return [value] if step.for_each else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
