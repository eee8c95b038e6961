"""The workflows of a configuration file: drafts made as it says, from a recipe or step by step.

What a step says in a guide's words (`POST /calendars`, a mapping onto `start_time`) is answered with what it
means here, and put right where the import is asked to convert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from integrations import catalog
from integrations.engine import finding
from integrations.engine.endpoints import operation_named
from integrations.engine.errors import WrongUse
from integrations.engine.freeze import freeze, thaw
from integrations.engine.spec import Kind, Step, StepKind, WorkflowSpec
from integrations.engine.transforms import transform_named
from integrations.models import Binding, Connection, Team, Workflow
from integrations.recipes import ALL, recipe
from integrations.services import audit, corrector, drafts, known, owners, reconciling
from integrations.services.config_picks import options_by_name, settings_by_name
from integrations.services.config_words import (
    about,
    as_kind,
    check_known,
    connection_named,
    entry_words,
    name_of,
)
from integrations.services.samples import trigger_of

WORDS = {
    "name": str,
    "recipe": str,
    "connections": dict,
    "interval_min": int,
    "trigger_settings": dict,
    "options": dict,
    "roles": dict,
    "trigger": dict,
    "steps": list,
    "mappings": dict,
    "compare": dict,
}
COMPARE_WORDS = {"every_h": int, "heals": bool, "owners": dict}
TRIGGER_WORDS = {"role": str, "key": str}
CALLS = (StepKind.READ, StepKind.WRITE)


@dataclass(slots=True)
class Draft:
    """One workflow of the file as it was put: `notes` are for a person to read."""

    row: Workflow
    made: bool
    changed: bool
    notes: list[str] = field(default_factory=list)


def import_workflow(team: Team, entry: Any, *, convert: bool) -> Draft:
    """Make one draft so, inside the caller's transaction. Raises WrongUse, in which workflow it was."""
    words = entry_words(entry, WORDS, "a workflow", needed=("name",))
    name = name_of(words, "a workflow")
    with about(f"workflow “{name}”"):
        bindings = {
            role: connection_named(team, chosen) for role, chosen in words.get("connections", {}).items()
        }
        chosen = ALL.get(words.get("recipe", ""))
        words["options"] = options_by_name(chosen, words.get("options", {}), bindings)
        row = Workflow.objects.filter(team=team, name=name).first()
        before = None if row is None else _says(row)
        row = row or _made(team, name, words, bindings)
        if row.recipe != words.get("recipe", ""):
            raise WrongUse(
                f"It was made from the recipe “{row.recipe}”; give this one another name."
                if row.recipe
                else "It was made without a recipe; give this one another name."
            )
        draft = Draft(row, before is None, False)
        _put(draft, words, bindings, convert)
        draft.changed = before is not None and before != _says(row)
        if draft.changed:
            audit.note(team, None, "workflow.imported", row)
    return draft


def _says(row: Workflow) -> tuple[Any, ...]:
    return drafts.draft_hash(row), row.interval_min, row.compares_h, row.heals, row.owners


def _made(team: Team, name: str, words: Mapping[str, Any], bindings: Mapping[str, Connection]) -> Workflow:
    options = words.get("options", {})
    if words.get("recipe"):
        return drafts.make_draft(team, words["recipe"], name=name, bindings=bindings, options=options)
    return drafts.make_plain(team, _spec(name, words), bindings=bindings)


def _spec(name: str, words: Mapping[str, Any]) -> WorkflowSpec:
    """A workflow that no recipe stands behind, as the file says it."""
    for word in ("roles", "trigger", "steps"):
        if word not in words:
            raise WrongUse(f"A workflow without a recipe needs “{word}”; add it, or name a “recipe”.")
    trigger = entry_words(words["trigger"], TRIGGER_WORDS, "“trigger”", needed=("role", "key"))
    spec = WorkflowSpec(
        title=name,
        roles={role: catalog.connector(str(slug)).slug for role, slug in words["roles"].items()},
        trigger_role=trigger["role"],
        trigger=trigger["key"],
        steps=(),
        options=words.get("options", {}),
    )
    return _with_steps(spec, words["steps"])


def _with_steps(spec: WorkflowSpec, steps: list[Any]) -> WorkflowSpec:
    entries = [_step(spec, as_kind(entry, dict, "a step")) for entry in steps]
    made = thaw({**freeze(replace(spec, steps=())), "steps": entries})
    trigger_of(made)
    made = replace(made, steps=tuple(_completed(made, step) for step in made.steps))
    for step in made.steps:
        _check_step(made, step)
    return made


def _step(spec: WorkflowSpec, entry: dict[str, Any]) -> dict[str, Any]:
    """The step with its operation by its own name, where the file has a guide's line for it."""
    app = spec.roles.get(str(entry.get("role", "")))
    if app is None or entry.get("kind") not in CALLS:
        return entry
    with about(f"step “{entry.get('id', '')}”"):
        connector = catalog.connector(app)
        named = {**entry, "operation": operation_named(connector, str(entry.get("operation"))).key}
        finds = entry.get("finds")
        if isinstance(finds, dict):
            keys = {word: finds[word] for word in ("operation", "update") if finds.get(word)}
            found = {word: operation_named(connector, str(key)).key for word, key in keys.items()}
            named["finds"] = {**finds, **found}
        return named


