"""From draft to live: what still stands in the way, the sandbox test, deploy, pause and resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jmespath
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations import catalog, queue
from integrations.engine import finding
from integrations.engine.errors import HubError, WrongUse
from integrations.engine.freeze import freeze, thaw
from integrations.engine.lookups import tables_in
from integrations.engine.mapping import check_expression, condition
from integrations.engine.own_triggers import BY_HAND, FORM, SCHEDULE, asked_fields
from integrations.engine.request import no_writes, wrong_audience
from integrations.engine.schedules import schedule_of
from integrations.engine.spec import Kind, Operation, Procedure, Step, StepKind, TriggerKind, WorkflowSpec
from integrations.models import (
    Connection,
    ConnectionState,
    Cursor,
    Environment,
    Run,
    RunState,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.recipes import ALL
from integrations.services import addresses, audit, clocks, cycles, following, known, linting, scopes
from integrations.services.drafts import bound, compile_draft, draft_hash, work_of
from integrations.services.ingest import Arrival, accept_test
from integrations.services.samples import merged, sample_context, sample_events, trigger_of
from integrations.services.specimens import instead_of_sample

Check = Callable[[Workflow], Sequence[str]]

FURTHER: list[Check] = []
"""What else is asked of a draft before it may be deployed, in sentences: rooms that themselves need this one
add their check when they are loaded. What needs a passed test asks `tested` first."""

PROOF = ("tested_hash", "tested_at", "drilled_hash", "drilled_at")


def problems(workflow: Workflow, *, with_test: bool = True) -> list[str]:
    """What stands between this draft and going live, each in a sentence, as far as the hub knows by itself.

    Whether what it names is still there, only the accounts know: `standing_in_the_way` asks them.
    """
    try:
        spec = compile_draft(workflow)
        found = [*_connection_problems(workflow, spec), *_option_problems(workflow, spec)]
        found += [*_token_problems(spec), *_finding_problems(spec), *_answer_problems(workflow, spec)]
        found += _start_problems(workflow, spec)
        found += [
            f"There is no lookup table “{name}”." for name in sorted(tables_in(spec) - set(spec.tables))
        ]
        found += _mapping_problems(workflow, spec) if spec.steps else ["Add a step: as yet it does nothing."]
        found += cycles.problems(workflow, spec)
        found += [problem for check in FURTHER for problem in check(workflow)]
    except HubError as error:
        return [error.sentence]
    return found or (_unproved(workflow) if with_test else [])


def standing_in_the_way(workflow: Workflow) -> list[str]:
    """`problems`, and where there are none, what the draft names and its accounts do not have (any more).

    It asks the accounts: never inside a transaction.
    """
    return problems(workflow) or linting.of_draft(workflow).problems


def tested(workflow: Workflow) -> bool:
    return bool(workflow.tested_hash) and workflow.tested_hash == draft_hash(workflow)


def drilled(workflow: Workflow) -> bool:
    return bool(workflow.drilled_hash) and workflow.drilled_hash == draft_hash(workflow)


def _unproved(workflow: Workflow) -> list[str]:
    if tested(workflow) and drilled(workflow):
        return []
    real = [one.name for one in bound(workflow).values() if one.environment != Environment.SANDBOX]
    if real:
        return [
            f"{' and '.join(real)}: real accounts, on which nothing is tried out. Build the workflow on "
            "sandbox connections, let it pass its test and its drill there, and promote it."
        ]
    if not tested(workflow):
        return ["Run the sandbox test of this draft; it has changed since the last one that passed."]
    return ["Drill this draft; it has changed since the last drill that it passed."]


def _connection_problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    found = []
    connections = bound(workflow)
    for role, slug in spec.roles.items():
        connection = connections.get(role)
        if connection is None:
            found.append(f"Choose a connection to {catalog.connector(slug).title}.")
            continue
        if connection.state != ConnectionState.CONNECTED:
            found.append(f"{connection.name} is not connected; verify it, or connect it again.")
        if lacking := scopes.missing(connection, spec):
            found.append(_lacks(connection, lacking))
        found += _of_another_kind(connection, role, spec)
        found += _over_read_only(connection, role, spec)
    return [*found, *_deaf(connections, spec)]


def _deaf(connections: Mapping[str, Connection], spec: WorkflowSpec) -> list[str]:
    """A trigger that only webhooks feed, on an account that gets none."""
    connection, trigger = connections.get(spec.trigger_role), trigger_of(spec)
    if connection is None or trigger.sweep is not None or not trigger.hears:
        return []
    app = catalog.connector(connection.connector)
    if app.auth(connection.auth).hears:
        return []
    ways = " or ".join(auth.title for auth in app.auths if auth.hears)
    return [
        f"{connection.name} gets no webhooks, and nothing else tells of “{trigger.title}”: connect it by "
        f"{ways}, or choose a trigger that looks for changes."
    ]


def _lacks(connection: Connection, lacking: list[str]) -> str:
    page = connection.parent or connection
    return (
        f"{connection.name} lacks {', '.join(lacking)}; sign in again on the page of {page.name}, and allow "
        "what this workflow needs too."
    )


def _of_another_kind(connection: Connection, role: str, spec: WorkflowSpec) -> list[str]:
    """Steps that need another kind of account than the connection is to."""
    connector = catalog.connector(connection.connector)
    works = [work_of(step, spec) for step in spec.steps if step.role == role]
    calls = [work for work in works if isinstance(work, Operation)]
    told = [wrong_audience(connector, call, connection.name, connection.settings) for call in calls]
    return [sentence for sentence in dict.fromkeys(told) if sentence]


def _over_read_only(connection: Connection, role: str, spec: WorkflowSpec) -> list[str]:
    """Steps that write over a connection that never writes."""
    if not connection.read_only:
        return []
    works = [work_of(step, spec) for step in spec.steps if step.role == role]
    kinds = [(work.title, _kind(work)) for work in works if work is not None]
    told = [no_writes(title, connection.name, kind) for title, kind in kinds]
    return [sentence for sentence in dict.fromkeys(told) if sentence]


def _kind(work: Operation | Procedure) -> Kind:
    if isinstance(work, Procedure):
        return Kind.UPDATE if work.writes else Kind.READ
    return work.kind


def _finding_problems(spec: WorkflowSpec) -> list[str]:
    """What keeps a step from looking first for what it would create."""
    return [
        f"{step.title}: {problem}"
        for step in spec.steps
        if step.finds is not None
        for problem in finding.problems(step, catalog.connector(spec.roles[step.role]))
    ]


def _token_problems(spec: WorkflowSpec) -> list[str]:
    """What an answer hands over as a secret would stand in every run."""
    return [
        f"{step.title}: {work.key} answers with a secret, which no run may keep; take the step out."
        for step in spec.steps
        if isinstance(work := work_of(step, spec), Operation) and any(field.secret for field in work.answer)
    ]


def _answer_problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    """Who asks is answered at once, by a run that only reads."""
    trigger = trigger_of(spec)
    if trigger.kind is not TriggerKind.REQUEST:
        return []
    seen = sample_context(workflow, spec, trigger.events[0][0])
    taken = [step for step in spec.steps if condition(step.when, seen)]
    found = [
        f"{step.title}: whoever asks is answered at once, so nothing may be written or waited for; give the "
        "step a condition, or take it out."
        for step in taken
        if _does_more_than_read(step, spec)
    ]
    if not any(step.kind is StepKind.ANSWER for step in spec.steps):
        found.append("Nothing answers the question: add a step that does.")
    return found


def _does_more_than_read(step: Step, spec: WorkflowSpec) -> bool:
    work = work_of(step, spec)
    writes = isinstance(work, Procedure) and work.writes
    return writes or step.kind in (StepKind.WRITE, StepKind.APPROVE, StepKind.WAIT)


def _mapping_problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    """Each step against the sample events that reach it; a step that no event reaches is left alone."""
    found: dict[str, None] = {}
    declared, connections = trigger_of(spec).sample, bound(workflow)
    for event_type, payload in sample_events(workflow, spec).items():
        seen = sample_context(workflow, spec, event_type, merged(declared.get(event_type, {}), payload))
        context = known.context(workflow, spec, event_type, seen)
        for step in spec.steps:
            if problem := check_expressions(step, seen, context):
                found[f"{step.title}: {problem}"] = None
            elif not step.when or condition(step.when, seen):
                fields = known.fields_of(step, spec, connections)
                for told in known.problems(workflow, spec, step, fields, seen, context):
                    found[f"{step.title}: {told}"] = None
    return list(found)


def check_expressions(step: Step, seen: dict[str, Any], context: dict[str, Any]) -> str:
    """What is wrong with the step's condition or list; a mistyped path there would silently be false."""
    told = [p for text in (step.when, step.for_each) if text for p in check_expression(text, seen, context)]
    return told[0] if told else ""


