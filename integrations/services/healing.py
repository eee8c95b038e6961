"""Bringing drifted records in line, by a plan of repairs that is applied exactly or not at all.

What the workflow writes goes as ordinary runs of the same workflow and record, so that each write is claimed
in the ledger, keeps its place behind the record's other runs, and is recognised when it comes back. What the
app wins is written to the source in the same way, where there is a way back; else both sides are taken to
have agreed on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations import catalog, queue
from integrations.engine.counterparts import path_to, setter_of
from integrations.engine.differences import OUR_MARK, Side
from integrations.engine.errors import WrongUse
from integrations.engine.fingerprint import fingerprint
from integrations.engine.freeze import freeze
from integrations.engine.spec import (
    FieldMapping,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.engine.storable import storable
from integrations.models import (
    DRIFTS,
    Event,
    EventSource,
    Finding,
    FindingKind,
    FindingState,
    Reconcile,
    ReconcileState,
    RecordLink,
    Run,
    RunMode,
    Workflow,
    WorkflowVersion,
)
from integrations.services import audit, comparing
from integrations.services.comparing import Found
from integrations.services.ingest import LANE_TRIGGER
from integrations.services.ways_back import WaysBack

TRIGGER = "reconcile"
AT_ONCE = 100
OPEN_TO_DECIDE = (FindingState.ASK, FindingState.READY, FindingState.KEPT)


@dataclass(frozen=True, slots=True)
class Healed:
    """What was set going: runs that write, links put back, fields and ends taken as the app has them."""

    runs: list[Run]
    links: int = 0
    kept: int = 0
    passed_over: int = 0


# --- the plan -------------------------------------------------------------------------------------


def prepare(row: Finding, found: Found, ways: WaysBack) -> None:
    """Note on a finding what would be sent to let either side win; where nothing can be sent for the left, a
    person is asked."""
    tie = found.tie
    assert tie is not None
    if found.kind == FindingKind.LOST:
        return
    base = {"role": tie.role, "step": tie.step, "link": tie.name, "item": tie.item}
    if found.kind == FindingKind.GONE:
        if tie.made is not None:
            row.repair = {**base, "operation": tie.operation.key, "values": _unmarked(dict(tie.made))}
    else:
        assert found.difference is not None
        row.back = ways.repair(found.record, tie.step, found.difference.field, found.difference.right)
        connector = catalog.connector(tie.connection.connector)
        operation = setter_of(connector, tie.operation, found.difference.field)
        if operation is not None:
            row.repair = {
                **base,
                "operation": operation.key,
                "values": {
                    **{f.key: found.switches[f.key] for f in operation.fields if f.key in found.switches},
                    **path_to(operation, tie.record_id, tie.values),
                },
                "field": found.difference.field,
                "value": _unmarked(found.difference.left),
            }
    if not row.repair and row.winner != Side.RIGHT:
        row.winner, row.state = "", FindingState.ASK
        row.why = (
            f"{row.why} The hub cannot write this back by itself: take it as the app has it, or ".strip()
        )
        row.why += "put it right in the app."


def _unmarked(value: Any) -> Any:
    """Without our mark: the write that is made of it carries its own."""
    if isinstance(value, str):
        return OUR_MARK.sub("", value)
    if isinstance(value, Mapping):
        return {key: _unmarked(item) for key, item in value.items()}
    return value


# --- deciding -------------------------------------------------------------------------------------


def decide(row: Finding, winner: str, actor: User | None) -> Finding:
    """Who wins this one, by a person's word. Raises WrongUse where that cannot be, or it is under way."""
    if winner not in (Side.LEFT, Side.RIGHT):
        raise WrongUse("Say who wins: left (what the workflow writes) or right (what the app holds).")
    if row.kind not in DRIFTS or row.state not in OPEN_TO_DECIDE:
        raise WrongUse("There is nothing to decide here (any more).")
    if winner == Side.LEFT and not row.repair and row.kind != FindingKind.LOST:
        raise WrongUse("The hub cannot write this back; take what the app has, or put it right there.")
    with transaction.atomic():
        row.winner, row.state, row.decided_by = winner, FindingState.READY, actor
        row.save(update_fields=["winner", "state", "decided_by"])
        workflow = row.reconcile.workflow
        audit.note(
            workflow.team, actor, "conflict.decided", workflow, winner=winner, record=row.record,
            field=row.field,
        )  # fmt: skip
    return row


