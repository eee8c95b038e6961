"""Linked records compared, all of a workflow's, in batches: by hand, or every so many hours.

Each record ends up in sync, excluded (why), failing (why) or drifted (which field, from what to what, whose
doing). Whoever owns a drifted field wins; where nobody does, it waits in the conflict inbox. Bringing in
line is `healing`'s.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from integrations.engine.errors import HubError, TryAgain, WrongUse
from integrations.engine.fingerprint import fingerprint
from integrations.models import (
    DRIFTS,
    Cursor,
    Finding,
    FindingKind,
    FindingState,
    Reconcile,
    ReconcileState,
    Run,
    RunMode,
    SeenRow,
    Team,
    Workflow,
    WorkflowState,
)
from integrations.services import audit, comparing, healing, owners, stops
from integrations.services.comparing import Found
from integrations.services.ways_back import WaysBack

BATCH = 100
LEASE = timedelta(minutes=10)
AGAIN_S = 60.0
KEPT_COMPARISONS = 3


def latest(workflow: Workflow) -> Reconcile | None:
    found: Reconcile | None = Reconcile.objects.of(workflow.team).filter(workflow=workflow).first()
    return found


def start(workflow: Workflow, *, heals: bool = False, actor: User | None = None) -> Reconcile:
    """Raises WrongUse where it is not deployed, makes nothing that could be compared, or is compared now."""
    comparing.live_spec(workflow)
    if not owners.links_of(workflow):
        raise WrongUse(f"“{workflow.name}” remembers no record that it made, so there is nothing to compare.")
    try:
        with transaction.atomic():
            made: Reconcile = Reconcile.objects.create(
                team=workflow.team,
                workflow=workflow,
                total=_records(workflow).count() + _unheard(workflow).count(),
                heals=heals,
                started_by=actor,
            )
            audit.note(workflow.team, actor, "reconcile.started", workflow, records=made.total)
    except IntegrityError:
        raise WrongUse(f"“{workflow.name}” is being compared already.") from None
    return made


def cancel(workflow: Workflow, *, actor: User | None = None) -> None:
    """No further batch is compared; what was found stays."""
    rows = Reconcile.objects.of(workflow.team).filter(workflow=workflow, state=ReconcileState.RUNNING)
    if not rows.update(state=ReconcileState.CANCELLED, finished_at=datetime.now(UTC)):
        raise WrongUse(f"“{workflow.name}” is not being compared.")
    audit.note(workflow.team, actor, "reconcile.cancelled", workflow)


def every(workflow: Workflow, hours: int, *, heals: bool, actor: User | None = None) -> None:
    """Compare every so many hours (0: by hand only); with `heals`, what has an owner is then healed."""
    workflow.compares_h, workflow.heals = max(0, hours), heals
    workflow.save(update_fields=["compares_h", "heals", "changed_at"])
    audit.note(workflow.team, actor, "reconcile.scheduled", workflow, hours=workflow.compares_h, heals=heals)


# --- the conflict inbox ---------------------------------------------------------------------------


def conflicts(team: Team) -> QuerySet[Finding]:
    """What waits for a person, of each workflow's latest comparison."""
    newest = Reconcile.objects.of(team).order_by("workflow", "-id").values_list("workflow", "id")
    by_workflow = dict(reversed(list(newest)))
    rows = Finding.objects.filter(reconcile__in=by_workflow.values(), state=FindingState.ASK)
    return rows.select_related("reconcile__workflow", "connection")


# --- going on -------------------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[Reconcile]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Reconcile.objects.filter(free, state=ReconcileState.RUNNING).exclude(stops.kept_back())


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def step_all() -> None:
    """One batch of each that is under way."""
    for made in due(datetime.now(UTC)).select_related("workflow__live", "workflow__team"):
        step(made)


def start_due(now: datetime) -> list[Reconcile]:
    """Begin those whose hours are over. One that cannot be compared is passed over until it can."""
    begun = []
    live = Workflow.objects.filter(state=WorkflowState.LIVE, compares_h__gt=0)
    for workflow in live.select_related("live", "team"):
        last = latest(workflow)
        if last is None or last.started_at + timedelta(hours=workflow.compares_h) <= now:
            try:
                begun.append(start(workflow, heals=workflow.heals))
            except WrongUse:
                continue
    return begun


