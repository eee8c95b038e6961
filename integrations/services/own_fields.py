"""The account's own fields where a mapping reads them: in the event, and in what a step gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.engine.keyed import lists_of, picked_in, source_of
from integrations.engine.schema import joined
from integrations.engine.spec import Field, FieldMapping, Operation, Trigger, WorkflowSpec
from integrations.models import Connection
from integrations.services import picklists
from integrations.services.accounts import connector_of
from integrations.services.drafts import work_of
from integrations.services.samples import trigger_of


@dataclass(frozen=True, slots=True)
class Place:
    """A list of the account's own fields in a run's context: its path, the list, and whose account."""

    path: str
    field: Field
    connection: Connection

    @property
    def rows(self) -> list[picklists.Pick]:
        """The account's own fields as last read; none where nobody has."""
        return picklists.last_known(self.connection, self.field.reference)

    def source(self, picked: str) -> str:
        assert self.field.keyed is not None
        return source_of(self.path, self.field.keyed, picked)


def places(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> list[Place]:
    """Every list of own fields that the workflow comes by."""
    found: list[Place] = []
    source = connections.get(spec.trigger_role)
    if source is not None:
        found += _places("event", _of_trigger(trigger_of(spec), source), source)
    for step in spec.steps:
        connection, work = connections.get(step.role), work_of(step, spec)
        if connection is not None and isinstance(work, Operation):
            path = joined("steps", step.id)
            found += _places(f"{path}[0]" if step.for_each else path, work.answer, connection)
    return found


def offers(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> list[tuple[str, str]]:
    """(source expression, what it is) for each field of the accounts' own that a mapping may take."""
    return [
        (place.source(row.id), f"{row.label}, a field of {place.connection.name} ({row.type.value})")
        for place in places(spec, connections)
        for row in place.rows
    ]


def lost(mapping: FieldMapping, places: Sequence[Place]) -> str:
    """What a source asks the account for that it has no more, in words; "" where all is there."""
    for place in places:
        known = {row.id for row in place.rows}
        for picked in picked_in(mapping.source, place.field):
            if known and picked not in known and place.source(picked).split("[?")[0] in mapping.source:
                return f"the field “{picked}”, which {place.connection.name} does not have (any more)."
    return ""


def lists_asked_for(
    spec: WorkflowSpec, connections: Mapping[str, Connection]
) -> Iterator[tuple[Connection, Sequence[Field]]]:
    """The lists that this workflow fills or reads, for `picklists.look`."""
    for place in places(spec, connections):
        yield place.connection, [place.field]
    for step in spec.steps:
        connection, work = connections.get(step.role), work_of(step, spec)
        if connection is not None and work is not None:
            yield connection, work.fields


def look(spec: WorkflowSpec, connections: Mapping[str, Connection]) -> list[str]:
    """Read the own fields of every account that the workflow touches; what could not be read, in words."""
    told = [
        sentence
        for connection, fields in lists_asked_for(spec, connections)
        for sentence in picklists.look(connection, fields)
    ]
    return list(dict.fromkeys(told))


def _places(path: str, fields: Sequence[Field], connection: Connection) -> Iterator[Place]:
    for field, _ in lists_of(fields):
        if field.reference:
            yield Place(joined(path, field.key), field, connection)


def _of_trigger(trigger: Trigger, connection: Connection) -> list[Field]:
    """What the event declares, and what the calls behind the trigger declare of a list that it only names."""
    declared = list(trigger.answer)
    connector = connector_of(connection)
    keys = [key for key in (trigger.reread, *trigger.operations) if key in connector.operations]
    behind = [field for key in keys for field, _ in lists_of(connector.operation(key).answer)]
    known = {field.key for field, _ in lists_of(declared)}
    named = {field.key for field in declared} | {key for row in trigger.sample.values() for key in row}
    more = {field.key: field for field in behind if field.key in named - known}
    return [*declared, *more.values()]