def _completed(spec: WorkflowSpec, step: Step) -> Step:
    """With what is left out of how it looks first, where it could be but one thing."""
    if step.finds is None:
        return step
    with about(f"step “{step.id}”"):
        return replace(step, finds=finding.completed(step.finds, catalog.connector(spec.roles[step.role])))


def _check_step(spec: WorkflowSpec, step: Step) -> None:
    """A read is no write: what the ledger keeps from happening twice depends on it."""
    with about(f"step “{step.id}”"):
        drafts.work_of(step, spec)
        if step.kind not in CALLS:
            return
        operation = catalog.connector(spec.roles[step.role]).operation(step.operation)
        kind = StepKind.READ if operation.kind is Kind.READ else StepKind.WRITE
        if step.kind is not kind:
            raise WrongUse(f"{operation.key} is a {kind}; write “kind: {kind}”.")
        if problem := next(finding.problems(step, catalog.connector(spec.roles[step.role])), ""):
            raise WrongUse(problem)


def _put(draft: Draft, words: Mapping[str, Any], bindings: Mapping[str, Connection], convert: bool) -> None:
    """The draft's connections, choices, steps and mappings, as the file has them."""
    row = draft.row
    _put_steps(row, words)
    Binding.objects.filter(workflow=row).exclude(role__in=bindings).delete()
    drafts.bind(row, bindings)
    drafts.save_options(row, words.get("options", {}))
    spec = drafts.compile_draft(row)
    trigger = trigger_of(spec)
    chosen = words.get("trigger_settings", {})
    check_known(chosen, [f.key for f in trigger.choices], "trigger setting")
    source = bindings.get(spec.trigger_role)
    drafts.save_trigger_settings(row, settings_by_name(trigger.choices, chosen, source))
    row.interval_min = words.get("interval_min", trigger.interval_min)
    if row.interval_min < 1:
        raise WrongUse("“interval_min” must be a whole number of minutes from 1.")
    row.save(update_fields=["interval_min"])
    _put_mappings(row, spec, words.get("mappings", {}))
    _put_compare(row, words.get("compare", {}))
    _correct(draft, convert)
    draft.notes += [one.sentence for one in known.gone(row, drafts.compile_draft(row))]


def _put_steps(row: Workflow, words: Mapping[str, Any]) -> None:
    """The steps of the file, else those of the recipe."""
    spec = thaw(row.draft)
    if not row.recipe:
        drafts.save_steps(row, replace(_spec(row.name, words), trigger_settings=spec.trigger_settings))
    elif "steps" in words:
        drafts.save_steps(row, _with_steps(spec, words["steps"]))
    else:
        drafts.save_steps(row, replace(spec, steps=recipe(row.recipe).workflow.steps))


def _put_mappings(row: Workflow, spec: WorkflowSpec, by_step: Mapping[str, Any]) -> None:
    """Steps that the file names nowhere else have the mappings they came with."""
    own = {step.id: step.mappings for step in spec.steps}
    check_known(by_step, list(own), "step")
    for step, lines in by_step.items():
        with about(f"step “{step}”"):
            rows = as_kind(lines, list, "its mappings")
            drafts.save_mappings_json(row, step, [_line(line) for line in rows])


def _put_compare(row: Workflow, given: Any) -> None:
    words = entry_words(given, COMPARE_WORDS, "“compare”")
    hours, heals, chosen = words.get("every_h", 0), words.get("heals", False), words.get("owners", {})
    if hours < 0:
        raise WrongUse("“every_h” must be a whole number of hours from 0.")
    if chosen != row.owners:
        owners.save(row, chosen)
    if (hours, heals) != (row.compares_h, row.heals):
        reconciling.every(row, hours, heals=heals)


def _line(line: Any) -> dict[str, Any]:
    words: dict[str, Any] = as_kind(line, dict, "a field mapping")
    for word in ("target", "source"):
        as_kind(words.get(word, ""), str, f"“{word}” of a field mapping")
    for use in as_kind(words.get("transforms", []), list, "“transforms” of a field mapping"):
        transform_named(str(as_kind(use, dict, "a transform").get("name", "")))
        as_kind(use.get("args", {}), dict, "“args” of a transform")
    return words


def _correct(draft: Draft, convert: bool) -> None:
    """What the draft says in a guide's words: told, or put right."""
    if convert:
        draft.notes += corrector.put_right(draft.row)
    spec = drafts.compile_draft(draft.row)
    for found in corrector.corrections(spec):
        ask = " Import it with --convert to have it so." if found.can_convert and not convert else ""
        draft.notes += [f"{sentence}{ask}" for sentence in found.sentences]
