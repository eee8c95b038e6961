"""Least privilege: the scopes a connection is asked for are those its workflows use, and no more."""

from __future__ import annotations

from collections.abc import Iterable

from integrations import catalog
from integrations.engine.freeze import thaw
from integrations.engine.spec import Connector, StepKind, WorkflowSpec
from integrations.models import Connection, Workflow
from integrations.recipes import ALL


def of_workflow(spec: WorkflowSpec, slug: str) -> set[str]:
    """The scopes that this workflow needs of the app `slug`: steps, trigger and pick lists."""
    connector = catalog.connector(slug)
    keys: set[str] = set()
    for step in spec.steps:
        if step.role and spec.roles[step.role] == slug:
            keys |= set(
                connector.procedure(step.operation).operations
                if step.kind is StepKind.PROCEDURE
                else (step.operation,)
            )
    keys |= _look_ups(connector, keys)
    found: set[str] = set()
    if spec.roles[spec.trigger_role] == slug:
        trigger = connector.trigger(spec.trigger)
        keys |= {*trigger.operations, *([trigger.reread] if trigger.reread else [])}
        found |= set(trigger.scopes)
    keys |= {reference.operation for reference in connector.references.values()}
    return found | _of_operations(connector, keys)


def wanted(connection: Connection) -> list[str]:
    """What to ask consent for: the union over the team's workflows with this app; before there is one, over
    the recipes for it."""
    connector = catalog.connector(connection.connector)
    specs = [
        thaw(draft)
        for draft in Workflow.objects.filter(team=connection.team).values_list("draft", flat=True)
        if connection.connector in draft.get("roles", {}).values()
    ] or [
        recipe.workflow for recipe in ALL.values() if connection.connector in recipe.workflow.roles.values()
    ]
    found = _of_operations(connector, [connector.verify.operation])
    for spec in specs:
        found |= of_workflow(spec, connection.connector)
    return sorted(found)


def missing(connection: Connection, spec: WorkflowSpec) -> list[str]:
    """Scopes the workflow needs and the token does not have; none where the app tells no scopes."""
    if not connection.scopes:
        return []
    return sorted(of_workflow(spec, connection.connector) - set(connection.scopes))


def surplus(connection: Connection) -> list[str]:
    """Scopes the token has that nothing uses."""
    return sorted(set(connection.scopes) - set(wanted(connection)))


def _look_ups(connector: Connector, keys: Iterable[str]) -> set[str]:
    """What the proofs of these writes read."""
    return {
        operation
        for key in keys
        if (proof := connector.operation(key).proof) is not None
        for operation in proof.operations
    }


def _of_operations(connector: Connector, keys: Iterable[str]) -> set[str]:
    return {scope for key in keys for scope in connector.operation(key).scopes}
