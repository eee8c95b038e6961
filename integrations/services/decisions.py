"""What a person decides about a run: approve, say whether a held write happened, cancel, try again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from integrations import queue
from integrations.engine.errors import ItemsFailed, WrongUse
from integrations.engine.execute import Address, StepStatus
from integrations.engine.fingerprint import fingerprint
from integrations.engine.storable import storable
from integrations.models import (
    FINISHED,
    OPEN,
    Effect,
    EffectState,
    Event,
    EventSource,
    RecordLink,
    ReplayBatch,
    Run,
    RunState,
    StepRun,
)
from integrations.services import audit
from integrations.services.ingest import LANE_BACKFILL
from integrations.services.journeys import spec_of, story_of


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


def let_go_on(run: Run, actor: User | None) -> None:
    """A held run goes on by a person's word, where it is not a write of it that waits for an answer."""
    if run.effects.filter(state__in=OPEN).exists():
        raise WrongUse("Say first whether the held write happened; then the run goes on by itself.")
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state=RunState.HELD).exists():
            raise WrongUse("This run is not held (any more).")
        _queue(run)
        audit.note(run.team, actor, "run.let_go_on", run)


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


def replay(
    run: Run,
    actor: User | None,
    *,
    edited: Mapping[str, Any] | None = None,
    behind: bool = False,
    batch: ReplayBatch | None = None,
) -> Run:
    """Run a failed run's event again: what it wrote stays, what it read after its last write is read anew.
    Of a run that went on beyond failed items, those items alone are done again.

    Only its last run is run again: an earlier one does not know what the later ones wrote. With `edited`, its
    steps from there on go by that payload instead, in a run that says so. Where a newer event of the record
    has had its effect, `behind` says that this is wanted. Of a `batch`, it takes the least urgent lane.
    """
    if not may_replay(run):
        raise WrongUse("Only a run that failed or was cancelled is run again; its event has had its effect.")
    undone = (run.begun_with or {}).get("undoes")
    if undone is not None:
        raise WrongUse("A run that undoes another is not run again: plan the undo anew, for what is left.")
    if run.started_at and run.begun_with is None:
        raise WrongUse("What this run began with is no longer kept, so that it cannot be run again.")
    if not behind and (newer := newer_success(run)):
        raise WrongUse(
            f"Run {newer.pk} of the same record is newer and succeeded; run {run.pk} again would come behind "
            "it, and may put back what is older. Say that you want this."
        )
    with transaction.atomic():
        same = Run.objects.filter(workflow=run.workflow, event=run.event, mode=run.mode)
        last = same.select_for_update().order_by("-replay")[:1].get()
        later = last if last.pk != run.pk else run.edited_runs.order_by("-pk").first()
        if later is not None:
            raise WrongUse(f"This event has been run again already, as run {later.pk}; look at that one.")
        again = _again(run, last.replay, actor, edited)
        again.batch, again.lane = batch, LANE_BACKFILL if batch else again.lane
        again.save(update_fields=["batch", "lane"])
        _keep_writes(run, again)
        audit.note(run.team, actor, "run.replayed", run, replay=again.replay, edited=edited is not None)
        queue.wake()
    return again


def may_replay(run: Run) -> bool:
    """Whether something of its event has not had its effect: the run failed, or items of it did."""
    return run.state in (RunState.FAILED, RunState.CANCELLED) or run.error_kind == ItemsFailed.kind


def newer_success(run: Run) -> Run | None:
    """A run of a later event of the same record that had its effect."""
    rows = Run.objects.filter(workflow=run.workflow, record=run.record, mode=run.mode, pk__gt=run.pk)
    rows = rows.filter(state=RunState.SUCCEEDED).exclude(event=run.event).exclude(edited_of=run)
    found: Run | None = rows.first()
    return found


def _again(run: Run, replays: int, actor: User | None, edited: Mapping[str, Any] | None) -> Run:
    told = run.mode == "live" and not run.version.test  # a repair knows its own version alone
    version = run.workflow.live if run.workflow.live and told else run.version
    event = run.event if edited is None else _edited(run, edited)
    return Run.objects.create(
        team=run.team,
        workflow=run.workflow,
        version=version,
        event=event,
        mode=run.mode,
        record=run.record,
        replay=replays + 1 if edited is None else 0,
        edited_of=run if edited is not None else None,
        due_at=datetime.now(UTC),
    )


def _edited(run: Run, payload: Mapping[str, Any]) -> Event:
    """The event as a person has put it right: one of its own, so that what the app said stays as it was."""
    was = run.event
    return Event.objects.create(
        team=was.team,
        connection=was.connection,
        trigger=was.trigger,
        type=was.type,
        record=was.record,
        dedupe_key=f"edited:{run.pk}",
        payload=storable(dict(payload)),
        source=EventSource.MANUAL,
    )


def _keep_writes(run: Run, again: Run) -> None:
    """The outcomes up to the last write: by them the journey comes the same way to where it stood, also where
    it went back after a conflict. Everything after it is asked anew."""
    same = Run.objects.filter(workflow=run.workflow, event__in=_taken_up(run), mode=run.mode)
    written = Effect.objects.filter(run__in=same, state=EffectState.DONE).values("address")
    last = run.steps.filter(address__in=written).aggregate(pk=Max("pk"))["pk"]
    if last is None:
        return
    kept = run.steps.filter(pk__lte=last, done=True)
    for step in _without_failed_items(run, kept, set(written.values_list("address", flat=True))):
        step.pk, step.run = None, again
        step.save(force_insert=True)


def _without_failed_items(run: Run, steps: Iterable[StepRun], written: set[str]) -> list[StepRun]:
    """What an item that failed had come to is asked anew, but for its own writes and what led to them."""
    stories, _ = story_of(run)
    failed = {
        f"{story.step.id}/{story.item}/{story.turn}"
        for story in stories
        if story.step.goes_on and story.step.for_each and story.status is StepStatus.FAILED
    }
    kept: list[StepRun] = []
    of_item: dict[str, list[StepRun]] = {}  # not known yet whether a write comes after them
    for step in steps:
        item = step.address.rpartition("/")[0]
        if item not in failed:
            kept.append(step)
            continue
        of_item.setdefault(item, []).append(step)
        if step.address in written:
            kept += of_item.pop(item)
    return kept


def _taken_up(run: Run) -> list[int]:
    """The run's event, and those that it is an edited form of: what was written for them stays written."""
    events, at = [run.event_id], run.edited_of
    while at is not None:
        events.append(at.event_id)
        at = at.edited_of
    return events


def _queue(run: Run) -> None:
    Run.objects.filter(pk=run.pk, state__in=(RunState.WAITING, RunState.HELD)).update(
        state=RunState.QUEUED, due_at=datetime.now(UTC), reason="", attempts=0, trying_since=None, starts=0
    )
    queue.wake()
