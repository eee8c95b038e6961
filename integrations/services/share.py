"""One worker's share of the quotas: leave it has got for calls, not yet given to any run.

Calls are reserved in bulk and a little ahead, so that a place that becomes free is used at once and workers
do not stand in each other's way asking for single ones. Which run gets the leave is settled only when its
moment has come: so runs that began first go on first, and what one has read is not old when it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from integrations.engine.quota import Lane, Made, Ticket
from integrations.engine.spec import Quota
from integrations.services import budgets

AHEAD_S = 1.5
IN_TIME = timedelta(seconds=0.75)  # before its moment, more leave is asked for
SOON = timedelta(seconds=0.03)  # before its moment, leave is given to a run
STALE = timedelta(seconds=0.5)  # after its moment, leave that nobody used is given back
LONGEST_REST = timedelta(seconds=1)

Key = tuple[str, Lane]


@dataclass(slots=True)
class Held:
    """`tickets`: leave in hand, earliest first. `asks_at`: when it is worth asking for more."""

    tickets: dict[Key, list[Ticket]] = field(default_factory=dict)
    asks_at: dict[Key, datetime] = field(default_factory=dict)

    def copy(self) -> Held:
        return Held({key: [*tickets] for key, tickets in self.tickets.items()}, dict(self.asks_at))


class Share:
    """What is drawn and used in a turn holds once the turn is committed (`keep`)."""

    def __init__(self, flight_s: float) -> None:
        self._flight_s = flight_s
        self._held = Held()
        self._turn = Held()
        self._quotas: dict[str, Quota] = {}

    def next_at(self, key: Key) -> datetime | None:
        """When there may be leave for a call again; None: ask."""
        if tickets := self._held.tickets.get(key):
            return tickets[0].starts_at - SOON
        return self._held.asks_at.get(key)

    def draw(
        self,
        wanted: Mapping[Key, int],
        quotas: Mapping[str, Quota],
        reports: Mapping[str, budgets.Report],
        now: datetime,
    ) -> dict[Key, budgets.Granted]:
        """Leave for calls that may begin now, as many as wanted or less, and when to ask for the rest.

        `reports` are settled before. Inside the turn's transaction.
        """
        self._quotas.update(quotas)
        turn = self._turn = self._held.copy()
        told = budgets.together(reports, self._stale(turn, wanted, now))
        turn.asks_at = {key: at for key, at in turn.asks_at.items() if at > now}
        granted = budgets.exchange(self._wishes(turn, wanted), told, now)
        self._let_go_of_void(turn, granted, now)
        return {key: self._due(turn, key, count, granted[key], now) for key, count in wanted.items()}

    def _due(
        self, turn: Held, key: Key, count: int, given: budgets.Granted, now: datetime
    ) -> budgets.Granted:
        """What may begin now of all that is in hand."""
        tickets = turn.tickets.setdefault(key, [])
        tickets += given.tickets
        tickets.sort(key=lambda ticket: ticket.starts_at)
        if given.ready_at > now:
            turn.asks_at[key] = min(given.ready_at - IN_TIME, now + LONGEST_REST)
        due = tuple(ticket for ticket in tickets if ticket.starts_at <= now + SOON)[:count]
        return replace(given, tickets=due, ready_at=now if tickets else given.ready_at)

    def use(self, key: Key, ticket: Ticket) -> None:
        self._turn.tickets[key].remove(ticket)

    def keep(self) -> None:
        self._held = self._turn.copy()

    def forget(self) -> None:
        """The turn was rolled back, and with it what was drawn."""
        self._turn = self._held.copy()

    def give_back(self, now: datetime) -> dict[str, budgets.Report]:
        """Reports of all leave in hand as not used."""
        turn, self._held = self._held, Held()
        return self._unused(turn, turn.copy().tickets, now)

    def _stale(self, turn: Held, wanted: Mapping[Key, int], now: datetime) -> dict[str, budgets.Report]:
        """Leave whose moment has passed with nobody to use it."""
        stale = {
            key: [t for t in tickets if t.starts_at < now - STALE]
            for key, tickets in turn.tickets.items()
            if key not in wanted
        }
        return self._unused(turn, stale, now)

    def _let_go_of_void(self, turn: Held, granted: Mapping[Key, budgets.Granted], now: datetime) -> None:
        """The app takes no more for a while: leave got before for that time is given back unused."""
        void = {
            key: [t for t in turn.tickets.get(key, ()) if t.starts_at < given.held_until]
            for key, given in granted.items()
            if given.held_until
        }
        budgets.exchange({}, self._unused(turn, void, now), now)

    def _unused(
        self, turn: Held, tickets: Mapping[Key, list[Ticket]], now: datetime
    ) -> dict[str, budgets.Report]:
        """Take these out of the hand; the reports that they were not used."""
        found: dict[str, budgets.Report] = {}
        for key, unused in tickets.items():
            if unused:
                turn.tickets[key] = [t for t in turn.tickets[key] if t not in unused]
                report = found.setdefault(key[0], budgets.Report(self._quotas[key[0]]))
                report.made += [Made(ticket=ticket, begun_at=now, answered_at=None) for ticket in unused]
        return found

    def _wishes(self, turn: Held, wanted: Mapping[Key, int]) -> dict[str, list[budgets.Wish]]:
        """For what is wanted and not in hand; and a word on what is, for it may be void."""
        wishes: dict[str, list[budgets.Wish]] = {}
        in_hand = {key: len(tickets) for key, tickets in turn.tickets.items() if tickets}
        for key in {*wanted, *in_hand}:
            scope, lane = key
            lacking = wanted.get(key, 0) - in_hand.get(key, 0)
            wish = budgets.Wish(
                quota=self._quotas[scope],
                wanted=0 if key in turn.asks_at else max(0, lacking),
                lane=lane,
                ahead_s=AHEAD_S,
                flight_s=self._flight_s,
            )
            wishes.setdefault(scope, []).append(wish)
        return wishes
