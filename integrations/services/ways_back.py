"""Where the app's record wins: can the source be brought in line with it, by which call, and if not, why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from integrations.engine.counterparts import path_to
from integrations.engine.errors import HubError
from integrations.engine.request import no_writes
from integrations.engine.reverse import Reverse, reverse_of
from integrations.engine.spec import Connector, Operation, Procedure, StepKind, Trigger, WorkflowSpec
from integrations.models import Connection, Workflow
from integrations.services import comparing, sweeps
from integrations.services.drafts import work_of


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Those of one workflow as it is live: over its `source`, by its steps' mappings."""

    spec: WorkflowSpec
    source: Connection
    connector: Connector
    trigger: Trigger

    @classmethod
    def of(cls, workflow: Workflow) -> WaysBack:
        """Raises WrongUse where it has not been deployed."""
        spec = comparing.live_spec(workflow)
        return cls(spec, *sweeps.source_of(spec, workflow))

    def way(self, step: str, field: str) -> Reverse | str:
        """The call that sets what this field was taken from; a sentence where there is none."""
        try:
            found = reverse_of(self.connector, self.trigger, self.spec.step(step), field)
        except HubError as error:  # a step that was there when the record was written
            return error.sentence
        return found if isinstance(found, str) else self._barred(found.operation) or found

    def _barred(self, operation: Operation) -> str:
        """Why the connection may not make that call; "" where it may."""
        if self.source.read_only:
            return no_writes(operation.title, self.source.name, operation.kind)
        held = set(self.source.scopes)
        lacking = sorted(set(operation.needed_scopes) - held) if held else []
        return f"The token of {self.source.name} lacks {', '.join(lacking)}." if lacking else ""

    def repair(self, record: str, step: str, field: str, value: Any) -> dict[str, Any]:
        """What would be sent to the source, as Finding keeps it; {"why"} where nothing can be."""
        found = self.way(step, field)
        if isinstance(found, str):
            return {"why": found}
        return {
            "role": self.spec.trigger_role,
            "step": "source",
            "link": "",
            "item": "",
            "operation": found.operation.key,
            "values": path_to(found.operation, record, {}),
            "field": found.field,
            "value": value,
        }


def told(workflow: Workflow) -> list[str]:
    """What “the app's record wins” comes to, field by field, in sentences."""
    ways = WaysBack.of(workflow)
    back, stays = [], defaultdict(list)
    for step, name, field in _fields(ways.spec):
        found = ways.way(step, field)
        if isinstance(found, str):
            stays[found].append(f"{name}.{field}")
        else:
            back.append(f"{name}.{field}")
    sentences = [f"Written back to {ways.source.name}: {_listed(back)}."] if back else []
    return sentences + [
        f"Not written back to {ways.source.name}, only taken as it is: {_listed(fields)}. {why}"
        for why, fields in stays.items()
    ]


def _fields(spec: WorkflowSpec) -> Iterator[tuple[str, str, str]]:
    """The step, the link and the field of everything that is written to a linked record."""
    for step in spec.steps:
        if not step.link:
            continue
        work = work_of(step, spec)
        if step.kind is StepKind.WRITE and isinstance(work, Operation):
            yield from ((step.id, step.link, mapping.target) for mapping in step.mappings)
        elif isinstance(work, Procedure):
            yield step.id, step.link, "*"


def _listed(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names))
