"""A workflow while it is edited: made from a recipe, kept as rows, put together as one WorkflowSpec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.fingerprint import fingerprint
from integrations.engine.freeze import freeze, spec_hash, thaw, thaw_mapping
from integrations.engine.lookups import tables_in
from integrations.engine.spec import (
    Field,
    FieldMapping,
    FieldType,
    Operation,
    Procedure,
    Recipe,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)
from integrations.models import Binding, Connection, Team, Workflow
from integrations.models import FieldMapping as MappingRow
from integrations.recipes import ALL, recipe
from integrations.services import audit, tables

WAITS = (
    Field(key="minutes", type=FieldType.NUMBER, help="How long, counted from the start of the run."),
    Field(key="until", help="Or until when, with its offset: 2026-11-20T10:00+01:00."),
)


def make_draft(
    team: Team,
    recipe_key: str,
    *,
    name: str,
    bindings: Mapping[str, Connection],
    options: Mapping[str, Any],
    actor: User | None = None,
) -> Workflow:
    """A new draft from a recipe; what is not bound yet stands among its `problems`.

    Raises WrongUse for a name that is taken, a connection that does not fit its role, or a wrong option.
    """
    chosen = recipe(recipe_key)
    name = name.strip()
    spec = replace(chosen.workflow, title=name, recipe=chosen.key, options=clean_options(chosen, options))
    _check_name(team, name)
    with transaction.atomic():
        workflow: Workflow = Workflow.objects.create(
            team=team, name=name, recipe=chosen.key, draft=_without_mappings(spec)
        )
        bind(workflow, bindings)
        save_mappings(workflow, {step.id: step.mappings for step in spec.steps})
        audit.note(team, actor, "workflow.made", workflow, recipe=chosen.key)
    return workflow


def make_plain(
    team: Team, spec: WorkflowSpec, *, bindings: Mapping[str, Connection], actor: User | None = None
) -> Workflow:
    """A new draft that no recipe stands behind. Raises WrongUse for a name that is taken."""
    _check_name(team, spec.title)
    with transaction.atomic():
        workflow: Workflow = Workflow.objects.create(
            team=team, name=spec.title, draft=_without_mappings(spec)
        )
        bind(workflow, bindings)
        save_mappings(workflow, {step.id: step.mappings for step in spec.steps})
        audit.note(team, actor, "workflow.made", workflow)
    return workflow


def compile_draft(workflow: Workflow) -> WorkflowSpec:
    """The draft as one WorkflowSpec: its steps with the mappings, and the lookup tables, as they stand."""
    spec = thaw(workflow.draft)
    rows: dict[str, list[FieldMapping]] = {}
    for row in workflow.mappings.all():
        rows.setdefault(row.step, []).append(mapping_of(row))
    spec = replace(
        spec, steps=tuple(replace(step, mappings=tuple(rows.get(step.id, ()))) for step in spec.steps)
    )
    return replace(spec, tables=tables.frozen(workflow.team, names)) if (names := tables_in(spec)) else spec


def draft_hash(workflow: Workflow) -> str:
    """Changes with every word of the draft, and with the connections it is bound to."""
    roles = dict(workflow.bindings.values_list("role", "connection_id"))
    return fingerprint([spec_hash(compile_draft(workflow)), roles])


def mapping_of(row: MappingRow) -> FieldMapping:
    return FieldMapping(
        target=row.target,
        source=row.source,
        transforms=tuple(TransformUse(name=use["name"], args=use.get("args", {})) for use in row.transforms),
        default=row.default,
        required=row.required,
    )


def save_mappings(workflow: Workflow, by_step: Mapping[str, tuple[FieldMapping, ...]]) -> None:
    """Replace the mappings of the steps named. Raises WrongUse for an unknown step, or a target twice."""
    known = [step["id"] for step in workflow.draft["steps"]]
    for step_id, mappings in by_step.items():
        if step_id not in known:
            raise WrongUse(did_you_mean(step_id, known, "step"))
        for target, count in Counter(mapping.target for mapping in mappings).items():
            if count > 1:
                raise WrongUse(f"`{target}` is mapped more than once in “{step_id}”; keep one mapping.")
    with transaction.atomic():
        MappingRow.objects.filter(workflow=workflow, step__in=by_step).delete()
        MappingRow.objects.bulk_create(
            MappingRow(
                workflow=workflow,
                step=step_id,
                position=position,
                target=mapping.target,
                source=mapping.source,
                transforms=[{"name": use.name, "args": dict(use.args)} for use in mapping.transforms],
                default=mapping.default,
                required=mapping.required,
            )
            for step_id, mappings in by_step.items()
            for position, mapping in enumerate(mappings)
        )


def save_steps(workflow: Workflow, spec: WorkflowSpec) -> None:
    """The draft with these steps, and their mappings, in the place of those it had."""
    with transaction.atomic():
        workflow.draft = _without_mappings(spec)
        workflow.save(update_fields=["draft", "changed_at"])
        MappingRow.objects.filter(workflow=workflow).exclude(step__in=[s.id for s in spec.steps]).delete()
        save_mappings(workflow, {step.id: step.mappings for step in spec.steps})


def save_mappings_json(workflow: Workflow, step_id: str, rows: list[dict[str, Any]]) -> None:
    """The same from plain JSON, as forms and config files have it."""
    save_mappings(workflow, {step_id: tuple(thaw_mapping(row) for row in rows)})


def save_options(workflow: Workflow, options: Mapping[str, Any]) -> None:
    chosen = ALL.get(workflow.recipe)
    cleaned = clean_options(chosen, options) if chosen else dict(options)
    workflow.draft = {**workflow.draft, "options": cleaned}
    workflow.save(update_fields=["draft", "changed_at"])


def save_trigger_settings(workflow: Workflow, settings: Mapping[str, Any]) -> None:
    workflow.draft = {**workflow.draft, "trigger_settings": dict(settings)}
    workflow.save(update_fields=["draft", "changed_at"])


def bind(workflow: Workflow, bindings: Mapping[str, Connection]) -> None:
    """Say which connection plays which role. Each must be of the role's app and the workflow's team."""
    roles = thaw(workflow.draft).roles
    for role, connection in bindings.items():
        if role not in roles:
            raise WrongUse(did_you_mean(role, list(roles), "role"))
        if connection.team_id != workflow.team_id or connection.connector != roles[role]:
            raise WrongUse(
                f"“{role}” needs a connection to {catalog.connector(roles[role]).title} of this team; "
                f"{connection.name} is none."
            )
    environments = {connection.environment for connection in {**bound(workflow), **bindings}.values()}
    if len(environments) > 1:
        raise WrongUse(
            "A workflow runs either in the sandbox or in production: choose connections of one kind."
        )
    for role, connection in bindings.items():
        Binding.objects.update_or_create(workflow=workflow, role=role, defaults={"connection": connection})


def bound(workflow: Workflow) -> dict[str, Connection]:
    return {b.role: b.connection for b in workflow.bindings.select_related("connection").order_by("role")}


def clean_options(chosen: Recipe, options: Mapping[str, Any]) -> dict[str, Any]:
    """Every option of the recipe with its value: chosen, else default. Unknown names are answered."""
    fields = {field.key: field for field in chosen.options}
    for key in options:
        if key not in fields:
            raise WrongUse(did_you_mean(key, list(fields), "option"))
    return {key: _clean_option(field, options.get(key, field.default)) for key, field in fields.items()}


def _clean_option(field: Field, value: Any) -> Any:
    if value in (None, ""):
        return field.default
    if field.choices and value not in [choice for choice, _ in field.choices]:
        raise WrongUse(did_you_mean(str(value), [choice for choice, _ in field.choices], field.title))
    try:
        if field.type is FieldType.INTEGER:
            return int(value)
        if field.type is FieldType.BOOLEAN:
            return value if isinstance(value, bool) else str(value).lower() in ("true", "on", "1", "yes")
    except (TypeError, ValueError):
        raise WrongUse(f"{field.title} must be a whole number.") from None
    return value


def work_of(step: Step, spec: WorkflowSpec) -> Operation | Procedure | None:
    """What the step does, as its connector declares it; None for steps that are no call."""
    if step.kind not in (StepKind.READ, StepKind.WRITE, StepKind.PROCEDURE):
        return None
    connector = catalog.connector(spec.roles[step.role])
    return (
        connector.procedure(step.operation)
        if step.kind is StepKind.PROCEDURE
        else connector.operation(step.operation)
    )


def target_fields(step: Step, spec: WorkflowSpec) -> list[Field]:
    """The fields an operator may map to in this step; none where any name will do."""
    if step.kind is StepKind.WAIT:
        return list(WAITS)
    work = work_of(step, spec)
    return [field for field in work.fields if not field.fills] if work else []


def _check_name(team: Team, name: str) -> None:
    if not name.strip():
        raise WrongUse("Give the workflow a name.")
    if Workflow.everything.filter(team=team, name=name).exists():
        raise WrongUse(f"There is a workflow “{name}” already; choose another name.")


def _without_mappings(spec: WorkflowSpec) -> dict[str, Any]:
    return freeze(replace(spec, tables={}, steps=tuple(replace(step, mappings=()) for step in spec.steps)))
