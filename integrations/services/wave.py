"""What a drain holds in its hands, from turn to turn.

`take_back` works out what returned calls mean, without the database. `settle_and_claim` writes that down, claims
more runs, and enters the next writes in the ledger, all in the caller's one transaction. It can be repeated
after a rollback: nothing moves on in memory before `turn_done`.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings

from integrations.engine.errors import HubError, OutcomeUnknown, Parked, StopRun, TryAgain
from integrations.engine.execute import Issue
from integrations.engine.quota import Lane
from integrations.engine.spec import Kind, Outcome, ProofKind, Quota, Reading, Wait, Write
from integrations.engine.transport import Prepared, prepare
from integrations.models import ApiCall, Effect, EffectState, Run, RunState, StepRun
from integrations.services import budgets, claims, ledger, tokens
from integrations.services.accounts import Reach, reaches
from integrations.services.active import Active
from integrations.services.calls import Called, Job, RefreshJob
from integrations.services.journeys import begin, journey_of, run_key, stored_outcomes
from integrations.services.ledger import Target
from integrations.services.rows import RunRows, call_row, save, save_runs

log = logging.getLogger(__name__)

REACH_FRESH_S = 1.0
LANES = {0: Lane.REQUEST, 1: Lane.TRIGGER, 2: Lane.SYNC, 3: Lane.BACKFILL}
TARGET_TAKEN_S = 1.0
QUOTA_NEAR_S = 1.0


@dataclass(slots=True)
class Turn:
    """What this turn has decided; forgotten on a rollback."""

    fresh: list[Active] = field(default_factory=list)
    jobs: list[tuple[Active, Job]] = field(default_factory=list)
    refreshes: list[RefreshJob] = field(default_factory=list)
    refused: list[tuple[Active, StopRun]] = field(default_factory=list)
    entered: list[tuple[Active, Effect]] = field(default_factory=list)


@dataclass(slots=True)
class Ready:
    """An active run whose next call is prepared and needs only quota (and, for a write, its ledger entry)."""

    active: Active
    reach: Reach
    prepared: Prepared
    deadline_s: float
    write: bool


class Wave:
    """The runs one drain has claimed. `finished` counts those it brought to an end."""

    def __init__(self, owner: str, clock: Callable[[], datetime], only: list[int] | None = None) -> None:
        self.owner = owner
        self.clock = clock
        self.only = only
        self.active: dict[int, Active] = {}
        self.finished = 0
        self.eager = False
        self._calls: list[ApiCall] = []
        self._readings: dict[str, tuple[Quota, list[Reading]]] = {}
        self._refreshed: list[Called] = []
        self._parked: dict[int, tuple[Parked, int]] = {}
        self._reaches: dict[int, Reach] = {}
        self._reaches_at = 0.0
        self._refreshing: set[int] = set()
        self._turn = Turn()
        self._lease_until = clock()

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
        active = self.active[job.run_id]
        self._note(called, job, active)
        error = called.error
        if isinstance(error, TryAgain):
            active.try_again(error, now)
        elif isinstance(error, OutcomeUnknown):
            active.unknown(error, now)
        elif isinstance(error, Parked):
            active.park(error, job.connection_id)
            self._parked[job.connection_id] = (error, job.generation)
        elif called.result is not None and called.result.final:
            active.answered(called.result.outcome, called.result.request_hash, now)
        else:
            active.fail(error or HubError("The call ended in a way the hub does not know."), now)

    def _note(self, called: Called, job: Job, active: Active) -> None:
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
                purpose="look-up" if active.look else "step",
            )
        )
        if record.readings:
            scope = self._reaches[job.connection_id].scope
            self._readings.setdefault(scope, (job.connector.quota, []))[1].extend(record.readings)

    # --- inside the transaction -----------------------------------------------------------------

    def settle_and_claim(self, room: int) -> list[Job | RefreshJob]:
        """Write down what came back, claim up to `room` more runs, and prepare the calls to send after commit."""
        now = self.clock()
        self._write_down(now)
        if room > 0:
            self._claim(room, now)
        pending = [a for a in self._all() if not a.out and not a.released]
        self._load_reaches(pending)
        self._send_next(pending, now)
        self._renew(now)
        return [job for _, job in self._turn.jobs] + list(self._turn.refreshes)

    def turn_done(self) -> None:
        """The transaction held: move on."""
        turn, self._turn = self._turn, Turn()
        for active in turn.fresh:
            self.active[active.run.pk] = active
        for active, effect in turn.entered:
            active.effects[effect.address] = effect
        for active, _ in turn.jobs:
            active.out = True
        self._refreshing |= {job.connection_id for job in turn.refreshes}
        self._calls, self._readings, self._refreshed, self._parked = [], {}, [], {}
        for active in list(self.active.values()):
            active.rows = RunRows(active.run)
            if active.released:
                del self.active[active.run.pk]
                self.finished += active.run.finished_at is not None
        now = self.clock()
        for active, error in turn.refused:
            active.answered(Outcome(error=error), "", now)
        self.eager = any(not active.out for active in self.active.values())

    def forget_turn(self) -> None:
        """The transaction was rolled back: as if this turn's decisions had never been made."""
        self._turn = Turn()
        self._reaches_at = 0.0

    def release_idle(self) -> None:
        """Give back what is not under way; what is out keeps its lease, and is looked up after it."""
        idle = [active for active in self.active.values() if not active.out]
        for active in idle:
            active.release(RunState.QUEUED, self.clock())
        ours = claims.still_ours(self.owner, [active.run.pk for active in idle])
        save_runs([active.run for active in idle if active.run.pk in ours])

    def _all(self) -> list[Active]:
        return [*self.active.values(), *self._turn.fresh]

    def _write_down(self, now: datetime) -> None:
        changed = [a for a in self.active.values() if a.rows.changed or a.rows.steps or a.rows.effects]
        ours = claims.still_ours(self.owner, [a.run.pk for a in changed]) if changed else set()
        for active in changed:
            if active.run.pk not in ours:
                log.warning("the lease of run %s was lost; another worker settles it", active.run.pk)
                active.released, active.run.finished_at = True, None
        save([a.rows for a in changed if a.run.pk in ours], self._calls, now)
        budgets.learn(self._readings, now)
        for called in self._refreshed:
            assert isinstance(called.job, RefreshJob)
            tokens.settle(called.job.plan, called.grant, called.error, now)
            self._refreshing.discard(called.job.connection_id)
            self._reaches_at = 0.0
        for connection_id, (error, generation) in self._parked.items():
            tokens.park(connection_id, error, generation, now)
            self._reaches_at = 0.0

    def _claim(self, room: int, now: datetime) -> None:
        runs = claims.claim(self.owner, room, now, self.only)
        if not runs:
            return
        bound = reaches({pk for run in runs for pk in run.version.bindings.values()})
        self._reaches.update(bound)
        begin(runs, {pk: reach.connection for pk, reach in bound.items()}, now)
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
            self._turn.fresh.append(self._start(run, steps[run.pk], effects.get(run.pk, {}), now))
        StepRun.objects.bulk_update(over, ["done", "outcome"])
        ended = [a.run for a in self._turn.fresh if a.released]
        save_runs(ended)

    def _start(self, run: Run, steps: list[StepRun], effects: dict[str, Effect], now: datetime) -> Active:
        active = Active(run=run, journey=journey_of(run), effects=effects, rows=RunRows(run))
        if run.starts > claims.MAX_STARTS:
            active.fail(
                HubError(
                    f"This run has ended its worker {claims.MAX_STARTS} times; it is not started again."
                ),
                now,
            )
            return active
        active.begin(stored_outcomes(steps))
        if active.finish:
            active.end_at_once(now)
        return active

    def _load_reaches(self, pending: list[Active]) -> None:
        wanted = {a.connection_id for a in pending if a.issue and a.issue.role}
        stale = time.monotonic() - self._reaches_at > REACH_FRESH_S
        missing = wanted if stale else wanted - self._reaches.keys()
        if missing:
            self._reaches.update(reaches(missing | (set() if not stale else self._reaches.keys())))
            self._reaches_at = time.monotonic()

    # --- the next calls -------------------------------------------------------------------------

    def _send_next(self, pending: list[Active], now: datetime) -> None:
        ready = [r for a in pending if (r := self._prepare(a, now)) is not None]
        ready = self._within_quota(ready, now)
        ready = self._on_record(ready, now)
        released = [a for a in pending if a.released]
        save([a.rows for a in released], [], now)
        for r in ready:
            self._turn.jobs.append((r.active, self._job(r, now)))

    def _prepare(self, active: Active, now: datetime) -> Ready | None:
        """The next call of the run, or None: it waits, is parked, or its request cannot be made."""
        issue = active.issue
        assert issue is not None
        if isinstance(issue.command, Wait):
            self._wait(active, issue, issue.command)
            return None
        reach = self._reaches[active.connection_id]
        if not self._reachable(active, reach, now) or not self._may_write(active, issue, now):
            return None
        command = active.command
        assert not isinstance(command, Wait)
        operation = reach.connector.operation(command.operation)
        deadline_s = min(operation.deadline_s, settings.HUB_LEASE_S / 3)
        operation = replace(operation, deadline_s=deadline_s)
        try:
            prepared = prepare(reach.connector, operation, reach.account, command.values)
        except StopRun as error:
            self._turn.refused.append((active, error))
            return None
        write = isinstance(command, Write)
        return Ready(active, reach, prepared, deadline_s, write)

    def _wait(self, active: Active, issue: Issue, command: Wait) -> None:
        StepRun.objects.get_or_create(
            run=active.run, address=str(issue.address), defaults={"step": issue.address.step, "done": False}
        )
        active.release(RunState.WAITING, command.until)
        active.run.reason = command.reason

    def _reachable(self, active: Active, reach: Reach, now: datetime) -> bool:
        connection = reach.connection
        if not connection.usable:
            reason = connection.state_reason or f"{connection.name} is not connected; connect it again."
            active.park(Parked(reason), connection.pk)
            return False
        if connection.pk in self._refreshing or any(
            job.connection_id == connection.pk for job in self._turn.refreshes
        ):
            return False
        if tokens.stale(reach, now):
            plan = tokens.take_lease(reach, self.owner, now)
            if plan is not None:
                self._turn.refreshes.append(RefreshJob(connection_id=connection.pk, plan=plan))
            else:  # somebody else refreshes: read again next turn
                self._reaches_at = 0.0
            return False
        return True

    def _may_write(self, active: Active, issue: Issue, now: datetime) -> bool:
        """For a write that was claimed before: what its proof allows. True also when there is nothing to ask."""
        effect = active.effect
        if effect is None or active.look or active.looked or effect.state == EffectState.READY:
            return True
        assert issue.operation is not None
        proof = issue.operation.proof
        if effect.state == EffectState.HELD or proof is None or proof.kind is ProofKind.NONE:
            active.hold(OutcomeUnknown("The worker ended before the answer came, so it may have happened."))
            return False
        if now < active.look_from():
            active.release(RunState.WAITING, active.look_from())
            active.run.reason = f"“{issue.operation.title}” may have happened; looking before it is repeated."
            return False
        if proof.kind is not ProofKind.IDEMPOTENT:
            return self._look(active, now)
        return True

    def _look(self, active: Active, now: datetime) -> bool:
        issue = active.issue
        active.start_look(now)
        return not active.released and active.issue is issue

    def _within_quota(self, ready: list[Ready], now: datetime) -> list[Ready]:
        wishes: dict[str, list[budgets.Wish]] = {}
        for (scope, lane), count in Counter((r.reach.scope, _lane(r)) for r in ready).items():
            quota = next(r.reach.connector.quota for r in ready if r.reach.scope == scope)
            wishes.setdefault(scope, []).append(budgets.Wish(quota=quota, wanted=count, lane=lane))
        granted = budgets.grant(wishes, now)
        left = {key: grant.calls for key, grant in granted.items()}
        allowed = []
        for r in sorted(ready, key=lambda r: r.active.run.pk):
            key = (r.reach.scope, _lane(r))
            left[key] -= 1
            if left[key] >= 0:
                allowed.append(r)
            elif granted[key].ready_at - now > timedelta(seconds=QUOTA_NEAR_S):
                r.active.release(RunState.WAITING, granted[key].ready_at)
                r.active.run.reason = f"Waits for the quota of {r.reach.connection.name}."
        return allowed

    def _on_record(self, ready: list[Ready], now: datetime) -> list[Ready]:
        """Enter the writes in the ledger; only what stands there is sent. Others to the same target wait."""
        writes = [r for r in ready if r.write]
        if not writes:
            return ready
        taken = ledger.taken(_target(r) for r in writes)
        free = [r for r in writes if taken.setdefault(_target(r), _key(r.active)) == _key(r.active)]
        entries = {id(r): self._entry(r, now) for r in free}
        self._look_first(free, entries, now)
        on_record = ledger.enter([entry for entry in entries.values() if entry.pk is None])
        Effect.objects.bulk_update(
            [entry for entry in entries.values() if entry.sends > 1], ["state", "landing_by", "sends"]
        )
        go = {id(r) for r in ready if not r.write}
        for r in writes:
            entry = entries.get(id(r))
            if entry is None or (entry.sends == 1 and entry.key not in on_record):
                r.active.release(RunState.QUEUED, now + timedelta(seconds=TARGET_TAKEN_S))
                r.active.run.reason = "Another write to the same record is under way."
                continue
            self._turn.entered.append((r.active, entry))
            if entry.state == EffectState.CLAIMED:
                go.add(id(r))
        return [r for r in ready if id(r) in go]

    def _entry(self, r: Ready, now: datetime) -> Effect:
        """The ledger's entry for the write: a new one, or the known one for one more sending."""
        issue = r.active.issue
        assert issue is not None
        landing_by = now + timedelta(seconds=r.deadline_s + 1)
        if r.active.effect is not None:
            effect = copy(r.active.effect)  # the known one stays as it is until the turn is committed
            effect.state, effect.landing_by = EffectState.CLAIMED, landing_by
            effect.sends += 1
            return effect
        return Effect(
            team_id=r.active.run.team_id,
            run=r.active.run,
            connection_id=r.active.connection_id,
            key=_key(r.active),
            address=str(issue.address),
            operation=r.prepared.operation.key,
            target=issue.target[:255],
            mark=issue.mark,
            request_hash=r.prepared.request_hash,
            claimed_at=now,
            landing_by=landing_by,
        )

    def _look_first(self, writes: list[Ready], entries: dict[int, Effect], now: datetime) -> None:
        """A record with a natural key that another run has made since this one began: look, then write."""
        made = [
            r
            for r in writes
            if r.prepared.operation.kind is Kind.CREATE
            and r.prepared.operation.proof is not None
            and r.prepared.operation.proof.kind is ProofKind.NATURAL_KEY
            and r.active.effect is None
        ]
        if not made:
            return
        begun = {_target(r): datetime.fromisoformat((r.active.run.begun_with or {})["now"]) for r in made}
        since = ledger.done_since(begun)
        for r in made:
            if _target(r) in since:
                entry = entries[id(r)]
                entry.state, entry.claimed_at, entry.landing_by = EffectState.UNKNOWN, begun[_target(r)], now

    def _job(self, r: Ready, now: datetime) -> Job:
        lease = (max(self._lease_until, now + claims.lease_length()) - now).total_seconds()
        return Job(
            run_id=r.active.run.pk,
            connection_id=r.active.connection_id,
            connector=r.reach.connector,
            prepared=r.prepared,
            account=r.reach.account,
            transport=r.reach.transport,
            generation=r.reach.generation,
            not_after=time.monotonic() + lease - r.deadline_s - 1,
        )

    def _renew(self, now: datetime) -> None:
        held = [a.run.pk for a in self.active.values() if not a.released]
        if held and self._lease_until - now < claims.lease_length() * 2 / 3:
            claims.renew(self.owner, held, now + claims.lease_length())
            self._lease_until = now + claims.lease_length()


def _lane(r: Ready) -> Lane:
    return LANES.get(r.active.run.lane, Lane.TRIGGER)


def _key(active: Active) -> str:
    assert active.issue is not None
    return f"{run_key(active.run)}|{active.issue.address}"


def _target(r: Ready) -> Target:
    assert r.active.issue is not None
    return Target(r.active.connection_id, r.active.issue.target[:255])
