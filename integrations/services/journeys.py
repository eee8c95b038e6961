"""A stored run as the engine's journey: what it began with, the outcomes it has had, and its story."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from integrations import catalog
from integrations.engine import errors
from integrations.engine.execute import Finish, Issue, Journey, Start, StepStory, execute, replay
from integrations.engine.freeze import thaw
from integrations.engine.spec import Outcome, WorkflowSpec
from integrations.models import Connection, RecordLink, Run, StepRun, WorkflowVersion

_ERRORS: dict[str, type[errors.HubError]] = {
    kind.kind: kind
    for kind in (
        errors.StopRun,
        errors.Refused,
        errors.NotFound,
        errors.Conflict,
        errors.MappingFailed,
        errors.ContractBroken,
    )
}


@lru_cache(maxsize=256)
def _spec(version_id: int, made_at: datetime) -> WorkflowSpec:
    return thaw(WorkflowVersion.objects.values_list("spec", flat=True).get(pk=version_id))


def spec_of(run: Run) -> WorkflowSpec:
    """The workflow as it was deployed; versions never change, so it is kept.

    Kept by id and time: a database put back to an older state may use an id again.
    """
    return _spec(run.version_id, run.version.made_at)


def run_key(run: Run) -> str:
    """Names the run's writes for ever: the same event replayed under the same number has the same key."""
    return f"w{run.workflow_id}:e{run.event_id}:r{run.replay}:{run.mode}"


def begin(runs: Iterable[Run], connections: dict[int, Connection], now: datetime) -> None:
    """Note on each run what it starts from, once: the moment, its record's links, its accounts' settings.

    The caller saves them.
    """
    fresh = [run for run in runs if run.begun_with is None]
    links = _links(fresh)
    for run in fresh:
        run.begun_with = {
            "now": now.isoformat(),
            "links": links.get((run.workflow_id, run.mode, run.record), {}),
            "accounts": {
                role: connections[pk].settings
                for role, pk in run.version.bindings.items()
                if pk in connections
            },
        }


def _links(runs: list[Run]) -> dict[tuple[int, str, str], dict[str, list[dict[str, Any]]]]:
    rows = RecordLink.objects.filter(
        workflow__in={run.workflow_id for run in runs}, record__in={run.record for run in runs}, ended_at=None
    )
    found: dict[tuple[int, str, str], dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        of_record = found.setdefault((row.workflow_id, row.mode, row.record), {})
        of_record.setdefault(row.name, []).append({"id": row.record_id, "item": row.item, "data": row.data})
    return found


def journey_of(run: Run, stories: list[StepStory] | None = None) -> Journey:
    begun = run.begun_with or {}
    start = Start(
        run_key=run_key(run),
        event=run.event.payload,
        trigger=begun.get("trigger")  # a run that a plan was made for goes by the plan's
        or {
            "type": run.event.type,
            "id": str(run.event_id),
            "at": run.event.received_at.isoformat(),
            "record": run.event.record,
        },
        now=datetime.fromisoformat(begun["now"]),
        links=begun["links"],
        accounts=begun["accounts"],
    )
    return execute(spec_of(run), start, catalog.CONNECTORS, stories)


def stored_outcomes(steps: Iterable[StepRun]) -> dict[str, Outcome]:
    return {step.address: _outcome(step) for step in steps if step.done}


def _outcome(step: StepRun) -> Outcome:
    error: errors.HubError | None = None
    if step.error_kind == errors.Duplicate.kind:
        error = errors.Duplicate(step.error, record_id=step.error_record)
    elif step.error_kind:
        error = _ERRORS.get(step.error_kind, errors.StopRun)(step.error)
    return Outcome(step.outcome, step.record_id, error)


def story_of(run: Run) -> tuple[list[StepStory], Issue | Finish | None]:
    """What happened and why, recomputed from stored inputs and outcomes; and where the run stands."""
    stories: list[StepStory] = []
    if run.begun_with is None:
        return stories, None
    return stories, replay(journey_of(run, stories), stored_outcomes(run.steps.all()))
