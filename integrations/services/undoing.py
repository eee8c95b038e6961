"""What would take back the writes of a run: a plan of their inverses, and in words what cannot be taken back.

The latest write is taken back first. Each record is read before: what has moved since the run is left as it
is, and so is what later runs have built on. The plan is applied as every plan is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Q

from integrations import catalog
from integrations.engine.counterparts import counterpart
from integrations.engine.errors import HubError, NotFound, WrongUse
from integrations.engine.execute import Address, Start
from integrations.engine.mapping import map_fields
from integrations.engine.quota import Lane
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.engine.storable import storable
from integrations.engine.undo import Back, Past, back_of, hindrance
from integrations.models import (
    FINISHED,
    Connection,
    Effect,
    EffectState,
    Plan,
    PlanKind,
    PlanState,
    RecordLink,
    Run,
    StepRun,
)
from integrations.services import audit, direct, lifecycle, plans
from integrations.services.journeys import spec_of
from integrations.services.rehearsal import rehearse

PURPOSE = "undo"
UNLINKED = "(none)"  # a record that is gone needs no deleting, linked or not
SHORTEST_ID = 5  # a shorter one stands in many a target by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    """One write of the run, and what its call is made over."""

    effect: Effect
    past: Past
    role: str
    title: str


@dataclass(slots=True, kw_only=True)
class _Undoing:
    """What is being put together. `restored`: fields that a call of the plan puts back, by record."""

    run: Run
    spec: WorkflowSpec
    connections: Mapping[str, Connection]
    until: datetime
    steps: list[Step] = field(default_factory=list)
    backs: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    restored: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)


def may_undo(run: Run) -> bool:
    """Whether there is anything that could be taken back: it is over, and has written."""
    return run.state in FINISHED and run.effects.filter(state=EffectState.DONE).exists()


def plan(run: Run, actor: User | None) -> Plan:
    """The plan that would undo the run; nothing is written. Never inside a transaction: it reads.

    A plan without writes says in `left` why there are none. Raises WrongUse where the run is not over, has
    written nothing, or what it did is no longer kept.
    """
    writes = _writes(run)
    found = _Undoing(
        run=run,
        spec=spec_of(run),
        connections=lifecycle.bound_connections(run.version),
        until=max(write.effect.settled_at or run.made_at for write in writes),
    )
    for write in reversed(writes):
        _take_back(found, write, writes)
    spec = WorkflowSpec(
        title=f"Undo run {run.pk}",
        roles=found.spec.roles,
        trigger_role=found.spec.trigger_role,
        trigger=plans.UNDO,
        steps=tuple(found.steps),
    )
    made = rehearse(spec, found.connections, _start(run, found.backs), PURPOSE)
    kept = plans.keep(run.workflow, made, found.connections, actor, undoes=run, left=found.left)
    audit.note(run.team, actor, "run.undo_planned", run, plan=kept.pk, writes=len(kept.writes))
    return kept


def applied(run: Run) -> list[Plan]:
    """The plans that were applied to undo this run, newest first."""
    return list(run.undo_plans.filter(state=PlanState.APPLIED).select_related("run"))


def _start(run: Run, backs: Sequence[Mapping[str, Any]]) -> Start:
    now = datetime.now(UTC)
    return Start(
        run_key="plan",
        event={"run": run.pk, "back": list(backs)},
        trigger={"type": plans.UNDO, "id": "plan", "at": now.isoformat(), "record": run.record},
        now=now,
    )


# --- what the run has written -----------------------------------------------------------------------


def _writes(run: Run) -> list[_Write]:
    """Oldest first. Raises WrongUse where nothing can be said of them."""
    if run.state not in FINISHED:
        raise WrongUse(f"Run {run.pk} is not over yet; cancel it, or wait for its end, and then undo it.")
    effects = list(
        run.effects.filter(state=EffectState.DONE).select_related("connection").order_by("settled_at", "pk")
    )
    if not effects:
        raise WrongUse(f"Run {run.pk} has written nothing, so there is nothing to undo.")
    steps = {step.address: step for step in run.steps.all()}
    if run.begun_with is None or any(effect.address not in steps for effect in effects):
        raise WrongUse(f"What run {run.pk} wrote is no longer kept, so the hub cannot undo it.")
    spec = spec_of(run)
    return [_write(effect, steps[effect.address], spec) for effect in effects]


def _write(effect: Effect, said: StepRun, spec: WorkflowSpec) -> _Write:
    address = Address.parse(effect.address)
    role = spec.step(address.step).role
    operation = catalog.connector(spec.roles[role]).operation(effect.operation)
    past = Past(
        operation=operation,
        values=said.values,
        record_id=effect.record_id,
        answer=said.outcome if isinstance(said.outcome, Mapping) else {},
        prior=effect.prior,
        adopted=bool(said.error_kind),
    )
    record = f" ({effect.record_id})" if effect.record_id else ""
    return _Write(effect=effect, past=past, role=role, title=f"“{operation.title}”{record}")


# --- taking one back ----------------------------------------------------------------------------------


def _take_back(found: _Undoing, write: _Write, writes: Sequence[_Write]) -> None:
    if any(_goes_with(write, other) for other in writes):
        return  # it goes with the record that the run made, or stays with it
    connector = catalog.connector(found.spec.roles[write.role])
    back = back_of(connector, write.past)
    if isinstance(back, str):
        found.left.append(f"{write.title}: {back}")
        return
    why = _why_not(found, write, back, writes)
    if why:
        found.left.append(f"{write.title}: {why}")
        return
    found.left += [f"{write.title}: {sentence}" for sentence in back.left]
    place = (write.effect.connection_id, write.effect.record_id)
    found.restored.setdefault(place, {}).update(back.restores)
    found.steps.append(_step(found, write, back))
    found.backs.append(
        {"record": write.effect.record_id or write.effect.address, "values": dict(back.values)}
    )


def _goes_with(write: _Write, other: _Write) -> bool:
    """Whether the other write of the run made the very record that this one changed."""
    return (
        other is not write
        and other.past.makes
        and not write.past.makes
        and (other.effect.connection_id, other.effect.record_id)
        == (write.effect.connection_id, write.effect.record_id)
    )


def _why_not(found: _Undoing, write: _Write, back: Back, writes: Sequence[_Write]) -> str:
    """What stands in the way, in a sentence: later runs, another owner, or a change since."""
    if built := _built_on(found.run, write):
        return built
    values = _values(found, write, back)
    if isinstance(values, str):
        return values
    try:
        now, shown = _now(found, write, back)
    except HubError as error:
        return f"How it stands now cannot be read: {error.sentence}"
    return hindrance(_latest(write, writes), back, now, _until(found, write)) if shown else ""


def _until(found: _Undoing, write: _Write) -> datetime:
    """When the hub itself wrote last, be it by a later run: what the app notes of that is nobody's change."""
    rows = Effect.objects.filter(
        connection=write.effect.connection_id, record_id=write.effect.record_id, state=EffectState.DONE
    )
    last: datetime | None = rows.aggregate(at=Max("settled_at"))["at"]
    return max(found.until, last) if last else found.until


