"""Plans that are kept, and applied exactly or not at all.

Applying reads again everything the plan was made from. Where a record that would be written to has moved, or
the journey would come to other writes, it is refused, with the record and the field, and nothing is written.
Otherwise a run is begun that has had the plan's reads already, so that it comes to the plan's writes and goes
the way of every run: ledger, quota, look-ups. A write beside the plan ends it with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog, queue
from integrations.engine.errors import Conflict, WrongUse
from integrations.engine.execute import Start
from integrations.engine.fingerprint import fingerprint
from integrations.engine.freeze import freeze, thaw
from integrations.engine.plan import moved
from integrations.engine.storable import storable
from integrations.models import (
    FINISHED,
    UNFINISHED,
    Connection,
    Environment,
    Event,
    EventSource,
    Plan,
    PlanKind,
    PlanState,
    Run,
    RunMode,
    RunState,
    StepRun,
    Workflow,
)
from integrations.services import audit, byhand, lifecycle
from integrations.services.drafts import bound
from integrations.services.explore import kept_version
from integrations.services.ingest import Arrival, accept, accept_test
from integrations.services.planning import links_of, sentence_of
from integrations.services.rehearsal import Plan as Rehearsed
from integrations.services.rehearsal import PlannedWrite, rehearse
from integrations.services.rows import kept, step_row
from integrations.services.samples import trigger_of

MOST_TOLD = 5
UNDO = "undo"


def keep(
    workflow: Workflow,
    made: Rehearsed,
    connections: Mapping[str, Connection],
    actor: User | None = None,
    *,
    undoes: Run | None = None,
    left: list[str] | None = None,
) -> Plan:
    """The plan as a row, to be applied later. Raises WrongUse for one that would not come to its end."""
    if not made.holds:
        raise WrongUse(sentence_of(made))
    start = made.start
    return Plan.objects.create(
        team=workflow.team,
        workflow=workflow,
        kind=PlanKind.RUN if undoes is None else PlanKind.UNDO,
        spec=freeze(made.spec),
        bindings={role: connection.pk for role, connection in connections.items()},
        event_type=str(start.trigger["type"]),
        record=str(start.trigger["record"])[:200],
        payload=storable(dict(start.event)),
        begun_with=storable(_begun(start)),
        writes=storable([_row(write) for write in made.writes]),
        reads=[_read(issue.command, outcome.value, issue.role) for issue, outcome in made.had],
        left=left or [],
        sentence=sentence_of(made),
        undoes=undoes,
        made_by=actor,
    )


def _begun(start: Start) -> dict[str, Any]:
    return {
        "now": start.now.isoformat(),
        "links": {name: list(rows) for name, rows in start.links.items()},
        "accounts": {role: dict(settings) for role, settings in start.accounts.items()},
        "trigger": dict(start.trigger),
    }


def _row(write: PlannedWrite) -> dict[str, Any]:
    operation = catalog.connector(write.app).operation(write.operation)
    return {
        "step": write.step,
        "item": write.item,
        "address": write.address,
        "title": write.title,
        "operation": write.operation,
        "kind": write.kind,
        "app": write.app,
        "record": write.record,
        "values": kept(operation, write.values),
        "changes": [
            {"field": c.field, "before": c.before, "after": c.after, "differs": c.differs}
            for c in write.changes
        ],
        "before": dict(write.before) if write.before is not None else None,
        "note": write.note,
    }


def _read(command: Any, value: Any, role: str) -> dict[str, Any]:
    """What was read, by its fingerprint: the answer itself is read again when it counts."""
    about = ", ".join(f"{key} {said}" for key, said in sorted(command.values.items()))
    return {
        "role": role,
        "operation": command.operation,
        "about": about[:200],
        "fingerprint": fingerprint(value),
    }


# --- applying -------------------------------------------------------------------------------------


def apply(plan: Plan, actor: User | None) -> Run:
    """Make exactly the plan's writes, once: a plan that was applied already hands back its run.

    Raises Conflict, with what has moved, where the plan no longer holds; then nothing was written. Never
    inside a transaction: it reads.
    """
    if plan.run is not None:
        return plan.run
    if plan.state != PlanState.OPEN:
        raise WrongUse(f"Plan {plan.pk} was refused: {plan.reason} Make a new one.")
    if not plan.writes:
        raise WrongUse(f"Plan {plan.pk} would write nothing, so there is nothing to apply.")
    _check_still_the_same(plan)
    fresh = rehearse(thaw(plan.spec), _connections(plan), _start(plan), "plan again")
    if found := list(_moved(plan, fresh)):
        _refuse(plan, found, actor)
    with transaction.atomic():
        locked = Plan.objects.select_for_update().get(pk=plan.pk)
        if locked.run_id is not None:  # somebody else was quicker
            return Run.objects.get(pk=locked.run_id)
        run = _begin(locked, fresh, actor)
        locked.state, locked.run, locked.applied_at = PlanState.APPLIED, run, datetime.now(UTC)
        locked.save(update_fields=["state", "run", "applied_at"])
        audit.note(plan.team, actor, "plan.applied", plan, run=run.pk)
        queue.wake()
    plan.refresh_from_db()
    return run


def _check_undone(undone: Run) -> None:
    """Nobody else undoes the run meanwhile, or works on its record. Raises Conflict."""
    again = Run.objects.filter(plan__undoes=undone).exclude(state__in=FINISHED).first()
    if again is not None:
        raise Conflict(f"Run {again.pk} is undoing run {undone.pk} just now; look at that one.")
    rows = Run.objects.filter(workflow=undone.workflow_id, record=undone.record, state=RunState.RUNNING)
    if ahead := rows.first():
        raise Conflict(f"Run {ahead.pk} of the same record is under way; apply the plan after it.")


def _refuse(plan: Plan, found: list[str], actor: User | None) -> None:
    more = f" And {len(found) - MOST_TOLD} more." if len(found) > MOST_TOLD else ""
    reason = " ".join(found[:MOST_TOLD]) + more
    Plan.objects.filter(pk=plan.pk, state=PlanState.OPEN).update(state=PlanState.STALE, reason=reason)
    audit.note(plan.team, actor, "plan.refused", plan, moved=len(found))
    plan.refresh_from_db()
    raise Conflict(f"Plan {plan.pk} was not applied, and nothing was written. {reason} Make a new plan.")


def _check_still_the_same(plan: Plan) -> None:
    """A plan of a workflow that has been changed since is a plan of something else."""
    if plan.kind == PlanKind.UNDO:
        return
    workflow = plan.workflow
    if _is_live(plan):
        return
    if any(c.environment != Environment.SANDBOX for c in _connections(plan).values()):
        raise WrongUse(
            f"“{workflow.name}” is not live as it was planned: deploy the draft, or plan what is live."
        )
    if plan.bindings != {role: connection.pk for role, connection in bound(workflow).items()}:
        raise WrongUse(f"“{workflow.name}” has other connections by now; make a new plan.")


def _is_live(plan: Plan) -> bool:
    live = plan.workflow.live
    return live is not None and live.spec == plan.spec and live.bindings == plan.bindings


def _connections(plan: Plan) -> dict[str, Connection]:
    rows = Connection.objects.in_bulk(list(plan.bindings.values()))
    missing = [role for role, pk in plan.bindings.items() if pk not in rows]
    if missing:
        raise WrongUse(f"A connection that plan {plan.pk} needs is gone; make a new plan.")
    return {role: rows[pk] for role, pk in plan.bindings.items()}


def _start(plan: Plan) -> Start:
    """What the plan began with, with the links and accounts as they are now."""
    begun = plan.begun_with
    links = begun["links"] if plan.kind == PlanKind.UNDO else links_of(plan.workflow, plan.record)
    return Start(
        run_key="plan",
        event=plan.payload,
        trigger=begun["trigger"],
        now=datetime.fromisoformat(begun["now"]),
        links=links,
        accounts={role: connection.settings for role, connection in _connections(plan).items()},
    )


# --- comparing ------------------------------------------------------------------------------------


def _moved(plan: Plan, fresh: Rehearsed) -> Iterator[str]:
    """What is not as the plan has it, a sentence each: the records written to, and the writes themselves."""
    if not fresh.holds:
        yield sentence_of(fresh)
        return
    now = {row["address"]: row for row in storable([_row(write) for write in fresh.writes])}
    for row in plan.writes:
        found = now.pop(row["address"], None)
        if found is None or found["operation"] != row["operation"]:
            yield f"“{row['title']}” would not be made any more."
        else:
            yield from _differences(row, found)
    for row in now.values():
        yield f"“{row['title']}” would be made too, and was not in the plan."


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    record = f" ({was['record']})" if was["record"] else ""
    where = f"“{was['title']}”{record}"
    if was["before"] is not None and now["before"] is None:
        yield f"{where}: the record is not there any more, or cannot be read."
    elif was["before"] is None and now["before"] is not None:
        yield f"{where}: the record is there by now ({now['record']})."
    else:
        for one in moved(was["before"], now["before"]):
            yield f"{where}: {one.path} was {_short(one.before)} and is {_short(one.after)} now."
    for one in moved(was["values"], now["values"]):
        yield f"{where}: {one.path} would be {_short(one.after)} instead of {_short(one.before)}."


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


# --- the run --------------------------------------------------------------------------------------


def _begin(plan: Plan, fresh: Rehearsed, actor: User | None) -> Run:
    """The run that makes the plan's writes, with the reads that were just made as its own."""
    undone = plan.undoes
    run = _running(plan, actor) if undone is None else _undoing(plan, undone, actor)
    planned = {
        row["address"]: {"operation": row["operation"], "values": row["values"]} for row in plan.writes
    }
    run.begun_with = {**storable(_begun(fresh.start)), "planned": planned}
    if undone is not None:  # the links that its writes end are those of the run that it undoes
        run.begun_with["undoes"] = {
            "workflow": undone.workflow_id,
            "mode": undone.mode,
            "record": undone.record,
        }
    run.save(update_fields=["begun_with"])
    StepRun.objects.bulk_create(step_row(run, issue, outcome, "") for issue, outcome in fresh.had)
    return run


