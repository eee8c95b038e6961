"""What something will cost in calls, before it is done: how many, until when, and what they leave of the day.

The calls of one event are the average of past runs where there are any; before that they are counted from the
steps that the sample events lead through. Look-ups after trouble are not foreseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count

from integrations.engine.errors import MappingFailed
from integrations.engine.mapping import condition, items
from integrations.engine.outlook import Outlook, outlook
from integrations.engine.quota import Lane, State, Usage, usage
from integrations.engine.spec import Limit, Procedure, Step, StepKind, WorkflowSpec
from integrations.models import ApiCall, Budget, Connection, Run, RunMode, Workflow
from integrations.services import budgets, lifecycle, samples
from integrations.services.accounts import reaches
from integrations.services.drafts import bound, compile_draft, work_of

RUNS_MEASURED = 100
MINUTES_A_DAY = 24 * 60
CALLING = (StepKind.READ, StepKind.WRITE, StepKind.PROCEDURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The calls that one event makes over a connection; `runs`: over how many it was measured (0: none)."""

    connection: Connection
    calls: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a number of calls over one connection comes to. `enough`: the present day has them all."""

    connection: Connection
    calls: int
    outlook: Outlook
    sentence: str

    @property
    def enough(self) -> bool:
        return self.outlook.windows == 1


def of_events(workflow: Workflow, events: int, lane: Lane = Lane.TRIGGER) -> list[Forecast]:
    """What so many events of the workflow will cost, one entry a connection. Raises HubError for a draft
    that cannot be read."""
    found = []
    for cost in per_event(workflow):
        calls = round(cost.calls * events)
        how = f"measured over {_counted(cost.runs, 'run')}" if cost.runs else "counted from its steps"
        each = f"{cost.calls:.3g} call{'' if cost.calls == 1 else 's'} each"
        what = f"{_counted(events, 'event')} of “{workflow.name}” ({each}, {how})"
        found.append(_told(cost.connection, calls, lane, what))
    return found


def of_calls(connection: Connection, calls: int, what: str, lane: Lane) -> Forecast:
    """What so many calls will cost; `what` they are for, in words."""
    return _told(connection, calls, lane, what)


def of_looks(workflow: Workflow) -> Forecast | None:
    """What a day of looking at the workflow's source costs; None where nothing is looked at."""
    spec = compile_draft(workflow)
    connection = bound(workflow).get(spec.trigger_role)
    if connection is None or samples.trigger_of(spec).sweep is None:
        return None
    cursor = lifecycle.cursor_of(workflow)
    minutes = max(1, cursor.interval_min if cursor and cursor.interval_min else workflow.interval_min)
    each = cursor.calls if cursor and cursor.calls else 1
    how = "as the last took" if cursor and cursor.calls else "at least, and one for each further page"
    looks = MINUTES_A_DAY // minutes
    standing = _standing(connection)
    what = f"A day of looks, one every {_counted(minutes, 'minute')} ({_counted(each, 'call')} each, {how})"
    part = f", {looks * each / standing.day.count:.1%} of those of a day" if standing.day else ""
    return Forecast(
        connection=connection,
        calls=looks * each,
        outlook=outlook(standing.state, standing.limits, standing.now, looks * each, Lane.SYNC),
        sentence=f"{what}: {standing.calls(looks * each)}{part}.",
    )


def per_event(workflow: Workflow) -> list[Cost]:
    """The calls that an event of the draft makes, by connection."""
    spec, connections = compile_draft(workflow), bound(workflow)
    by_connection = _measured(workflow, connections.values())
    if by_connection:
        return by_connection
    counted = _counted_calls(workflow, spec)
    found: Counter[int] = Counter()
    for role, calls in counted.items():
        if role in connections:
            found[connections[role].pk] += calls
    rows = {connection.pk: connection for connection in connections.values()}
    return [Cost(connection=rows[pk], calls=calls, runs=0) for pk, calls in sorted(found.items())]