def _latest(write: _Write, writes: Sequence[_Write]) -> Past:
    """The write, with its record as the run's last write to it showed it."""
    answer: dict[str, Any] = {}
    place = (write.effect.connection_id, write.effect.record_id)
    for other in writes[writes.index(write) :] if write.past.makes else [write]:
        if (other.effect.connection_id, other.effect.record_id) == place:
            answer |= other.past.answer
    return Past(
        operation=write.past.operation,
        values=write.past.values,
        record_id=write.past.record_id,
        answer=answer,
        prior=write.past.prior,
    )


def _now(found: _Undoing, write: _Write, back: Back) -> tuple[Mapping[str, Any] | None, bool]:
    """The record as it is (None: gone), as if what the plan puts back already were; and whether any call
    shows it."""
    shown = counterpart(catalog.connector(found.spec.roles[write.role]), back.operation, back.values)
    if shown is None:
        return None, False
    try:
        outcome = direct.read(
            found.connections[write.role], shown.operation.key, shown.values, purpose=PURPOSE,
            lane=Lane.REQUEST,
        )  # fmt: skip
        if outcome.error is not None:
            raise outcome.error
    except NotFound:
        return None, True
    record = shown.record(outcome.value)
    restored = found.restored.get((write.effect.connection_id, write.effect.record_id), {})
    plain = {key: value for key, value in restored.items() if "." not in key}
    return ({**record, **plain} if record is not None else None), True


