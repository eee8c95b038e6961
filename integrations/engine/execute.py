"""The journey of one event through one workflow, as a generator that does no I/O.

`execute` yields an Issue (a Read, Write or Wait with its address), is sent the Outcome, and yields the next.
What it does depends on its arguments and the outcomes alone, `now` included; so a run that was cut off is
resumed by feeding a new generator the outcomes that were stored, and live, dry-run and request are only
drivers of it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import jmespath

from integrations.engine import finding
from integrations.engine.errors import Conflict, Duplicate, HubError, ItemsFailed, MappingFailed, NotFound
from integrations.engine.expressions import evaluate
from integrations.engine.fingerprint import fingerprint, mark
from integrations.engine.mapping import Trace, condition, items, map_fields
from integrations.engine.spec import (
    Command,
    Connector,
    Field,
    FieldMapping,
    Finding,
    Hold,
    Invite,
    Operation,
    Outcome,
    ProofKind,
    Read,
    Situation,
    Step,
    StepKind,
    Wait,
    WorkflowSpec,
    Write,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Everything a journey begins with. `run_key` names (workflow, event, replay); marks are made from it."""

    run_key: str
    event: Mapping[str, Any]
    trigger: Mapping[str, Any]
    now: datetime
    links: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Address:
    """Where in the journey a command stands; the same in every replay of it."""

    step: str
    item: str = ""
    turn: int = 0
    nth: int = 0

    def __str__(self) -> str:
        return f"{self.step}/{self.item}/{self.turn}/{self.nth}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address again; only an item may hold slashes."""
        front, turn, nth = text.rsplit("/", 2)
        step, _, item = front.partition("/")
        return cls(step, item, int(turn), int(nth))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing the driver has to do. `operation` is None for a Wait, a Hold and an Invite.

    `goes_on`: that it cannot be done is one item's failure, and not the run's. `looks_first`: it creates what
    a look did not find; what is there all the same is told as a Duplicate.
    """

    address: Address
    command: Command
    role: str = ""
    operation: Operation | None = None
    mark: str = ""
    target: str = ""
    link: str = ""
    ends_link: str = ""
    goes_on: bool = False
    looks_first: bool = False


class StepStatus(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDER_WAY = "under way"


@dataclass(slots=True, kw_only=True)
class StepStory:
    """What became of one step (and item): its mapping traces, its value, or why not."""

    step: Step
    item: str = ""
    turn: int = 0
    status: StepStatus = StepStatus.UNDER_WAY
    traces: tuple[Trace, ...] = ()
    value: Any = None
    reason: str = ""


class FinishStatus(StrEnum):
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How the journey ended. `answer` is what a request gets; `error` is set when it failed, and an
    ItemsFailed when it went on beyond items that did."""

    status: FinishStatus
    reason: str = ""
    answer: Any = None
    error: HubError | None = None


Journey = Generator[Issue, Outcome, Finish]

# What is only known once the journey has come so far.
LATER = re.compile(r"\b(steps|taken|item)\b")

# The places, among a step's commands, of a write that looks first, its look, and the update of what turned
# out to be there although the look had not found it.
WRITE, LOOK, AFTER_ALL = 0, 1, 2
HELD = -1  # the place, among a step's commands, of the question whether to go on without a value

LONGEST_KEY = 100  # of an item, in characters: it is part of an address, and of a record link


