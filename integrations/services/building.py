"""A workflow put together by hand: started blank, its steps added, changed, moved and taken out.

What a step takes from another (`steps.<id>`, `taken.<id>`) is kept whole: no step goes, or moves, to where it
would be asked for before it was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.expressions import parsed
from integrations.engine.finding import completed, problems
from integrations.engine.free_calls import is_free, operation_of, takes_free_calls
from integrations.engine.freeze import freeze, thaw
from integrations.engine.own_triggers import trigger_in
from integrations.engine.spec import (
    Connector,
    Finding,
    Kind,
    Operation,
    Procedure,
    Step,
    StepKind,
    Trigger,
    WorkflowSpec,
)
from integrations.models import Connection, ConnectionState, Team, Workflow
from integrations.services import audit, drafts
from integrations.services.orders import work_named

LONGEST_ID = 40
ASKED = re.compile(r"\b(?:steps|taken)\.\"?([\w-]+)\"?")
PLAIN_KINDS = (StepKind.FILTER, StepKind.APPROVE, StepKind.WAIT, StepKind.ANSWER)


def start_blank(
    team: Team,
    *,
    name: str,
    source: Connection,
    trigger: str,
    others: Sequence[Connection] = (),
    actor: User | None = None,
) -> Workflow:
    """A draft without steps. Raises WrongUse for a name that is taken, or connections that do not fit."""
    connections = list(dict.fromkeys([source, *others]))
    roles: dict[str, Connection] = {}
    for connection in connections:
        roles[_new_role(roles, connection)] = connection
    found = trigger_in(catalog.connector(source.connector), trigger, {})
    spec = WorkflowSpec(
        title=name.strip(),
        roles={role: connection.connector for role, connection in roles.items()},
        trigger_role=next(role for role, connection in roles.items() if connection == source),
        trigger=found.key,
        steps=(),
    )
    with transaction.atomic():
        workflow = drafts.make_plain(team, spec, bindings=roles, actor=actor)
        workflow.interval_min = found.interval_min
        workflow.save(update_fields=["interval_min"])
    return workflow


def triggers_of(team: Team) -> list[tuple[Connection, list[Trigger]]]:
    """What each of the team's connections can tell of."""
    rows = Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED).order_by("name")
    return [(row, list(catalog.connector(row.connector).triggers.values())) for row in rows]


def add_call(
    workflow: Workflow,
    connection: Connection,
    operation: str,
    *,
    title: str = "",
    finds: Finding | None = None,
    actor: User | None = None,
) -> Step:
    """A step at the end that calls this operation or procedure over this connection.

    The operation may be one that no catalogue has, as `http METHOD /path`. With `finds` it looks first, and
    creates only what is not there. Raises WrongUse.
    """
    connector = catalog.connector(connection.connector)
    work = _work(connector, operation)
    with transaction.atomic():
        role = _role_for(workflow, connection)
        made = Step(
            id=_new_id(workflow, work.key.replace(".", "_")),
            title=title.strip() or work.title,
            kind=_kind_of(work),
            role=role,
            operation=work.key,
            finds=_whole(finds, connector) if finds else None,
        )
        return _added(workflow, made, actor)


def change_call(workflow: Workflow, step_id: str, operation: str, *, actor: User | None = None) -> Step:
    """Another call in the step's place; its mappings stay. Only for calls that no catalogue has."""
    spec = drafts.compile_draft(workflow)
    step = spec.step(step_id)
    if not (is_free(step.operation) and is_free(operation)):
        raise WrongUse(f"“{step.title}” calls what the catalogue has; add another step for another call.")
    work = _work(catalog.connector(spec.roles[step.role]), operation)
    title = work.title if step.title == operation_of(step.operation).title else step.title
    changed = replace(step, operation=work.key, kind=_kind_of(work), title=title)
    _put(workflow, [changed if one.id == step_id else one for one in spec.steps], "step.changed", actor)
    return changed


def change_finding(
    workflow: Workflow, step_id: str, finds: Finding | None, *, actor: User | None = None
) -> Step:
    """How the step looks first; None: it does not, and creates whatever is there."""
    spec = drafts.compile_draft(workflow)
    step = spec.step(step_id)
    if step.kind is not StepKind.WRITE:
        raise WrongUse(f"“{step.title}” writes nothing, so there is nothing to look for first.")
    connector = catalog.connector(spec.roles[step.role])
    changed = replace(step, finds=_whole(finds, connector) if finds else None)
    _put(workflow, [changed if one.id == step_id else one for one in spec.steps], "step.changed", actor)
    return changed


def operation_named(connector: Connector, name: str) -> Operation:
    """The operation of that name, one of the operator's own among them. Raises WrongUse."""
    work = _work(connector, name)
    if isinstance(work, Procedure):
        raise WrongUse(f"“{work.title}” is several calls; choose one call.")
    return work


def senders(team: Team) -> list[tuple[Connection, Operation]]:
    """The calls that deliver to an address of the operator's own, of each of the team's connections."""
    return [
        (row, operation)
        for row in Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED).order_by("name")
        for operation in catalog.connector(row.connector).operations.values()
        if operation.queued
    ]