# --- applying it ----------------------------------------------------------------------------------


def heal(
    made: Reconcile,
    *,
    actor: User | None,
    only: Sequence[int] | None = None,
    moved_is_passed_over: bool = False,
) -> Healed:
    """Apply what is decided of this comparison (or of it `only` these findings), after reading it again.

    Raises WrongUse, and applies nothing, where a record has moved since it was compared; with
    `moved_is_passed_over` only that record is left for the next comparison. Never inside a transaction.
    """
    if made.state == ReconcileState.RUNNING:
        raise WrongUse("The comparison is still under way; wait for its end, or cancel it.")
    rows = (
        made.findings.filter(state=FindingState.READY).select_related("connection").order_by("record", "pk")
    )
    ready = list(rows if only is None else rows.filter(pk__in=list(only)))
    standing, moved = _still_so(made.workflow, ready)
    if moved and not moved_is_passed_over:
        raise WrongUse(
            f"{len(moved)} record{'s have' if len(moved) > 1 else ' has'} moved since the comparison "
            f"({', '.join(sorted(moved)[:3])}{', …' if len(moved) > 3 else ''}); nothing was changed. "
            "Compare again."
        )
    healed = _apply(made, standing)
    audit.note(
        made.team, actor, "reconcile.healed", made.workflow, runs=len(healed.runs), links=healed.links,
        kept=healed.kept,
    )  # fmt: skip
    return replace(healed, passed_over=len(moved))


def _still_so(workflow: Workflow, rows: Sequence[Finding]) -> tuple[list[tuple[Finding, Found]], set[str]]:
    """The findings that are so still, each with what is found now; and the records that have moved."""
    records = sorted({row.record for row in rows})
    now: dict[tuple[Any, ...], Found] = {}
    for start in range(0, len(records), AT_ONCE):
        for found in comparing.compare(workflow, records[start : start + AT_ONCE]):
            if found.tie is not None:
                field = found.difference.field if found.difference else ""
                now[found.record, found.kind, found.tie.name, found.tie.item, field] = found
    standing, moved = [], set()
    for row in rows:
        found_now = now.get((row.record, row.kind, row.name, row.item, row.field))
        if found_now is None or _hash(found_now) != row.moved_hash:
            moved.add(row.record)
        else:
            standing.append((row, found_now))
    return [(row, found) for row, found in standing if row.record not in moved], moved


def _hash(found: Found) -> str:
    one = found.difference
    return fingerprint([one.left, one.right]) if one else ""


def _apply(made: Reconcile, standing: Sequence[tuple[Finding, Found]]) -> Healed:
    """All of it in one transaction: the runs, the links, and what the findings are now."""
    now = datetime.now(UTC)
    links = kept = 0
    runs: list[Run] = []
    with transaction.atomic():
        versions: dict[str, WorkflowVersion] = {}
        for record, of_record in groupby(standing, key=lambda pair: pair[0].record):
            writes = []
            for row, found in of_record:
                if row.kind == FindingKind.LOST:
                    _put_back(made.workflow, found)
                    row.state, links = FindingState.SEEN, links + 1
                elif row.winner == Side.RIGHT and not row.writes_back:
                    _keep(row, found, now)
                    row.state, kept = FindingState.KEPT, kept + 1
                else:
                    writes.append(row)
                    row.state = FindingState.HEALING
            if writes:
                run = _run(made, record, writes, versions, now)
                runs.append(run)
                for row in writes:
                    row.run = run
        Finding.objects.bulk_update([row for row, _ in standing], ["state", "run"])
        if runs:
            queue.wake()
    return Healed(runs, links, kept)


