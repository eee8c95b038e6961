"""A draft that follows a public guide: what is wrong with it in words, and its step put right."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog
from integrations.engine.convert import Converted, chained, renamed, replaced
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.fitting import field_named, lies_in_free
from integrations.engine.guides import Advice, advice, chain_of
from integrations.engine.keyed import picked_by
from integrations.engine.spec import Chain, Field, Operation, Step, WorkflowSpec
from integrations.models import Workflow
from integrations.services import audit
from integrations.services.drafts import compile_draft, save_steps, work_of


@dataclass(frozen=True, slots=True)
class Correction:
    """What a step of a draft says in a guide's words: a chain that it means, or fields by other names."""

    step: Step
    chain: Chain | None
    words: tuple[Advice, ...]

    @property
    def sentences(self) -> list[str]:
        if self.chain is not None:
            return [f"{self.step.title}: {self.chain.says}"]
        return [f"{self.step.title}: {word.sentence}" for word in self.words]

    @property
    def can_convert(self) -> bool:
        return self.chain is not None or any(word.field for word in self.words)


def corrections(spec: WorkflowSpec) -> list[Correction]:
    """Every step that carries words of the guides."""
    return [found for step in spec.steps if (found := correction(spec, step)) is not None]


def correction(spec: WorkflowSpec, step: Step) -> Correction | None:
    work = work_of(step, spec)
    if not isinstance(work, Operation):
        return None
    connector = catalog.connector(spec.roles[step.role])
    fields = [field for field in work.fields if not field.fills]
    unknown = [m.target for m in step.mappings if _is_unknown(m.target, fields)]
    chain = chain_of(connector, work, unknown)
    words = tuple(found for word in unknown if (found := advice(connector, work, word)) is not None)
    return Correction(step, chain, words) if chain is not None or words else None


def convert(workflow: Workflow, step_id: str, actor: User | None = None) -> list[str]:
    """Put the step right in the draft; what a person should know of it. Raises WrongUse: nothing to do."""
    spec = compile_draft(workflow)
    step = spec.step(step_id)
    converted = converted_step(spec, step)
    if converted is None:
        raise WrongUse(f"“{step.title}” carries no words of the guides; there is nothing to convert.")
    with transaction.atomic():
        save_steps(workflow, replaced(spec, step_id, converted.steps))
        audit.note(workflow.team, actor, "workflow.converted", workflow, step=step_id)
    return list(converted.told)


def put_right(workflow: Workflow) -> list[str]:
    """The same for every step that a guide's words stand in; nothing is noted where there is none."""
    told: list[str] = []
    spec = compile_draft(workflow)
    for found in corrections(spec):
        converted = converted_step(spec, found.step)
        if converted is not None:
            spec = replaced(spec, found.step.id, converted.steps)
            told += [f"{found.step.title} was converted.", *converted.told]
    if told:
        save_steps(workflow, spec)
    return told


def converted_step(spec: WorkflowSpec, step: Step) -> Converted | None:
    """The step as it is meant; None where nothing in it is a guide's."""
    found = correction(spec, step)
    if found is None or not found.can_convert:
        return None
    connector = catalog.connector(spec.roles[step.role])
    if found.chain is not None:
        return chained(connector, found.chain, step)
    return renamed(connector, connector.operation(step.operation), step)


def target_named(text: str, fields: Sequence[Field]) -> str:
    """The target that somebody typed: by its key, else by its title. Raises WrongUse with the right ones."""
    text = text.strip()
    if not _is_unknown(text, fields):
        return text
    for field in fields:
        if field.title.casefold() == text.casefold():
            return field.key
    names = [field.key for field in fields]
    raise WrongUse(did_you_mean(text, difflib.get_close_matches(text, names) or names, "field here"))


def advice_on(text: str, step: Step, spec: WorkflowSpec) -> Advice | None:
    """What a guide's word for a target means in this step."""
    work = work_of(step, spec)
    if not isinstance(work, Operation) or not text:
        return None
    found = advice(catalog.connector(spec.roles[step.role]), work, text.strip())
    return None if found is not None and found.field == text.strip() else found


def _is_unknown(target: str, fields: Sequence[Field]) -> bool:
    return (
        bool(fields)  # a step that is no call takes any name
        and field_named(target, fields) is None
        and not lies_in_free(target, fields)
        and picked_by(target, fields) is None
    )
