"""One claimed run in a drain's hands, and what a returned call means for it. No database here."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jmespath

from integrations.engine.echoes import shown_of
from integrations.engine.errors import (
    ContractBroken,
    Duplicate,
    HubError,
    NotFound,
    OutcomeUnknown,
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
from integrations.models import OPEN, Effect, EffectState, RecordLink, Run, RunState, StepRun
from integrations.services.rows import RunRows, step_row

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
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
    """The look-up of a write whose outcome is unknown: its script, and the read it asks for next."""

    script: Script
    read: Read


@dataclass(slots=True)
class Active:
    """A run under way. `issue` is what its journey asks for next; `out` says that its call is with a thread.

    `had` are the outcomes stored before this worker took it, by address. `released`: it has left the drain's
    hands, because it is finished, waiting, parked or held.
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
        self.run.attempts += not throttled
        if self.run.attempts >= MAX_ATTEMPTS and not self.look:
            self._end(
                RunState.FAILED,
                f"Gave up after {MAX_ATTEMPTS} tries. The last one: {error.sentence}",
                error,
                now,
            )
            return
        state = RunState.WAITING if throttled else RunState.QUEUED
        self.release(state, now + timedelta(seconds=_gap(self.run.attempts, error.after_s)), error)

    def unknown(self, error: OutcomeUnknown, landing_by: datetime | None) -> None:
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
        self._effect_is(EffectState.UNKNOWN)
        self.release(RunState.WAITING, self.look_from(), error)

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
        self.run.parked_on_id = connection_id

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
            values=self.issue.command.values, mark=self.issue.mark, claimed_at=self.effect.claimed_at
        )
        script = proof.look_up(attempt)
        self._look(script, lambda: next(script), now)

    def _look_goes_on(self, outcome: Outcome, now: datetime) -> None:
        assert self.look is not None
        script = self.look.script
        error = outcome.error
        self._look(script, lambda: script.throw(error) if error else script.send(outcome), now)

    def _look(self, script: Script, go_on: Callable[[], Read | Write], now: datetime) -> None:
        try:
            self.look = Look(script, _as_read(go_on()))
        except StopIteration as stop:
            self._found(stop.value, now)
        except HubError as error:  # the look-up itself was refused: no knowledge, no repeat
            self.look = None
            self._effect_is(EffectState.UNKNOWN)
            self.release(RunState.WAITING, now + timedelta(seconds=LOOK_AGAIN_S), error)
        except Exception:
            log.exception("the look-up of run %s broke in the hub itself", self.run.pk)
            self.look = None
            self.hold(OutcomeUnknown("The hub itself stumbled while looking this write up."))

    def _found(self, record: Any, now: datetime) -> None:
        assert self.issue is not None and self.issue.operation is not None and self.effect is not None
        self.look, self.looked = None, True
        if record is None:
            return  # it did not happen: the write is sent (again) with the same key
        self.effect.adopted = True
        self._settle(Outcome(record, _record_id(self.issue.operation, record)), "", now)

    # --- settling -------------------------------------------------------------------------------

    def _settle(self, outcome: Outcome, request_hash: str, now: datetime) -> None:
        assert self.issue is not None and not isinstance(self.issue.command, Wait)
        issue = self.issue
        self.rows.steps.append(step_row(self.run, issue, outcome, request_hash))
        if isinstance(issue.command, Write):
            self._settle_write(issue, outcome, now)
        self.looked, self.run.attempts = False, 0
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
        run.lease_owner, run.lease_until, run.starts = "", None, 0
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
