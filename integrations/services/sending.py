"""The next call of each run in hand: may it be made now, and what has to be on record before it is?

In this order: the run waits, or its connection cannot be called; the request cannot be made; a write that may
have happened is looked up first; the quota is reserved; a write is entered in the ledger. All inside the
turn's transaction. What was decided is handed back as Sends, and holds only once that is committed.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseTrouble

from integrations.engine.counterparts import look_before
from integrations.engine.errors import OutcomeUnknown, Parked, StopRun
from integrations.engine.execute import Issue
from integrations.engine.plan import stray
from integrations.engine.quota import Lane, Ticket
from integrations.engine.spec import Hold, Invite, Outcome, ProofKind, Read, Wait, Write
from integrations.engine.transport import Prepared, prepare
from integrations.models import Effect, EffectState, Run, RunMode, RunState, Workflow, WorkflowState
from integrations.services import budgets, ledger, outbound, slots, stops, tokens
from integrations.services.accounts import Reach, reaches
from integrations.services.active import Active, stumbled_over
from integrations.services.calls import Job, Lease, RefreshJob
from integrations.services.journeys import run_key
from integrations.services.ledger import Target
from integrations.services.share import Key, Share

log = logging.getLogger(__name__)

FRESH_S = 0.5
LANES = {0: Lane.REQUEST, 1: Lane.TRIGGER, 2: Lane.SYNC, 3: Lane.BACKFILL}
TARGET_TAKEN_S = 1.0
QUOTA_NEAR_S = 5.0


@dataclass(slots=True)
class Sends:
    """What a turn has decided to send, refuse, enter and hold; forgotten on a rollback."""

    jobs: list[tuple[Active, Job]] = field(default_factory=list)
    refreshes: list[RefreshJob] = field(default_factory=list)
    refused: list[tuple[Active, StopRun]] = field(default_factory=list)
    kept: list[tuple[Active, Outcome]] = field(default_factory=list)
    entered: list[tuple[Active, Effect]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Ready:
    """An active run whose next call is prepared and needs only quota (and, for a write, its ledger entry)."""

    active: Active
    reach: Reach
    prepared: Prepared
    deadline_s: float
    write: bool

    @property
    def key(self) -> Key:
        """Whose quota the call uses, and how urgently."""
        return self.reach.scope, _lane(self.active)


class Sender:
    """Keeps the connections that calls go over, and what is stopped.

    Read again every FRESH_S seconds, and when something has changed.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.refreshing: set[int] = set()
        self._reaches: dict[int, Reach] = {}
        self._paused: set[int] = set()
        self._stopped = stops.Pulled()
        self._read_at = 0.0
        self.share = Share(settings.HUB_LEASE_S)  # what cannot land by then is not sent at all
        self._sends = Sends()

    def know(self, known: dict[int, Reach]) -> None:
        self._reaches.update(known)

    def forget(self) -> None:
        """Read everything again before the next call."""
        self._read_at = 0.0

    def next_at(self, active: Active) -> datetime | None:
        """When the quota may have leave for its next call; None: it does not wait for that."""
        issue = active.issue
        if issue is None or not issue.role or isinstance(issue.command, Hold | Invite):
            return None
        if active.connection_id not in self._reaches:
            return None
        return self.share.next_at((self._reaches[active.connection_id].scope, _lane(active)))

    def next_calls(
        self, pending: list[Active], lease: Lease, now: datetime, reports: dict[str, budgets.Report]
    ) -> Sends:
        """What to send for these runs. Those that cannot go on have been released instead.

        `reports` is what came of earlier calls, for the budgets they were taken from.
        """
        self._sends = Sends()
        self._load(pending)
        pending = [active for active in pending if (at := self.next_at(active)) is None or at <= now]
        ready = [r for active in pending if (r := self._prepare_or_end(active, now)) is not None]
        self._sends.kept = slots.keep([active for active in pending if slots.asked(active)], now)
        self._sends.kept += slots.invite(pending)
        self._sends.kept += self._queued([r for r in ready if r.prepared.operation.queued], lease, now)
        ready = [r for r in ready if not r.prepared.operation.queued]
        allowed = self._within_quota(ready, now, reports)
        allowed = [(r, ticket) for r, ticket in allowed if slots.may_book(r.active, now)]
        going = self._on_record([r for r, _ in allowed], lease, now)
        for r, ticket in allowed:
            if r in going:
                self.share.use(r.key, ticket)
                self._sends.jobs.append((r.active, self._job(r, ticket, lease)))
        return self._sends

    def _load(self, pending: list[Active]) -> None:
        wanted = {a.connection_id for a in pending if a.issue and a.issue.role}
        stale = time.monotonic() - self._read_at > FRESH_S
        if stale:
            self._read_at = time.monotonic()
            self._reaches = reaches(wanted | self._reaches.keys())
            self._stopped = stops.pulled()
            paused = Workflow.objects.filter(state=WorkflowState.PAUSED)
            self._paused = set(paused.values_list("pk", flat=True))
        elif missing := wanted - self._reaches.keys():
            self._reaches.update(reaches(missing))

    def _prepare_or_end(self, active: Active, now: datetime) -> Ready | None:
        """A defect of ours in the preparation ends this run, and no other."""
        try:
            return self._prepare(active, now)
        except DatabaseTrouble:
            raise
        except Exception as error:
            log.exception("the next call of run %s broke in the hub itself", active.run.pk)
            active.fail(stumbled_over(error), now)
            return None

    def _prepare(self, active: Active, now: datetime) -> Ready | None:
        """The next call of the run, or None: it waits, is parked, or its request cannot be made."""
        issue = active.issue
        assert issue is not None
        if self._halts(active.run):
            active.release(RunState.QUEUED, now)  # it is claimed again when what was stopped is resumed
            return None
        if isinstance(issue.command, Wait):
            active.wait(issue.command)
            return None
        if isinstance(issue.command, Hold | Invite):  # no call
            return None
        if not active.look and (told := _beside_the_plan(active, issue)):
            active.fail(StopRun(told), now)
            return None
        reach = self._reaches[active.connection_id]
        if not self._reachable(active, reach, now) or not self._may_write(active, issue, now):
            return None
        _look_before(active, issue, reach)
        command = active.command
        assert isinstance(command, Read | Write)
        operation = issue.operation if active.look is None else None
        operation = operation or reach.connector.operation(command.operation)
        deadline_s = min(operation.deadline_s, settings.HUB_LEASE_S / 3)
        operation = replace(operation, deadline_s=deadline_s)
        try:
            prepared = prepare(reach.connector, operation, reach.account, command.values)
        except StopRun as error:
            self._sends.refused.append((active, error))
            return None
        write = isinstance(command, Write)
        return Ready(active, reach, prepared, deadline_s, write)

    def _halts(self, run: Run) -> bool:
        """Whether its workflow is paused, or everything of its team is stopped. Asked from threads, too."""
        if run.mode == RunMode.TEST:
            return False
        return (run.mode == RunMode.LIVE and run.workflow_id in self._paused) or self._stopped.halts(
            run.team_id
        )

    def _reachable(self, active: Active, reach: Reach, now: datetime) -> bool:
        connection = reach.connection
        if connection.pk in self._stopped.connections:
            active.park(Parked(f"{connection.name} was stopped by hand; resume it."), connection.pk)
            return False
        if not connection.usable:
            reason = connection.state_reason or f"{connection.name} is not connected; connect it again."
            active.park(Parked(reason), connection.pk)
            return False
        if connection.pk in self.refreshing or any(
            job.connection_id == connection.pk for job in self._sends.refreshes
        ):
            return False
        if tokens.stale(reach, now):
            plan = tokens.take_lease(reach, self.owner, now)
            if plan is not None:
                self._sends.refreshes.append(RefreshJob(connection_id=connection.pk, plan=plan))
            elif (until := tokens.rests_until(reach, now)) is not None:
                active.release(RunState.WAITING, until)
                active.run.reason = f"Waits until the token of {connection.name} can be refreshed."
            else:  # somebody else refreshes: read again next turn
                self.forget()
            return False
        return True

    def _may_write(self, active: Active, issue: Issue, now: datetime) -> bool:
        """For a write that was claimed before: what its proof allows. True where there is nothing to ask."""
        effect = active.effect
        if active.found is not None:
            return self._take_or_pass_over(active, now)
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
        """Begin the look-up. Whether there is a call to make: its first read, or the write itself."""
        active.start_look(now)
        return not active.released and (active.found is None or self._take_or_pass_over(active, now))

    def _take_or_pass_over(self, active: Active, now: datetime) -> bool:
        """What a look-up found is adopted, unless it is known to be another write's. Whether to call."""
        effect, issue, found = active.effect, active.issue, active.found
        assert effect is not None and issue is not None and issue.operation is not None and found is not None
        # One that was never sent was entered because another write to its target was done meanwhile: that
        # write's record is the very one that it would make. A mark is nobody else's anyhow.
        theirs = effect.sends == 0
        unsure = issue.operation.makes_unmarked and effect.sends > 0 and found.record_id
        if unsure and ledger.another_owns(effect, found.record_id):
            if not issue.looks_first:
                return self._look(active, now) if active.pass_over() else True
            theirs = True  # by the chosen field it is the same record
        active.adopt(now, was_there=theirs)
        return False

    def _job(self, r: Ready, ticket: Ticket, lease: Lease) -> Job:
        run, connection_id = r.active.run, r.active.connection_id
        return Job(
            run_id=run.pk,
            connection_id=connection_id,
            connector=r.reach.connector,
            prepared=r.prepared,
            account=r.reach.account,
            transport=r.reach.transport,
            generation=r.reach.generation,
            lease=lease,
            scope=r.reach.scope,
            ticket=ticket,
            stopped=lambda: self._halts(run) or connection_id in self._stopped.connections,
        )

    def _within_quota(
        self, ready: list[Ready], now: datetime, reports: dict[str, budgets.Report]
    ) -> list[tuple[Ready, Ticket]]:
        quotas = {r.reach.scope: r.reach.connector.quota for r in ready}
        granted = self.share.draw(Counter(r.key for r in ready), quotas, reports, now)
        left = {key: list(grant.tickets) for key, grant in granted.items()}
        allowed = []
        for r in sorted(ready, key=lambda r: r.active.run.pk):
            if left[r.key]:
                allowed.append((r, left[r.key].pop(0)))
            elif granted[r.key].ready_at - now > timedelta(seconds=QUOTA_NEAR_S):
                r.active.release(RunState.WAITING, granted[r.key].ready_at)
                r.active.run.reason = budgets.sentence(r.reach.connection.name, granted[r.key])
                r.active.run.error_kind = budgets.WAITS
        return allowed

    def _queued(self, ready: list[Ready], lease: Lease, now: datetime) -> list[tuple[Active, Outcome]]:
        """Writes that are made apart from their runs: on record with their effects, and so done with here."""
        going = self._on_record(ready, lease, now) if ready else []
        outbound.store([_delivery(r) for r in going], now)
        ids = [outbound.key_of(_key(r.active)) for r in going]
        return [(r.active, Outcome({"id": id}, id)) for r, id in zip(going, ids, strict=True)]

    def _on_record(self, ready: list[Ready], lease: Lease, now: datetime) -> list[Ready]:
        """Enter the writes in the ledger; only what stands there is sent. Others to the same target wait."""
        writes = [r for r in ready if r.write]
        if not writes:
            return ready
        taken = ledger.taken(_target(r) for r in writes)
        free = [r for r in writes if taken.setdefault(_target(r), _key(r.active)) == _key(r.active)]
        entries = {id(r): _entry(r, lease, now) for r in free}
        _look_first(free, entries, now)
        again = [entry for entry in entries.values() if entry.pk is not None]
        on_record = ledger.enter([entry for entry in entries.values() if entry.pk is None])
        on_record |= {entry.key for entry in again}
        Effect.objects.bulk_update(again, ["state", "landing_by", "sends"])
        go = {id(r) for r in ready if not r.write}
        for r in writes:
            entry = entries.get(id(r))
            if entry is None or entry.key not in on_record:
                r.active.release(RunState.QUEUED, now + timedelta(seconds=TARGET_TAKEN_S))
                r.active.run.reason = "Another write to the same record is under way."
                continue
            self._sends.entered.append((r.active, entry))
            if entry.state == EffectState.CLAIMED:
                go.add(id(r))
        return [r for r in ready if id(r) in go]


