"""What somebody wants called, read and checked: the operation, its values, and what guides call them.

A wrong name is answered with the right ones. A guide's words are answered with what they mean here, and taken
as that where the caller says so (`convert`).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.engine.convert import Converted, chained, renamed
from integrations.engine.endpoints import operation_named
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.fitting import field_named, lies_in, lies_in_free, needed
from integrations.engine.free_calls import is_free
from integrations.engine.guides import Advice, advice, chain_of
from integrations.engine.keyed import picked_by
from integrations.engine.schema import joined
from integrations.engine.spec import (
    Chain,
    Connector,
    Field,
    FieldMapping,
    Kind,
    Operation,
    Procedure,
    Step,
    StepKind,
)
from integrations.engine.typed import checked, guessed, read
from integrations.models import Connection
from integrations.services import picklists
from integrations.services.accounts import connector_of

CALL = "call"


class GuideWords(WrongUse):
    """What was given is a guide's wording; it can be taken as what it means here."""

    def __init__(self, sentence: str, chain: Chain | None = None) -> None:
        super().__init__(sentence)
        self.chain = chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One call that is ready to be made: its step (or those put in its place), and the values given.

    `told` is what a person should know of how a guide's words were taken.
    """

    connection: Connection
    key: str
    title: str
    steps: tuple[Step, ...]
    values: Mapping[str, Any]
    told: tuple[str, ...] = ()

    @property
    def operation(self) -> Operation | None:
        """The operation, where it is one call."""
        step = self.steps[0]
        if len(self.steps) > 1 or step.for_each or step.kind is StepKind.PROCEDURE:
            return None
        return connector_of(self.connection).operation(step.operation)

    @property
    def operations(self) -> list[Operation]:
        """Every operation that it may come to."""
        return operations_of(connector_of(self.connection), self.steps)

    @property
    def writes(self) -> bool:
        return any(operation.kind is not Kind.READ for operation in self.operations)


def operations_of(connector: Connector, steps: Sequence[Step]) -> list[Operation]:
    """Every operation that these steps may come to."""
    keys: list[str] = []
    for step in steps:
        if step.kind is StepKind.PROCEDURE:
            keys += connector.procedure(step.operation).operations
        elif step.operation:
            keys.append(step.operation)
    return [connector.operation(key) for key in dict.fromkeys(keys)]


def work_named(connector: Connector, name: str) -> Operation | Procedure:
    """The operation or procedure of that name, or the operation that a guide's line means."""
    if name in connector.procedures:
        return connector.procedures[name]
    return operation_named(connector, name)


def order(
    connection: Connection,
    name: str,
    texts: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
    *,
    convert: bool = False,
) -> Order:
    """What was typed (`texts`), and what came as JSON (`values`), as a call to be made.

    Raises WrongUse in one sentence: an unknown field (answered with the right ones), a value that cannot be
    read, a field that is needed and missing; GuideWords where a guide's words can be taken for the real ones.
    """
    connector = connector_of(connection)
    if is_free(name):
        raise WrongUse("A call of your own is a step of a workflow: add it there, and try the workflow.")
    work = work_named(connector, name)
    given = _read(connection, work, texts, values or {})
    step = _step(work, given)
    told: tuple[str, ...] = ()
    steps: tuple[Step, ...] = (step,)
    if unknown := _unknown(work, given):
        converted = _converted(connector, work, step, unknown, convert)
        steps, told = converted.steps, converted.told
    _check_needed(connector, steps, set(given))
    return Order(connection=connection, key=work.key, title=work.title, steps=steps, values=given, told=told)


# --- values -----------------------------------------------------------------------------------------


