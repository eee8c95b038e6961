"""Workflows that begin when another has finished: told in the transaction that ends the run.

A chain that comes back to where it began is refused before it goes live; should one arise otherwise, it is
cut after MOST_HOPS.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import FINISHED
from integrations.engine.spec import WorkflowSpec
from integrations.models import Connection, EventSource, Run, RunMode, RunState, Workflow
from integrations.services.ingest import Arrival, accept
from integrations.services.listening import GOING

log = logging.getLogger(__name__)

MOST_HOPS = 5
OUTCOMES = {RunState.SUCCEEDED: "succeeded", RunState.FAILED: "failed"}


def tell(ended: Iterable[Run]) -> int:
    """Start what follows these runs; how many runs that made. Inside the caller's transaction."""
    runs = [run for run in ended if run.mode == RunMode.LIVE and run.state in OUTCOMES]
    if not runs:
        return 0
    followers = _followers({run.team_id for run in runs})
    if not followers:
        return 0
    names = dict(Workflow.objects.filter(pk__in={r.workflow_id for r in runs}).values_list("pk", "name"))
    return sum(_tell(run, names[run.workflow_id], follower) for run in runs for follower in followers)


def problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    """What is wrong with whom it follows: nobody of that name, or itself in the end."""
    if spec.trigger != FINISHED:
        return []
    followed = str(spec.trigger_settings.get("workflow") or "")
    if not Workflow.objects.of(workflow.team).filter(name=followed).exists():
        return [f"There is no workflow “{followed}” to follow; choose it in the settings."]
    after = {row.name: _whom(row) for row in _followers({workflow.team_id}) if row.pk != workflow.pk}
    passed = [workflow.name]
    while followed and followed not in passed:
        passed.append(followed)
        followed = after.get(followed, "")
    if not followed:
        return []
    return [f"It would begin itself again: {' → '.join([workflow.name, *reversed(passed)])}."]


def followed(workflow: Workflow) -> list[Workflow]:
    """The workflows that this draft hangs on, one after the other; none where it begins otherwise."""
    found: list[Workflow] = []
    row: Workflow | None = workflow
    while row is not None and row.draft.get("trigger") == FINISHED:
        name = (row.draft.get("trigger_settings") or {}).get("workflow")
        row = Workflow.objects.of(workflow.team).filter(name=name).first()
        if row is None or row in (workflow, *found):
            break
        found.append(row)
    return found


def _followers(teams: set[int]) -> list[Workflow]:
    rows = Workflow.objects.filter(team__in=teams, state__in=GOING, live__spec__trigger=FINISHED)
    return list(rows.select_related("live"))


def _whom(row: Workflow) -> str:
    return str((row.live.spec.get("trigger_settings") or {}).get("workflow", "")) if row.live else ""


def _tell(run: Run, name: str, follower: Workflow) -> int:
    assert follower.live is not None
    spec = thaw(follower.live.spec)
    wanted = spec.trigger_settings.get("outcome") or "succeeded"
    outcome = OUTCOMES[RunState(run.state)]
    if follower.team_id != run.team_id or _whom(follower) != name or wanted not in ("any", outcome):
        return 0
    hops = int(run.event.payload.get("hops") or 0) + 1 if run.event.trigger == FINISHED else 1
    if hops > MOST_HOPS:
        log.warning("“%s” does not begin after run %s: %s in a row have", follower.name, run.pk, MOST_HOPS)
        return 0
    payload = {
        "id": str(run.pk),
        "workflow": name,
        "outcome": outcome,
        "reason": run.reason,
        "record": run.record,
        "event": run.event.payload,
        "event_type": run.event.type,
        "answer": run.answer,
        "hops": hops,
    }
    connection = Connection.objects.get(pk=follower.live.bindings[spec.trigger_role])
    key = f"finished:{follower.pk}:{run.pk}"
    arrival = Arrival(type="finished", key=key, record=run.record, payload=payload)
    return len(accept(connection, FINISHED, [arrival], [follower], EventSource.WORKFLOW))
