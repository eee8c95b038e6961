"""A journey with a destination that only remembers: reads are made, writes are told and not made.

For each write the record it is aimed at is read where the app shows it, so that the plan says what would be
different, and an upsert of a record that is there is told as the update it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jmespath

from integrations import catalog
from integrations.engine.counterparts import Change, changes, look_before
from integrations.engine.errors import HubError, NotFound
from integrations.engine.execute import Finish, FinishStatus, Issue, Start, StepStory, execute
from integrations.engine.plan import MADE
from integrations.engine.quota import Lane
from integrations.engine.request import no_writes
from integrations.engine.schema import PLAIN
from integrations.engine.spec import (
    Hold,
    Invite,
    Kind,
    Operation,
    Outcome,
    Place,
    Read,
    Script,
    Wait,
    WorkflowSpec,
    Write,
)
from integrations.engine.spreading import spread
from integrations.models import Connection
from integrations.services import direct, holds, slot_links

GONE = "There is no such record (any more)."


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A write that a run would make.

    `kind` is what it comes to (an upsert of what is there updates it), `changes` each field now and then,
    `before` the record as it is (None: not there, or not to be read), `note` what could not be found out,
    `address` where in the journey it stands, `record` the id of what it is aimed at.
    """

    step: str
    item: str
    title: str
    operation: str
    kind: str
    app: str
    values: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    before: Mapping[str, Any] | None = None
    note: str = ""
    address: str = ""
    record: str = ""


@dataclass(slots=True)
class Plan:
    """What a run of this event would do. `barred` says why a run would not get beyond its first write.

    `spec` and `start` are what it was made of; `had` the journey's own reads, as they were answered. What was
    asked of a record that does not exist yet is not among them.
    """

    spec: WorkflowSpec
    start: Start

    writes: list[PlannedWrite] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    reads: int = 0
    made: set[str] = field(default_factory=set)
    stories: list[StepStory] = field(default_factory=list)
    finish: Finish | None = None
    barred: str = ""
    had: list[tuple[Issue, Outcome]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.barred and self.finish is not None and self.finish.status is not FinishStatus.FAILED


def rehearse(
    spec: WorkflowSpec, connections: Mapping[str, Connection], start: Start, purpose: str = "dry run"
) -> Plan:
    """Raises the error of the tree that a read of the journey's own ended in."""
    rehearsal = _Rehearsal(spec, connections, purpose, Plan(spec, start))
    journey = execute(spec, start, catalog.CONNECTORS, rehearsal.plan.stories)
    try:
        issue = next(journey)
        while True:
            issue = journey.send(rehearsal.outcome(issue))
    except StopIteration as stop:
        rehearsal.plan.finish = stop.value
    return rehearsal.plan


@dataclass(slots=True)
class _Rehearsal:
    spec: WorkflowSpec
    connections: Mapping[str, Connection]
    purpose: str
    plan: Plan

    def outcome(self, issue: Issue) -> Outcome:
        command = issue.command
        if isinstance(command, Wait):
            self.plan.waits.append(command.reason)
            return Outcome(True)
        if isinstance(command, Hold):  # what would be kept; nothing is
            found = holds.free(self.connections[issue.role].pk, command, datetime.now(UTC))
            return Outcome(found[: command.wanted] if command.wanted else found)
        if isinstance(command, Invite):
            return slot_links.invite(self.connections[issue.role].team_id, command)
        assert issue.operation is not None
        if isinstance(command, Write):
            return self._remember(issue, issue.operation, command)
        if self._of_the_future(command.values):
            return Outcome(jmespath.search(issue.operation.result, issue.operation.sample))
        outcome = self._read(issue.role, command)
        self.plan.had.append((issue, outcome))
        return outcome

    def _read(self, role: str, command: Read) -> Outcome:
        self.plan.reads += 1
        return direct.read(
            self.connections[role], command.operation, command.values, purpose=self.purpose, lane=Lane.REQUEST
        )

    def _of_the_future(self, values: Mapping[str, Any]) -> bool:
        """Whether these values name something that this run would only make."""
        text = json.dumps(dict(values), default=str)
        return any(made in text for made in self.plan.made)

    # --- writes -------------------------------------------------------------------------------------

    def _remember(self, issue: Issue, operation: Operation, command: Write) -> Outcome:
        before, note = self._before(issue.role, operation, command)
        connection = self.connections[issue.role]
        if connection.read_only:
            note = no_writes(operation.title, connection.name, operation.kind)
            self.plan.barred = self.plan.barred or note
        makes = operation.kind is Kind.CREATE and before is None
        told = Kind.UPDATE if operation.kind is Kind.CREATE and before is not None else operation.kind
        self.plan.writes.append(
            PlannedWrite(
                step=issue.address.step,
                item=issue.address.item,
                title=operation.title,
                operation=command.operation,
                kind=told.value,
                app=self.spec.roles[issue.role],
                values=dict(command.values),
                changes=changes(operation, command.values, before) if before is not None else (),
                before=before,
                note=note,
                address=str(issue.address),
                record=_named(operation, command, before),
            )
        )
        sample = jmespath.search(operation.result, operation.sample)
        written = spread(operation, command.values)
        value = {**(sample if isinstance(sample, dict) else {}), **(before or {}), **written}
        return self._made(operation, value) if makes else Outcome(value, _id(operation, before))

    def _made(self, operation: Operation, value: dict[str, Any]) -> Outcome:
        new = MADE.format(len(self.plan.made) + 1)
        self.plan.made.add(new)
        key = operation.record_id if PLAIN.fullmatch(operation.record_id) else "id"
        return Outcome({**value, key: new}, new)

    def _before(
        self, role: str, operation: Operation, command: Write
    ) -> tuple[Mapping[str, Any] | None, str]:
        """The record as it is, and what is to be said where it is not to be had."""
        if self._of_the_future(command.values):
            return None, ""
        look = look_before(catalog.connector(self.spec.roles[role]), operation, command.values)
        if look is None:
            return None, ""
        try:
            record = self._run(role, look)
        except NotFound:
            return None, GONE
        except HubError as error:
            return None, f"What it is now could not be read: {error.sentence}"
        return record, GONE if record is None and operation.kind is not Kind.CREATE else ""

    def _run(self, role: str, script: Script) -> Mapping[str, Any] | None:
        """A script of reads, to its end."""
        try:
            command = next(script)
            while True:
                assert isinstance(command, Read), "what only looks does not write"
                command = script.send(self._read(role, command))
        except StopIteration as stop:
            return stop.value if isinstance(stop.value, Mapping) else None


def _named(operation: Operation, command: Write, before: Mapping[str, Any] | None) -> str:
    """The record it is aimed at, as the app names it; "" for one that is still to be made."""
    in_path = [
        command.values[f.key] for f in operation.fields if f.place is Place.PATH and f.key in command.values
    ]
    return _id(operation, before) or (str(in_path[-1]) if in_path else "")


def _id(operation: Operation, record: Mapping[str, Any] | None) -> str:
    found = jmespath.search(operation.record_id, record) if record and operation.record_id else None
    return "" if found is None else str(found)