@dataclass(slots=True)
class _State:
    """What the steps so far have brought, as mapping expressions see it.

    `failed` tells of the items that failed where the run went on; `known` are the ids of the records that a
    step which looks first has come upon, by step and key: an app's search may not show them yet.
    """

    workflow: WorkflowSpec
    start: Start
    connectors: Mapping[str, Connector]
    stories: list[StepStory]
    steps: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, bool] = field(default_factory=dict)
    turn: int = 0
    wrote: bool = False
    answer: Any = None
    failed: list[str] = field(default_factory=list)
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def context(self, item: Any = None) -> dict[str, Any]:
        return {
            "event": self.start.event,
            "trigger": self.start.trigger,
            "steps": self.steps,
            "taken": self.taken,
            "options": self.workflow.options,
            "tables": self.workflow.tables,
            "links": self.start.links,
            "item": item,
            "accounts": self.start.accounts,
            "now": self.start.now.isoformat(),
        }

    def connector(self, step: Step) -> Connector:
        return self.connectors[self.workflow.roles[step.role]]

    def tell(self, step: Step, item: str = "") -> StepStory:
        story = StepStory(step=step, item=item, turn=self.turn)
        self.stories.append(story)
        return story


class _Stop(Exception):
    """A filter or a refused approval ends the run as skipped."""


def execute(
    workflow: WorkflowSpec,
    start: Start,
    connectors: Mapping[str, Connector],
    stories: list[StepStory] | None = None,
) -> Journey:
    """The journey. `stories`, when given, is filled as it goes on: one entry a step and item.

    The times that the journey went back are counted for the whole run: a later step that meets a Conflict has
    its `again_max` less those that came before.
    """
    state = _State(workflow, start, connectors, [] if stories is None else stories)
    try:
        _foresee(state)
    except HubError as error:
        return _failed(error)
    position = 0
    while position < len(workflow.steps):
        step = workflow.steps[position]
        try:
            yield from _step(state, step)
        except _Stop as stop:
            return Finish(status=FinishStatus.SKIPPED, reason=str(stop))
        except Conflict as conflict:
            if not step.again_from or state.turn >= step.again_max:
                return _failed(conflict)
            state.turn += 1
            position = _index(workflow, step.again_from)
            continue
        except HubError as error:
            return _failed(error)
        position += 1
    if state.failed:
        told = ItemsFailed(" ".join(state.failed))
        return Finish(status=FinishStatus.SUCCEEDED, reason=told.sentence, answer=state.answer, error=told)
    if state.wrote or state.answer is not None:
        return Finish(status=FinishStatus.SUCCEEDED, answer=state.answer)
    return Finish(status=FinishStatus.SKIPPED, reason="Nothing had to be changed.")


def replay(journey: Journey, outcomes: Mapping[str, Outcome], first: Outcome | None = None) -> Issue | Finish:
    """Feed a journey the outcomes it has had (by address); the first issue without one, or its finish.

    `first`: the outcome of the issue at which the journey already stands; without it, it has yet to begin.
    """
    try:
        issue = next(journey) if first is None else journey.send(first)
        while (outcome := outcomes.get(str(issue.address))) is not None:
            issue = journey.send(outcome)
    except StopIteration as stop:
        finish: Finish = stop.value
        return finish
    return issue


def _foresee(state: _State) -> None:
    """What is known to fail before anything is done: a later step's values that no earlier step gives.

    So a certificate with an unreadable date leaves no contact behind without its appointment. What stands
    behind a filter that will not let the journey through is never done, and so cannot fail.
    """
    context = state.context()
    for number, step in enumerate(state.workflow.steps):
        if step.for_each or LATER.search(step.when):
            continue
        if not _holds(step.when, context):
            if step.kind is StepKind.FILTER:
                return
            continue
        if number == 0:  # it fails by itself before anything is done
            continue
        known = [mapping for mapping in step.mappings if not LATER.search(_expressions(mapping))]
        fields = [field for field in _fields(state, step) if field.key in {m.target for m in known}]
        mapped = map_fields(known, context, fields)
        if mapped.problems:
            story = state.tell(step)
            story.traces, story.status, story.reason = mapped.traces, StepStatus.FAILED, mapped.problems[0]
            mapped.raise_for_problems()


def _holds(when: str, context: Mapping[str, Any]) -> bool:
    try:
        return not when or condition(when, context)
    except HubError:  # told when the journey gets there
        return False


