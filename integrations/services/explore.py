"""One call by hand: what is typed becomes one step, and goes the way every step goes.

A read is made at once. A write, or anything of several calls, is a run of a workflow that the hub keeps for
this: claimed in the ledger before it is sent, looked up where its answer was lost, within the quota, audited.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations.engine.errors import HubError, ScopeMissing, StopRun
from integrations.engine.execute import Start
from integrations.engine.freeze import freeze
from integrations.engine.mapping import map_fields
from integrations.engine.quota import Lane
from integrations.engine.redact import HIDDEN
from integrations.engine.request import Prepared, no_writes, prepare
from integrations.engine.spec import FieldMapping, Kind, Operation, Step, StepKind, WorkflowSpec
from integrations.engine.storable import storable
from integrations.models import (
    FINISHED,
    OPEN,
    ApiCall,
    Environment,
    Event,
    EventSource,
    Run,
    RunMode,
    RunState,
    Team,
    Workflow,
    WorkflowVersion,
)
from integrations.services import audit, direct
from integrations.services.accounts import account_of, connector_of
from integrations.services.drain import drain_once
from integrations.services.journeys import spec_of
from integrations.services.orders import Order, operations_of
from integrations.services.rehearsal import Plan, rehearse
from integrations.services.shown import masked

ROLE = "app"
TRIGGER = "call"
ANSWER = "answer"
NAME = "Calls by hand"
PAUSE_S = 0.2


@dataclass(slots=True)
class Sent:
    """What came of a call. `run` is None for a read; `open` says that its end is still to come."""

    value: Any = None
    record_id: str = ""
    error: HubError | None = None
    run: Run | None = None
    calls: list[ApiCall] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.run is not None and self.run.state not in FINISHED

    @property
    def refused(self) -> str:
        """Why it did not hold, in a sentence; "" where it did, or is still under way."""
        if self.error is not None:
            return self.error.sentence
        if self.run is None or self.run.state in (RunState.SUCCEEDED, RunState.SKIPPED) or self.open:
            return ""
        return self.run.reason or f"The call is {self.run.state}."


def asks_twice(order: Order) -> str:
    """Why this is to be confirmed before it is sent, in a sentence; "" where it need not be."""
    if not order.writes:
        return ""
    reaching = [operation.title for operation in order.operations if operation.reaches_people]
    if reaching:
        return f"“{reaching[0]}” sends something to somebody."
    if order.connection.environment == Environment.PRODUCTION:
        return f"{order.connection.name} is a real account, and this changes something in it."
    return ""


def request_of(order: Order) -> Prepared:
    """The request as it would be sent, where it is one request. Nothing is sent."""
    operation = order.operation
    assert operation is not None
    connector = connector_of(order.connection)
    return prepare(connector, operation, account_of(order.connection), _values(order, operation))


def _values(order: Order, operation: Operation) -> dict[str, Any]:
    (step,) = order.steps
    fields = [known for known in operation.fields if not known.fills]
    mapped = map_fields(step.mappings, {"event": order.values}, fields)
    mapped.raise_for_problems()
    return mapped.values


def plan(order: Order) -> Plan:
    """What it would do: its reads are made, its writes are only told."""
    now = datetime.now(UTC)
    start = Start(
        run_key="plan",
        event=order.values,
        trigger={"type": order.key, "id": "plan", "at": now.isoformat(), "record": ""},
        now=now,
        accounts={ROLE: order.connection.settings},
    )
    found = rehearse(_spec(order), {ROLE: order.connection}, start)
    found.stories = [story for story in found.stories if story.step.id != ANSWER]
    return found


def check(order: Order) -> None:
    """What is known to keep it from being sent, before it is: raises what it is (a scope that is lacking)."""
    if order.operation is not None:
        request_of(order)
        return
    if order.writes and order.connection.read_only:
        raise StopRun(no_writes(order.title, order.connection.name, Kind.UPDATE))
    held = set(order.connection.scopes)
    lacking = sorted({scope for op in order.operations for scope in op.needed_scopes} - held)
    if held and lacking:
        raise ScopeMissing(
            f"{order.connection.name} may not do this: its token lacks {', '.join(lacking)}. Connect it "
            "again and allow what is asked for."
        )


def is_read(order: Order) -> bool:
    """Whether it is one read, made at once and without a run."""
    return order.operation is not None and order.operation.kind is Kind.READ


def look(order: Order, *, patience_s: float = 30.0) -> Sent:
    """Make the one read. Whatever it ends in stands in the result."""
    operation = order.operation
    assert operation is not None
    sent = Sent()
    try:
        outcome = direct.read(
            order.connection,
            operation.key,
            _values(order, operation),
            purpose="by hand",
            lane=Lane.REQUEST,
            patience_s=patience_s,
            noted=sent.calls,
        )
    except HubError as error:
        sent.error = error
    else:
        sent.value, sent.record_id = masked(outcome.value, [operation]), outcome.record_id
        sent.error = outcome.error
    return sent


def start(order: Order, actor: User | None) -> Run:
    """Store it as a run of its own; the caller drains it, or wakes a worker. Raises what `check` does."""
    check(order)
    team = order.connection.team
    with transaction.atomic():
        version = kept_version(team, _spec(order), {ROLE: order.connection.pk}, actor)
        event = Event.objects.create(
            team=team,
            connection=order.connection,
            trigger=TRIGGER,
            type=order.key,
            record="",
            dedupe_key=f"call:{version.pk}",
            payload=storable(order.values),
            source=EventSource.MANUAL,
        )
        run = Run.objects.create(
            team=team,
            workflow=version.workflow,
            version=version,
            event=event,
            mode=RunMode.CALL,
            record=f"call:{version.pk}",
            due_at=datetime.now(UTC),
            lane=0,
        )
        audit.note(team, actor, "operation.called", order.connection, operation=order.key, run=run.pk)
    return run


def sent_by(run: Run) -> Sent:
    """What has come of such a run so far. Once it is over, what it was given as secrets is let go of.

    One that a connection's trouble keeps from being sent ends here: nobody waits for it any more when that is
    mended, and a call that somebody has given up is not to be made then.
    """
    _end_parked(run)
    operations = operations_of(connector_of(run.event.connection), spec_of(run).steps)
    if run.state in FINISHED:
        _forget_secrets(run, operations)
    made = run.effects.exclude(record_id="").order_by("-id").first()
    return Sent(
        value=masked((run.answer or {}).get("value"), operations),
        record_id=made.record_id if made else "",
        run=run,
        calls=list(run.calls.order_by("id")),
    )


def follow(run: Run, timeout_s: float) -> Sent:
    """Do the run's work in this process until it is over, stands still, or `timeout_s` have passed."""
    until = time.monotonic() + timeout_s
    while True:
        drain_once([run.pk], for_s=max(0.0, until - time.monotonic()))
        run = Run.objects.select_related("event__connection", "version").get(pk=run.pk)
        waits = run.state in (RunState.QUEUED, RunState.RUNNING) or run.due_at is not None
        if run.state in FINISHED or not waits or time.monotonic() >= until:
            return sent_by(run)
        time.sleep(PAUSE_S)


