"""What a mapping may rightly name: what is declared, what a sample shows, what was seen; and what has gone.

A path that nobody has ever seen is a mistake and keeps a draft from going live. One that was there once, or
that works in what is live, and is in none of the latest events, has gone: that is told, and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import first_unseen
from integrations.engine.mapping import condition
from integrations.engine.mapping_check import check
from integrations.engine.schema import merged, skeleton, with_declared
from integrations.engine.spec import Field, FieldMapping, Operation, Step, WorkflowSpec
from integrations.models import Connection, Event, EventSource, Workflow
from integrations.services import corrector, own_fields, picklists, samples
from integrations.services.drafts import bound, target_fields, work_of
from integrations.services.samples import inside, trigger_of

REMEMBERED = 20
LATEST = 3


def fields_of(step: Step, spec: WorkflowSpec, connections: Mapping[str, Connection]) -> list[Field]:
    """The fields an operator may map to in this step, those of the account's own among them."""
    return picklists.with_own(target_fields(step, spec), connections.get(step.role))


def context(
    workflow: Workflow, spec: WorkflowSpec, event_type: str, seen: Mapping[str, Any]
) -> dict[str, Any]:
    """A run's context with all that a path may name: what is declared and was seen, beside what it has.

    What was seen in an event of another type counts too: it is told of the same kind of record.
    """
    trigger = trigger_of(spec)
    event: dict[str, Any] = dict(trigger.sample.get(event_type, {}))
    for payload in reversed(payloads(workflow, spec, "", REMEMBERED)):
        event = samples.merged(event, payload)
    event = merged(skeleton(trigger.answer), samples.merged(event, seen["event"]))
    steps = {step.id: _result(step, spec, seen["steps"].get(step.id)) for step in spec.steps}
    unknown = samples.answers_unknown(spec)
    known = {key: row for key, row in steps.items() if row is not None or key in unknown}
    return {**seen, "event": event, "steps": known}


def _result(step: Step, spec: WorkflowSpec, shown: Any) -> Any:
    work = work_of(step, spec)
    if not isinstance(work, Operation):
        return shown
    if step.for_each:
        return [_declared(step, work, row) for row in shown or [None]]
    return _declared(step, work, shown)


def _declared(step: Step, work: Operation, shown: Any) -> Any:
    if step.finds is None:
        return with_declared(work.answer, shown)
    record = shown.get("record") if isinstance(shown, Mapping) else None
    return samples.result_of(step, with_declared(work.answer, record))


def payloads(workflow: Workflow, spec: WorkflowSpec, event_type: str, most: int) -> list[dict[str, Any]]:
    """What the source has sent of this type ("": of any), the newest first; as long as that is nothing, what
    the sandbox has that the workflow was promoted from."""
    for row in (workflow, workflow.promoted_from):
        if row is not None and (found := _payloads(row, spec, event_type, most)):
            return found
    return []


def _payloads(workflow: Workflow, spec: WorkflowSpec, event_type: str, most: int) -> list[dict[str, Any]]:
    connection = bound(workflow).get(spec.trigger_role)
    if connection is None:
        return []
    rows = Event.objects.filter(connection=connection, trigger=spec.trigger)
    rows = rows.filter(type=event_type) if event_type else rows
    rows = rows.exclude(source=EventSource.TEST).exclude(payload={}).order_by("-id")
    return list(rows.values_list("payload", flat=True)[:most])


def trusted(workflow: Workflow, step: Step) -> set[str]:
    """The sources that this step goes by in what is live: they have worked, whatever is seen now."""
    if workflow.live is None:
        return set()
    return {
        mapping.get("source", "")
        for live in workflow.live.spec["steps"]
        if live["id"] == step.id
        for mapping in live.get("mappings", [])
    } - {""}


def problems(
    workflow: Workflow,
    spec: WorkflowSpec,
    step: Step,
    fields: Sequence[Field],
    seen: Mapping[str, Any],
    known: Mapping[str, Any],
) -> list[str]:
    """What is wrong with a step's mappings, in sentences; of a guide's word, what it is here."""
    found = corrector.correction(spec, step)
    return check(
        step.mappings,
        fields,
        inside(step, seen),
        trusted(workflow, step),
        declared=inside(step, known),
        explained={word.word: word.sentence for word in found.words} if found else {},
    )


# --- what has gone --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gone:
    """A source path of one mapping that is no more in what is seen."""

    step: Step
    target: str
    says: str

    @property
    def sentence(self) -> str:
        return f"{self.step.title}: `{self.target}` takes {self.says}"


def gone(workflow: Workflow, spec: WorkflowSpec) -> list[Gone]:
    """Every mapped path that has vanished from the latest events, and own fields that are there no more."""
    found: dict[tuple[str, str], Gone] = {}
    for event_type, label in trigger_of(spec).events:
        seen = samples.sample_context(workflow, spec, event_type)
        known = context(workflow, spec, event_type, seen)
        latest = payloads(workflow, spec, event_type, LATEST)
        contexts = [{**known, "event": payload} for payload in latest]
        for step in spec.steps:
            if not _reached(step, seen):
                continue
            for mapping, says in _gone(step, known, contexts, trusted(workflow, step), label):
                found.setdefault((step.id, mapping.target), Gone(step, mapping.target, says))
    places = own_fields.places(spec, bound(workflow))
    for step in spec.steps:
        for mapping in step.mappings:
            if says := own_fields.lost(mapping, places):
                found.setdefault((step.id, mapping.target), Gone(step, mapping.target, says))
    return list(found.values())


def _reached(step: Step, seen: Mapping[str, Any]) -> bool:
    try:
        return not step.when or condition(step.when, seen)
    except MappingFailed:
        return False


def _gone(
    step: Step,
    known: Mapping[str, Any],
    latest: Sequence[Mapping[str, Any]],
    trusted: Collection[str],
    label: str,
) -> Iterator[tuple[FieldMapping, str]]:
    for mapping in step.mappings:
        if not mapping.source:
            continue
        never = _missing(mapping.source, inside(step, known))
        if never and mapping.source in trusted:
            yield mapping, f"`{never}`, which is not declared and was in none of the latest events."
        elif not never and len(latest) >= LATEST:
            lost = [_missing(mapping.source, inside(step, context)) for context in latest]
            if all(lost) and lost[0].startswith("event."):
                yield mapping, f"`{lost[0]}`, which was in none of the last {len(lost)} events ({label})."


def _missing(source: str, context: Mapping[str, Any]) -> str:
    """The part of the path that is not there; "" where all is, or nobody can tell."""
    try:
        found = first_unseen(source, context)
    except MappingFailed:
        return ""
    return found.path if found else ""
