"""Quota that all processes share: reserved in bulk before calls, settled by what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from integrations.engine.quota import FLIGHT_S, LONG_WINDOW_S, Lane, Made, State, Ticket, reserve, settle
from integrations.engine.spec import Quota
from integrations.models import Budget

CLOCKS_DIFFER_S = 5.0
WAITS = "quota"  # stands in the error_kind of a run that waits for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How many calls somebody would like to begin within `ahead_s` seconds on one scope."""

    quota: Quota
    wanted: int
    lane: Lane
    ahead_s: float = 0.0
    flight_s: float = FLIGHT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Leave for some of them, earliest first, and when to ask for the rest.

    `window_s` is the length of the window that is full (0: the app asked for a pause). `held_until`: earlier
    leave for a moment before that is void. `behind_s`: how far this machine's clock is behind that of whoever
    reserved last.
    """

    tickets: tuple[Ticket, ...]
    ready_at: datetime
    window_s: float = 0.0
    held_until: datetime | None = None
    behind_s: float = 0.0


@dataclass(slots=True)
class Report:
    """What came of the tickets of one scope."""

    quota: Quota
    made: list[Made] = field(default_factory=list)


def together(*reports: Mapping[str, Report]) -> dict[str, Report]:
    """Several reports as one."""
    found: dict[str, Report] = {}
    for scope, told in ((scope, told) for some in reports for scope, told in some.items()):
        found.setdefault(scope, Report(told.quota)).made.extend(told.made)
    return found


def exchange(
    wishes: Mapping[str, Sequence[Wish]], reports: Mapping[str, Report], now: datetime
) -> dict[tuple[str, Lane], Granted]:
    """Settle what was made, then reserve, for every scope at once; most urgent lane first.

    Inside the caller's transaction, and once in it: all rows are locked in one order.
    """
    rows = _locked({*wishes, *(scope for scope, report in reports.items() if report.made)})
    granted = {}
    for scope, row in rows.items():
        state = State.from_json(row.state)
        if report := reports.get(scope):
            state = settle(state, report.quota.limits, report.made, now)
        for wish in sorted(wishes.get(scope, ()), key=lambda wish: list(Lane).index(wish.lane)):
            given = reserve(
                state,
                wish.quota.limits,
                now,
                wish.wanted,
                wish.lane,
                ahead_s=wish.ahead_s,
                flight_s=wish.flight_s,
            )
            state = given.state
            granted[scope, wish.lane] = Granted(
                tickets=given.tickets,
                ready_at=given.ready_at,
                window_s=given.window_s,
                held_until=given.held_until,
                behind_s=given.behind_s,
            )
        row.state = state.to_json()
    Budget.objects.bulk_update(rows.values(), ["state"])
    return granted


def grant(wishes: Mapping[str, Sequence[Wish]], now: datetime) -> dict[tuple[str, Lane], Granted]:
    """Reserve for every scope at once, inside the caller's transaction."""
    return exchange(wishes, {}, now)


def report(scope: str, quota: Quota, made: Iterable[Made], now: datetime) -> None:
    """Settle calls of one scope, inside the caller's transaction."""
    exchange({}, {scope: Report(quota, list(made))}, now)


def forget(scope: str) -> bool:
    """Begin to count anew, from the lowest limit known; whether there was anything to forget."""
    return bool(Budget.objects.filter(scope=scope).delete()[0])


def sentence(name: str, granted: Granted) -> str:
    """Why nothing more may be sent over a connection, and until when."""
    at = f"{granted.ready_at:%Y-%m-%d %H:%M:%S} UTC"
    if granted.behind_s > CLOCKS_DIFFER_S:
        return (
            f"This machine's clock is {granted.behind_s:,.0f} s behind the one which last counted calls of "
            f"{name}, so they wait until {at}, lest they be too many. Set the clocks right; if one was wrong "
            "and is right again, manage.py quota NAME --forget begins to count anew."
        )
    if not granted.window_s:
        return f"{name} was told that there were too many requests; its calls go on at {at}."
    if granted.window_s > LONG_WINDOW_S:
        return (
            f"The calls that {name} may make in {length(granted.window_s)} are used up; it goes on at {at}."
        )
    return f"Waits for the quota of {name} until {at}."


def length(window_s: float) -> str:
    """A window's length in words."""
    for unit_s, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if window_s >= unit_s and window_s % unit_s == 0:
            count = round(window_s / unit_s)
            return f"a {unit}" if count == 1 else f"{count} {unit}s"
    return f"{window_s:g} seconds"


def _locked(scopes: Iterable[str]) -> dict[str, Budget]:
    """The budgets of these scopes, made where missing, locked in one order so that nobody deadlocks."""
    wanted = set(scopes)
    if not wanted:
        return {}
    rows = {row.scope: row for row in _lock(Budget.objects.filter(scope__in=wanted))}
    missing = sorted(scope for scope in wanted if scope not in rows)
    if missing:
        Budget.objects.bulk_create([Budget(scope=scope) for scope in missing], ignore_conflicts=True)
        rows = {row.scope: row for row in _lock(Budget.objects.filter(scope__in=wanted))}
    return rows


def _lock(rows: QuerySet[Budget]) -> QuerySet[Budget]:
    ordered = rows.order_by("scope")
    return ordered.select_for_update() if connection.features.has_select_for_update else ordered