def _built_on(run: Run, write: _Write) -> str:
    """What other runs have done with the record: made it before, written to it since, or hold on to it."""
    effect = write.effect
    if not effect.record_id:
        return ""
    here = Effect.objects.filter(connection=effect.connection_id, state=EffectState.DONE).exclude(run=run)
    here = here.exclude(run__plan__kind=PlanKind.UNDO).exclude(run__undo_plans__state=PlanState.APPLIED)
    same = Q(record_id=effect.record_id)
    if write.past.makes and here.filter(same, operation=effect.operation, pk__lt=effect.pk).exists():
        return "An earlier run has made or taken over the same record, so it stays."
    about = same | Q(target__contains=effect.record_id) if _telling(effect.record_id) else same
    later = here.filter(about if write.past.makes else same, pk__gt=effect.pk).first()
    if later is not None:
        whose = f"Run {later.run_id}" if later.run_id else "A later run"
        return f"{whose} has written to it since; undo that one first."
    links = RecordLink.objects.filter(
        connection=effect.connection_id, record_id=effect.record_id, ended_at=None
    ).exclude(workflow=run.workflow_id, mode=run.mode, record=run.record)
    for link in links.select_related("workflow") if write.past.makes else ():
        if not _undone(link):
            return f"“{link.workflow.name}” is linked to it too (record {link.record}), so it stays."
    return ""


def _undone(link: RecordLink) -> bool:
    """Whether the last run that could have made the link has been undone."""
    runs = Run.objects.filter(workflow=link.workflow_id, mode=link.mode, record=link.record)
    last = runs.order_by("-pk").first()
    return last is not None and bool(applied(last))


def _telling(record_id: str) -> bool:
    return len(record_id) >= SHORTEST_ID


# --- its step -----------------------------------------------------------------------------------------


def _step(found: _Undoing, write: _Write, back: Back) -> Step:
    """Over a list of one, so that it has the record as its item, and ends the link to it."""
    nth = len(found.steps)
    deletes = not back.restores and write.past.makes
    return Step(
        id=f"back_{nth + 1}",
        title=f"Take back: {write.past.operation.title}",
        kind=StepKind.WRITE,
        role=write.role,
        operation=back.operation.key,
        for_each=f"event.back[{nth}:{nth + 1}]",
        item_key="record",
        ends_link=(_link(found.run, write) or UNLINKED) if deletes else "",
        mappings=_mappings(nth, back),
    )


def _mappings(nth: int, back: Back) -> tuple[FieldMapping, ...]:
    return tuple(FieldMapping(target=key, source=f'event.back[{nth}].values."{key}"') for key in back.values)


def _values(found: _Undoing, write: _Write, back: Back) -> dict[str, Any] | str:
    """The call's values as they would be sent; a sentence where they cannot be."""
    event = storable({"back": [{"values": dict(back.values)}]})
    fields = [known for known in back.operation.fields if not known.fills]
    mapped = map_fields(_mappings(0, back), {"event": event}, fields)
    return f"It cannot be put back as it was: {mapped.problems[0]}" if mapped.problems else mapped.values


def _link(run: Run, write: _Write) -> str:
    rows = RecordLink.objects.filter(
        workflow=run.workflow_id, mode=run.mode, record=run.record, record_id=write.effect.record_id
    )
    return rows.values_list("name", flat=True).first() or ""