def _expressions(mapping: FieldMapping) -> str:
    return " ".join([mapping.source, *(str(dict(use.args)) for use in mapping.transforms)])


def _fields(state: _State, step: Step) -> tuple[Field, ...]:
    if step.kind is StepKind.PROCEDURE:
        return state.connector(step).procedure(step.operation).fields
    if step.kind in (StepKind.READ, StepKind.WRITE):
        return state.connector(step).operation(step.operation).fields
    return ()


def _failed(error: HubError) -> Finish:
    return Finish(status=FinishStatus.FAILED, reason=error.sentence, error=error)


def _index(workflow: WorkflowSpec, step_id: str) -> int:
    return next(i for i, step in enumerate(workflow.steps) if step.id == step_id)


def _step(state: _State, step: Step) -> Generator[Issue, Outcome, None]:
    try:
        goes = condition(step.when, state.context())
        keyed = list(_keyed(step, items(step.for_each, state.context()))) if goes and step.for_each else []
    except HubError as error:
        story = state.tell(step)
        story.status, story.reason = StepStatus.FAILED, error.sentence
        raise
    state.taken[step.id] = goes
    if not goes:
        _skip(state, step, step.reason or "Its condition did not hold.")
        if step.kind is StepKind.FILTER:
            raise _Stop(step.reason or "Its condition did not hold.")
    elif not step.for_each:
        state.steps[step.id] = yield from _once(state, step, "", None)
    else:
        if not keyed:
            _skip(state, step, "Its list was empty.")
        state.steps[step.id] = yield from _each(state, step, keyed)


def _each(state: _State, step: Step, keyed: list[tuple[str, Any]]) -> Generator[Issue, Outcome, list[Any]]:
    """A result per item. Where the step goes on, that of an item that failed says so: {"item", "failed"}."""
    results: list[Any] = []
    failed: list[HubError] = []
    for key, item in keyed:
        try:
            results.append((yield from _once(state, step, key, item)))
        except Conflict as error:
            if not step.goes_on or (step.again_from and state.turn < step.again_max):
                raise
            failed.append(error)
            results.append({"item": key, "failed": error.sentence})
        except HubError as error:
            if not step.goes_on:
                raise
            failed.append(error)
            results.append({"item": key, "failed": error.sentence})
    if failed and len(failed) == len(keyed):
        raise (
            failed[0]
            if len(failed) == 1
            else ItemsFailed(
                f"“{step.title}”: all {len(keyed)} items failed. The first: {failed[0].sentence}"
            )
        )
    if failed:
        state.failed.append(
            f"“{step.title}”: {len(failed)} of {len(keyed)} items failed, and the others are done. "
            f"The first: {failed[0].sentence}"
        )
    return results


def _skip(state: _State, step: Step, reason: str) -> None:
    story = state.tell(step)
    story.status, story.reason = StepStatus.SKIPPED, reason


def _keyed(step: Step, values: list[Any]) -> Iterator[tuple[str, Any]]:
    """Each item with a key that does not depend on its place in the list; equal items count once."""
    seen = set()
    for value in values:
        key = _key(step, value)
        if key not in seen:
            seen.add(key)
            yield key, value


def _key(step: Step, value: Any) -> str:
    """What `item_key` finds; an item without such a key, or with an overlong one, goes by its fingerprint."""
    found = evaluate(step.item_key, value) if step.item_key else None
    key = "" if found is None else str(found)
    return key if 0 < len(key) <= LONGEST_KEY else fingerprint(value)[:16]


def _once(state: _State, step: Step, item_key: str, item: Any) -> Generator[Issue, Outcome, Any]:
    story = state.tell(step, item_key)
    try:
        story.value = yield from _WORK[step.kind](state, step, story, item)
    except HubError as error:
        story.status, story.reason = StepStatus.FAILED, error.sentence
        raise
    except _Stop as stop:
        story.status, story.reason = StepStatus.SKIPPED, str(stop)
        raise
    story.status = StepStatus.DONE
    return story.value


