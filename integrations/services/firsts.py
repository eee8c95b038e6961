"""“The first N records only”: of what is live so many records run; all others wait until somebody has looked.

They wait as held runs, so that nothing is lost: when the bound is taken away, they go on. A record among the
first is let through however often it is told of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, QuerySet

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.models import Run, RunMode, RunState, Workflow
from integrations.services import audit


@dataclass(frozen=True, slots=True)
class Standing:
    """Of `most` records `taken` run or have run; `waiting` runs of others wait."""

    most: int
    taken: int
    waiting: int

    @property
    def sentence(self) -> str:
        told = f"Only its first {self.most} records run: {self.taken} so far"
        waits = f"; {self.waiting} runs of others wait" if self.waiting else ""
        return f"{told}{waits}."


def reason(most: int) -> str:
    return (
        f"Only the first {most} records of this workflow run for now, and this is none of them. Look at what "
        "those came to, then let it take all records on its page, and this run goes on."
    )


def beyond(workflow: Workflow, records: Iterable[str]) -> set[str]:
    """Those of the records that are none of the first; none where there is no bound. Inside the caller's
    transaction, whose runs are made after it."""
    if workflow.first_n is None:
        return set()
    row = Workflow.everything.select_for_update().get(pk=workflow.pk)  # so that two do not count at once
    if row.first_n is None:
        return set()
    wanted, first = list(dict.fromkeys(records)), set(_first(workflow, row.first_n))
    for record in wanted:
        if len(first) < row.first_n:
            first.add(record)
    return set(wanted) - first


def standing(workflow: Workflow) -> Standing | None:
    """How far it is; None without a bound."""
    if workflow.first_n is None or workflow.live_id is None:
        return None
    taken = len(_first(workflow, workflow.first_n))
    return Standing(workflow.first_n, taken, _waiting(workflow, workflow.first_n).count())


def take_all(workflow: Workflow, *, actor: User | None = None) -> int:
    """Without the bound from here on; how many runs go on. Raises WrongUse where there is none."""
    with transaction.atomic():
        row = Workflow.everything.select_for_update().get(pk=workflow.pk)
        if row.first_n is None:
            raise WrongUse(f"“{workflow.name}” takes all records already.")
        freed: int = _waiting(row, row.first_n).update(
            state=RunState.QUEUED, due_at=datetime.now(UTC), reason=""
        )
        row.first_n = workflow.first_n = None
        row.save(update_fields=["first_n", "changed_at"])
        audit.note(workflow.team, actor, "workflow.took_all", workflow, runs=freed)
        queue.wake()
    return freed


def _first(workflow: Workflow, most: int) -> list[str]:
    """The records that came first to what is live now."""
    runs = Run.objects.filter(workflow=workflow, version=workflow.live_id, mode=RunMode.LIVE)
    return list(
        runs.values_list("record").annotate(n=Min("pk")).order_by("n").values_list("record", flat=True)[:most]
    )


def _waiting(workflow: Workflow, most: int) -> QuerySet[Run]:
    return Run.objects.filter(workflow=workflow, state=RunState.HELD, reason=reason(most))