def _look_before(active: Active, issue: Issue, reach: Reach) -> None:
    """A write that changes what is there waits until that was read, so that it can be taken back."""
    if active.look or active.prior is not None or active.effect is not None:
        return
    if not isinstance(issue.command, Write) or issue.operation is None:
        return
    script = look_before(reach.connector, issue.operation, issue.command.values)
    if script is not None:
        active.look_before(script)


def _beside_the_plan(active: Active, issue: Issue) -> str:
    """Why the run may not make this write, where it does no more than a plan that somebody has agreed to."""
    command, planned = issue.command, (active.run.begun_with or {}).get("planned")
    if planned is None or not isinstance(command, Write):
        return ""
    return stray(planned, str(issue.address), command.operation, command.values)


def _entry(r: Ready, lease: Lease, now: datetime) -> Effect:
    """The ledger's entry for the write: a new one, or the known one for one more sending.

    The call may wait for a free thread, and begin as late as its lease lets it: so long it may still land.
    """
    issue = r.active.issue
    assert issue is not None
    if r.active.effect is not None:
        effect = copy(r.active.effect)  # the known one stays as it is until the turn is committed
        effect.state, effect.landing_by = EffectState.CLAIMED, lease.until
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
        landing_by=lease.until,
        prior=r.active.prior,
    )


