"""What a drain holds in its hands, from turn to turn.

`take_back` works out what returned calls mean, without the database. `settle_and_claim` writes that down and
claims more runs; where it claimed none, it decides what to send next. All in the caller's one transaction. It
can be repeated after a rollback: nothing moves on in memory before `turn_done`.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from integrations.engine.errors import Duplicate, HubError, OutcomeUnknown, Parked, TryAgain
from integrations.engine.spec import Outcome
from integrations.models import ApiCall, RunState, StepRun
from integrations.services import budgets, claims, following, ledger, slots, standing, tokens
from integrations.services.accounts import reaches
from integrations.services.active import Active
from integrations.services.calls import Called, Job, Lease, RefreshJob
from integrations.services.journeys import begin, journey_of, stored_outcomes
from integrations.services.rows import CLAIM_FIELDS, RunRows, call_row, is_hold, save, save_runs
from integrations.services.sending import Sender, Sends

log = logging.getLogger(__name__)

PATIENCE_S = 0.05
LONGEST_PATIENCE_S = 0.5  # with what the Sender reads anew, a stop acts within a second


@dataclass(slots=True)
class Turn:
    """What this turn has decided; forgotten on a rollback."""

    fresh: list[Active] = field(default_factory=list)
    sends: Sends = field(default_factory=Sends)
    stored: dict[int, RunRows] = field(default_factory=dict)


class Wave:
    """The runs one drain has claimed. `finished` counts those it brought to an end."""

    def __init__(self, owner: str, clock: Callable[[], datetime], only: list[int] | None = None) -> None:
        self.owner = owner
        self.clock = clock
        self.only = only
        self.active: dict[int, Active] = {}
        self.finished = 0
        self._sent: dict[Job, Active] = {}
        self._calls: list[ApiCall] = []
        self._reports: dict[str, budgets.Report] = {}
        self._booked: list[slots.Booked] = []
        self._holding: set[int] = set()
        self._refreshed: list[Called] = []
        self._parked: dict[int, tuple[Parked, int]] = {}
        self._sender = Sender(owner)
        self._turn = Turn()
        self._lease_until = clock()

    def held(self) -> int:
        """How many runs are still in hand."""
        return sum(not active.released for active in self.active.values())

    def has_claimed(self) -> bool:
        """Whether there are runs whose claim is on record, and whose journeys are to begin."""
        return any(active.journey is None for active in self.active.values())

    def patience_s(self) -> float:
        """How long there is nothing to do here, unless a call comes back."""
        idle = [active for active in self.active.values() if not active.out]
        if not idle:
            return LONGEST_PATIENCE_S
        now = self.clock()
        asks = [self._sender.next_at(active) for active in idle]
        waits = [PATIENCE_S if at is None else (at - now).total_seconds() for at in asks]
        return min(LONGEST_PATIENCE_S, max(PATIENCE_S / 10, min(waits)))

    # --- without the database -------------------------------------------------------------------

    def take_back(self, came_back: Iterable[Called]) -> None:
        """What the returned calls mean for their runs."""
        now = self.clock()
        for called in came_back:
            if isinstance(called.job, RefreshJob):
                self._refreshed.append(called)
            else:
                self._take_back(called, called.job, now)

    def _take_back(self, called: Called, job: Job, now: datetime) -> None:
        active = self._sent.pop(job)
        self._note(called, job, active)
        if active.released:  # its lease was lost meanwhile: what came of the call is for another to find out
            return
        active.run.starts = 1  # its worker has lived to see an answer
        error = called.error
        if called.stopped:
            active.unsent(now)
        elif isinstance(error, TryAgain):
            active.try_again(error, now)
        elif isinstance(error, OutcomeUnknown):
            active.unknown(error, job.landing_by(called.record.started_at) if called.record else None, now)
        elif isinstance(error, Parked):
            active.park(error, job.connection_id)
            self._parked[job.connection_id] = (error, job.generation)
        elif called.result is not None and called.result.final:
            self._note_booking(active, job, called.result.outcome)
            active.answered(called.result.outcome, called.result.request_hash, now)
        else:
            active.fail(error or HubError("The call ended in a way the hub does not know."), now)

    def _note_booking(self, active: Active, job: Job, outcome: Outcome) -> None:
        if place := slots.place_of(active):
            done = outcome.error is None or isinstance(outcome.error, Duplicate)
            booked = slots.Booked(connection_id=job.connection_id, run_id=job.run_id, place=place, done=done)
            self._booked.append(booked)

    def _note(self, called: Called, job: Job, active: Active) -> None:
        report = self._reports.setdefault(job.scope, budgets.Report(job.connector.quota))
        report.made.append(called.made(job.ticket, self.clock()))
        record = called.record
        if record is None:
            return
        assert active.issue is not None
        self._calls.append(
            call_row(
                record,
                team_id=active.run.team_id,
                connection_id=job.connection_id,
                run_id=job.run_id,
                address=str(active.issue.address),
                purpose=_purpose(active),
            )
        )

    # --- inside the transaction -----------------------------------------------------------------

    def settle_and_claim(self, room: int) -> list[Job | RefreshJob]:
        """Write down what came back, claim up to `room` more runs; the calls to send after the commit.

        None where it claimed any: their claim is to be on record first.
        """
        now, moment = self.clock(), time.monotonic()
        self._begin(now)
        self._write_down(now)
        self._renew(now)
        if room > 0:
            self._claim(room, now)
        if self._turn.fresh:
            return []
        pending = [a for a in self.active.values() if not a.out and not a.released]
        lease = Lease(until=self._lease_until, ends=moment + (self._lease_until - now).total_seconds())
        sends = self._turn.sends = self._sender.next_calls(pending, lease, now, self._reports)
        stored = self._turn.stored
        save([a.rows.beyond(stored.get(a.run.pk, RunRows(a.run))) for a in pending], [], now)
        return [job for _, job in sends.jobs] + list(sends.refreshes)

    def turn_done(self) -> None:
        """The transaction held: move on."""
        turn, self._turn = self._turn, Turn()
        for active in turn.fresh:
            self.active[active.run.pk] = active
        for active, effect in turn.sends.entered:
            active.effects[effect.address] = effect
        for active, job in turn.sends.jobs:
            active.out = True
            self._sent[job] = active
        self._sender.refreshing |= {job.connection_id for job in turn.sends.refreshes}
        self._sender.share.keep()
        self._calls, self._refreshed, self._parked = [], [], {}
        if not turn.fresh:
            self._reports = {}
        self._booked, holding = [], [active for active, _ in turn.sends.jobs if slots.place_of(active)]
        self._holding |= {active.run.pk for active in [*holding, *(a for a, _ in turn.sends.kept)]}
        for active in list(self.active.values()):
            active.rows = RunRows(active.run)
            if active.released:
                del self.active[active.run.pk]
                self._holding.discard(active.run.pk)
                self.finished += active.run.finished_at is not None
        now = self.clock()
        for active, error in turn.sends.refused:
            active.answered(Outcome(error=error), "", now)
        for active, outcome in turn.sends.kept:
            active.answered(outcome, "", now)

    def forget_turn(self) -> None:
        """The transaction was rolled back: as if this turn's decisions had never been made."""
        self._turn = Turn()
        self._sender.forget()
        self._sender.share.forget()

    def release_idle(self) -> None:
        """Write down what came back last, and give back what has not ended.

        What is still out keeps its lease, and is looked up after it.
        """
        now = self.clock()
        self._write_down(now)
        unused = self._sender.share.give_back(now)
        budgets.exchange({}, budgets.together(self._reports, unused), now)
        idle = [active for active in self.active.values() if not active.out and not active.released]
        for active in idle:
            active.release(RunState.QUEUED, now)
        save_runs([active.run for active in idle])

    def _begin(self, now: datetime) -> None:
        """The journeys of what was claimed: their claims are on record by now."""
        for active in self.active.values():
            if active.journey is None and not active.released:
                self._begin_one(active, now)

    def _begin_one(self, active: Active, now: datetime) -> None:
        run = active.run
        if run.starts > claims.MAX_STARTS:
            often = f"This run has ended its worker {claims.MAX_STARTS} times; it is not started again."
            active.fail(HubError(often), now)
        else:
            active.begin(lambda: journey_of(run), now)

    def _write_down(self, now: datetime) -> None:
        self._drop_what_was_lost()
        changed = [a for a in self.active.values() if a.rows.changed or a.rows.steps or a.rows.effects]
        save([a.rows for a in changed], self._calls, now)
        self._turn.stored = {a.run.pk: a.rows.copy() for a in changed}
        slots.settle(self._booked, self._ended(changed), now)
        following.tell(a.run for a in changed if a.released and a.run.finished_at)
        for called in self._refreshed:
            assert isinstance(called.job, RefreshJob)
            tokens.settle(called.job.plan, called.grant, called.error, now)
            self._sender.refreshing.discard(called.job.connection_id)
            self._sender.forget()
        for connection_id, (error, generation) in self._parked.items():
            standing.park(connection_id, error, generation, now)
            self._sender.forget()

    def _drop_what_was_lost(self) -> None:
        """Whose lease another worker took over is out of our hands: nothing is settled or sent for it."""
        ours = claims.still_ours(self.owner, self.active)
        for active in self.active.values():
            if active.run.pk not in ours:
                log.warning("the lease of run %s was lost; another worker settles it", active.run.pk)
                active.rows, active.released = RunRows(active.run), True
                active.run.finished_at = None

    def _ended(self, actives: Iterable[Active]) -> set[int]:
        """Runs that have come to their end and may hold times in calendars."""
        return {a.run.pk for a in actives if a.released and a.run.finished_at} & self._holding

    def _claim(self, room: int, now: datetime) -> None:
        in_hand = [active for active in self.active.values() if not active.released]
        if any(claims.suspect(active.run) for active in in_hand):
            return
        runs = claims.claim(
            self.owner,
            room,
            now,
            self.only,
            besides=self.active,
            alone=not in_hand,
            in_hand=[active.run for active in in_hand],
        )
        if not runs:
            return
        bound = reaches({pk for run in runs for pk in run.version.bindings.values()})
        self._sender.know(bound)
        begin(runs, {pk: reach.connection for pk, reach in bound.items()}, now)
        save_runs(runs, CLAIM_FIELDS)
        effects = ledger.of_runs([run.pk for run in runs])
        steps: dict[int, list[StepRun]] = defaultdict(list)
        for step in StepRun.objects.filter(run__in=runs):
            steps[step.run_id].append(step)
        over = []
        for run in runs:
            for step in steps[run.pk]:
                if not step.done:  # its wait is over, or the run would not have been due
                    step.done, step.outcome = True, True
                    over.append(step)
            if any(map(is_hold, steps[run.pk])):
                self._holding.add(run.pk)
            had = stored_outcomes(steps[run.pk])
            known = effects.get(run.pk, {})
            self._turn.fresh.append(Active(run=run, effects=known, rows=RunRows(run), had=had))
        StepRun.objects.bulk_update(over, ["done", "outcome"])

    def _renew(self, now: datetime) -> None:
        """Keep the leases well ahead of the calls they outlast; what is claimed now has a full one."""
        held = [a.run.pk for a in self.active.values() if not a.released]
        until = now + claims.lease_length()
        if not held:
            self._lease_until = until
        elif self._lease_until - now < claims.lease_length() * 2 / 3:
            claims.renew(self.owner, held, until)
            self._lease_until = until


def _purpose(active: Active) -> str:
    if active.look is None:
        return "step"
    return "as it was" if active.look.before else "look-up"
