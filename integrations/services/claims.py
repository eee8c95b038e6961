"""Which runs this worker may take: due, first in line for their record, fair across workflows.

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
    Workflow,
    WorkflowState,
)

MAX_STARTS = 3


def lease_length() -> timedelta:
    return timedelta(seconds=settings.HUB_LEASE_S)


def claimable(now: datetime) -> QuerySet[Run]:
    """Due runs, and those whose worker vanished or whose connection works again, that are next in line for
    their record: with no earlier one unfinished, and none under way."""
    due = Q(state__in=(RunState.QUEUED, RunState.WAITING), due_at__lte=now)
    lost = Q(state=RunState.RUNNING, lease_until__lt=now)
    freed = Q(state=RunState.PARKED, parked_on__in=Connection.objects.filter(state__in=USABLE))
    # One under way counts whichever its number: on PostgreSQL a lower one may be committed later.
    first = Q(id__lt=OuterRef("id"), state__in=UNFINISHED) | Q(state=RunState.RUNNING) & ~Q(id=OuterRef("id"))
    before = Run.objects.filter(first, workflow=OuterRef("workflow"), record=OuterRef("record"))
    going = Q(workflow__state=WorkflowState.LIVE) | ~Q(mode=RunMode.LIVE)
    return Run.objects.filter(due | lost | freed, lane__isnull=False).filter(going).exclude(Exists(before))


def anything_due(now: datetime) -> bool:
    return claimable(now).exists()


def claim(
    owner: str, room: int, now: datetime, only: Iterable[int] | None = None, besides: Iterable[int] = ()
) -> list[Run]:
    """Take up to `room` runs, in turns across workflows, inside the caller's transaction.

    None of `besides`. The claim is on the rows handed back: the caller saves them, with what else it notes
    on them, in one go.
    """
    due = claimable(now) if only is None else claimable(now).filter(pk__in=list(only))
    ids = _fair(due.exclude(pk__in=list(besides)), room)
    if not ids:
        return []
    rows = Run.objects.filter(pk__in=ids).select_related("version", "event")
    if connection.features.has_select_for_update_skip_locked:
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)))
        # What another worker took between the two queries is no longer claimable: look again under the lock.
        still = set(due.filter(pk__in=ids).values_list("pk", flat=True))
        taken = [run for run in taken if run.pk in still]
    else:  # SQLite: the transaction began IMMEDIATE, so nobody else has written since
        taken = list(rows)
    for run in taken:
        run.state = RunState.RUNNING
        run.lease_owner, run.lease_until = owner, now + lease_length()
        run.starts, run.parked_on = run.starts + 1, None
        run.started_at = run.started_at or now
    return sorted(taken, key=lambda run: run.pk)


def renew(owner: str, run_ids: list[int], until: datetime) -> None:
    Run.objects.filter(pk__in=run_ids, lease_owner=owner, state=RunState.RUNNING).update(lease_until=until)


def still_ours(owner: str, run_ids: Iterable[int]) -> set[int]:
    """Of these runs, the ones whose lease nobody took over; locked until the transaction ends."""
    rows = Run.objects.filter(pk__in=list(run_ids), lease_owner=owner, state=RunState.RUNNING).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return set(rows.values_list("pk", flat=True))


def _fair(due: QuerySet[Run], room: int) -> list[int]:
    """Ids in turns: the first of each workflow, then the second of each, so that none starves another."""
    waiting = due.filter(workflow=OuterRef("pk"))
    workflows = Workflow.everything.filter(Exists(waiting)).order_by("pk").values_list("pk", flat=True)
    lines = [
        list(due.filter(workflow=workflow).order_by("lane", "id").values_list("pk", flat=True)[:room])
        for workflow in workflows
    ]
    turns = [pk for place in range(room) for line in lines if place < len(line) for pk in [line[place]]]
    return turns[:room]
