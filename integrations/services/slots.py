"""Times in calendars, in a drain's turn: runs that ask for one, runs that book one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from integrations.engine.spec import Hold, Invite, Outcome, Write
from integrations.models import RunState
from integrations.services import holds, slot_links
from integrations.services.active import Active
from integrations.services.holds import Place, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A booking that was made (or refused: not `done`)."""

    connection_id: int
    run_id: int
    place: Place
    done: bool


def asked(active: Active) -> bool:
    """Whether the run asks for a time to be held, before anything else of it can go on."""
    return not active.released and active.issue is not None and isinstance(active.issue.command, Hold)


def keep(asking: Sequence[Active], now: datetime) -> list[tuple[Active, Outcome]]:
    """What each of these runs is given."""
    wanted = []
    for active in asking:
        assert active.issue is not None and isinstance(active.issue.command, Hold)
        address = active.issue.address
        step = f"{address.step}/{address.item}"
        wanted.append(
            Wanted(connection_id=active.connection_id, run=active.run, step=step, hold=active.issue.command)
        )
    return list(zip(asking, holds.keep(wanted, now), strict=True))


def invite(pending: Sequence[Active]) -> list[tuple[Active, Outcome]]:
    """The runs that ask for a link to a page of ours, with the link."""
    found = []
    for active in pending:
        command = active.issue.command if active.issue and not active.released else None
        if isinstance(command, Invite):
            found.append((active, slot_links.invite(active.run.team_id, command)))
    return found


def may_book(active: Active, now: datetime) -> bool:
    """Whether the run's call may be sent: it books no time that another flow is booking. Else it waits."""
    place = place_of(active)
    if place is None:
        return True
    until = now + timedelta(seconds=settings.HUB_LEASE_S)
    taken_until = holds.may_book(active.connection_id, active.run, place, until, now)
    if taken_until is None:
        return True
    active.release(RunState.WAITING, taken_until)
    active.run.reason = (
        f"Another flow of this hub is booking {place.start:%Y-%m-%d %H:%M %z}; it waits to see whether that "
        "comes about."
    )
    return False


def place_of(active: Active) -> Place | None:
    """The time that the run's next call books, if it books one."""
    issue = active.issue
    if active.look or issue is None or issue.operation is None or issue.operation.books is None:
        return None
    if not isinstance(issue.command, Write):
        return None
    return holds.place_of(issue.operation.books, dict(issue.command.values))


def settle(booked: Iterable[Booked], ended: Iterable[int], now: datetime) -> None:
    """Bookings were made or refused, and runs have ended: what they held is free again."""
    for one in booked:
        holds.booked(one.connection_id, one.run_id, one.place, one.done, now)
    if ended := list(ended):
        holds.let_go(ended)
