"""One trial: an event told to a workflow in one trouble, and what came of it after the time to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.models import UNFINISHED, Effect, EventSource, Run, RunState, Workflow
from integrations.sandbox import faults
from integrations.services import byhand
from integrations.services.clients import sandbox
from integrations.services.drill import footprint, rounds, workers
from integrations.services.drill.footprint import Footprint
from integrations.services.drill.stage import Scene
from integrations.services.drill.troubles import Trouble
from integrations.services.drill.verdicts import Verdict, judge
from integrations.services.ingest import Arrival, accept

READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """An undisturbed run: what it left, its calls (app, "METHOD /path"), whether it waits for a person.

    `own` are the records that the hub itself knows it made: the measure where somebody else makes some too.
    `problem` says why there is nothing to compare with.
    """

    left: Footprint
    own: Footprint
    calls: Sequence[tuple[str, str]]
    waits: bool
    problem: str = ""


def undisturbed(scene: Scene) -> Right:
    before, asked = footprint.dump(), len(sandbox().requests())
    _tell(scene, 1)
    rounds.come_to_an_end()
    runs = _runs(scene)
    calls = [(row["app"], f"{row['method']} {row['path']}") for row in sandbox().requests()[asked:]]
    after = footprint.dump()
    bad = [run for run in runs if run.state in (RunState.FAILED, RunState.HELD, RunState.PARKED)]
    return Right(
        left=footprint.footprint(before, after),
        own=footprint.made_by(_written(), before, after),
        calls=calls,
        waits=any(run.state in UNFINISHED for run in runs),
        problem=_problem(runs, bad),
    )


def _problem(runs: list[Run], bad: list[Run]) -> str:
    if not runs:
        return "Even undisturbed the event starts no run."
    return f"Even undisturbed its run is {bad[0].state}: {bad[0].reason}" if bad else ""


def fits(trouble: Trouble, right: Right) -> bool:
    """Whether the trouble can befall this workflow at all."""
    if trouble.fault == faults.SLOT_TAKEN:
        return any("free-slots" in line for _, line in right.calls)
    if trouble.writes:
        return bool(_writing(right))
    return bool(right.calls) or not trouble.fault


def tried(scene: Scene, right: Right, trouble: Trouble, nth: int) -> Verdict:
    """The trouble at the `nth` call, or boundary, that it can befall."""
    before = footprint.dump()
    _switch_on(trouble, right, nth)
    _tell(scene, trouble.told)
    if trouble.kill is not None:
        rounds.come_to_an_end(workers.killed_once(trouble.kill, nth % max(1, 2 * len(right.calls))))
    else:
        rounds.come_to_an_end(workers.rivals if trouble.rivals else None)
    sandbox().clear_faults()
    after = footprint.dump()
    if trouble.strangers:
        differs = footprint.compare(right.own, footprint.made_by(_written(), before, after))
    else:
        differs = footprint.compare(right.left, footprint.footprint(before, after))
    return judge(_runs(scene), differs, waits=right.waits)


def _switch_on(trouble: Trouble, right: Right, nth: int) -> None:
    if not trouble.fault:
        return
    if trouble.fault in faults.OF_WEBHOOKS:
        for app in sandbox().apps():
            sandbox().set_fault(app, trouble.fault, count=trouble.count, seconds=trouble.seconds)
        return
    calls = _writing(right) if trouble.writes else list(right.calls)
    if trouble.fault in faults.OF_ONE_APP:
        calls = [call for call in calls if "free-slots" in call[1]]
    app, line = calls[nth % len(calls)]
    match = "" if trouble.fault in faults.OF_ONE_APP else _steady(line)
    sandbox().set_fault(app, trouble.fault, match=match, count=trouble.count, seconds=trouble.seconds)


def _writing(right: Right) -> list[tuple[str, str]]:
    return [call for call in right.calls if not call[1].startswith(READS)]


def _steady(line: str) -> str:
    """The method and the first part of the path: what follows may be an id that is new in every run."""
    method, _, path = line.partition(" ")
    return f"{method} /{path.strip('/').partition('/')[0]}"


def _written() -> set[str]:
    """The ids of all records that the ledger says were written."""
    return set(Effect.objects.values_list("record_id", flat=True))


def _tell(scene: Scene, times: int) -> None:
    """Told again it is the same event, with the same key, as apps send one that they think was not heard."""
    event = byhand.emit(scene.source, scene.event_type, scene.payload).event
    same = Arrival(type=event.type, key=event.dedupe_key, record=event.record, payload=event.payload)
    workflow = Workflow.objects.select_related("live").get(pk=scene.workflow)
    for _ in range(times - 1):
        accept(event.connection, event.trigger, [same], [workflow], EventSource.MANUAL)


def _runs(scene: Scene) -> list[Any]:
    return list(Workflow.objects.get(pk=scene.workflow).runs.order_by("pk"))
