"""A run as people read it: its steps, the calls of each, and why every value is what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations import catalog
from integrations.engine import keyed
from integrations.engine.errors import HubError
from integrations.engine.execute import WRITE, Finish, Issue, StepStory
from integrations.engine.finding import UPDATED
from integrations.engine.fingerprint import MARK_PREFIX, fingerprint
from integrations.engine.keyed import picked_by
from integrations.engine.mapping import Hop, Trace
from integrations.engine.redact import HIDDEN
from integrations.engine.spec import Field, StepKind
from integrations.engine.transforms import is_empty
from integrations.models import ApiCall, Effect, Run, StepRun
from integrations.services.drafts import target_fields
from integrations.services.journeys import spec_of, story_of
from integrations.services.rows import times_kept


@dataclass(slots=True)
class StepView:
    """One step of a run: its story, the calls it made, the writes in the ledger, the times it kept."""

    story: StepStory
    calls: list[ApiCall] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    waits: list[StepRun] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    app: str = ""

    @property
    def key(self) -> str:
        return f"{self.story.step.id}/{self.story.item}/{self.story.turn}"


@dataclass(slots=True)
class RunView:
    steps: list[StepView]
    standing: Issue | Finish | None
    problem: str = ""


def view_of(run: Run) -> RunView:
    """The run's story. `problem` says so when it cannot be recomputed."""
    try:
        spec = spec_of(run)
        stories, standing = story_of(run)
    except HubError as error:
        return RunView([], None, error.sentence)
    calls, effects, steps = list(run.calls.all()), list(run.effects.all()), list(run.steps.all())
    views = []
    for story in stories:
        prefix = f"{story.step.id}/{story.item}/{story.turn}/"
        role = story.step.role
        views.append(
            StepView(
                story=story,
                calls=[call for call in calls if call.address.startswith(prefix)],
                effects=[effect for effect in effects if effect.address.startswith(prefix)],
                waits=[step for step in steps if not step.done and step.address.startswith(prefix)],
                kept=[time for step in steps if step.address.startswith(prefix) for time in times_kept(step)],
                app=catalog.connector(spec.roles[role]).title if role else "",
            )
        )
    return RunView(views, standing)


def lineage_holds(run: Run) -> list[str]:
    """Steps whose recomputed values differ from those that were sent; empty when the story is exact.

    A procedure makes the values of its calls itself, so its calls are not compared.
    """
    sent = {step.address: step.values for step in run.steps.exclude(operation="")}
    told = view_of(run)
    if told.problem:
        return []
    spec = spec_of(run)
    return [
        view.key
        for view in told.steps
        if view.story.step.kind in (StepKind.READ, StepKind.WRITE)
        and (values := sent.get(f"{view.key}/{WRITE}")) is not None
        and not all(
            _as_sent(trace, _sent(trace.target, values, target_fields(view.story.step, spec)))
            for trace in view.story.traces
            if trace.target.partition(".")[0] in values or not _updates(view)
        )
    ]


def _updates(view: StepView) -> bool:
    """Whether it has updated what it found: then it sent no more than the update takes."""
    finds, value = view.story.step.finds, view.story.value
    return finds is not None and isinstance(value, Mapping) and value.get("what") == UPDATED


def _sent(target: str, values: Mapping[str, Any], fields: Sequence[Field]) -> Any:
    """What went out for a target: one of the account's own fields stands in their list."""
    if picked_by(target, fields) is not None:
        return keyed.sent(values, target, fields)
    found: Any = values
    for key in target.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _as_sent(trace: Trace, sent: Any) -> bool:
    """Whether the recomputed value is the one that went out; the hub's own mark in it is no difference.

    Of what is not kept, such as a password, nobody can tell.
    """
    if sent == HIDDEN:
        return True
    if is_empty(trace.value) or is_empty(sent):
        return is_empty(trace.value) and (is_empty(sent) or str(sent).startswith(MARK_PREFIX))
    if isinstance(sent, str) and isinstance(trace.value, str):
        rest = sent.removeprefix(trace.value).strip()
        return sent.startswith(trace.value) and (not rest or rest.startswith(MARK_PREFIX))
    return fingerprint(sent) == fingerprint(trace.value)


def explain(trace: Trace) -> list[str]:
    """One value's way in sentences: where it came from, what was done to it, what became of it."""
    told = [f"Taken from {trace.source}: {_shown(trace.source_value)}."] if trace.source else []
    told += [hop.problem or _hop_sentence(hop) for hop in trace.hops]
    if trace.used_default and (trace.source or trace.hops):
        told.append(f"Nothing came of it, so the default was used: {_shown(trace.value)}.")
    elif trace.used_default:
        told.append(f"A fixed value: {_shown(trace.value)}.")
    if trace.problem:
        told.append(trace.problem)
    elif trace.lost_at == "source" and not trace.used_default:
        told.append("The source held nothing here, so nothing was sent.")
    elif trace.lost_at and not trace.used_default:
        told.append(
            f"It was lost at {trace.lost_at.replace('transform:', 'the transform ')}; nothing was sent."
        )
    return told


def _hop_sentence(hop: Hop) -> str:
    if hop.before is None:
        return f"{hop.transform} made {_shown(hop.after)}."
    if hop.before == hop.after:
        return f"{hop.transform} left it as it was."
    return f"{hop.transform}: {_shown(hop.before)} became {_shown(hop.after)}."


def _shown(value: Any) -> str:
    """A value as people read it: texts in quotes, nothing as a word, the rest as JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"“{value}”"
    return json.dumps(value, ensure_ascii=False)


def run_json(run: Run, empty: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Any]:
    """A run as the command line prints it with --json; with `empty`, why the fields of its steps are."""
    view = view_of(run)
    return {
        "id": run.pk,
        "workflow": run.workflow.name,
        "version": run.version.number,
        "mode": run.mode,
        "status": run.state,
        "event": {"id": run.event_id, "type": run.event.type, "record": run.event.record},
        "steps": [
            {
                "id": step.story.step.id,
                "item": step.story.item,
                "title": step.story.step.title,
                "status": step.story.status.value,
                "reason": step.story.reason,
                "value": step.story.value,
                "calls": len(step.calls),
                "lineage": [trace.to_json() for trace in step.story.traces],
                **({"empty": dict(empty.get(step.key, {}))} if empty is not None else {}),
            }
            for step in view.steps
        ],
        "effects": [
            {
                "operation": effect.operation,
                "target": effect.target,
                "state": effect.state,
                "record_id": effect.record_id,
                "adopted": effect.adopted,
            }
            for effect in run.effects.all()
        ],
        "calls": run.calls.count(),
        "answer": run.answer,
        "error": {"kind": run.error_kind, "sentence": run.reason} if run.error_kind else None,
    }
