"""Failed runs again: one, one with its event put right, or all since a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, positive, read_object
from integrations.management.telling import run_lines
from integrations.models import ReplayBatch, Run
from integrations.services import byhand, decisions, lifecycle, named, replays
from integrations.services.drain import drain_once
from integrations.services.stories import run_json


class Command(HubCommand):
    help = (
        "Run a failed run again from its failed step, with --edit on another payload. With --connection and "
        "--since: everything that failed since then, with an estimate first."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", nargs="?", type=positive)
        parser.add_argument(
            "--edit", metavar="FILE", help="its event's payload, put right (- for standard input)"
        )
        parser.add_argument("--behind", action="store_true", help="also behind a newer success of its record")
        parser.add_argument("--connection", help="name or number")
        parser.add_argument("--since", metavar="T", help="a time such as 2026-11-20T10:00+00:00")
        parser.add_argument("--yes", action="store_true", help="do it; without, only the estimate")
        parser.add_argument(
            "--cancel", type=positive, metavar="BATCH", help="end what has not begun of a batch"
        )
        parser.add_argument("--timeout", type=positive, default=60, metavar="SECONDS")

    def answer(self, options: dict[str, Any]) -> Answer:
        if options["cancel"]:
            return _cancel(options["cancel"])
        if options["run"] and not (options["connection"] or options["since"]):
            return _one(options)
        if options["run"] or not (options["connection"] and options["since"]) or options["edit"]:
            raise WrongUse("Give a run, or --connection with --since.")
        return self._since(options)

    def _since(self, options: dict[str, Any]) -> Answer:
        connection, moment = named.connection(options["connection"]), _moment(options["since"])
        foreseen = replays.outlook(replays.since(connection, moment))
        what = f"{connection.name} since {moment:%Y-%m-%d %H:%M} UTC"
        lines = [_counted(len(foreseen.runs)), *foreseen.sentences, *foreseen.left_out]
        document: dict[str, Any] = {
            "runs": [run.pk for run in foreseen.runs],
            "forecast": foreseen.sentences,
            "left_out": foreseen.left_out,
        }
        if not options["yes"] or not foreseen.runs:
            hint = ["Nothing was done; add --yes to run them."] if foreseen.runs else []
            return Answer(document={**document, "done": False}, lines=[*lines, *hint])
        batch = replays.start(connection.team, foreseen, what, None)
        drain_once(list(batch.runs.values_list("pk", flat=True)), for_s=options["timeout"])
        return _batch(batch, {**document, "done": True}, lines)


def _one(options: dict[str, Any]) -> Answer:
    rows = Run.objects.select_related("workflow__live", "version", "event__connection", "team")
    run = rows.filter(pk=options["run"]).first()
    if run is None:
        raise WrongUse(f"There is no run {options['run']}; manage.py runs lists the latest.")
    edited = read_object(options["edit"]) if options["edit"] else None
    again = decisions.replay(run, None, edited=edited, behind=options["behind"])
    again = byhand.wait_for(again, options["timeout"])
    failed = (
        "" if lifecycle.passed(again) else f"Run {again.pk} is {again.state}: {again.reason or 'not over.'}"
    )
    how = " with an edited event" if edited is not None else ""
    return Answer(
        document={**run_json(again), "replays": run.pk, "edited": edited is not None},
        lines=[f"Run {run.pk} was run again{how} as run {again.pk}.", *run_lines(again)],
        failed=failed,
    )


def _batch(batch: ReplayBatch, document: dict[str, Any], lines: list[str]) -> Answer:
    at = replays.progress(batch)
    counts = {"succeeded": at.succeeded, "failed": at.failed, "cancelled": at.cancelled, "left": at.left}
    told = ", ".join(f"{count} {key}" for key, count in counts.items())
    return Answer(
        document={**document, "batch": batch.pk, **counts},
        lines=[*lines, f"Batch {batch.pk}: {told}."],
        failed=f"{at.failed} of {at.total} runs failed again." if at.failed else "",
    )


def _cancel(pk: int) -> Answer:
    batch = ReplayBatch.objects.filter(pk=pk).first()
    if batch is None:
        raise WrongUse(f"There is no batch {pk} of runs that are run again.")
    count = replays.cancel(batch, None)
    return Answer(
        document={"batch": pk, "cancelled": count}, lines=[f"{count} runs of batch {pk} were cancelled."]
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"“{text}” is no time; write it as 2026-11-20T10:00+00:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _counted(count: int) -> str:
    return (
        "No run has failed since then."
        if not count
        else f"{count:,} run{'s'[: count > 1]} would be run again."
    )
