"""What became of one event in one trouble: what is lost, doubled, stuck, or left to a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations import catalog
from integrations.engine.spec import ProofKind
from integrations.models import UNFINISHED, EffectState, Run, RunState
from integrations.services.drill.footprint import Differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`held`: a write that nothing can look up waits for a person, as it should."""

    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    held: int = 0
    words: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not (self.lost or self.doubled or self.stuck)


def judge(runs: Iterable[Run], differs: Differs, *, waits: bool) -> Verdict:
    """`waits`: an undisturbed run waits for a person in the end, so these may as well.

    What a held run has not written yet is not lost: the person decides about it.
    """
    runs = list(runs)
    open_runs = [run for run in runs if run.state in UNFINISHED]
    held = [run for run in open_runs if run.state == RunState.HELD and without_proof(run)]
    behind = {run.record for run in held}  # a later one of the record waits for the same person
    stuck = [
        run
        for run in open_runs
        if run not in held and run.record not in behind and not (waits and _waits_for_person(run))
    ]
    failed = [run for run in runs if run.state == RunState.FAILED]
    lost = 0 if held or stuck else max(differs.lost, len(failed))
    words = [f"run {run.pk} is {run.state}: {run.reason}" for run in [*stuck, *failed]]
    return Verdict(
        lost=lost,
        doubled=differs.doubled,
        stuck=len(stuck),
        held=len(held),
        words=(*words, *(differs.words if lost or differs.doubled else ())),
    )


def without_proof(run: Run) -> bool:
    """Whether what holds the run is a write that nothing can look up."""
    effects = list(run.effects.filter(state=EffectState.HELD).select_related("connection"))
    return bool(effects) and all(
        (proof := catalog.connector(effect.connection.connector).operation(effect.operation).proof) is None
        or proof.kind is ProofKind.NONE
        for effect in effects
    )


def _waits_for_person(run: Run) -> bool:
    return run.state == RunState.WAITING and run.due_at is None
