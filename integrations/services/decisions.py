"""What a person decides about a run: approve, say whether a held write happened, cancel, try again."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.engine.execute import Address
from integrations.engine.fingerprint import fingerprint
from integrations.models import FINISHED, OPEN, Effect, EffectState, RecordLink, Run, RunState, StepRun
from integrations.services import audit
from integrations.services.journeys import spec_of


def approve(step: StepRun, yes: bool, actor: User | None) -> None:
    """Answer a step that waits for a person; the run goes on, or ends as skipped."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=step.run_id)
        if run.state != RunState.WAITING or run.due_at is not None:
            raise WrongUse("This run does not wait for a person (any more).")
        changed = StepRun.objects.filter(pk=step.pk, done=False).update(
            done=True, outcome=yes, decided_by=actor
        )
        if not changed:
            raise WrongUse("This has been decided already.")
        _queue(run)
        audit.note(run.team, actor, "run.approved" if yes else "run.declined", run)


def decide_held(effect: Effect, happened: bool, record_id: str, actor: User | None) -> None:
    """A write that may have happened: a person has looked, and says so. Then the run goes on."""
    if happened and not record_id.strip():
        raise WrongUse("Give the id of the record that was made, as the app shows it.")
    with transaction.atomic():
        held = Effect.objects.select_for_update().filter(pk=effect.pk, state=EffectState.HELD).first()
        if held is None or held.run is None:
            raise WrongUse("This write does not wait for anybody.")
        if happened:
            held.state, held.record_id, held.adopted = EffectState.DONE, record_id.strip(), True
            held.settled_at = datetime.now(UTC)
            _take_as_done(held, held.run, actor)
        else:
            held.state = EffectState.READY
        held.save()
        _queue(held.run)
        audit.note(held.team, actor, "run.held_decided", held.run, happened=happened)


def _take_as_done(effect: Effect, run: Run, actor: User | None) -> None:
    """The outcome and the record link that the app's answer would have left behind."""
    address = Address.parse(effect.address)
    outcome = {"id": effect.record_id}
    StepRun.objects.create(
        run=run,
        address=effect.address,
        step=address.step,
        operation=effect.operation,
        outcome=outcome,
        record_id=effect.record_id,
        decided_by=actor,
    )
    step = spec_of(run).step(address.step)
    if step.link:
        RecordLink.objects.update_or_create(
            workflow=run.workflow,
            mode=run.mode,
            record=run.record,
            name=step.link,
            item=address.item,
            defaults={
                "team": run.team,
                "connection": effect.connection,
                "record_id": effect.record_id,
                "data": outcome,
                "fingerprint": fingerprint(outcome),
                "ended_at": None,
            },
        )
    if step.ends_link:
        ended = RecordLink.objects.filter(
            workflow=run.workflow, mode=run.mode, record=run.record, name=step.ends_link
        )
        ended = ended.filter(record_id=address.item) if address.item else ended
        ended.update(ended_at=effect.settled_at)


def cancel(run: Run, actor: User | None) -> None:
    """End a run that has not finished. What it has written stays.

    A write that may have happened comes first: left open, it would stand in the way of every later one to the
    same record.
    """
    with transaction.atomic():
        if run.effects.filter(state=EffectState.HELD).exists():
            raise WrongUse("Say first whether the held write happened; then the run can be cancelled.")
        if run.effects.filter(state__in=OPEN).exists():
            raise WrongUse("A write of this run may have happened; cancel the run once that was looked up.")
        changed = (
            Run.objects.filter(pk=run.pk)
            .exclude(state__in=(*FINISHED, RunState.RUNNING))
            .update(
                state=RunState.CANCELLED,
                lane=None,
                finished_at=datetime.now(UTC),
                reason="Cancelled by a person.",
            )
        )
        if not changed:
            raise WrongUse("This run is under way or over; there is nothing to cancel.")
        audit.note(run.team, actor, "run.cancelled", run)


def replay(run: Run, actor: User | None) -> Run:
    """Run a failed run's event again: what it wrote stays, what it read after its last write is read anew.

    Only its last run is run again: an earlier one does not know what the later ones wrote.
    """
    if run.state not in (RunState.FAILED, RunState.CANCELLED):
        raise WrongUse("Only a run that failed or was cancelled is run again; its event has had its effect.")
    if run.started_at and run.begun_with is None:
        raise WrongUse("What this run began with is no longer kept, so that it cannot be run again.")
    with transaction.atomic():
        same = Run.objects.filter(workflow=run.workflow, event=run.event, mode=run.mode)
        last = same.select_for_update().order_by("-replay")[:1].get()
        if last.pk != run.pk:
            raise WrongUse(f"This event has been run again already, as run {last.pk}; look at that one.")
        version = run.workflow.live if run.workflow.live and run.mode == "live" else run.version
        again = Run.objects.create(
            team=run.team,
            workflow=run.workflow,
            version=version,
            event=run.event,
            mode=run.mode,
            record=run.record,
            replay=last.replay + 1,
            due_at=datetime.now(UTC),
        )
        _keep_writes(run, again)
        audit.note(run.team, actor, "run.replayed", run, replay=again.replay)
        queue.wake()
    return again


def _keep_writes(run: Run, again: Run) -> None:
    """The outcomes up to the last write: by them the journey comes the same way to where it stood, also where
    it went back after a conflict. Everything after it is asked anew."""
    same = Run.objects.filter(workflow=run.workflow, event=run.event, mode=run.mode)
    written = Effect.objects.filter(run__in=same, state=EffectState.DONE).values("address")
    last = run.steps.filter(address__in=written).aggregate(pk=Max("pk"))["pk"]
    if last is None:
        return
    for step in run.steps.filter(pk__lte=last, done=True):
        step.pk, step.run = None, again
        step.save(force_insert=True)


def _queue(run: Run) -> None:
    Run.objects.filter(pk=run.pk, state__in=(RunState.WAITING, RunState.HELD)).update(
        state=RunState.QUEUED, due_at=datetime.now(UTC), reason=""
    )
    queue.wake()
