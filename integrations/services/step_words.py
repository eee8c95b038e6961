"""What a person should know of a step before it runs: in whose name it calls, and what a repeat would do."""

from __future__ import annotations

from collections.abc import Iterator

from integrations import catalog
from integrations.engine import proofs
from integrations.engine.free_calls import is_free, scopes_unknown
from integrations.engine.spec import Kind, Operation, Step, StepKind, WorkflowSpec
from integrations.services.drafts import work_of


def told(step: Step, spec: WorkflowSpec) -> list[str]:
    """A sentence each."""
    return list(_told(step, spec))


def _told(step: Step, spec: WorkflowSpec) -> Iterator[str]:
    work = work_of(step, spec)
    if isinstance(work, Operation):
        app = catalog.connector(spec.roles[step.role])
        if is_free(work.key):
            reads = "It only reads." if work.kind is Kind.READ else "It counts as a write."
            yield (
                f"A call of your own: {work.title}, at the connection’s own address, signed by it and within "
                f"its quota. {reads} Add parameters of the address as query.page, headers as "
                f"headers.Accept-Language{_body(work)}. {scopes_unknown()}"
            )
        if step.finds is not None:
            yield from _looks(step, app.operations.get(step.finds.update) if step.finds.update else None)
        elif step.kind is StepKind.WRITE and (said := proofs.said(work)):
            yield f"“{work.title}”: {said}."
    if step.for_each and step.goes_on:
        yield (
            "An item that fails does not end the run: the others are done, the run says which failed, and "
            "run again it repeats those alone."
        )


def _body(work: Operation) -> str:
    return ", the body as body.name" if any(field.key == "body" for field in work.fields) else ""


def _looks(step: Step, update: Operation | None) -> Iterator[str]:
    finds = step.finds
    assert finds is not None
    each = "[]" if step.for_each else ""
    then = f"one record is changed with “{update.title}”" if update else "one record is left as it is"
    yield (
        f"It looks first by {finds.by} ({finds.operation}): {then}, none is created, and several end the run "
        "with a sentence. A create whose answer is lost is looked up the same way, not before "
        f"{finds.visible_after_s} seconds have passed, and not repeated blindly. Others know what "
        f"came of it as steps.{step.id}{each}.id, .what (created, updated, left as it was) and .record."
    )
    if update is not None and (said := proofs.said(update)):
        yield f"“{update.title}”: {said}."
