"""Writes that the hub cannot find again: in doubt a person is asked, and the hub says so beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from integrations import catalog
from integrations.engine.spec import Kind, Operation, Procedure, ProofKind, Step, WorkflowSpec
from integrations.services.drafts import work_of


def unproven(spec: WorkflowSpec, step: Step | None = None) -> list[str]:
    """A sentence for each write, of the whole workflow or of one step, whose proof is none."""
    steps = spec.steps if step is None else (step,)
    return [_sentence(one, call, spec) for one in steps for call in _unproven(one, spec)]


def _unproven(step: Step, spec: WorkflowSpec) -> Iterator[Operation]:
    for call in _calls(step, spec):
        unknown = call.proof is None or call.proof.kind is ProofKind.NONE
        if call.kind is not Kind.READ and not call.queued and unknown:
            yield call


def _calls(step: Step, spec: WorkflowSpec) -> list[Operation]:
    work = work_of(step, spec)
    if isinstance(work, Procedure):
        return [catalog.connector(spec.roles[step.role]).operation(key) for key in work.operations]
    if step.finds is not None:  # what it creates can be looked up; what it updates, as that call says
        changes = [step.finds.update] if step.finds.update else []
        return [catalog.connector(spec.roles[step.role]).operation(key) for key in changes]
    return [work] if work is not None else []


def _sentence(step: Step, call: Operation, spec: WorkflowSpec) -> str:
    app = catalog.connector(spec.roles[step.role]).title
    return (
        f"{step.title}: if the answer of {app} to “{call.title}” is lost, the hub cannot find out whether it "
        "happened. The run is then held for a person, and the call is never repeated by itself."
    )