def _read(
    connection: Connection, work: Operation | Procedure, texts: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Every value by its field's key, as the field's type wants it; what nobody declared as it reads."""
    declared = [field for field in work.fields if not field.fills]
    if any(picked_by(key, declared) for key in texts):
        picklists.look(connection, declared)
    fields = picklists.with_own(declared, connection)
    given: dict[str, Any] = {}
    for key, value in values.items():
        field = field_named(key, fields)
        given[key] = value if field is None or value is None else checked(value, field)
    for typed, text in texts.items():
        key = _own_key(typed, fields)
        _check_filled(work, key)
        field = field_named(key, fields)
        given[key] = guessed(text) if field is None else read(text, field)
    return {key: value for key, value in given.items() if value is not None}


def _own_key(typed: str, fields: list[Field]) -> str:
    """The key of one of the account's own fields, which may be given by its name. Raises WrongUse."""
    picked = picked_by(typed, fields)
    own = [field for field in fields if picked and lies_in(field.key, picked[0].key)]
    if not picked or not own or any(field.key == typed for field in own):
        return typed
    for field in own:
        if field.title.casefold() == picked[1].casefold():
            return field.key
    raise WrongUse(did_you_mean(typed, [f"{f.key} ({f.title})" for f in own], "field of this account"))


def _check_filled(work: Operation | Procedure, key: str) -> None:
    if any(field.key == key and field.fills for field in work.fields):
        raise WrongUse(f"`{key}` is filled in from the connection; leave it out.")


def _step(work: Operation | Procedure, given: Mapping[str, Any]) -> Step:
    kind = StepKind.PROCEDURE
    if isinstance(work, Operation):
        kind = StepKind.READ if work.kind is Kind.READ else StepKind.WRITE
    mappings = tuple(FieldMapping(target=key, source=joined("event", key)) for key in given)
    return Step(id=CALL, title=work.title, kind=kind, role="app", operation=work.key, mappings=mappings)


def _unknown(work: Operation | Procedure, given: Mapping[str, Any]) -> list[str]:
    fields = [field for field in work.fields if not field.fills]
    return [
        key
        for key in given
        if field_named(key, fields) is None and not lies_in_free(key, fields) and not picked_by(key, fields)
    ]


def _check_needed(connector: Connector, steps: tuple[Step, ...], given: set[str]) -> None:
    """What no value was given for, of all steps at once, by the names one would give."""
    for step in steps:
        work = (
            connector.procedure(step.operation)
            if step.kind is StepKind.PROCEDURE
            else connector.operation(step.operation)
        )
        targets = [mapping.target for mapping in step.mappings]
        missing = [
            field.key
            for field in needed(work.fields)
            if not any(target == field.key or lies_in(target, field.key) for target in targets)
        ]
        if missing:
            raise WrongUse(
                f"{work.key} needs {_listed(missing)}; give {'it' if len(missing) == 1 else 'them'}."
            )


def _listed(words: list[str]) -> str:
    *before, last = [f"`{word}`" for word in words]
    return f"{', '.join(before)} and {last}" if before else last


# --- words of guides ----------------------------------------------------------------------------------


def _converted(
    connector: Connector, work: Operation | Procedure, step: Step, unknown: list[str], convert: bool
) -> Converted:
    """The step with the guide's words taken as what they mean; refused in words where nobody said so."""
    if isinstance(work, Procedure):
        raise WrongUse(_about(work, unknown[0], None))
    chain = chain_of(connector, work, unknown)
    if chain is not None and not convert:
        raise GuideWords(chain.says, chain)
    if chain is not None:
        return chained(connector, chain, step)
    known = {word: advice(connector, work, word) for word in unknown}
    for word, found in known.items():
        if found is None or not found.field:
            raise WrongUse(_about(work, word, found))
    if not convert:
        raise GuideWords(" ".join(found.sentence for found in known.values() if found))
    return renamed(connector, work, step)


def _about(work: Operation | Procedure, word: str, known: Advice | None) -> str:
    if known is not None:
        return known.sentence
    names = [field.key for field in work.fields if not field.fills]
    near = difflib.get_close_matches(word, names, n=5) or names
    return did_you_mean(word, near, f"field of {work.key}")