def _start_problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    """What is wrong with a start that no app tells of; raises WrongUse for what cannot be read."""
    if spec.trigger == SCHEDULE:
        schedule_of(spec.trigger_settings)
    if spec.trigger in (BY_HAND, FORM):
        asked_fields(spec.trigger_settings)
    return following.problems(workflow, spec)


def _option_problems(workflow: Workflow, spec: WorkflowSpec) -> list[str]:
    recipe = ALL.get(workflow.recipe)
    if recipe is None:
        return []
    return [
        f"Choose: {field.title}."
        for field in recipe.options
        if field.required and spec.options.get(field.key) in (None, "")
    ]


def sandbox_test(
    workflow: Workflow,
    *,
    event_type: str = "",
    payload: dict[str, object] | None = None,
    actor: User | None = None,
) -> Run:
    """Start a real run of the draft on its sandbox connections; the caller drains it, then `note_test`."""
    if found := problems(workflow, with_test=False):
        raise WrongUse(found[0])
    spec = compile_draft(workflow)
    connections = bound(workflow)
    if any(connection.environment != Environment.SANDBOX for connection in connections.values()):
        raise WrongUse("These connections are real: use the dry run, which reads but writes nothing.")
    events = sample_events(workflow, spec)
    event_type = event_type or next(iter(events))
    if event_type not in events:
        raise WrongUse(f"There is no event “{event_type}” here; choose one of: {', '.join(events)}.")
    trigger, source = trigger_of(spec), connections[spec.trigger_role]
    given = payload if payload is not None else events[event_type]
    event = instead_of_sample(given, event_type, source, trigger, spec.trigger_settings)
    record = str(jmespath.search(trigger.record_id, dict(event)) or "sample")
    version = make_version(workflow, spec, test=True, actor=actor)
    arrival = Arrival(type=event_type, key=f"{event_type}:{record}", record=record, payload=dict(event))
    return accept_test(source, spec.trigger, arrival, workflow, version)


