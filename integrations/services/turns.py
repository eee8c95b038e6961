"""Whose turn it is: which of the due runs a worker takes next, when it cannot take all of them.

The team that has the fewest in hand comes first; of that team the most urgent lane, then the connection and
the workflow with the fewest in hand, then what has waited longest. What is in hand counts, so that it is fair
also where one place at a time becomes free: a team with thousands of runs keeps no other waiting. Old records
have no more than BACKFILLS of a worker's places, so that news finds a place and a free line when it comes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from integrations.models import Run, Workflow
from integrations.services.clients import POOL
from integrations.services.ingest import LANE_BACKFILL

BACKFILLS = 3 * POOL // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A due run, and what its turn depends on. `connection` is where its event comes from."""

    id: int
    lane: int
    team: int
    connection: int
    workflow: int

    @property
    def keys(self) -> Sequence[tuple[str, int]]:
        return ("team", self.team), ("connection", self.connection), ("workflow", self.workflow)


def next_ids(due: QuerySet[Run], room: int, in_hand: Iterable[Run] = ()) -> list[int]:
    """Up to `room` of the due runs, in turns; `in_hand` are those the worker is at, with their events."""
    held = [_of(run) for run in in_hand]
    taken = Counter(key for one in held for key in one.keys)
    backfills = sum(one.lane >= LANE_BACKFILL for one in held)
    lines = _Lines(due, room)
    ids: list[int] = []
    while len(ids) < room and (heads := lines.heads(old=backfills < BACKFILLS)):
        first = lines.take(min(heads, key=lambda one: _rank(one, taken)))
        if first is None:
            continue
        ids.append(first.id)
        taken.update(first.keys)
        backfills += first.lane >= LANE_BACKFILL
    return ids


def _rank(one: Waiting, taken: Counter[tuple[str, int]]) -> tuple[int, ...]:
    team, connection, workflow = one.keys
    return taken[team], one.lane, taken[connection], taken[workflow], one.id


class _Lines:
    """The due runs, a line for each workflow. With hundreds of workflows most have one turn at the most: the
    first of each line is read, all in one statement; what is behind it, once its turn may have come."""

    def __init__(self, due: QuerySet[Run], room: int) -> None:
        self._due, self._room = due, room
        first = due.filter(workflow=OuterRef("pk")).order_by("lane", "id").values("pk")[:1]
        firsts = Workflow.everything.annotate(first=Subquery(first)).values("first")
        self._waiting = {one.workflow: deque([one]) for one in _read(Run.objects.filter(pk__in=firsts))}
        self._unread: dict[int, Waiting | None] = dict.fromkeys(self._waiting)

    def heads(self, *, old: bool) -> list[Waiting]:
        """The next of each line; of one whose rest is unread, the one taken from it: none behind that is more
        urgent. With `old`, also where that is an old record."""
        heads = [line[0] for line in self._waiting.values() if line]
        heads += [one for one in self._unread.values() if one]
        return heads if old else [one for one in heads if one.lane < LANE_BACKFILL]

    def take(self, head: Waiting) -> Waiting | None:
        """Its turn has come. None where it had its turn before: the line behind it is known now."""
        if self._unread.get(head.workflow) is head:
            del self._unread[head.workflow]
            line = _read(self._due.filter(workflow=head.workflow).order_by("lane", "id")[: self._room])
            self._waiting[head.workflow] = deque(one for one in line if one.id != head.id)
            return None
        if head.workflow in self._unread:
            self._unread[head.workflow] = head
        return self._waiting[head.workflow].popleft()


def _read(rows: QuerySet[Run]) -> list[Waiting]:
    values = rows.values_list("id", "lane", "team", "event__connection", "workflow")
    return [
        Waiting(id=id, lane=lane or 0, team=team, connection=connection, workflow=workflow)
        for id, lane, team, connection, workflow in values
    ]


def _of(run: Run) -> Waiting:
    return Waiting(
        id=run.pk,
        lane=run.lane or 0,
        team=run.team_id,
        connection=run.event.connection_id,
        workflow=run.workflow_id,
    )
