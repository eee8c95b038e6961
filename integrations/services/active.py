"""One claimed run in a drain's hands, and what a returned call means for it. No database here."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jmespath
from django.conf import settings
from django.db import Error as DatabaseTrouble

from integrations.engine.counterparts import kept_before
from integrations.engine.echoes import shown_of
from integrations.engine.errors import (
    ContractBroken,
    Duplicate,
    HubError,
    NotFound,
    OutcomeUnknown,
    StopRun,
    Throttled,
    TryAgain,
)
from integrations.engine.execute import Finish, FinishStatus, Issue, Journey, replay
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import (
    Attempt,
    Command,
    Operation,
    Outcome,
    ProofKind,
    Read,
    Script,
    Wait,
    Write,
)
from integrations.engine.storable import storable
from integrations.models import OPEN, Effect, EffectState, RecordLink, Run, RunState, StepRun
from integrations.services.rows import RunRows, step_row

log = logging.getLogger(__name__)

BACKOFF_S = 2.0
BACKOFF_MAX_S = 900.0
LOOK_AGAIN_S = 5.0

_FINISHED = {
    FinishStatus.SUCCEEDED: RunState.SUCCEEDED,
    FinishStatus.SKIPPED: RunState.SKIPPED,
    FinishStatus.FAILED: RunState.FAILED,
}


@dataclass(slots=True)
class Look:
    """Reads around a write: its script, and the read it asks for next.

    A look-up of one whose outcome is unknown; or, `before` it is claimed, a look at what it will change.
    """

    script: Script
    read: Read
    before: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The record that a look-up came upon; it is not yet known to be nobody else's."""

    record: Any
    record_id: str


