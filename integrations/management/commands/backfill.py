"""Old records through a live workflow, with a forecast first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand
from integrations.models import Backfill, BackfillState, Workflow
from integrations.services import backfill, claims, named
from integrations.services.drain import drain_once


class Command(HubCommand):
    help = "Take the records that were there before a workflow through it, in batches, with a forecast first."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="only the forecast (as without any option)")
        what.add_argument("--yes", action="store_true", help="begin, or go on, and work until it is over")
        what.add_argument("--pause", action="store_true", help="take no further batch")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        if options["pause"]:
            return _answer(workflow, backfill.pause(workflow), ())
        foreseen = backfill.outlook(workflow)
        if not options["yes"]:
            lines = [_counted(foreseen.records), *foreseen.sentences]
            if foreseen.records:
                lines.append("Nothing was done; add --yes to take them.")
            document = {
                "workflow": workflow.name,
                "records": foreseen.records,
                "forecast": foreseen.sentences,
            }
            return Answer(document=document, lines=lines)
        if not options["json"]:
            for sentence in (_counted(foreseen.records), *foreseen.sentences):
                self.tell(sentence)
        return _answer(workflow, self._work(_begun(workflow), options), foreseen.sentences)

    def _work(self, made: Backfill, options: dict[str, Any]) -> Backfill:
        """Batch after batch, drained in this process. What waits for a time is left to the workers."""
        told = -1
        while made.state == BackfillState.RUNNING:
            made = backfill.step(made)
            if made.batch:
                drain_once(made.batch)
            if made.taken != told and not options["json"]:
                told = made.taken
                self.tell(f"{made.taken:,} of {made.total:,} ({made.percent} %)")
            if not claims.anything_due(datetime.now(UTC)) and not backfill.anything_due(datetime.now(UTC)):
                break
        return backfill.step(made) if made.state == BackfillState.RUNNING else made


def _begun(workflow: Workflow) -> Backfill:
    made = backfill.latest(workflow)
    if made is None or made.state == BackfillState.DONE:
        return backfill.start(workflow)
    return made if made.state == BackfillState.RUNNING else backfill.resume(workflow)


def _answer(workflow: Workflow, made: Backfill, foreseen: Sequence[str]) -> Answer:
    counts = {
        key: getattr(made, key) for key in ("taken", "succeeded", "skipped", "failed", "held", "unread")
    }
    document = {
        "workflow": workflow.name,
        "state": made.state,
        "reason": made.reason,
        "records": made.total,
        "left": made.left,
        **counts,
        "forecast": list(foreseen),
    }
    told = ", ".join(f"{count} {key}" for key, count in counts.items())
    line = f"{made.get_state_display()}: {told}; {made.left} left. {made.reason}".strip()
    return Answer(document=document, lines=[line], failed=made.reason if made.state == "stopped" else "")


def _counted(records: int) -> str:
    if not records:
        return "There are no old records that this workflow has not had."
    were = "record was" if records == 1 else "records were"
    return f"{records:,} {were} there before; they go {backfill.BATCH} at a time."
