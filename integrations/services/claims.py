"""Which runs this worker may take: due, first in line for their record, in turns with all the others.

A claim is a lease. Who holds it alone may settle the run; when it runs out, anybody may claim it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.models import (
    UNFINISHED,
    USABLE,
    Connection,
    Run,
    RunMode,
    RunState,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import stops, turns

MAX_STARTS = 3
SUSPECT_STARTS = 2


def lease_length() -> timedelta:
    return timedelta(seconds=settings.HUB_LEASE_S)


def claimable(now: datetime) -> QuerySet[Run]:
    """Due runs, and those whose worker vanished or whose connection works again, that are next in line for
    their record: with no earlier one unfinished, and none under way."""
    due = Q(state__in=(RunState.QUEUED, RunState.WAITING), due_at__lte=now)
    lost = Q(state=RunState.RUNNING, lease_until__lt=now)
    works = Connection.objects.filter(state__in=USABLE, stops=None)
    freed = Q(state=RunState.PARKED, parked_on__in=works)
    before = Run.objects.filter(in_the_way(), workflow=OuterRef("workflow"), record=OuterRef("record"))
    going = Q(workflow__state=WorkflowState.LIVE) | ~Q(mode=RunMode.LIVE)
    rows = Run.objects.filter(due | lost | freed, lane__isnull=False).filter(going)
    return rows.filter(~stops.halted() | Q(mode=RunMode.TEST)).exclude(Exists(before))


def in_the_way() -> Q:
    """Which of a record's runs have to be over before one of them (the outer query's) is taken.

    One under way counts whichever its number: on PostgreSQL a lower one may be committed later.
    """
    return Q(id__lt=OuterRef("id"), state__in=UNFINISHED) | Q(state=RunState.RUNNING) & ~Q(id=OuterRef("id"))


def anything_due(now: datetime) -> bool:
    return claimable(now).exists()


def claim(
    owner: str,
    room: int,
    now: datetime,
    only: Iterable[int] | None = None,
    besides: Iterable[int] = (),
    alone: bool = False,
    in_hand: Iterable[Run] = (),
) -> list[Run]:
    """Take up to `room` runs, in turns (`turns`), inside the caller's transaction.

    None of `besides`; `in_hand` are those that the worker is at. One whose worker vanished twice is suspected
    of ending it: it is taken when there is nothing else in hand (`alone`), and nothing beside it, so that it
    takes no other run with it. The claim is on the rows handed back: the caller saves them, with what else it
    notes on them, in one go.
    """
    due = claimable(now) if only is None else claimable(now).filter(pk__in=list(only))
    ids = turns.next_ids(due.exclude(pk__in=list(besides)), room, in_hand)
    if not ids:
        return []
    rows = Run.objects.filter(pk__in=ids).select_related("event")
    if connection.features.has_select_for_update_skip_locked:
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)))
        # What another worker took between the two queries is no longer claimable: look again under the lock.
        still = set(due.filter(pk__in=ids).values_list("pk", flat=True))
        taken = [run for run in taken if run.pk in still]
    else:  # SQLite: the transaction began IMMEDIATE, so nobody else has written since
        taken = list(rows)
    taken = _without_suspects(sorted(taken, key=lambda run: run.pk), alone=alone)
    versions = WorkflowVersion.objects.defer("spec").in_bulk({run.version_id for run in taken})
    for run in taken:
        run.version = versions[run.version_id]
        run.state = RunState.RUNNING
        run.lease_owner, run.lease_until = owner, now + lease_length()
        run.starts, run.parked_on = run.starts + 1, None
        run.started_at = run.started_at or now
    return taken


def suspect(run: Run) -> bool:
    """Whether it is in the hands of its third worker, the first two having vanished."""
    return run.starts > SUSPECT_STARTS


def _without_suspects(runs: list[Run], *, alone: bool) -> list[Run]:
    suspects = [run for run in runs if run.starts >= SUSPECT_STARTS]
    if suspects and alone:
        return suspects[:1]
    return [run for run in runs if run not in suspects]


def renew(owner: str, run_ids: list[int], until: datetime) -> None:
    Run.objects.filter(pk__in=run_ids, lease_owner=owner, state=RunState.RUNNING).update(lease_until=until)


def still_ours(owner: str, run_ids: Iterable[int]) -> set[int]:
    """Of these runs, the ones whose lease nobody took over; locked until the transaction ends."""
    rows = Run.objects.filter(pk__in=list(run_ids), lease_owner=owner, state=RunState.RUNNING).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return set(rows.values_list("pk", flat=True))
