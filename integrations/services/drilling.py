"""The drill of a draft before it may go live: asked for, worked at by a worker, watched, cancelled.

What is drilled is a copy, in processes of the drill's own (`drill.gate`); here is only where it stands, and
that a draft which came through it is remembered as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from integrations.engine.errors import HubError, WrongUse
from integrations.models import Drill, DrillState, Workflow
from integrations.services import audit, drafts, lifecycle, pulse
from integrations.services.drill import gate, troubles
from integrations.services.drill.driver import Report, did_hold, in_words

LEASE = timedelta(minutes=5)
TITLES = {one.key: one.title for one in troubles.ALL}
OPEN = (DrillState.QUEUED, DrillState.RUNNING)
DIED = "The process that drilled it has ended; drill it again."

Tell = Callable[[Drill, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one trouble; `why` of one that cannot befall the workflow."""

    title: str
    held: bool
    words: str = ""
    why: str = ""


def latest(workflow: Workflow) -> Drill | None:
    found: Drill | None = Drill.objects.of(workflow.team).filter(workflow=workflow).first()
    return found


def lines(made: Drill) -> list[Line]:
    """One for each trouble, as they were tried."""
    tried = [Line(title=title_of(row), held=did_hold(row), words=in_words(row)) for row in made.trials]
    return [*tried, *(Line(title=title_of(row), held=True, why=row["unfit"]) for row in made.unfit)]


def title_of(row: Mapping[str, Any]) -> str:
    return TITLES.get(row["trouble"], "an undisturbed run")


def start(workflow: Workflow, *, actor: User | None = None) -> Drill:
    """Raises WrongUse where the draft is not ready for it, or is drilled now."""
    if found := lifecycle.problems(workflow, with_test=False):
        raise WrongUse(found[0])
    gate.on_sandbox(workflow)
    try:
        with transaction.atomic():
            made: Drill = Drill.objects.create(
                team=workflow.team,
                workflow=workflow,
                draft_hash=drafts.draft_hash(workflow),
                total=len(gate.IN_PROCESS),
                started_by=actor,
            )
    except IntegrityError:
        raise WrongUse(f"“{workflow.name}” is being drilled already.") from None
    return made


def cancel(workflow: Workflow, *, actor: User | None = None) -> None:
    """What it has started ends with the trouble that is being tried."""
    rows = Drill.objects.of(workflow.team).filter(workflow=workflow, state__in=OPEN)
    if not rows.update(state=DrillState.CANCELLED, finished_at=datetime.now(UTC)):
        raise WrongUse(f"“{workflow.name}” is not being drilled.")
    audit.note(workflow.team, actor, "workflow.drill_cancelled", workflow)


def run(workflow: Workflow, tell: Tell = lambda drill, row: None) -> Drill:
    """All of it in this process, while somebody waits. Raises WrongUse like `start`."""
    made = work(start(workflow), tell)
    workflow.refresh_from_db(fields=["drilled_hash", "drilled_at"])
    return made


# --- going on -------------------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[Drill]:
    """Those that nobody works at, and those whose process has died."""
    return Drill.objects.filter(
        Q(state=DrillState.QUEUED) | Q(state=DrillState.RUNNING, lease_until__lte=now)
    )


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def work_all() -> None:
    for drill in due(datetime.now(UTC)).select_related("workflow__team", "started_by").order_by("pk"):
        work(drill)


def work(drill: Drill, tell: Tell = lambda drill, row: None) -> Drill:
    """Drill it, unless somebody else does; the row as it stands then."""
    mine = Drill.objects.filter(pk=drill.pk, state=DrillState.QUEUED)
    if mine.update(state=DrillState.RUNNING, lease_until=datetime.now(UTC) + LEASE):
        _drill(drill, tell)
    else:
        lapsed = Drill.objects.filter(
            pk=drill.pk, state=DrillState.RUNNING, lease_until__lte=datetime.now(UTC)
        )
        lapsed.update(state=DrillState.BROKEN, reason=DIED, finished_at=datetime.now(UTC))
    drill.refresh_from_db()
    return drill


def _drill(drill: Drill, tell: Tell) -> None:
    try:
        report = gate.drilled(
            drill.workflow,
            progress=lambda done, row: _went_on(drill, row, tell),
            cancelled=lambda: _is_cancelled(drill),
        )
    except HubError as error:
        _end(drill, DrillState.BROKEN, error.sentence)
    except BaseException:
        _end(drill, DrillState.BROKEN, "It was stopped before its end; drill it again.")
        raise
    else:
        if not report.cancelled:
            _settle(drill, report)


def _is_cancelled(drill: Drill) -> bool:
    """Asked several times a second, and so the sign that this worker is busy rather than wedged."""
    pulse.touch(datetime.now(UTC))
    return not _under_way(drill).exists()


def _went_on(drill: Drill, row: dict[str, Any], tell: Tell) -> None:
    (drill.unfit if "unfit" in row else drill.trials).append(row)
    lease = datetime.now(UTC) + LEASE
    _under_way(drill).update(trials=drill.trials, unfit=drill.unfit, lease_until=lease)
    tell(drill, row)


def _settle(drill: Drill, report: Report) -> None:
    """Note for the draft what came of it; a draft that was changed meanwhile has not been drilled."""
    workflow = Workflow.objects.get(pk=drill.workflow_id)
    if drafts.draft_hash(workflow) != drill.draft_hash:
        _end(drill, DrillState.BROKEN, "The draft was changed while it was drilled; drill it again.")
        return
    passed = bool(report.trials or report.unfit) and not report.problems
    with transaction.atomic():
        if _end(drill, DrillState.PASSED if passed else DrillState.FAILED, "", report.problems):
            lifecycle.note_drill(workflow, passed)
            audit.note(drill.team, drill.started_by, "workflow.drilled", workflow, passed=passed)


def _end(drill: Drill, state: DrillState, reason: str, problems: list[str] | None = None) -> int:
    return _under_way(drill).update(
        state=state,
        reason=reason,
        problems=problems or [],
        finished_at=datetime.now(UTC),
        lease_until=None,
    )


def _under_way(drill: Drill) -> QuerySet[Drill]:
    """The row, unless somebody has cancelled it."""
    return Drill.objects.filter(pk=drill.pk, state=DrillState.RUNNING)