def _put_back(workflow: Workflow, found: Found) -> RecordLink:
    """The link as the ledger knows it, unless it is there."""
    tie = found.tie
    assert tie is not None
    link, _ = RecordLink.objects.get_or_create(
        workflow=workflow,
        mode=RunMode.LIVE,
        record=found.record,
        name=tie.name,
        item=tie.item,
        defaults={
            "team": workflow.team,
            "connection": tie.connection,
            "record_id": tie.record_id,
            "data": (tie.effect.shown or {}).get("answer", {}) if tie.effect else {},
        },
    )
    return link


def _keep(row: Finding, found: Found, now: datetime) -> None:
    """The app's record wins: the link ends with it, or both sides have agreed on what it holds."""
    link = _put_back(row.reconcile.workflow, found)
    if row.kind == FindingKind.GONE:
        link.ended_at = now
    else:
        values = {"left": row.left["value"], "right": row.right["value"], "at": now.isoformat()}
        link.kept = {**link.kept, row.field: values}
    link.save(update_fields=["kept", "ended_at"])


# --- its runs -------------------------------------------------------------------------------------


def _run(
    made: Reconcile,
    record: str,
    rows: Sequence[Finding],
    versions: dict[str, WorkflowVersion],
    now: datetime,
) -> Run:
    repairs = _together(rows)
    workflow = made.workflow
    spec = comparing.live_spec(workflow)
    assert workflow.live is not None
    version = _version(workflow, _spec(spec, repairs), versions)
    event = Event.objects.create(
        team=workflow.team,
        connection_id=workflow.live.bindings[spec.trigger_role],
        trigger=TRIGGER,
        type=TRIGGER,
        record=record,
        dedupe_key=f"reconcile:{made.pk}:{rows[0].pk}",
        payload=storable({"repairs": repairs}),
        source=EventSource.RECONCILE,
    )
    return Run.objects.create(
        team=workflow.team,
        workflow=workflow,
        version=version,
        event=event,
        record=record,
        due_at=now,
        lane=LANE_TRIGGER,
    )


def _together(rows: Sequence[Finding]) -> list[dict[str, Any]]:
    """One write for each linked record, whichever of its fields differ."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        one = row.back if row.winner == Side.RIGHT else row.repair
        key = (one["link"], one["item"], one["operation"])
        repair = found.setdefault(key, {**one, "values": dict(one["values"]), "makes": not row.field})
        if row.field:
            repair["values"][one["field"]] = one["value"]
    return list(found.values())


def _spec(live: WorkflowSpec, repairs: Sequence[Mapping[str, Any]]) -> WorkflowSpec:
    """A step for each repair; the values stand in the event, so that like repairs share a version."""
    return replace(live, steps=tuple(_step(nth, repair) for nth, repair in enumerate(repairs)))


def _step(nth: int, repair: Mapping[str, Any]) -> Step:
    """With an item, the step goes over a list of one: so that the link that it makes has that item."""
    source = f"event.repairs[{nth}].values"
    return Step(
        id=f"{repair['step']}_{nth}",
        title="Bring it in line again" if not repair["makes"] else "Make it again",
        kind=StepKind.WRITE,
        role=repair["role"],
        operation=repair["operation"],
        for_each=f"event.repairs[{nth}:{nth + 1}]" if repair["item"] else "",
        item_key="item" if repair["item"] else "",
        link=repair["link"] if repair["makes"] else "",
        mappings=tuple(FieldMapping(target=key, source=f'{source}."{key}"') for key in repair["values"]),
    )


def _version(workflow: Workflow, spec: WorkflowSpec, known: dict[str, WorkflowVersion]) -> WorkflowVersion:
    frozen = freeze(spec)
    key = fingerprint(frozen)
    if key not in known:
        assert workflow.live is not None
        Workflow.everything.select_for_update().get(pk=workflow.pk)
        last = WorkflowVersion.objects.filter(workflow=workflow, test=True).aggregate(n=Max("number"))["n"]
        known[key] = WorkflowVersion.objects.create(
            workflow=workflow,
            number=(last or 0) + 1,
            spec=frozen,
            bindings=workflow.live.bindings,
            test=True,
        )
    return known[key]