def note_test(workflow: Workflow, passed: bool) -> None:
    """Remember that the draft as it stands has passed (or failed) its test."""
    workflow.tested_hash = draft_hash(workflow) if passed else ""
    workflow.tested_at = datetime.now(UTC)
    workflow.save(update_fields=["tested_hash", "tested_at"])


def note_drill(workflow: Workflow, passed: bool) -> None:
    """Remember that the draft as it stands has come through its drill (or has not)."""
    workflow.drilled_hash = draft_hash(workflow) if passed else ""
    workflow.drilled_at = datetime.now(UTC)
    workflow.save(update_fields=["drilled_hash", "drilled_at"])


def vouch(workflow: Workflow) -> None:
    """What the draft says has come through the gate before: as an earlier version, or in the sandbox."""
    note_test(workflow, True)
    note_drill(workflow, True)


def is_draft_of(workflow: Workflow, version: WorkflowVersion) -> bool:
    """Whether the draft still says what this version does, on the same connections."""
    bindings = {role: connection.pk for role, connection in bound(workflow).items()}
    return bool(version.spec == freeze(compile_draft(workflow)) and version.bindings == bindings)


def settle_test(workflow: Workflow, run: Run) -> str:
    """Note a finished test for the draft it tested; the sentence for the operator."""
    if not is_draft_of(workflow, run.version):
        return "The draft was changed after this test had begun; test it again."
    note_test(workflow, passed(run))
    if passed(run):
        next_ = (
            "may be deployed" if drilled(workflow) else "may be drilled, which is the last thing asked of it"
        )
        return f"The draft passed its test and {next_}."
    return "The draft did not pass. Look at the run, change the draft, and test again."


def passed(run: Run) -> bool:
    return run.state in (RunState.SUCCEEDED, RunState.SKIPPED)


