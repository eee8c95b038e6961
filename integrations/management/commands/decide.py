"""What a person says about a run that waits for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, columns, positive
from integrations.management.telling import run_lines, whole_json
from integrations.models import Effect, EffectState, Run, RunState, StepRun
from integrations.services import decisions

T = TypeVar("T", StepRun, Effect)


class Command(HubCommand):
    help = "Answer a run that waits for a person, or cancel one. Without an answer: what it waits for."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=positive)
        parser.add_argument("--item", type=positive, metavar="NUMBER", help="which one, where several wait")
        answer = parser.add_mutually_exclusive_group()
        answer.add_argument("--yes", action="store_true", help="approve the step that asks")
        answer.add_argument("--no", action="store_true", help="decline it; the run ends as skipped")
        answer.add_argument("--there", metavar="ID", help="the held write happened, and made this record")
        answer.add_argument("--not-there", action="store_true", help="the held write did not happen")
        answer.add_argument("--go-on", action="store_true", help="let a run go on that is held as a whole")
        answer.add_argument("--cancel", action="store_true", help="end the run; what it wrote stays")

    def answer(self, options: dict[str, Any]) -> Answer:
        run = Run.objects.select_related("workflow", "version", "event").filter(pk=options["run"]).first()
        if run is None:
            raise WrongUse(f"There is no run {options['run']}; manage.py runs lists the latest.")
        if not any(options[key] for key in ("yes", "no", "there", "not_there", "go_on", "cancel")):
            return _waiting(run)
        _decide(run, options)
        run.refresh_from_db()
        return Answer(document=whole_json(run), lines=run_lines(run))


def _decide(run: Run, options: dict[str, Any]) -> None:
    if options["yes"] or options["no"]:
        decisions.approve(_one(_asked(run), options["item"], "step", run), options["yes"], None)
    elif options["there"] or options["not_there"]:
        effect = _one(_held(run), options["item"], "write", run)
        decisions.decide_held(effect, bool(options["there"]), options["there"] or "", None)
    else:
        decide: Callable[[Run, None], None] = decisions.let_go_on if options["go_on"] else decisions.cancel
        decide(run, None)


def _asked(run: Run) -> list[StepRun]:
    """The steps that ask a person; a wait for a time ends by itself."""
    if run.state != RunState.WAITING or run.due_at is not None:
        return []
    return list(run.steps.filter(done=False).order_by("pk"))


def _held(run: Run) -> list[Effect]:
    return list(run.effects.filter(state=EffectState.HELD).order_by("pk"))


def _one(found: Sequence[T], number: int | None, what: str, run: Run) -> T:
    if not found:
        raise WrongUse(f"No {what} of run {run.pk} waits for a person.")
    if number is None and len(found) > 1:
        raise WrongUse(f"Run {run.pk} waits for {len(found)} answers; add --item with one of its numbers.")
    if number is not None and number > len(found):
        raise WrongUse(f"Run {run.pk} waits for {len(found)} answers; there is no number {number}.")
    return found[(number or 1) - 1]


def _waiting(run: Run) -> Answer:
    rows = [
        *(("step", n, step.step, run.reason) for n, step in enumerate(_asked(run), start=1)),
        *(("write", n, held.operation, held.address) for n, held in enumerate(_held(run), start=1)),
    ]
    lines = columns(rows) if rows else [f"Run {run.pk} is {run.state}; it waits for no answer."]
    return Answer(
        document=[{"kind": kind, "item": n, "what": what, "about": about} for kind, n, what, about in rows],
        lines=lines,
    )
