"""The way back of a mapping: which field of the source would have to change for a target to hold a value.

Only what is taken as it stands can be put back as it stands: a plain path into the event, without
transforms, to a field that the source's own update takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from integrations.engine.spec import (
    Connector,
    FieldMapping,
    Kind,
    Operation,
    Place,
    Step,
    StepKind,
    Trigger,
)

_PLAIN = re.compile(r"event\.(\w+)")


@dataclass(frozen=True, slots=True)
class Reverse:
    """The source's call that sets the field, and the field's key there."""

    operation: Operation
    field: str


def reverse_of(connector: Connector, trigger: Trigger, step: Step, target: str) -> Reverse | str:
    """How the source is brought in line with what the app holds in `target`; a sentence where nothing can."""
    if step.kind is not StepKind.WRITE:
        return f"“{step.title}” works its values out in several calls, so there is no way back."
    mapping = next((found for found in step.mappings if found.target == target), None)
    if mapping is None:
        return "It is not mapped from one field of the source."
    field = _plain(mapping)
    if not field:
        return "It is made from the source's values, and there is no way back from the result."
    update = _update(connector, trigger)
    if update is None:
        return f"{connector.title} has no call that changes such a record."
    if all(known.key != field or known.place is Place.PATH or known.fills for known in update.fields):
        return f"{connector.title} has no call that changes {field}."
    return Reverse(update, field)


def _plain(mapping: FieldMapping) -> str:
    found = _PLAIN.fullmatch(mapping.source.strip())
    return found.group(1) if found and not mapping.transforms else ""


def _update(connector: Connector, trigger: Trigger) -> Operation | None:
    """The update beside the call that reads one record of the trigger again; it names the record, no more."""
    found = (
        connector.operations.get(f"{trigger.reread.rpartition('.')[0]}.update") if trigger.reread else None
    )
    if found is None or found.kind is not Kind.UPDATE:
        return None
    path = [known for known in found.fields if known.place is Place.PATH and not known.fills]
    needed = [known for known in found.fields if known.required and not known.fills]
    return found if len(path) == 1 and needed in ([], path) else None
