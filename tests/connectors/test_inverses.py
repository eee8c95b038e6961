"""Every write that a recipe makes says what takes it back, or why nothing does."""

from __future__ import annotations

import pytest

from integrations import catalog, recipes
from integrations.engine.spec import Connector, Inverse, Kind, Made, Operation, StepKind
from integrations.engine.undo import removed_by


def written() -> list[tuple[str, str]]:
    """(app, operation) of every write that a recipe's steps come to."""
    found = set()
    for recipe in recipes.ALL.values():
        workflow = recipe.workflow
        for step in workflow.steps:
            if not step.role or not step.operation:
                continue
            app = catalog.connector(workflow.roles[step.role])
            keys = (
                app.procedure(step.operation).operations
                if step.kind is StepKind.PROCEDURE
                else (step.operation,)
            )
            found |= {(app.slug, key) for key in keys if app.operation(key).kind is not Kind.READ}
    return sorted(found)


def declared() -> list[tuple[Connector, Operation, Inverse]]:
    return [
        (app, operation, operation.inverse)
        for app in catalog.CONNECTORS.values()
        for operation in app.operations.values()
        if operation.inverse is not None
    ]


@pytest.mark.parametrize(("app", "key"), written())
def test_what_makes_something_or_reaches_people_says_how_it_is_taken_back(app: str, key: str) -> None:
    operation = catalog.connector(app).operation(key)
    if operation.kind is Kind.CREATE or operation.reaches_people:
        assert operation.inverse is not None, f"{app} {key} needs an inverse, or a sentence why there is none"


@pytest.mark.parametrize(
    ("app", "operation", "inverse"), declared(), ids=lambda value: getattr(value, "key", "")
)
def test_an_inverse_is_a_write_of_the_same_app_or_a_sentence(
    app: Connector, operation: Operation, inverse: Inverse
) -> None:
    assert bool(inverse.operation) != bool(inverse.never)
    for sentence in filter(None, (inverse.never, inverse.leaves)):
        assert sentence[0].isupper() and sentence.endswith(".")
    if inverse.operation:
        assert app.operation(inverse.operation).kind is not Kind.READ


@pytest.mark.parametrize(
    ("app", "operation", "inverse"),
    [row for row in declared() if row[2].operation],
    ids=lambda value: getattr(value, "key", ""),
)
def test_its_values_are_fields_of_that_call_and_all_that_it_needs(
    app: Connector, operation: Operation, inverse: Inverse
) -> None:
    sent = {field.key: f"{field.key}-1" for field in operation.fields} | {"tags": ["a", "b"]}
    made = Made(
        values=sent, record=sent, record_id="id-1", prior={"contact": "19", "tag": "16", "tags": ["a"]}
    )
    values = inverse.values(made)
    assert values
    fields = {field.key: field for field in app.operation(inverse.operation).fields}
    assert set(values) <= set(fields)
    needed = {key for key, field in fields.items() if field.required and not field.fills}
    assert needed <= set(values)


def test_where_the_parent_of_a_record_is_not_known_nothing_is_deleted() -> None:
    inverse = removed_by("notes.delete", "id", "contactId")
    assert inverse.values(Made(values={}, record={}, record_id="n-1")) is None
    assert inverse.values(Made(values={"contactId": "c-1"}, record={}, record_id="")) is None