def make_version(
    workflow: Workflow, spec: WorkflowSpec, *, test: bool, actor: User | None, why: str = ""
) -> WorkflowVersion:
    with transaction.atomic():
        Workflow.objects.select_for_update().get(pk=workflow.pk)  # numbers are given one at a time
        earlier = WorkflowVersion.objects.filter(workflow=workflow, test=test)
        return WorkflowVersion.objects.create(
            workflow=workflow,
            number=(earlier.aggregate(n=Max("number"))["n"] or 0) + 1,
            spec=freeze(spec),
            bindings={role: connection.pk for role, connection in bound(workflow).items()},
            test=test,
            made_by=actor,
            why=why[:300],
        )


def deploy(workflow: Workflow, *, actor: User | None = None, why: str = "") -> WorkflowVersion:
    """Freeze the draft and let it run. Raises WrongUse with everything that stands in the way.

    `why` is kept with the version, for whoever reads its history. A draft that says what the live version
    says is that version: no second one is made of it. It asks the accounts: never inside a transaction.
    """
    if found := standing_in_the_way(workflow):
        raise WrongUse(" ".join(found))
    return go_live(workflow, actor=actor, why=why)


def go_live(workflow: Workflow, *, actor: User | None = None, why: str = "") -> WorkflowVersion:
    """The same for a draft whose accounts have just been asked."""
    with transaction.atomic():
        if found := problems(workflow):
            raise WrongUse(" ".join(found))
        spec = compile_draft(workflow)
        unchanged = workflow.live is not None and is_draft_of(workflow, workflow.live)
        version = (
            workflow.live if unchanged else make_version(workflow, spec, test=False, actor=actor, why=why)
        )
        assert version is not None
        if not version.proved:
            version.proved = True
            version.save(update_fields=["proved"])
        workflow.live, workflow.state = version, WorkflowState.LIVE
        workflow.save(update_fields=["live", "state", "changed_at"])
        audit.note(workflow.team, actor, "workflow.deployed", workflow, version=version.number)
        if trigger_of(spec).kind is TriggerKind.REQUEST:
            addresses.ask_key(workflow)
        if trigger_of(spec).kind is TriggerKind.POLL:
            queue.schedule_sweep(workflow.pk, workflow.interval_min)
        else:
            queue.unschedule_sweep(workflow.pk)
        clocks.set_clock(workflow, spec, datetime.now(UTC))
        queue.wake()
    return version


def pause(workflow: Workflow, *, actor: User | None = None) -> None:
    """Stop at the next step. Events are still collected, and run when it is resumed."""
    if not _move(workflow, WorkflowState.LIVE, WorkflowState.PAUSED, "workflow.paused", actor):
        raise WrongUse(f"“{workflow.name}” is not live, so there is nothing to pause.")


def resume(workflow: Workflow, *, actor: User | None = None) -> None:
    """Let the runs that were collected meanwhile, and those to come, go on.

    Its scopes may have gone meanwhile: while it was paused, nobody was asked for them.
    """
    if workflow.live is not None and workflow.state == WorkflowState.PAUSED:
        spec = thaw(workflow.live.spec)
        for connection in bound_connections(workflow.live).values():
            if lacking := scopes.missing(connection, spec):
                raise WrongUse(_lacks(connection, lacking))
    if not _move(workflow, WorkflowState.PAUSED, WorkflowState.LIVE, "workflow.resumed", actor):
        raise WrongUse(f"“{workflow.name}” is not paused.")
    queue.wake()


def cursor_of(workflow: Workflow) -> Cursor | None:
    """How far the live version has read its source."""
    if workflow.live is None:
        return None
    trigger_role = workflow.live.spec["trigger_role"]
    return Cursor.objects.filter(
        workflow=workflow,
        connection_id=workflow.live.bindings[trigger_role],
        trigger=workflow.live.spec["trigger"],
    ).first()


def bound_connections(version: WorkflowVersion) -> dict[str, Connection]:
    rows = Connection.objects.in_bulk(list(version.bindings.values()))
    return {role: rows[pk] for role, pk in version.bindings.items() if pk in rows}


def _move(
    workflow: Workflow, before: WorkflowState, after: WorkflowState, action: str, actor: User | None
) -> bool:
    """From one state to the other, if it is in the first; whether it was."""
    with transaction.atomic():
        moved = Workflow.objects.filter(pk=workflow.pk, state=before).update(state=after)
        if moved:
            workflow.state = after
            audit.note(workflow.team, actor, action, workflow)
    return bool(moved)