def _map(
    state: _State, step: Step, story: StepStory, item: Any, fields: tuple[Field, ...]
) -> Generator[Issue, Outcome, dict[str, Any]]:
    """The values; where a transform holds what it does not know, a person is asked before it goes without."""
    mapped = map_fields(step.mappings, state.context(item), [f for f in fields if not f.fills])
    story.traces = mapped.traces
    mapped.raise_for_problems()
    held = [hop.note for trace in mapped.traces for hop in trace.hops if hop.holds]
    if held:
        address = Address(step.id, story.item, story.turn, HELD)
        outcome = yield Issue(address=address, command=Wait(f"{' '.join(held)} Go on without?"))
        if outcome.value is not True:
            raise _Stop("A person decided against it.")
    return mapped.values


def _call(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    operation = state.connector(step).operation(step.operation)
    values = yield from _map(state, step, story, item, operation.fields)
    if step.finds is not None:
        return (yield from _found_or_made(state, step, step.finds, story, values))
    command = Write(operation.key, values) if step.kind is StepKind.WRITE else Read(operation.key, values)
    outcome = yield from _ask(state, step, story, command, 0)
    return outcome.value


def _found_or_made(
    state: _State, step: Step, finds: Finding, story: StepStory, values: dict[str, Any]
) -> Generator[Issue, Outcome, dict[str, Any]]:
    """What came of a step that looks first: {"id", "what": created, updated or left as it was, "record"}."""
    key = finding.key_of(finds, values, step.title)
    create = state.connector(step).operation(step.operation)
    record_id, record = state.known.get((step.id, key), ""), None
    if not record_id:
        looked = yield from _ask(state, step, story, finding.question(finds, values), LOOK)
        rows = finding.matching(finds, looked.value, key, step.title)
        record = finding.the_one(finds, rows, step.title, state.connector(step).title)
        record_id = finding.id_of(finds, record) if record else ""
    nth = WRITE
    if not record_id:
        proven = finding.proven(finds, create)
        address = Address(step.id, story.item, story.turn, WRITE)
        issue = _issue(state, step, Write(create.key, values), proven, address)
        outcome = yield replace(issue, looks_first=True)
        if not (isinstance(outcome.error, Duplicate) and outcome.error.record_id):
            made = _taken(state, step, issue.command, outcome)
            record_id = made.record_id or finding.id_of(finds, made.value or {})
            state.known[step.id, key] = record_id
            return {"id": record_id, "what": finding.CREATED, "record": made.value}
        record_id, record, nth = outcome.error.record_id, outcome.value, AFTER_ALL
    state.known[step.id, key] = record_id
    if not finds.update:
        return {"id": record_id, "what": finding.LEFT, "record": record}
    update = state.connector(step).operation(finds.update)
    command = Write(update.key, finding.changed(finds, create, update, values, record_id))
    changed = yield from _ask(state, step, story, command, nth)
    return {"id": record_id, "what": finding.UPDATED, "record": changed.value}


def _procedure(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    procedure = state.connector(step).procedure(step.operation)
    values = yield from _map(state, step, story, item, procedure.fields)
    settings = state.start.accounts.get(step.role, {})
    script = procedure.run(values, Situation(now=state.start.now, settings=settings))
    nth = 0
    try:
        command = next(script)
        while True:
            try:
                outcome = yield from _ask(state, step, story, command, nth)
            except HubError as error:
                command = script.throw(error)
            else:
                command = script.send(outcome)
            nth += 1
    except StopIteration as stop:
        return stop.value


def _ask(
    state: _State, step: Step, story: StepStory, command: Read | Write | Hold | Invite, nth: int
) -> Generator[Issue, Outcome, Outcome]:
    address = Address(step.id, story.item, story.turn, nth)
    if isinstance(command, Hold | Invite):
        given = yield Issue(address=address, command=command, role=step.role)
        if given.error is not None:
            raise given.error
        return given
    operation = state.connector(step).operation(command.operation)
    outcome = yield _issue(state, step, command, operation, address)
    return _taken(state, step, command, outcome)


def _taken(state: _State, step: Step, command: Command, outcome: Outcome) -> Outcome:
    """The outcome as the journey goes on with it. Raises the error that it ended in."""
    if isinstance(command, Write):
        if isinstance(outcome.error, Duplicate) and outcome.error.record_id:  # it is there already: adopt it
            outcome = Outcome({"id": outcome.error.record_id}, outcome.error.record_id)
        state.wrote = state.wrote or outcome.error is None
        if isinstance(outcome.error, NotFound) and step.ends_link:  # it is gone, so it has ended
            return Outcome()
    if outcome.error is not None:
        raise outcome.error
    return outcome


def _issue(state: _State, step: Step, command: Read | Write, operation: Operation, address: Address) -> Issue:
    if isinstance(command, Read):
        return Issue(
            address=address, command=command, role=step.role, operation=operation, goes_on=step.goes_on
        )
    proof = operation.proof
    our_mark = mark(state.start.run_key, str(address))
    values = dict(command.values)
    if proof and proof.kind is ProofKind.MARKED:
        values |= _marked(values, proof.mark_field, our_mark)
    target = jmespath.search(proof.target, values) if proof and proof.target else None
    return Issue(
        address=address,
        command=Write(command.operation, values),
        role=step.role,
        operation=operation,
        mark=our_mark,
        target=f"{operation.realm}:{target}" if target else our_mark,
        link=step.link,
        ends_link=step.ends_link,
        goes_on=step.goes_on,
    )


def _marked(values: Mapping[str, Any], mark_field: str, our_mark: str) -> dict[str, Any]:
    """The field with our mark: a line more in a text, or a member of its own in an object."""
    key, _, member = mark_field.partition(".")
    if member:
        return {key: {**(values.get(key) or {}), member: our_mark}}
    return {key: f"{values.get(key) or ''}\n\n{our_mark}".strip()}


def _pass(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    return True  # a filter's work is its `when`
    yield  # a generator like its siblings, that asks for nothing


def _approve(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    outcome = yield Issue(
        address=Address(step.id, story.item, story.turn), command=Wait(step.reason or step.title)
    )
    if outcome.value is not True:
        raise _Stop("A person decided against it.")
    return True


def _wait(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    values = yield from _map(state, step, story, item, ())
    try:
        until = (
            datetime.fromisoformat(values["until"])
            if "until" in values
            else state.start.now + timedelta(minutes=float(values["minutes"]))
        )
    except (KeyError, ValueError, TypeError, OverflowError):
        raise MappingFailed(
            f"“{step.title}” needs either “until” (a time with offset) or “minutes” (a number)."
        ) from None
    if until.tzinfo is None:
        raise MappingFailed(f"“{step.title}” needs “until” with an offset, such as 2026-11-20T10:00+01:00.")
    yield Issue(
        address=Address(step.id, story.item, story.turn),
        command=Wait(step.reason or step.title, until),
    )
    return until.isoformat()


def _answer(state: _State, step: Step, story: StepStory, item: Any) -> Generator[Issue, Outcome, Any]:
    answer = yield from _map(state, step, story, item, ())
    # Elsewhere what is empty is not sent; somebody who asks for a list is told that it is empty.
    empty: dict[str, Any] = {
        trace.target: [] for trace in story.traces if trace.value == [] and "." not in trace.target
    }
    state.answer = {**empty, **answer}
    return state.answer


_WORK = {
    StepKind.READ: _call,
    StepKind.WRITE: _call,
    StepKind.PROCEDURE: _procedure,
    StepKind.FILTER: _pass,
    StepKind.APPROVE: _approve,
    StepKind.WAIT: _wait,
    StepKind.ANSWER: _answer,
}
