"""Runs and plans as lines of text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from integrations.engine.execute import StepStory
from integrations.models import Plan as KeptPlan
from integrations.models import Run, RunState
from integrations.services import gaps
from integrations.services.gaps import Gap
from integrations.services.planning import Plan, PlannedWrite, sentence_of
from integrations.services.stories import StepView, explain, lineage_holds, run_json, view_of

WIDEST = 100


def run_line(run: Run) -> tuple[object, ...]:
    """One run as cells: id, state, workflow, event, record, when, why."""
    return (
        run.pk,
        run.state,
        run.workflow.name,
        run.event.type,
        run.event.record,
        f"{run.made_at:%Y-%m-%d %H:%M:%S}",
        run.reason,
    )


def run_lines(run: Run, *, lineage: bool = False) -> list[str]:
    """A run's whole story: steps, their calls and writes, and on request why every value is what it is."""
    version = f"version {run.version.number}" if not run.version.test else "the draft"
    told = [
        f"Run {run.pk} of “{run.workflow.name}” ({run.mode}, {version}): {run.state}",
        f"  {run.event.type} of record {run.event.record}, {run.event.received_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    if run.reason:
        told.append(f"  {run.reason}")
    if run.state == RunState.WAITING and run.due_at:
        told.append(f"  It goes on at {run.due_at:%Y-%m-%d %H:%M:%S} UTC.")
    view = view_of(run)
    if view.problem:
        told.append(f"  Its story cannot be told: {view.problem}")
    empty = gaps.of_run(run, view.steps) if lineage else {}
    for step in view.steps:
        told += _step_lines(step, lineage, empty.get(step.key, {}))
    if lineage:
        differing = lineage_holds(run)
        told.append(
            f"  Recomputed values differ from what was sent in: {', '.join(differing)}."
            if differing
            else "  Every recomputed value is the one that was sent."
        )
    if run.answer is not None:
        told.append(f"  Answer: {_short(run.answer)}")
    told.append(f"  {run.calls.count()} API calls")
    return told


def plan_lines(made: Plan, *, lineage: bool = False) -> list[str]:
    """What a dry run found."""
    told = [sentence_of(made), f"  {made.reads} reads were made, nothing was written."]
    for story in made.stories:
        told.append(_head(story))
        for write in made.writes:
            if (write.step, write.item) == (story.step.id, story.item):
                told += _write_lines(write)
        if lineage:
            told += _lineage(story, {})
    return [*told, *(f"  It would wait: {reason}" for reason in made.waits)]


def kept_lines(plan: KeptPlan) -> list[str]:
    """A plan that was kept: its writes, and what it leaves as it is."""
    told = [f"Plan {plan.pk}. {plan.sentence}"]
    for row in plan.writes:
        told.append(f"  - {row['title']}: would {row['kind']} by {row['operation']} {row['record']}".rstrip())
        told += [
            f"        {change['field']}: {_short(change['before'])} -> {_short(change['after'])}"
            for change in row["changes"]
            if change["differs"]
        ]
    return told + [f"  ! {sentence}" for sentence in plan.left]


def _write_lines(write: PlannedWrite) -> list[str]:
    told = [f"      would {write.kind} by {write.operation}: {_short(write.values)}"]
    told += [
        f"        {change.field}: {_short(change.before)} -> {_short(change.after)}"
        if change.differs
        else f"        {change.field}: {_short(change.after)} already"
        for change in write.changes
    ]
    return told + ([f"        {write.note}"] if write.note else [])


def plan_json(workflow: str, event_type: str, made: Plan) -> dict[str, Any]:
    return {
        "workflow": workflow,
        "event": {"type": event_type},
        "holds": made.holds,
        "sentence": sentence_of(made),
        "reads": made.reads,
        "writes": [
            {
                "step": write.step,
                "title": write.title,
                "operation": write.operation,
                "kind": write.kind,
                "app": write.app,
                "item": write.item,
                "values": dict(write.values),
                "changes": [
                    {"field": change.field, "before": change.before, "after": change.after}
                    for change in write.changes
                ],
                "note": write.note,
            }
            for write in made.writes
        ],
        "waits": made.waits,
        "steps": [
            {
                "id": story.step.id,
                "item": story.item,
                "title": story.step.title,
                "status": story.status.value,
                "reason": story.reason,
                "lineage": [trace.to_json() for trace in story.traces],
            }
            for story in made.stories
        ],
    }


def _step_lines(view: StepView, lineage: bool, empty: Mapping[str, Gap]) -> list[str]:
    told = [_head(view.story)]
    told += [
        f"      {call.method} {call.operation} {call.status or 'no answer'} ({call.duration_ms} ms)"
        for call in view.calls
    ]
    told += [
        f"      {effect.operation}: {effect.state}"
        + (f", record {effect.record_id}" if effect.record_id else "")
        + (", found rather than made" if effect.adopted else "")
        for effect in view.effects
    ]
    told += [f"      {wait.error or 'waits for a person'}" for wait in view.waits]
    told += [f"      kept from other flows: {', '.join(view.kept)}"] if view.kept else []
    return told + (_lineage(view.story, empty) if lineage else [])


def _head(story: StepStory) -> str:
    item = f" [{story.item}]" if story.item else ""
    reason = f": {story.reason}" if story.reason else ""
    return f"  - {story.step.title}{item}: {story.status.value}{reason}"


def _lineage(story: StepStory, empty: Mapping[str, Gap]) -> list[str]:
    told = []
    for trace in story.traces:
        gap = empty.get(trace.target)
        why = [f"[{gap.cause}] {gap.sentence}"] if gap else []
        told.append(f"      {trace.target} = {_short(trace.value)}: {' '.join([*explain(trace), *why])}")
    return told


def whole_json(run: Run) -> dict[str, Any]:
    """One run with --json, and why what is empty in it is."""
    found = gaps.of_run(run, view_of(run).steps)
    empty = {
        key: {target: gap.cause.value for target, gap in of_step.items()} for key, of_step in found.items()
    }
    return run_json(run, empty)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