def add_plain(workflow: Workflow, kind: str, *, title: str = "", actor: User | None = None) -> Step:
    """A step at the end that is no call: filter, approve, wait or answer."""
    if kind not in PLAIN_KINDS:
        raise WrongUse(did_you_mean(kind, [known.value for known in PLAIN_KINDS], "kind of step"))
    found = StepKind(kind)
    title = title.strip() or found.value.capitalize()
    return _added(workflow, Step(id=_new_id(workflow, title), title=title, kind=found), actor)


def change_step(
    workflow: Workflow, step_id: str, words: Mapping[str, str | bool], *, actor: User | None = None
) -> Step:
    """Other words for a step: its title, when, for_each, item_key, reason, link, goes_on.

    Raises MappingFailed for an expression that cannot be read.
    """
    for word in ("when", "for_each", "item_key"):
        if words.get(word):
            parsed(str(words[word]))
    spec = drafts.compile_draft(workflow)
    changed = replace(spec.step(step_id), **words)  # type: ignore[arg-type]
    if not changed.title.strip():
        raise WrongUse("Give the step a title.")
    _put(workflow, [changed if step.id == step_id else step for step in spec.steps], "step.changed", actor)
    return changed


def remove_step(workflow: Workflow, step_id: str, *, actor: User | None = None) -> None:
    spec = drafts.compile_draft(workflow)
    spec.step(step_id)
    _put(workflow, [step for step in spec.steps if step.id != step_id], "step.removed", actor)


def move_step(workflow: Workflow, step_id: str, by: int, *, actor: User | None = None) -> None:
    """So many places further on (negative: back); at either end it stays."""
    steps = list(drafts.compile_draft(workflow).steps)
    place = next((n for n, step in enumerate(steps) if step.id == step_id), None)
    if place is None:
        raise WrongUse(did_you_mean(step_id, [step.id for step in steps], "step"))
    steps.insert(max(0, place + by), steps.pop(place))
    _put(workflow, steps, "step.moved", actor)


# --- how it stays whole ---------------------------------------------------------------------------


def _added(workflow: Workflow, made: Step, actor: User | None) -> Step:
    steps = drafts.compile_draft(workflow).steps
    _put(workflow, [*steps, made], "step.added", actor)
    return made


def _put(workflow: Workflow, steps: Sequence[Step], action: str, actor: User | None) -> None:
    """The draft with these steps, one change at a time."""
    with transaction.atomic():
        row = Workflow.objects.select_for_update().get(pk=workflow.pk)
        spec = thaw(freeze(replace(thaw(row.draft), steps=tuple(steps))))
        _check_order(spec)
        _check_finding(spec)
        drafts.save_steps(workflow, spec)
        audit.note(workflow.team, actor, f"workflow.{action}", workflow)


def _check_order(spec: WorkflowSpec) -> None:
    ids, passed = {step.id for step in spec.steps}, set[str]()
    for step in spec.steps:
        for asked in sorted(_asks_for(step) - passed):
            why = "which comes later" if asked in ids else "which would be gone"
            raise WrongUse(f"“{step.title}” takes something from “{asked}”, {why}; change that first.")
        passed.add(step.id)


def _check_finding(spec: WorkflowSpec) -> None:
    for step in spec.steps:
        found = () if step.finds is None else problems(step, catalog.connector(spec.roles[step.role]))
        for problem in found:
            raise WrongUse(f"“{step.title}”: {problem}")


def _whole(finds: Finding, connector: Connector) -> Finding:
    """With the operations by their own names, and the field for the id."""
    look = _work(connector, finds.operation).key
    update = _work(connector, finds.update).key if finds.update else ""
    return completed(replace(finds, operation=look, update=update), connector)


def _work(connector: Connector, operation: str) -> Operation | Procedure:
    if is_free(operation) and not takes_free_calls(connector):
        raise WrongUse(
            f"{connector.title} only sends to the address that its connection names; choose one of its calls."
        )
    return work_named(connector, operation)


def _asks_for(step: Step) -> set[str]:
    texts = [step.when, step.for_each]
    for mapping in step.mappings:
        texts += [mapping.source, *(str(dict(use.args)) for use in mapping.transforms)]
    return {name for text in texts for name in ASKED.findall(text)}


def _new_id(workflow: Workflow, text: str) -> str:
    """A name that expressions can use without quotes, and that no step of the draft has."""
    plain = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_")[:LONGEST_ID] or "step"
    plain = f"step_{plain}" if plain[0].isdigit() else plain
    return _free(plain, lambda name: any(step["id"] == name for step in workflow.draft["steps"]))


def _new_role(roles: dict[str, Any], connection: Connection) -> str:
    return _free(connection.connector, lambda name: name in roles)


def _free(name: str, taken: Callable[[str], bool]) -> str:
    number, found = 1, name
    while taken(found):
        number += 1
        found = f"{name}_{number}"
    return found


def _role_for(workflow: Workflow, connection: Connection) -> str:
    """The role that the connection plays; a new one for it where it plays none."""
    for role, bound in drafts.bound(workflow).items():
        if bound == connection:
            return role
    roles = dict(workflow.draft["roles"])
    role = _new_role(roles, connection)
    workflow.draft = {**workflow.draft, "roles": {**roles, role: connection.connector}}
    workflow.save(update_fields=["draft", "changed_at"])
    drafts.bind(workflow, {role: connection})
    return role


def _kind_of(work: Operation | Procedure) -> StepKind:
    if isinstance(work, Procedure):
        return StepKind.PROCEDURE
    return StepKind.READ if work.kind is Kind.READ else StepKind.WRITE