@dataclass(slots=True)
class Active:
    """A run under way. `issue` is what its journey asks for next; `out` says that its call is with a thread.

    `had` are the outcomes stored before this worker took it, by address. `released`: it has left the drain's
    hands, because it is finished, waiting, parked or held. `found` is what a look-up came upon, `others` the
    ids of records it came upon before that are what other writes made. `prior` is what the write to come will
    change (see Effect), None until that was looked at.
    """

    run: Run
    effects: dict[str, Effect]
    rows: RunRows
    had: dict[str, Outcome] = field(default_factory=dict)
    journey: Journey | None = None
    issue: Issue | None = None
    finish: Finish | None = None
    look: Look | None = None
    looked: bool = False
    found: Found | None = None
    others: frozenset[str] = frozenset()
    prior: dict[str, Any] | None = None
    out: bool = False
    released: bool = False

    def begin(self, journey: Callable[[], Journey], now: datetime) -> None:
        """Feed the journey what it has had; it may be over at once."""
        self._stand(lambda: replay(self._set_out(journey()), self.had))
        if self.finish:
            self._finished(self.finish, now)

    def _set_out(self, journey: Journey) -> Journey:
        self.journey = journey
        return journey

    @property
    def effect(self) -> Effect | None:
        return self.effects.get(str(self.issue.address)) if self.issue else None

    @property
    def connection_id(self) -> int:
        assert self.issue is not None
        return int(self.run.version.bindings[self.issue.role])

    @property
    def command(self) -> Command:
        """The call to make now: the look-up's read while one is under way."""
        assert self.issue is not None
        return self.look.read if self.look else self.issue.command

    # --- what came back -------------------------------------------------------------------------

    def answered(self, outcome: Outcome, request_hash: str, now: datetime) -> None:
        """A final answer: for the look-up under way, or for the journey."""
        self.out = False
        if self.look:
            self._look_goes_on(outcome, now)
        else:
            self._settle(outcome, request_hash, now)

    def try_again(self, error: TryAgain, now: datetime) -> None:
        """It is known not to have happened (or was only a read): later, with growing gaps, not for ever."""
        self.out = False
        self._effect_is(EffectState.UNKNOWN if self.look else EffectState.READY)
        throttled = isinstance(error, Throttled)  # that it comes too soon is no failure, however often
        self._tried(now, counts=not throttled and not self.look)
        if self._spent(now):
            self._give_up(error, now, alone=True)
            return
        state = RunState.WAITING if throttled else RunState.QUEUED
        self.release(state, now + timedelta(seconds=_gap(self.run.attempts, error.after_s)), error)

    def unsent(self, now: datetime) -> None:
        """It was stopped before its call was sent: it goes on from here, and that was no try."""
        self.out = False
        self._effect_is(EffectState.UNKNOWN if self.look else EffectState.READY)
        self.release(RunState.QUEUED, now)

    def _tried(self, now: datetime, *, counts: bool = True) -> None:
        self.run.attempts += counts
        self.run.trying_since = self.run.trying_since or now

    def _spent(self, now: datetime) -> bool:
        """Whether the step has been tried as often, or for as long, as it may be."""
        since = self.run.trying_since
        return self.run.attempts >= settings.HUB_RETRY_TRIES or (
            since is not None and now - since >= timedelta(hours=settings.HUB_RETRY_HOURS)
        )

    def _give_up(self, error: HubError, now: datetime, *, alone: bool = False) -> None:
        """No more tries. `alone`: where the step goes on, it is one item's failure and not the run's."""
        often = self.run.attempts >= settings.HUB_RETRY_TRIES
        after = f"{settings.HUB_RETRY_TRIES} tries" if often else f"{settings.HUB_RETRY_HOURS} hours"
        told = f"Gave up after {after}. The last one: {error.sentence}"
        closed = self.effect is None or self.effect.state not in OPEN
        if alone and closed and self.issue is not None and self.issue.goes_on:
            self._settle(Outcome(error=StopRun(told)), "", now)
        else:
            self._end(RunState.FAILED, told, error, now)

    def unknown(self, error: OutcomeUnknown, landing_by: datetime | None, now: datetime) -> None:
        """It may have happened: look before repeating; or, where nothing can be looked up, ask a person.

        `landing_by`: when it can at the latest still arrive, where that is known better than at the claim.
        """
        self.out = False
        if self.effect and landing_by and not self.look:
            self.effect.landing_by = landing_by
        proof = self.issue.operation.proof if self.issue and self.issue.operation else None
        if proof is None or proof.kind is ProofKind.NONE:
            self.hold(error)
            return
        self._tried(now)
        if self._spent(now) and proof.kind is ProofKind.IDEMPOTENT:  # it does no harm as it is, done or not
            self._effect_is(EffectState.READY)
            self._give_up(error, now, alone=True)
            return
        self._effect_is(EffectState.UNKNOWN)
        again = now + timedelta(seconds=_gap(self.run.attempts, None))
        self.release(RunState.WAITING, max(self.look_from(), again), error)

    def hold(self, error: HubError) -> None:
        self._effect_is(EffectState.HELD)
        title = self.issue.operation.title if self.issue and self.issue.operation else "This step"
        self.release(RunState.HELD, None, error)
        self.run.reason = (
            f"{error.sentence} “{title}” cannot be looked up by the hub: look in the app, then say below "
            "whether it happened."
        )

    def park(self, error: HubError, connection_id: int) -> None:
        """The connection needs attention; the run goes on where it stood once it has had it.

        A write that was refused for that is known not to have happened; one that a lost worker left is not.
        """
        if self.out and not self.look:
            self._effect_is(EffectState.READY)
        self.out = False
        self.release(RunState.PARKED, None, error)
        self.run.parked_on_id, self.run.trying_since = connection_id, None

    # --- looking at what a write will change ----------------------------------------------------

    def look_before(self, script: Script) -> None:
        """Begin to read what stands there now; once that is known, `prior` says it and the write may go."""
        self._before(script, lambda: next(script))

    def _before(self, script: Script, go_on: Callable[[], Read | Write]) -> None:
        """A refusal to show it keeps no write from being made: why nothing is known of it is noted."""
        assert self.issue is not None and isinstance(self.issue.command, Write)
        operation = self.issue.operation
        assert operation is not None
        try:
            self.look = Look(script, _as_read(go_on()), before=True)
        except StopIteration as stop:
            record = stop.value if isinstance(stop.value, Mapping) else None
            self._was({"record": kept_before(operation, self.issue.command.values, record)})
        except NotFound:
            self._was({"record": None})
        except HubError as error:
            self._was({"why": error.sentence})
        except Exception as error:
            log.exception("the look before a write of run %s broke in the hub itself", self.run.pk)
            self._was({"why": stumbled_over(error).sentence})

    def _was(self, prior: dict[str, Any]) -> None:
        self.look, self.prior = None, storable(prior)

    # --- looking before repeating ---------------------------------------------------------------

    def look_from(self) -> datetime:
        """When a look-up may run: not before the call can no longer land and the app's index shows it."""
        assert self.effect is not None and self.issue is not None and self.issue.operation is not None
        proof = self.issue.operation.proof
        return self.effect.landing_by + timedelta(seconds=proof.visible_after_s if proof else 0.0)

    def start_look(self, now: datetime) -> None:
        """Begin the look-up; when the script ends without asking for anything, it has spoken already."""
        assert self.issue is not None and self.issue.operation is not None and self.effect is not None
        proof = self.issue.operation.proof
        assert proof is not None and proof.look_up is not None
        assert isinstance(self.issue.command, Write)
        attempt = Attempt(
            values=self.issue.command.values,
            mark=self.issue.mark,
            claimed_at=self.effect.claimed_at,
            owned=self.others,
        )
        script = proof.look_up(attempt)
        self._look(script, lambda: next(script), now)

    def _look_goes_on(self, outcome: Outcome, now: datetime) -> None:
        assert self.look is not None
        script = self.look.script
        error = outcome.error

        def go_on() -> Read | Write:
            return script.throw(error) if error else script.send(outcome)

        if self.look.before:
            self._before(script, go_on)
        else:
            self._look(script, go_on, now)

    def _look(self, script: Script, go_on: Callable[[], Read | Write], now: datetime) -> None:
        try:
            self.look = Look(script, _as_read(go_on()))
        except StopIteration as stop:
            self._found(stop.value, now)
        except HubError as error:  # the look-up itself was refused: no knowledge, no repeat
            self.look = None
            self._effect_is(EffectState.UNKNOWN)
            self._tried(now)
            if self._spent(now):
                self._give_up(error, now)
                return
            again = LOOK_AGAIN_S + _gap(self.run.attempts, None)
            self.release(RunState.WAITING, now + timedelta(seconds=again), error)
        except Exception:
            log.exception("the look-up of run %s broke in the hub itself", self.run.pk)
            self.look = None
            self.hold(OutcomeUnknown("The hub itself stumbled while looking this write up."))

    def _found(self, record: Any, now: datetime) -> None:
        assert self.issue is not None and self.issue.operation is not None
        self.look = None
        if record is None:
            self._did_not_happen(now)
        else:
            self.found = Found(record, _record_id(self.issue.operation, record))

    def _did_not_happen(self, now: datetime) -> None:
        """The write is sent (again) with the same key, unless it has been sent often enough."""
        self.looked = True
        if self._spent(now):
            self._effect_is(EffectState.READY)
            self._give_up(OutcomeUnknown(self.run.reason or "The app did not do it."), now)

    def adopt(self, now: datetime, *, was_there: bool = False) -> None:
        """What was found is what the write made: its answer. `was_there`: it is what another one made, and a
        journey that looks first is told so."""
        assert self.found is not None and self.effect is not None
        found, self.found = self.found, None
        self.effect.adopted = True
        assert self.issue is not None
        error = None
        if was_there and self.issue.looks_first and found.record_id:
            error = Duplicate("It is there already.", record_id=found.record_id)
        self._settle(Outcome(found.record, found.record_id, error), "", now)

    def pass_over(self) -> bool:
        """What was found is another write's: whether it is worth looking for one beside it."""
        assert self.found is not None
        new = self.found.record_id not in self.others
        self.others |= {self.found.record_id}
        self.found, self.looked = None, not new
        return new

    # --- settling -------------------------------------------------------------------------------

    def _settle(self, outcome: Outcome, request_hash: str, now: datetime) -> None:
        assert self.issue is not None and not isinstance(self.issue.command, Wait)
        issue = self.issue
        self.rows.steps.append(step_row(self.run, issue, outcome, request_hash))
        if isinstance(issue.command, Write):
            self._settle_write(issue, outcome, now)
        self.looked, self.others, self.prior = False, frozenset(), None
        self.run.attempts, self.run.trying_since = 0, None
        journey = self.journey
        assert journey is not None
        self._stand(lambda: replay(journey, self.had, outcome))
        if self.finish:
            self._finished(self.finish, now)

    def _settle_write(self, issue: Issue, outcome: Outcome, now: datetime) -> None:
        effect = self.effect
        if effect is None:  # it was refused before anything was sent: there is nothing in the ledger
            return
        assert isinstance(issue.command, Write)
        adopted = outcome.error.record_id if isinstance(outcome.error, Duplicate) else ""
        done = outcome.error is None or bool(adopted)
        effect.settled_at = now
        effect.record_id = adopted or outcome.record_id
        if done and not adopted and issue.operation is not None:
            effect.shown = shown_of(issue.operation, issue.command.values, outcome.value, effect.record_id)
            effect.record_id = effect.shown["record"][:200]
        effect.adopted = effect.adopted or bool(adopted)
        self._effect_is(EffectState.DONE if done else EffectState.REFUSED)
        if done and issue.link:
            self.rows.links.append(self._link(issue, outcome, effect.record_id))
        gone = isinstance(outcome.error, NotFound)
        if (done or gone) and issue.ends_link:
            self.rows.ended_links.append((issue.ends_link, issue.address.item))

    def _link(self, issue: Issue, outcome: Outcome, record_id: str) -> RecordLink:
        return RecordLink(
            team_id=self.run.team_id,
            workflow_id=self.run.workflow_id,
            connection_id=self.connection_id,
            mode=self.run.mode,
            record=self.run.record,
            name=issue.link,
            item=issue.address.item,
            record_id=record_id,
            data=outcome.value if isinstance(outcome.value, dict) else {},
            fingerprint=fingerprint(outcome.value),
        )

    def _effect_is(self, state: EffectState) -> None:
        effect = self.effect
        if effect is not None:
            effect.state = state
            self.rows.effects.append(effect)

    def _stand(self, go_on: Callable[[], Issue | Finish]) -> None:
        """Take the journey on. A defect of ours in it ends this run, and no other."""
        try:
            standing = go_on()
        except DatabaseTrouble:  # its version could not be read just now
            raise
        except Exception as error:
            log.exception("the journey of run %s broke in the hub itself", self.run.pk)
            stumbled = stumbled_over(error)
            standing = Finish(status=FinishStatus.FAILED, reason=stumbled.sentence, error=stumbled)
        self.issue = standing if isinstance(standing, Issue) else self.issue
        self.finish = standing if isinstance(standing, Finish) else None

    # --- letting go -----------------------------------------------------------------------------

    def _finished(self, finish: Finish, now: datetime) -> None:
        self._end(_FINISHED[finish.status], finish.reason, finish.error, now)
        self.run.answer = finish.answer

    def fail(self, error: HubError, now: datetime) -> None:
        self._end(RunState.FAILED, error.sentence, error, now)

    def wait(self, wait: Wait) -> None:
        """Let go until a time, or until a person has answered the step that is noted for them."""
        assert self.issue is not None
        address = self.issue.address
        self.rows.waits.append(StepRun(run=self.run, address=str(address), step=address.step, done=False))
        self.release(RunState.WAITING, wait.until)
        self.run.reason = wait.reason

    def _end(self, state: RunState, reason: str, error: HubError | None, now: datetime) -> None:
        if any(effect.state in OPEN for effect in self.effects.values()):
            self._leave_to_a_person(reason, error)
            return
        self.release(state, None, error)
        self.run.reason, self.run.finished_at, self.run.lane = reason, now, None

    def _leave_to_a_person(self, reason: str, error: HubError | None) -> None:
        """A run does not end over an open write: that would stand in the way of every later one for ever."""
        for effect in self.effects.values():
            if effect.state in OPEN:
                effect.state = EffectState.HELD
                self.rows.effects.append(effect)
        self.release(RunState.HELD, None, error)
        self.run.reason = (
            f"{reason} A write of it may have happened: look in the app, then say below whether it has."
        ).strip()

    def release(self, state: RunState, due_at: datetime | None, error: HubError | None = None) -> None:
        run = self.run
        run.state, run.due_at = state, due_at
        run.reason = error.sentence if error else ""
        run.error_kind = error.kind if error else ""
        run.lease_owner, run.lease_until, run.starts = "", None, max(0, run.starts - 1)  # this one ended well
        self.rows.changed = self.released = True


def stumbled_over(error: Exception) -> HubError:
    """A defect of ours as an error of one run."""
    return ContractBroken(f"The hub itself stumbled over this run ({type(error).__name__}).")


def _gap(attempts: int, after_s: float | None) -> float:
    """Seconds until the next try: what the app asked for, else full jitter under a doubling ceiling."""
    if after_s is not None:
        return after_s + random.uniform(0, 1)  # noqa: S311 - spreads load, hides nothing
    ceiling = min(BACKOFF_MAX_S, BACKOFF_S * 2 ** (attempts - 1))
    return max(0.5, random.uniform(0, ceiling))  # noqa: S311


def _as_read(command: Read | Write) -> Read:
    assert isinstance(command, Read), "a look-up only reads"
    return command


def _record_id(operation: Operation, record: Any) -> str:
    found = jmespath.search(operation.record_id, record)
    return "" if found is None else str(found)