def _delivery(r: Ready) -> outbound.Wanted:
    command = r.active.command
    assert isinstance(command, Write)
    return outbound.Wanted(
        run=r.active.run,
        connection_id=r.active.connection_id,
        effect=_key(r.active),
        operation=command.operation,
        values=dict(command.values),
    )


def _look_first(writes: list[Ready], entries: dict[int, Effect], now: datetime) -> None:
    """A record with a natural key that another run has made since this one began: look, then write."""
    made = [r for r in writes if r.prepared.operation.makes_unmarked and _unlooked(r)]
    if not made:
        return
    begun = {_target(r): _unseen_since(r) for r in made}
    since = ledger.done_since(begun)
    for r in made:
        if _target(r) in since:
            entry = entries[id(r)]
            entry.state, entry.claimed_at, entry.landing_by = EffectState.UNKNOWN, begun[_target(r)], now
            entry.sends = 0


def _unlooked(r: Ready) -> bool:
    """Whether nobody has looked since it was last about to be sent."""
    active = r.active
    if active.effect is None:
        return True
    waited = active.issue is not None and active.issue.looks_first and not active.looked
    return waited and active.effect.state == EffectState.READY


def _unseen_since(r: Ready) -> datetime:
    """Since when another run's record may be there without this one having seen it."""
    issue = r.active.issue
    assert issue is not None
    begun = datetime.fromisoformat((r.active.run.begun_with or {})["now"])
    proof = r.prepared.operation.proof
    lag_s = proof.visible_after_s if proof and issue.looks_first else 0.0  # its look came before that
    return begun - timedelta(seconds=lag_s)


def _lane(active: Active) -> Lane:
    return LANES.get(active.run.lane or 0, Lane.TRIGGER)


def _key(active: Active) -> str:
    assert active.issue is not None
    return f"{run_key(active.run)}|{active.issue.address}"


def _target(r: Ready) -> Target:
    assert r.active.issue is not None
    return Target(r.active.connection_id, r.active.issue.target[:255])
