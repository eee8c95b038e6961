"""Least privilege: a connection is asked for the scopes that its enabled workflows use, and no more.

Enabled is a workflow that is live. One that is paused, or has been live and is not any more, is disabled: its
scopes leave the next consent address. Before a connection has had any live workflow its drafts count; before
the team has any workflow with the app, the recipes do. What a draft needs on top of that, to go live, is
asked for when a person says so (`also`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from integrations import catalog
from integrations.engine.freeze import thaw
from integrations.engine.own_triggers import trigger_in
from integrations.engine.spec import Connector, Field, Recipe, StepKind, WorkflowSpec
from integrations.models import Connection, Workflow, WorkflowState, WorkflowVersion
from integrations.recipes import ALL
from integrations.services.accounts import connector_of
from integrations.services.drafts import compile_draft
from integrations.services.exchange import exchange_of

# --- of one workflow ------------------------------------------------------------------------------


def of_workflow(spec: WorkflowSpec, slug: str, roles: Collection[str] | None = None) -> set[str]:
    """The scopes that this workflow needs of the app `slug` (in these roles): steps, trigger, pick lists."""
    connector = catalog.connector(slug)
    mine = {role for role, app in spec.roles.items() if app == slug and (roles is None or role in roles)}
    keys, fields = _of_steps(connector, spec, mine)
    found: set[str] = set()
    if spec.trigger_role in mine:
        trigger = trigger_in(connector, spec.trigger, spec.trigger_settings)
        keys |= {*trigger.operations, *([trigger.reread] if trigger.reread else [])}
        found |= set(trigger.scopes)
        fields += trigger.fields
    keys |= _look_ups(connector, keys)
    mapped = {line.target.partition(".")[0] for step in spec.steps for line in step.mappings}
    fields += [
        field
        for key in keys
        for field in connector.operation(key).fields
        if field.required or field.key in mapped  # what nobody fills needs no pick list
    ]
    keys |= _lists(connector, {name for field in fields for name in _references(field)})
    keys |= _lists(connector, _of_options(spec, mine))
    return found | _of_operations(connector, keys)


def _of_steps(
    connector: Connector, spec: WorkflowSpec, roles: Collection[str]
) -> tuple[set[str], list[Field]]:
    """The operations these steps may call, and the fields of their procedures."""
    keys: set[str] = set()
    fields: list[Field] = []
    for step in spec.steps:
        if step.role not in roles:
            continue
        if step.kind is StepKind.PROCEDURE:
            procedure = connector.procedure(step.operation)
            keys |= set(procedure.operations)
            fields += procedure.fields
        else:
            keys |= set(step.calls)
    return keys, fields


def _references(field: Field) -> Iterator[str]:
    """The pick lists that a field, or one inside it, is filled from."""
    if field.reference:
        yield field.reference
    for inner in field.fields:
        yield from _references(inner)


def _of_options(spec: WorkflowSpec, roles: Collection[str]) -> set[str]:
    """The pick lists of the recipe's own choices, each "role.list"."""
    recipe = ALL.get(spec.recipe)
    pairs = [field.reference.partition(".") for field in (recipe.options if recipe else ())]
    return {reference for role, _, reference in pairs if reference and role in roles}


def _lists(connector: Connector, names: Iterable[str]) -> set[str]:
    return {connector.references[name].operation for name in names if name in connector.references}


def _look_ups(connector: Connector, keys: Iterable[str]) -> set[str]:
    """What the proofs of these writes read."""
    return {
        operation
        for key in keys
        if (proof := connector.operation(key).proof) is not None
        for operation in proof.operations
    }


def _of_operations(connector: Connector, keys: Iterable[str]) -> set[str]:
    return {scope for key in keys for scope in connector.operation(key).needed_scopes}


# --- of a connection ------------------------------------------------------------------------------


def wanted(connection: Connection, also: Iterable[Workflow] = ()) -> list[str]:
    """What to ask consent for. `also`: workflows that are to go live over this connection.

    An account under a wide one has the scopes of that one's consent.
    """
    top = connection.parent or connection
    connector = connector_of(top)
    found = _of_operations(connector, [connector.proof(top.settings).operation])
    if exchange := exchange_of(top):
        found |= {*exchange.listing.needed_scopes, *exchange.token.needed_scopes}
        found |= _of_operations(connector, [connector.verify.operation])
    for spec, roles in _specs(top):
        found |= of_workflow(spec, top.connector, roles)
    for row in also:
        found |= of_workflow(compile_draft(row), top.connector)
        found |= of_workflow(thaw(row.live.spec), top.connector) if row.live else set()
    return sorted(found)


def _specs(top: Connection) -> list[tuple[WorkflowSpec, Collection[str] | None]]:
    """The workflows that count, each with the roles the connection plays in it (None: all of its app)."""
    ids = {top.pk, *top.children.values_list("pk", flat=True)}
    rows = with_app(top)
    here = [(row, running_over(row, ids)) for row in rows]
    if any(roles for _, roles in here):
        return [(thaw(row.live.spec), roles) for row, roles in here if row.live and roles]
    if any(roles_of(version.bindings, ids) for row in rows for version in _deployed(row)):
        return []
    drafts = [(compile_draft(row), roles) for row in rows if (roles := drafted_over(row, ids))]
    return [*drafts] or _as_the_team_does(top, rows)


def _as_the_team_does(
    top: Connection, rows: Sequence[Workflow]
) -> list[tuple[WorkflowSpec, Collection[str] | None]]:
    """For a connection that nothing has been over yet."""
    live = [row.live for row in rows if is_enabled(row) and row.live]
    if live:
        return [(thaw(version.spec), None) for version in live]
    if any(_deployed(row) for row in rows):
        return []
    specs = [compile_draft(row) for row in rows] or [recipe.workflow for recipe in _recipes(top.connector)]
    return [(spec, None) for spec in specs]


def with_app(connection: Connection) -> list[Workflow]:
    rows = Workflow.objects.filter(team=connection.team).select_related("live")
    rows = rows.prefetch_related("bindings", "versions")
    return [row for row in rows if connection.connector in row.draft.get("roles", {}).values()]


def _deployed(row: Workflow) -> list[WorkflowVersion]:
    return [version for version in row.versions.all() if not version.test]


def running_over(row: Workflow, ids: Collection[int]) -> set[str]:
    """The roles that these connections play in what is live; none where it does not run."""
    return roles_of(row.live.bindings, ids) if is_enabled(row) and row.live else set()


def drafted_over(row: Workflow, ids: Collection[int]) -> set[str]:
    """The roles that these connections play in the draft."""
    return roles_of({binding.role: binding.connection_id for binding in row.bindings.all()}, ids)


def roles_of(bindings: Mapping[str, int], ids: Collection[int]) -> set[str]:
    return {role for role, pk in bindings.items() if pk in ids}


def is_enabled(row: Workflow) -> bool:
    return row.state == WorkflowState.LIVE and row.live is not None


def _recipes(slug: str) -> list[Recipe]:
    return [recipe for recipe in ALL.values() if slug in recipe.workflow.roles.values()]


# --- what is lacking, and what is too much --------------------------------------------------------


def missing(connection: Connection, spec: WorkflowSpec) -> list[str]:
    """Scopes the workflow needs and the token does not have; none where the app tells no scopes."""
    if not connection.scopes:
        return []
    return sorted(of_workflow(spec, connection.connector) - set(connection.scopes))


def surplus(connection: Connection) -> list[str]:
    """Scopes the token has that nothing enabled uses."""
    return sorted(set(connection.scopes) - set(wanted(connection)))