def _running(plan: Plan, actor: User | None) -> Run:
    workflow, spec = plan.workflow, thaw(plan.spec)
    source = _connections(plan)[spec.trigger_role]
    _check_line(plan)
    if not _is_live(plan):
        version = lifecycle.make_version(workflow, spec, test=True, actor=actor)
        key = f"{plan.event_type}:{plan.record}"
        return accept_test(source, spec.trigger, _arrival(plan, key), workflow, version)
    key = byhand.key_of(trigger_of(spec), plan.event_type, plan.record, plan.payload)
    runs = accept(source, spec.trigger, [_arrival(plan, key)], [workflow], EventSource.MANUAL)
    if not runs:
        raise WrongUse(
            f"“{workflow.name}” has had this event already; look at its run, and run that one again."
        )
    return runs[0]


def _arrival(plan: Plan, key: str) -> Arrival:
    return Arrival(type=plan.event_type, key=key, record=plan.record, payload=plan.payload)


def _check_line(plan: Plan) -> None:
    """What is under way for the record may move it between our look and our write."""
    ahead = Run.objects.filter(workflow=plan.workflow, record=plan.record, state__in=UNFINISHED).first()
    if ahead is not None:
        raise Conflict(f"Run {ahead.pk} of the same record is not over yet; apply the plan after it.")


def _undoing(plan: Plan, undone: Run, actor: User | None) -> Run:
    _check_undone(undone)
    spec = thaw(plan.spec)
    version = kept_version(plan.team, spec, plan.bindings, actor)
    event = Event.objects.create(
        team=plan.team,
        connection_id=plan.bindings[spec.trigger_role],
        trigger=UNDO,
        type=plan.event_type,
        record=plan.record,
        dedupe_key=f"undo:{plan.pk}",
        payload=plan.payload,
        source=EventSource.MANUAL,
    )
    return Run.objects.create(
        team=plan.team,
        workflow=version.workflow,
        version=version,
        event=event,
        mode=RunMode.CALL,
        record=f"undo:{plan.pk}",
        due_at=datetime.now(UTC),
        lane=0,
    )


def named(text: str) -> Plan:
    """The plan of that number."""
    found: Plan | None = Plan.objects.filter(pk=int(text)).first() if text.isdecimal() else None
    if found is None:
        raise WrongUse(f"There is no plan {text}; run --dry-run and undo say the number of theirs.")
    return found
