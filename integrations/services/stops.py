"""The kill switches: nothing of a team, over a connection, or in the whole hub goes on until it is resumed.

What waits is not claimed, and what is under way stops before its next call; a call that is out is settled.
Runs then go on where they stood, with what they have had. Events that come by themselves are still collected;
sources are not looked at. Over a stopped connection nothing is called but to verify it and to keep its token
alive. Of a stopped team, or hub, sandbox tests go on, and what somebody reads by hand: they are how things
are put right. A single workflow is paused instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations import queue
from integrations.engine.errors import Parked, WrongUse
from integrations.models import Connection, Stop, Team
from integrations.services import audit, standing


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is stopped, as it was read a moment ago."""

    hub: bool = False
    teams: frozenset[int] = frozenset()
    connections: frozenset[int] = frozenset()

    def halts(self, team_id: int) -> bool:
        return self.hub or team_id in self.teams


def pulled() -> Pulled:
    rows = list(Stop.objects.values_list("team_id", "connection_id"))
    return Pulled(
        hub=any(team is None for team, _ in rows),
        teams=frozenset(team for team, connection in rows if team and not connection),
        connections=frozenset(connection for _, connection in rows if connection),
    )


def halted(team: str = "team") -> Exists:
    """For a query of rows with a team, by that name: whether everything of it is stopped."""
    return Exists(Stop.objects.filter(Q(team=None) | Q(team=OuterRef(team)), connection=None))


def kept_back() -> Exists:
    """For a query of rows with a team and a workflow: whether those, or what it calls, are stopped."""
    whole = Q(team=None) | Q(team=OuterRef("team"), connection=None)
    return Exists(Stop.objects.filter(whole | Q(connection__bindings__workflow=OuterRef("workflow"))))


def of_connection(connection: Connection) -> bool:
    """Whether nothing goes on over it: it, its team or the hub is stopped."""
    whole = Q(team=None) | Q(team=connection.team_id, connection=None)
    return Stop.objects.filter(whole | Q(connection=connection)).exists()


def check(connection: Connection, *, by_hand: bool = False) -> None:
    """Raises Parked where no call may be made over it. `by_hand`: somebody asks for it this moment."""
    rows = Stop.objects.filter(connection=connection)
    if rows.exists() or (not by_hand and of_connection(connection)):
        raise Parked(f"{connection.name} was stopped by hand; resume it.")


def seen_by(team: Team) -> QuerySet[Stop]:
    """What is stopped, as far as it is the team's to know, the widest first."""
    rows = Stop.objects.filter(Q(team=None) | Q(team=team)).select_related("team", "connection", "made_by")
    return rows.order_by("connection_id", "team_id")


def stop(
    team: Team | None = None,
    connection: Connection | None = None,
    *,
    why: str = "",
    actor: User | None = None,
) -> Stop:
    """Without a team: the whole hub. Raises WrongUse for what is stopped already."""
    team = connection.team if connection else team
    with transaction.atomic():
        made, new = Stop.objects.get_or_create(
            team=team, connection=connection, defaults={"why": why.strip()[:300], "made_by": actor}
        )
        if not new:
            raise WrongUse(f"{capital(subject(made))} is stopped already.")
        _note(made, "stopped", actor, why=made.why)
    return made


def resume(
    team: Team | None = None, connection: Connection | None = None, *, actor: User | None = None
) -> None:
    """Let it go on from where it stood. Raises WrongUse for what is not stopped."""
    team = connection.team if connection else team
    with transaction.atomic():
        found = Stop.objects.filter(team=team, connection=connection).first()
        if found is None:
            what = subject(Stop(team=team, connection=connection))
            raise WrongUse(f"{capital(what)} is not stopped.")
        _note(found, "resumed", actor)
        found.delete()
        if connection is not None and connection.usable:
            standing.resume(connection, datetime.now(UTC))
        queue.wake()
        queue.wake_sending()
        queue.wake_hearing()


def refuse(team_id: int, connection_ids: Iterable[int]) -> None:
    """Raises WrongUse where somebody asks for what is stopped."""
    now = pulled()
    if now.halts(team_id) or now.connections & set(connection_ids):
        raise WrongUse("It was stopped by hand; resume it first.")


def subject(row: Stop) -> str:
    if row.connection is not None:
        return f"the connection {row.connection.name}"
    return f"the team {row.team.name}" if row.team else "the whole hub"


def capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _note(row: Stop, what: str, actor: User | None, **details: str) -> None:
    """In the audit of each team that it touches."""
    kind = "connection" if row.connection else "team" if row.team else "hub"
    for team in [row.team] if row.team else Team.objects.all():
        audit.note(team, actor, f"{kind}.{what}", row.connection or row.team or "the hub", **details)