def step(made: Reconcile) -> Reconcile:
    """Compare the next batch; never inside a transaction. The row as it stands."""
    now = datetime.now(UTC)
    if due(now).filter(pk=made.pk).update(lease_until=now + LEASE):
        made.refresh_from_db()
        until, reason = None, ""
        try:
            _go_on(made)
        except TryAgain as error:  # such as quota: the same batch, when there is some
            until, reason = now + timedelta(seconds=error.after_s or AGAIN_S), error.sentence
        except HubError as error:
            if not Reconcile.objects.filter(stops.kept_back(), pk=made.pk).exists():
                _end(made, ReconcileState.STOPPED, error.sentence)
        Reconcile.objects.filter(pk=made.pk).update(lease_until=until)
        Reconcile.objects.filter(pk=made.pk, state=ReconcileState.RUNNING).update(reason=reason)
    made.refresh_from_db()
    return made


def _go_on(made: Reconcile) -> None:
    records = _next(made.workflow, made.position)
    if not records:
        _end(made, ReconcileState.DONE, "")
        _forget_older(made.workflow)
        made.refresh_from_db(fields=["state"])
        if made.heals and made.state == ReconcileState.DONE:
            healing.heal(made, actor=None, moved_is_passed_over=True)
        return
    found, ways = comparing.compare(made.workflow, records), WaysBack.of(made.workflow)
    with transaction.atomic():
        if not Reconcile.objects.filter(pk=made.pk, state=ReconcileState.RUNNING).exists():
            return  # cancelled meanwhile
        Finding.objects.bulk_create([_row(made, one, ways) for one in found])
        counts = Counter(_standing(list(of)) for _, of in groupby(found, key=lambda f: f.record))
        for key, count in counts.items():
            setattr(made, key, getattr(made, key) + count)
        made.position = records[-1]
        made.save(update_fields=["position", "in_sync", "excluded", "failing", "drifted"])


def _end(made: Reconcile, state: ReconcileState, reason: str) -> None:
    rows = Reconcile.objects.filter(pk=made.pk, state=ReconcileState.RUNNING)
    rows.update(state=state, reason=reason, finished_at=datetime.now(UTC))


def _standing(found: Sequence[Found]) -> str:
    """The one list a record is counted in: a drift says more than a trouble beside it."""
    kinds = {one.kind for one in found}
    if kinds & set(DRIFTS):
        return "drifted"
    return next(str(kind.value) for kind in (FindingKind.FAILING, *FindingKind) if kind in kinds)


def _row(made: Reconcile, found: Found, ways: WaysBack) -> Finding:
    row = Finding(reconcile=made, record=found.record, kind=found.kind, why=found.why)
    if (tie := found.tie) is not None:
        row.connection, row.name, row.item, row.record_id = tie.connection, tie.name, tie.item, tie.record_id
    if (one := found.difference) is not None:
        row.field, row.side = one.field, one.side
        row.agreed, row.left, row.right = {"value": one.agreed}, {"value": one.left}, {"value": one.right}
        row.moved_hash = fingerprint([one.left, one.right])
    if found.kind in DRIFTS:
        row.winner = owners.winner(made.workflow, found)
        row.state = FindingState.READY if row.winner else FindingState.ASK
        healing.prepare(row, found, ways)
    return row


def _forget_older(workflow: Workflow) -> None:
    rows = Reconcile.objects.filter(workflow=workflow).values_list("pk", flat=True)
    Reconcile.objects.filter(pk__in=list(rows[KEPT_COMPARISONS:])).delete()


# --- which records --------------------------------------------------------------------------------


def _records(workflow: Workflow) -> QuerySet[Run, str]:
    """The records that the workflow has had a run for."""
    rows = Run.objects.filter(workflow=workflow, mode=RunMode.LIVE).order_by("record")
    return rows.values_list("record", flat=True).distinct()


def _unheard(workflow: Workflow) -> QuerySet[SeenRow, str]:
    """Those that looks have seen and that no run was about."""
    cursors = Cursor.objects.filter(workflow=workflow)
    had = Run.objects.filter(workflow=workflow, mode=RunMode.LIVE).values("record")
    rows = SeenRow.objects.filter(cursor__in=cursors).exclude(hash="").exclude(record__in=had)
    return rows.order_by("record").values_list("record", flat=True).distinct()


def _next(workflow: Workflow, position: str) -> list[str]:
    lists = [rows.filter(record__gt=position)[:BATCH] for rows in (_records(workflow), _unheard(workflow))]
    return list(dict.fromkeys(heapq.merge(*lists)))[:BATCH]