def _measured(workflow: Workflow, connections: Iterable[Connection]) -> list[Cost]:
    rows = Run.objects.of(workflow.team).filter(
        workflow=workflow, mode=RunMode.LIVE, finished_at__isnull=False
    )
    runs = list(rows.order_by("-pk").values_list("pk", flat=True)[:RUNS_MEASURED])
    if not runs:
        return []
    calls = ApiCall.objects.of(workflow.team).filter(run__in=runs).order_by()
    made = dict(calls.values_list("connection").annotate(n=Count("pk")))
    by_pk = {connection.pk: connection for connection in connections}
    return [
        Cost(connection=connection, calls=made[pk] / len(runs), runs=len(runs))
        for pk, connection in sorted(by_pk.items())
        if pk in made
    ]


def _counted_calls(workflow: Workflow, spec: WorkflowSpec) -> dict[str, int]:
    """Calls by role, of the kind of event that makes the most."""
    most: Counter[str] = Counter()
    for event_type in samples.sample_events(workflow, spec):
        context = samples.sample_context(workflow, spec, event_type)
        calls: Counter[str] = Counter()
        for step in spec.steps:
            if step.kind in CALLING:
                calls[step.role] += _times(step, context) * _calls_of(step, spec)
        most = max(most, calls, key=lambda counted: counted.total())
    return dict(most)


def _times(step: Step, context: dict[str, object]) -> int:
    """How often the step is taken; where only a run can tell, once."""
    try:
        if not condition(step.when, context):
            return 0
        return len(items(step.for_each, context)) if step.for_each else 1
    except MappingFailed:
        return 1


def _calls_of(step: Step, spec: WorkflowSpec) -> int:
    work = work_of(step, spec)
    looks = step.finds is not None
    return (work.calls or len(work.operations)) if isinstance(work, Procedure) else 1 + looks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How the quota of a connection stands; `known`: it was called before, so that its limits are."""

    connection: Connection
    state: State
    limits: Sequence[Limit]
    windows: list[Usage]
    known: bool
    now: datetime

    @property
    def day(self) -> Usage | None:
        return next((window for window in self.windows if window.long), None)

    def calls(self, count: int) -> str:
        return f"about {_counted(count, 'call')} to {self.connection.name}"


def _standing(connection: Connection) -> _Standing:
    now = datetime.now(UTC)
    reach = reaches([connection.pk])[connection.pk]
    row = Budget.objects.filter(scope=reach.scope).first()
    state, limits = State.from_json(row.state) if row else State(), reach.connector.quota.limits
    return _Standing(
        connection=connection,
        state=state,
        limits=limits,
        windows=usage(state, limits, now),
        known=row is not None,
        now=now,
    )


def _told(connection: Connection, calls: int, lane: Lane, what: str) -> Forecast:
    standing = _standing(connection)
    found = outlook(standing.state, standing.limits, standing.now, calls, lane)
    known = "" if standing.known else " Its limits are not known yet; the lowest are supposed."
    sentence = f"{what}: {standing.calls(calls)}. {_course(standing, found)}{known}"
    return Forecast(connection=connection, calls=calls, outlook=found, sentence=sentence)


def _course(standing: _Standing, found: Outlook) -> str:
    """How they go: at which pace, until when, and what is left."""
    short, ends = standing.windows[0], f"about {_when(found.ends_at, standing.now)}"
    pace = f"At {_counted(short.count, 'call')} in {budgets.length(short.window_s)} that ends {ends}"
    if standing.day is None:
        return f"{pace}."
    day = budgets.length(standing.day.window_s).removeprefix("a ")
    if found.windows == 1:
        return f"{pace} and leaves {found.leaves:.1%} of the {day}."
    return f"This {day} has {found.free:,} left for them, so they take {found.windows} {day}s and end {ends}."


def _when(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M} UTC" if moment.date() == now.date() else f"{moment:%Y-%m-%d %H:%M} UTC"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
