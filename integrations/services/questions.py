"""What may be asked of a workflow, and whether what somebody asks can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.freeze import thaw
from integrations.engine.spec import JsonObject, Trigger, TriggerKind
from integrations.engine.typed import checked, read
from integrations.models import Connection, Workflow, WorkflowState
from integrations.services.lifecycle import bound_connections
from integrations.services.samples import trigger_of

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A live workflow that answers, with the trigger that says what may be asked, and whose it is."""

    workflow: Workflow
    trigger: Trigger
    connection: Connection

    @property
    def question(self) -> str:
        return self.trigger.events[0][0]


def at(key: str) -> Workflow | None:
    """The workflow that answers at the address with this key."""
    if not key:
        return None
    found: Workflow | None = Workflow.objects.select_related("live", "team").filter(ask_key=key).first()
    return found


def asked(workflow: Workflow) -> Asked:
    """Raises WrongUse for a workflow that is not live, or whose trigger is no question."""
    if workflow.live is None or workflow.state != WorkflowState.LIVE:
        raise WrongUse(f"“{workflow.name}” is not live; deploy or resume it first.")
    spec = thaw(workflow.live.spec)
    trigger = trigger_of(spec)
    if trigger.kind is not TriggerKind.REQUEST:
        raise WrongUse(f"“{workflow.name}” answers no questions: it begins with “{trigger.title}”.")
    return Asked(workflow, trigger, bound_connections(workflow.live)[spec.trigger_role])


def question(trigger: Trigger, texts: Mapping[str, str], values: Mapping[str, Any]) -> JsonObject:
    """What is asked, every field by its key ("" where nothing is said of it), from texts or JSON values.

    Raises WrongUse in one sentence: an unknown field, a value that cannot be read, one that is missing.
    """
    fields = {field.key: field for field in trigger.fields}
    for key in (*texts, *values):
        if key not in fields:
            raise WrongUse(did_you_mean(key[:80], list(fields), "field to ask with"))
    given = {key: read(text, fields[key]) for key, text in texts.items()}
    given |= {key: checked(value, fields[key]) for key, value in values.items() if value not in (None, "")}
    for key, field in fields.items():
        if isinstance(given.get(key), str) and len(given[key]) > LONGEST_TEXT:
            raise WrongUse(f"`{key}` is longer than {LONGEST_TEXT} characters.")
        if field.required and given.get(key) in (None, ""):
            raise WrongUse(f"`{key}` is needed: {field.title}.")
    return {key: "" if given.get(key) is None else given[key] for key in fields}
