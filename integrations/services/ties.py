"""What our own books say of linked records: where they lead, what was last written there and how the app
showed it, and what the workflow would write today.

Today's values are the record's own journeys over again: fed the outcomes they had, with the source's record
as it is now. Nothing is asked and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations import catalog
from integrations.engine.differences import written_fields
from integrations.engine.errors import HubError
from integrations.engine.execute import Address, Finish, Issue, Journey
from integrations.engine.spec import JsonObject, Operation, Outcome, Write
from integrations.models import (
    Connection,
    Effect,
    EffectState,
    EventSource,
    RecordLink,
    Run,
    RunMode,
    RunState,
    StepRun,
    Workflow,
)
from integrations.services.journeys import journey_of, spec_of, stored_outcomes

Name = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Tie:
    """One linked record. `values` are the last call's, `made` those of the write that would make it today."""

    name: str
    item: str
    record_id: str
    connection: Connection
    role: str
    operation: Operation
    step: str
    link: RecordLink | None
    values: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] | None = None
    effect: Effect | None = None


@dataclass(slots=True)
class Book:
    """All that is on record of one source record, its runs oldest first."""

    record: str
    runs: list[Run] = field(default_factory=list)
    steps: dict[int, list[StepRun]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    links: list[RecordLink] = field(default_factory=list)
    ties: dict[Name, Tie] = field(default_factory=dict)

    @property
    def last(self) -> Run | None:
        return self.runs[-1] if self.runs else None

    @property
    def told(self) -> list[Run]:
        """The runs that the source's own events started and that came to a good end."""
        return [
            run
            for run in self.runs
            if run.state == RunState.SUCCEEDED and run.event.source != EventSource.RECONCILE
        ]


def books(workflow: Workflow, records: Sequence[str]) -> dict[str, Book]:
    """By record; with ties to what it is linked to now, and to what it should be but is not."""
    found = {record: Book(record) for record in records}
    runs = Run.objects.filter(workflow=workflow, mode=RunMode.LIVE, record__in=records)
    for run in runs.select_related("event", "version").order_by("pk"):
        found[run.record].runs.append(run)
    by_run = {run.pk: found[run.record] for run in runs}
    for step in StepRun.objects.filter(run__in=by_run):
        by_run[step.run_id].steps.setdefault(step.run_id, []).append(step)
    done = Effect.objects.filter(run__in=by_run, state=EffectState.DONE).exclude(record_id="")
    for effect in done.select_related("connection").order_by("settled_at", "pk"):
        assert effect.run_id is not None
        by_run[effect.run_id].effects.append(effect)
    for link in RecordLink.objects.filter(workflow=workflow, mode=RunMode.LIVE, record__in=records):
        found[link.record].links.append(link)
    for book in found.values():
        _tie(book)
    _agree([tie for book in found.values() for tie in book.ties.values()])
    return found


def recall(book: Book, row: JsonObject | None) -> None:
    """Fill in what the workflow would write today, from `row` (None: from what each event told then).

    Raises MappingFailed and its like where today's record would make it fail.
    """
    for run in book.told:
        payload = row if row is not None else run.event.payload
        if run.begun_with is None or not payload or run.pk not in book.steps:
            continue
        stored = {effect.address: effect for effect in book.effects if effect.run_id == run.pk}
        run.event.payload = dict(payload)
        for issue in _writes(journey_of(run), stored_outcomes(book.steps[run.pk])):
            tie = _tie_of(book, issue, stored.get(str(issue.address)))
            if tie is None or issue.operation is None or not isinstance(issue.command, Write):
                continue
            tie.left |= written_fields(issue.operation, issue.command.values)
            if issue.link:
                tie.made, tie.step = issue.command.values, issue.address.step


def _writes(journey: Journey, outcomes: Mapping[str, Outcome]) -> Iterable[Issue]:
    """The writes of a journey as far as its stored outcomes carry it."""
    try:
        issue = next(journey)
        while (outcome := outcomes.get(str(issue.address))) is not None:
            if isinstance(issue.command, Write):
                yield issue
            issue = journey.send(outcome)
    except StopIteration as stop:
        finish: Finish = stop.value
        if isinstance(finish.error, HubError):
            raise finish.error from None


def _tie(book: Book) -> None:
    """A tie to each record that a link leads to, or that a link should lead to and there is none."""
    links = {(link.name, link.item): link for link in book.links}
    runs = {run.pk: run for run in book.runs}
    for effect in book.effects:
        assert effect.run_id is not None
        run = runs[effect.run_id]
        address = Address.parse(effect.address)
        spec = spec_of(run)
        step = spec.step(address.step)
        operation = catalog.connector(spec.roles[step.role]).operations.get(effect.operation)
        name = _name_of(book, step.link, address.item, effect.record_id)
        if operation is None or name is None:
            continue
        link = links.get(name)
        if link is not None and (link.ended_at or link.record_id != effect.record_id):
            continue
        tie = book.ties.get(name)
        if tie is None or tie.record_id != effect.record_id:
            tie = book.ties[name] = Tie(
                name=name[0], item=name[1], record_id=effect.record_id, connection=effect.connection,
                role=step.role, operation=operation, step=step.id, link=link, effect=effect,
            )  # fmt: skip
        said = next((s for s in book.steps.get(run.pk, ()) if s.address == effect.address), None)
        if said is not None:
            tie.values |= said.values
            tie.written |= written_fields(operation, said.values)


def _name_of(book: Book, link: str, item: str, record_id: str) -> Name | None:
    """The link that a write made; one that made none is of the link that leads where it went."""
    if link:
        return link, item
    return next(((row.name, row.item) for row in book.links if row.record_id == record_id), None)


def _tie_of(book: Book, issue: Issue, effect: Effect | None) -> Tie | None:
    if issue.link:
        return book.ties.get((issue.link, issue.address.item))
    record_id = effect.record_id if effect else ""
    return next((tie for tie in book.ties.values() if tie.record_id == record_id), None)


def _agree(ties: Sequence[Tie]) -> None:
    """How the app showed what was written last, by whichever of our workflows; and what was kept since."""
    by_place: dict[tuple[int, str], list[Tie]] = defaultdict(list)
    for tie in ties:
        by_place[tie.connection.pk, tie.record_id].append(tie)
    shown: dict[tuple[int, str], dict[str, tuple[Any, datetime]]] = defaultdict(dict)
    rows = Effect.objects.filter(
        connection__in={pk for pk, _ in by_place},
        record_id__in={record for _, record in by_place},
        state=EffectState.DONE,
    ).order_by("settled_at", "pk")
    for effect in rows:
        fields = (effect.shown or {}).get("fields") or {}
        shown[effect.connection_id, effect.record_id] |= {
            k: (v, effect.settled_at) for k, v in fields.items()
        }
    for place, here in by_place.items():
        for tie in here:
            tie.agreed = {key: value for key, (value, _) in shown[place].items()}
            for key, kept in (tie.link.kept if tie.link else {}).items():
                written_at = shown[place].get(key, (None, None))[1]
                if written_at is None or datetime.fromisoformat(kept["at"]) > written_at:
                    tie.agreed[key], tie.written[key] = kept["right"], kept["left"]
