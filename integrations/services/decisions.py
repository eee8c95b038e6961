"""What a person decides about a run: approve, say whether a held write happened, cancel, try again."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.models import FINISHED, Effect, EffectState, Run, RunState, StepRun
from integrations.services import audit


def approve(step: StepRun, yes: bool, actor: User | None) -> None:
    """Answer a step that waits for a person; the run goes on, or ends as skipped."""
    with transaction.atomic():
        changed = StepRun.objects.filter(pk=step.pk, done=False).update(
            done=True, outcome=yes, decided_by=actor
        )
        if not changed:
            raise WrongUse("This has been decided already.")
        _queue(step.run)
        audit.note(step.run.team, actor, "run.approved" if yes else "run.declined", step.run)


def decide_held(effect: Effect, happened: bool, record_id: str, actor: User | None) -> None:
    """A write that may have happened: a person has looked, and says so. Then the run goes on."""
    run = effect.run
    if run is None or effect.state != EffectState.HELD:
        raise WrongUse("This write does not wait for anybody.")
    if happened and not record_id.strip():
        raise WrongUse("Give the id of the record that was made, as the app shows it.")
    with transaction.atomic():
        if happened:
            effect.state, effect.record_id, effect.adopted = EffectState.DONE, record_id.strip(), True
            effect.settled_at = datetime.now(UTC)
            StepRun.objects.create(
                run=run,
                address=effect.address,
                step=effect.address.split("/")[0],
                operation=effect.operation,
                outcome={"id": effect.record_id},
                record_id=effect.record_id,
                decided_by=actor,
            )
        else:
            effect.state = EffectState.READY
        effect.save()
        _queue(run)
        audit.note(run.team, actor, "run.held_decided", run, happened=happened)


def cancel(run: Run, actor: User | None) -> None:
    """End a run that has not finished. What it has written stays."""
    with transaction.atomic():
        changed = (
            Run.objects.filter(pk=run.pk)
            .exclude(state__in=(*FINISHED, RunState.RUNNING))
            .update(state=RunState.CANCELLED, finished_at=datetime.now(UTC), reason="Cancelled by a person.")
        )
        if not changed:
            raise WrongUse("This run is under way or over; there is nothing to cancel.")
        audit.note(run.team, actor, "run.cancelled", run)


def replay(run: Run, actor: User | None) -> Run:
    """Run a failed run's event again from the failed step: what it wrote stays its own, what it read is read anew."""
    if run.state not in (RunState.FAILED, RunState.CANCELLED):
        raise WrongUse("Only a run that failed or was cancelled is run again; its event has had its effect.")
    with transaction.atomic():
        same = Run.objects.filter(workflow=run.workflow, event=run.event, mode=run.mode)
        last = same.aggregate(n=Max("replay"))["n"] or 0
        version = run.workflow.live if run.workflow.live and run.mode == "live" else run.version
        again = Run.objects.create(
            team=run.team,
            workflow=run.workflow,
            version=version,
            event=run.event,
            mode=run.mode,
            record=run.record,
            replay=last + 1,
            due_at=datetime.now(UTC),
            lane=run.lane,
        )
        _keep_writes(run, again)
        audit.note(run.team, actor, "run.replayed", run, replay=again.replay)
        queue.wake()
    return again


def _keep_writes(run: Run, again: Run) -> None:
    written = run.effects.filter(state=EffectState.DONE).values("address")
    for step in run.steps.filter(address__in=written, error_kind=""):
        step.pk, step.run = None, again
        step.save(force_insert=True)


def _queue(run: Run) -> None:
    Run.objects.filter(pk=run.pk, state__in=(RunState.WAITING, RunState.HELD)).update(
        state=RunState.QUEUED, due_at=datetime.now(UTC), reason=""
    )
    queue.wake()
