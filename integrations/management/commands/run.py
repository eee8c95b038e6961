"""One run, start to end, while somebody waits."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, positive, read_object
from integrations.management.telling import plan_json, plan_lines, run_lines, whole_json
from integrations.models import Run, RunMode, Workflow
from integrations.services import byhand, drafts, lifecycle, named, planning, plans
from integrations.services.stories import run_json


class Command(HubCommand):
    help = (
        "Run one event through a workflow and wait for it. On sandbox connections it is the draft's sandbox "
        "test; on production ones the live version runs, for real. --dry-run writes nothing on either."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument(
            "--event", metavar="FILE", help="JSON payload (- for standard input); else a sample"
        )
        parser.add_argument("--event-type", default="", help="such as certificate.issued")
        parser.add_argument("--dry-run", action="store_true", help="real reads, no writes: show the plan")
        parser.add_argument("--lineage", action="store_true", help="say where every value comes from")
        parser.add_argument("--timeout", type=positive, default=60, metavar="SECONDS")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        payload = read_object(options["event"]) if options["event"] else None
        event_type = byhand.event_type_of(workflow, options["event_type"], payload)
        if options["dry_run"]:
            made = planning.plan(workflow, event_type, payload)
            kept = None
            if made.holds and made.writes:
                kept = plans.keep(workflow, made, drafts.bound(workflow))
            hint = [f"Exactly this is done by: manage.py apply {kept.pk}"] if kept else []
            return Answer(
                document={
                    **plan_json(workflow.name, event_type, made),
                    "plan": kept.pk if kept else None,
                },
                lines=[*plan_lines(made, lineage=options["lineage"]), *hint],
                failed="" if made.holds else planning.sentence_of(made),
            )
        run = byhand.wait_for(byhand.start(workflow, event_type, payload), options["timeout"])
        if run.mode == RunMode.TEST:
            lifecycle.settle_test(workflow, run)
        return Answer(
            document=whole_json(run) if options["lineage"] else run_json(run),
            lines=run_lines(run, lineage=options["lineage"]),
            failed=_failed(workflow, run),
        )


def _failed(workflow: Workflow, run: Run) -> str:
    if lifecycle.passed(run):
        return ""
    return (
        f"Run {run.pk} of “{workflow.name}” is {run.state}: {run.reason or 'it has not come to its end yet.'}"
    )
