"""One trial: an event told to a workflow in one trouble, and what came of it after the time to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import jmespath

from integrations.engine.own_triggers import TRIGGERS
from integrations.engine.spec import Trigger
from integrations.models import UNFINISHED, Effect, EventSource, Run, RunState, Workflow
from integrations.sandbox import faults
from integrations.services import byhand
from integrations.services.clients import sandbox
from integrations.services.drafts import compile_draft
from integrations.services.drill import footprint, rounds, stage, workers
from integrations.services.drill.rights import Right, Rights
from integrations.services.drill.server import Server
from integrations.services.drill.stage import Scene
from integrations.services.drill.troubles import Boundary, Trouble
from integrations.services.drill.verdicts import Verdict, judge
from integrations.services.ingest import Arrival, accept
from integrations.services.samples import trigger_of


def undisturbed(scene: Scene, *, acted: bool = False, pair: bool = False) -> Right:
    """`acted`: it happens in the app, instead of being told by hand. `pair`: another comes after it."""
    before, asked, sent = footprint.dump(), len(sandbox().requests()), _webhooks()
    if acted:
        stage.done(scene.happens)
    else:
        _tell(scene, 1, pair=pair)
    rounds.come_to_an_end(look=stage.look if acted else None)
    runs = _runs(scene)
    calls = [(row["app"], f"{row['method']} {row['path']}") for row in sandbox().requests()[asked:]]
    after = footprint.dump()
    bad = [run for run in runs if run.state in (RunState.FAILED, RunState.HELD, RunState.PARKED)]
    return Right(
        left=footprint.footprint(before, after),
        own=footprint.made_by(_written(), before, after),
        calls=calls,
        waits=any(run.state in UNFINISHED for run in runs),
        webhooks=_webhooks() - sent,
        sources=frozenset(run.event.source for run in runs),
        problem=_problem(runs, bad),
    )


def _problem(runs: list[Run], bad: list[Run]) -> str:
    if not runs:
        return "Even undisturbed the event starts no run."
    return f"Even undisturbed its run is {bad[0].state}: {bad[0].reason}" if bad else ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The trouble at the `nth` call, or boundary, that it can befall. `server`: the PostgreSQL it is on."""

    scene: Scene
    rights: Rights
    trouble: Trouble
    nth: int
    server: Server | None = None

    def tried(self) -> Verdict:
        scene, trouble, right = self.scene, self.trouble, self.rights.of(self.trouble)
        by_act = self.rights.by_act(trouble)
        before = footprint.dump()
        _switch_on(trouble, right, self.nth)
        if by_act:
            stage.done(scene.happens)
        else:
            _tell(scene, trouble.told, pair=trouble.pair)
        rounds.come_to_an_end(self._work(right), look=stage.look if by_act else None)
        sandbox().clear_faults()
        after = footprint.dump()
        if trouble.strangers:
            differs = footprint.compare(right.own, footprint.made_by(_written(), before, after))
        else:
            differs = footprint.compare(right.left, footprint.footprint(before, after))
        runs = _runs(scene)
        verdict = judge(runs, differs, waits=right.waits)
        if trouble.pair:
            return _in_order(verdict, runs)
        return _recovered(verdict, runs) if trouble.misses and by_act else verdict

    def _work(self, right: Right) -> rounds.Work | None:
        """How the workers do their turns; None: in this process."""
        often = max(1, 2 * len(right.calls))
        if self.trouble.kill is not None:
            return workers.killed_once(self.trouble.kill, self.nth % often)
        if self.trouble.restarts and self.server is not None:
            boundary = list(Boundary)[self.nth % len(Boundary)]
            return workers.cut_off_once(boundary, self.nth // len(Boundary) % often, self.server.restart)
        return workers.rivals if self.trouble.rivals else None


def _recovered(verdict: Verdict, runs: list[Run]) -> Verdict:
    """What no webhook told of has to be marked as found by looking."""
    unmarked = [run for run in runs if run.event.source != EventSource.RECOVERED]
    if not unmarked:
        return verdict
    words = f"run {unmarked[0].pk} is of a dropped webhook, and its event is not marked as recovered"
    return replace(verdict, lost=verdict.lost + len(unmarked), words=(*verdict.words, words))


def _in_order(verdict: Verdict, runs: list[Run]) -> Verdict:
    """A later event of the record has to wait until the earlier one is through."""
    early = [
        (before, run)
        for before, run in pairwise(runs)
        if run.started_at and (before.finished_at is None or run.started_at < before.finished_at)
    ]
    words = [f"run {run.pk} began before run {before.pk} had ended" for before, run in early]
    return replace(verdict, lost=verdict.lost + len(early), words=(*verdict.words, *words))


def _switch_on(trouble: Trouble, right: Right, nth: int) -> None:
    if not trouble.fault:
        return
    if trouble.of_webhooks:
        for app in sandbox().apps():
            sandbox().set_fault(app, trouble.fault, count=trouble.count, seconds=trouble.seconds)
        return
    calls = right.writing if trouble.writes else list(right.calls)
    if trouble.fault in faults.OF_ONE_APP:
        calls = right.looking_for_slots
    app, line = calls[nth % len(calls)]
    match = "" if trouble.fault in faults.OF_ONE_APP else _steady(line)
    sandbox().set_fault(app, trouble.fault, match=match, count=trouble.count, seconds=trouble.seconds)


def _steady(line: str) -> str:
    """The method and the first part of the path: what follows may be an id that is new in every run."""
    method, _, path = line.partition(" ")
    return f"{method} /{path.strip('/').partition('/')[0]}"


def _webhooks() -> int:
    """How many webhooks the apps have sent, or have still to send."""
    return sum(len(collections.get("outbox", [])) for collections in sandbox().dump().values())


def _written() -> set[str]:
    """The ids of all records that the ledger says were written."""
    return set(Effect.objects.values_list("record_id", flat=True))


def _tell(scene: Scene, times: int, *, pair: bool = False) -> None:
    """Told again it is the same event, with the same key, as apps send one that they think was not heard.

    The other of a pair says the same of the same record, under a key of its own.
    """
    workflow = Workflow.objects.select_related("live").get(pk=scene.workflow)
    trigger = trigger_of(compile_draft(workflow))
    if trigger.key in TRIGGERS:  # no app tells of it
        same = _own(scene, trigger)
    else:  # whoever else listens hears of it too
        event = byhand.emit(scene.source, scene.event_type, scene.payload).event
        same = Arrival(type=event.type, key=event.dedupe_key, record=event.record, payload=event.payload)
        times -= 1
    other = replace(same, key=f"{same.key[:190]}:again")
    for arrival in [*[same] * times, *[other] * pair]:
        accept(scene.source, trigger.key, [arrival], [workflow], EventSource.MANUAL)


def _own(scene: Scene, trigger: Trigger) -> Arrival:
    record = str(jmespath.search(trigger.record_id, dict(scene.payload)))
    key = byhand.key_of(trigger, scene.event_type, record, scene.payload)[:200]
    return Arrival(type=scene.event_type, key=key, record=record, payload=dict(scene.payload))


def _runs(scene: Scene) -> list[Any]:
    return list(Workflow.objects.get(pk=scene.workflow).runs.select_related("event").order_by("pk"))
