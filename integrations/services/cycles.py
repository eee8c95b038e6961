"""Workflows that feed each other: what one writes is what the other listens to, and back, in the same fields.

Found before anything runs, from what the team's live workflows say. Each field that a workflow writes from a
field of its event is a line from the one to the other; a way along such lines that leads back to where it
began is a value that goes round. It may, where somebody has said who owns one of the fields on the way;
without that, two changes at once would chase each other, so whoever deploys is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from integrations import catalog
from integrations.engine.errors import HubError
from integrations.engine.free_calls import is_free, operation_of
from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import TRIGGERS
from integrations.engine.spec import Connector, Kind, Operation, Procedure, Step, WorkflowSpec
from integrations.models import Connection, Workflow, WorkflowState
from integrations.services import drafts

READ = re.compile(r"\bevent\.(?P<path>[\w.\"-]+)(?:\[\?\w+==?\s*'(?P<own>[^']+)')?")
OWNS = ("left", "right", "newest")


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of one kind of record in one account."""

    connection: int
    kind: str
    field: str


@dataclass(frozen=True, slots=True)
class Line:
    """One workflow fills a field (`to`, called `target`) from a field of its event."""

    workflow: Workflow
    spot: Spot
    to: Spot
    target: str


def problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    """The ways on which what this draft writes comes back to it over other workflows, in sentences."""
    bindings = {role: connection.pk for role, connection in drafts.bound(workflow).items()}
    mine = list(_lines(workflow, spec, bindings))
    others = [line for other in _live(workflow) for line in _read(other)]
    rounds: dict[frozenset[tuple[int, str]], list[Line]] = {}
    for line in mine:
        if way := _back(line, [*mine, *others]):
            rounds.setdefault(frozenset((one.workflow.pk, one.target) for one in way), way)
    return [_sentence(way) for way in rounds.values()]


def _live(workflow: Workflow) -> Iterable[Workflow]:
    rows = Workflow.objects.of(workflow.team).filter(state=WorkflowState.LIVE, live__isnull=False)
    return rows.exclude(pk=workflow.pk).select_related("live")


def _read(workflow: Workflow) -> list[Line]:
    """What a live workflow does; of one that this hub cannot read any more nothing is known."""
    assert workflow.live is not None
    try:
        return list(_lines(workflow, thaw(workflow.live.spec), workflow.live.bindings))
    except HubError:
        return []


def _back(start: Line, lines: list[Line]) -> list[Line]:
    """The shortest way from where this line leads to where it begins, over another workflow; [] for none."""
    ways = [[start]]
    passed = {start.to}
    for way in ways:
        for line in lines:
            if line.spot != way[-1].to:
                continue
            if line.to == start.spot and line.workflow.pk != start.workflow.pk:
                return [*way, line]
            if line.to not in passed:
                passed.add(line.to)
                ways.append([*way, line])
    return []


def _sentence(way: list[Line]) -> str:
    rows = Connection.objects.filter(pk__in=[line.to.connection for line in way])
    names = dict(rows.values_list("pk", "name"))
    told = [
        f"“{line.workflow.name}” writes `{line.target}` of {names.get(line.to.connection, 'an account')}"
        for line in way
    ]
    return (
        f"What it writes comes back to it: {', from which '.join(told)}, which the first one listens to. "
        "Say who owns one of these fields, or take one of the mappings out."
    )


# --- what a workflow fills from what --------------------------------------------------------------


def _lines(workflow: Workflow, spec: WorkflowSpec, bindings: Mapping[str, int]) -> Iterator[Line]:
    """Every field of its event that a workflow writes into another, where nobody owns that one."""
    source = bindings.get(spec.trigger_role)
    for step in spec.steps:
        connection = bindings.get(step.role)
        if source is None or connection is None:
            continue
        kinds = _kinds_written(step, spec)
        for mapping in step.mappings if kinds else ():
            if not _owned(workflow, step, mapping.target):
                for spot in _heard(mapping.source, source, _kinds_heard(spec)):
                    for kind in kinds:
                        yield Line(workflow, spot, _target(connection, kind, mapping.target), mapping.target)


def _heard(expression: str, source: int, kinds: set[str]) -> Iterator[Spot]:
    """The fields of the event that an expression reads."""
    for path, own in READ.findall(expression):
        *outer, last = [_plain(word) for word in path.split(".")]
        for kind in kinds | {_stem(word) for word in outer}:
            yield Spot(source, kind, _plain(own) or last)


def _target(connection: int, kind: str, target: str) -> Spot:
    return Spot(connection, kind, _plain(target.rpartition(".")[2]))


def _kinds_heard(spec: WorkflowSpec) -> set[str]:
    """What kind of record the trigger tells of: by its name, and by the read that shows one. What the hub
    itself begins (by hand, on a schedule) tells of no app's record."""
    if spec.trigger in TRIGGERS:
        return set()
    trigger = catalog.connector(spec.roles[spec.trigger_role]).trigger(spec.trigger)
    shows = [key for key in (trigger.reread, *trigger.operations) if key.endswith(".get")]
    return {_stem(word) for word in re.split(r"[._]", trigger.key)} | {_kind(key) for key in shows}


def _kinds_written(step: Step, spec: WorkflowSpec) -> set[str]:
    work = drafts.work_of(step, spec)
    if isinstance(work, Procedure):
        connector = catalog.connector(spec.roles[step.role])
        return {_kind(op.key) for op in _operations(connector, work) if _fills(op)} if work.writes else set()
    return {_kind(work.key)} if work is not None and _fills(work) else set()


def _operations(connector: Connector, work: Procedure) -> list[Operation]:
    return [connector.operation(key) for key in work.operations]


def _fills(operation: Operation) -> bool:
    """What goes to an address of the operator's own (`queued`) is in no app that is listened to."""
    return operation.kind in (Kind.CREATE, Kind.UPDATE) and not operation.queued


def _owned(workflow: Workflow, step: Step, target: str) -> bool:
    """Whether somebody has said who wins where this field differs; "ask" leaves it open."""
    return any(workflow.owners.get(key) in OWNS for key in (f"{step.link}.{target}", f"{step.link}.*", "*"))


def _kind(key: str) -> str:
    if is_free(key):  # by the last part of its path that is a name: POST /v1/contacts/{id}
        parts = [part for part in operation_of(key).path.split("/") if part and not part.startswith("{")]
        return _stem(parts[-1]) if parts else ""
    return _stem(key.partition(".")[0].rpartition("_")[2])


def _stem(word: str) -> str:
    """One of several: contacts -> contact, opportunities -> opportunity."""
    word = _plain(word)
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