def _end_parked(run: Run) -> None:
    if run.state != RunState.PARKED or run.effects.filter(state__in=OPEN).exists():
        return
    ended = Run.objects.filter(pk=run.pk, state=RunState.PARKED).update(
        state=RunState.FAILED, lane=None, finished_at=datetime.now(UTC)
    )
    if ended:
        run.refresh_from_db()


def _forget_secrets(run: Run, operations: Iterable[Operation]) -> None:
    given = run.event.payload
    secret = {
        known.key
        for operation in operations
        for known in operation.fields
        if known.secret and given.get(known.key) not in (None, HIDDEN)
    }
    if secret:
        run.event.payload = {key: HIDDEN if key in secret else value for key, value in given.items()}
        run.event.save(update_fields=["payload"])


def kept_version(
    team: Team, spec: WorkflowSpec, bindings: Mapping[str, int], actor: User | None
) -> WorkflowVersion:
    """What is done by hand as a version of the team's own workflow for that, numbered one at a time."""
    workflow, _ = Workflow.everything.get_or_create(
        team=team, by_hand=True, defaults={"name": NAME, "draft": {}}
    )
    Workflow.everything.select_for_update().get(pk=workflow.pk)
    last = WorkflowVersion.objects.filter(workflow=workflow).aggregate(n=Max("number"))["n"] or 0
    return WorkflowVersion.objects.create(
        workflow=workflow,
        number=last + 1,
        spec=freeze(spec),
        bindings=dict(bindings),
        test=True,
        made_by=actor,
    )


def _spec(order: Order) -> WorkflowSpec:
    """The steps, and one that hands over what the last of them gave."""
    last = order.steps[-1].id
    answer = Step(
        id=ANSWER,
        title="Answer",
        kind=StepKind.ANSWER,
        mappings=(FieldMapping(target="value", source=f"steps.{last}"),),
    )
    return WorkflowSpec(
        title=NAME,
        roles={ROLE: order.connection.connector},
        trigger_role=ROLE,
        trigger=TRIGGER,
        steps=(*order.steps, answer),
    )
