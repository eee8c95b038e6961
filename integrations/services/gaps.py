"""Why a field is empty: the source had nothing, the path is wrong, a transform left nothing, or the app
ignored what it was sent.

The first two look alike in one event. They are told apart by what is known of the source: what is declared,
and what its other events have shown. A path that nobody has ever seen is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from integrations.engine.errors import HubError
from integrations.engine.expressions import ended, unseen
from integrations.engine.keyed import picked_by
from integrations.engine.redact import HIDDEN
from integrations.engine.spec import Field, Operation, Place, Step, StepKind, WorkflowSpec
from integrations.engine.traces import Trace
from integrations.engine.transforms import is_empty
from integrations.models import Run, StepRun
from integrations.services import known, samples
from integrations.services.drafts import target_fields, work_of
from integrations.services.journeys import spec_of
from integrations.services.samples import inside, trigger_of
from integrations.services.stories import StepView


class Cause(StrEnum):
    ABSENT = "absent in the source"
    WRONG_PATH = "wrong path"
    TRANSFORM = "the transform gave nothing"
    IGNORED = "the app ignored it"


@dataclass(frozen=True, slots=True)
class Gap:
    """Why one field of a step is empty, at the app or on the way there."""

    cause: Cause
    sentence: str


def of_run(run: Run, views: Sequence[StepView]) -> dict[str, dict[str, Gap]]:
    """The empty fields of each step (by `StepView.key`), by target."""
    try:
        spec = spec_of(run)
        seen = _known(run, spec)
    except HubError:  # the version cannot be read any more: the run's page says so
        return {}
    had = {step.address: step for step in run.steps.all() if step.done and not step.error_kind}
    return {view.key: _of_step(view, spec, seen, had.get(f"{view.key}/0")) for view in views}


def _known(run: Run, spec: WorkflowSpec) -> dict[str, Any] | None:
    """All that a path may name; None for a call by hand, which no source has told."""
    if run.workflow.by_hand:
        return None
    types = dict(trigger_of(spec).events)
    event_type = run.event.type if run.event.type in types else next(iter(types))
    shown = samples.sample_context(run.workflow, spec, event_type)
    return known.context(run.workflow, spec, event_type, shown)


def _of_step(
    view: StepView, spec: WorkflowSpec, seen: Mapping[str, Any] | None, had: StepRun | None
) -> dict[str, Gap]:
    step = view.story.step
    found = {}
    for trace in view.story.traces:
        gap = _on_the_way(trace, step, seen) or _at_the_app(trace, step, spec, had)
        if gap is not None:
            found[trace.target] = gap
    return found


def _on_the_way(trace: Trace, step: Step, seen: Mapping[str, Any] | None) -> Gap | None:
    if not is_empty(trace.value) or not trace.lost_at:
        return None
    if trace.lost_at != "source":
        name = trace.lost_at.partition(":")[2]
        return Gap(Cause.TRANSFORM, f"The transform {name} was given a value and left nothing of it.")
    try:
        wrong = unseen(trace.source, inside(step, seen)) if seen is not None else ""
    except HubError as error:
        return Gap(Cause.WRONG_PATH, error.sentence)
    if wrong:
        return Gap(Cause.WRONG_PATH, f"The path is wrong: {ended(wrong)}")
    return Gap(Cause.ABSENT, f"The path {trace.source} is right; this record has nothing there.")


def _at_the_app(trace: Trace, step: Step, spec: WorkflowSpec, had: StepRun | None) -> Gap | None:
    """What was sent and does not stand in the record that the app answered with."""
    operation = work_of(step, spec)
    if step.kind is not StepKind.WRITE or not isinstance(operation, Operation) or is_empty(trace.value):
        return None
    if had is None or not isinstance(had.outcome, Mapping) or _unsaid(trace, operation, had):
        return None
    told, shown = _shown(trace.target, had.outcome, operation, target_fields(step, spec))
    if not told or not is_empty(shown):
        return None
    return Gap(Cause.IGNORED, "It was sent, but the record in the app's answer does not show it.")


def _unsaid(trace: Trace, operation: Operation, had: StepRun) -> bool:
    """What no answer can show: parts of the address, and what is not kept."""
    key = trace.target.partition(".")[0]
    field = next((field for field in operation.fields if field.key == key), None)
    in_body = field is None or field.place is Place.BODY
    return not in_body or had.values.get(key) == HIDDEN or key not in had.values


def _shown(
    target: str, answer: Mapping[str, Any], operation: Operation, fields: Sequence[Field]
) -> tuple[bool, Any]:
    """Whether the answer tells of this field at all, and what it shows of it."""
    own = picked_by(target, fields)
    if own is not None:
        field, picked = own
        assert field.keyed is not None
        rows = answer.get(field.key)
        if not isinstance(rows, list):
            return False, None
        of_it = [row for row in rows if isinstance(row, Mapping) and row.get(field.keyed.id) == picked]
        return True, of_it[0].get(field.keyed.read) if of_it else None
    top, *rest = target.split(".")
    if top not in answer:
        return any(field.key == top for field in operation.answer), None
    shown: Any = answer[top]
    for key in rest:
        shown = shown.get(key) if isinstance(shown, Mapping) else None
    return True, shown
