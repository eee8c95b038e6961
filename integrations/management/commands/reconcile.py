"""Linked records compared at both sides, and brought in line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand
from integrations.models import DRIFTS, Finding, FindingState, Reconcile, ReconcileState, Workflow
from integrations.services import healing, named, owners, reconciling, ways_back
from integrations.services.drain import drain_once
from integrations.services.healing import Healed

LISTED = 20


class Command(HubCommand):
    help = "Compare a workflow's linked records at both sides; with --heal, bring in line what has an owner."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument("--heal", action="store_true", help="apply what is decided, after reading again")
        parser.add_argument(
            "--owner",
            action="append",
            default=[],
            metavar="FIELD=POLICY",
            help="who wins: contact.email=left, contact.*=newest, *=ask (left, right, newest, ask)",
        )
        parser.add_argument(
            "--every", type=int, metavar="HOURS", help="compare every so many hours; 0: never"
        )
        parser.add_argument("--cancel", action="store_true", help="end a comparison that is under way")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        if options["cancel"]:
            reconciling.cancel(workflow)
            return Answer(document={"workflow": workflow.name, "state": "cancelled"}, lines=["Cancelled."])
        if options["owner"]:
            owners.save(workflow, workflow.owners | dict(_pair(text) for text in options["owner"]))
            if workflow.live is None:  # who owns what may be asked for before it goes live
                return Answer(
                    document={"workflow": workflow.name, "owners": workflow.owners}, lines=["Noted."]
                )
            for sentence in ways_back.told(workflow) if not options["json"] else ():
                self.tell(f"Where the app's record wins: {sentence}")
        if options["every"] is not None:
            reconciling.every(workflow, options["every"], heals=options["heal"])
        made = self._compare(workflow, tell=not options["json"])
        if made.state != ReconcileState.DONE:
            return _answer(made, None, made.reason or made.get_state_display())
        healed = healing.heal(made, actor=None) if options["heal"] else None
        if healed is not None:
            drain_once([run.pk for run in healed.runs])
        asked = made.findings.filter(state=FindingState.ASK).count()
        wait = (
            f"{asked} {'difference waits' if asked == 1 else 'differences wait'} for a person: see conflicts."
        )
        return _answer(made, healed, wait if asked else "")

    def _compare(self, workflow: Workflow, *, tell: bool) -> Reconcile:
        """A new comparison, or the one that is under way, to its end in this process."""
        made = reconciling.latest(workflow)
        if made is None or made.state != ReconcileState.RUNNING:
            made = reconciling.start(workflow)
        while made.state == ReconcileState.RUNNING:
            seen = made.seen
            made = reconciling.step(made)
            if tell and made.seen != seen:
                self.tell(f"{made.seen:,} of {made.total:,} ({made.percent} %)")
            if made.lease_until is not None:
                raise WrongUse(made.reason or "A worker is at this comparison; see the page, or --cancel it.")
        return made


def _answer(made: Reconcile, healed: Healed | None, failed: str) -> Answer:
    drifts = made.findings.filter(kind__in=DRIFTS).select_related("run")
    troubled = made.findings.exclude(kind__in=DRIFTS).exclude(why="")
    counts = {key: getattr(made, key) for key in ("in_sync", "excluded", "failing", "drifted")}
    document = {
        "workflow": made.workflow.name,
        "state": made.state,
        "records": made.total,
        **counts,
        "drifts": [_drift(row) for row in drifts],
        "others": [{"record": row.record, "kind": row.kind, "why": row.why} for row in troubled],
        "healed": None if healed is None else {
            "runs": [run.pk for run in healed.runs], "links": healed.links, "kept": healed.kept
        },
    }  # fmt: skip
    lines = [", ".join(f"{count} {key.replace('_', ' ')}" for key, count in counts.items()) + "."]
    lines += [line_of(row) for row in drifts[:LISTED]]
    lines += [f"{row.record}: {row.get_kind_display().lower()}. {row.why}" for row in troubled[:LISTED]]
    if healed is not None:
        lines.append(
            f"{len(healed.runs)} runs, {healed.links} links put back, {healed.kept} taken as they are."
        )
    return Answer(document=document, lines=lines, failed=failed)


def line_of(row: Finding) -> str:
    what = f"{row.name}.{row.field}" if row.field else row.name
    told = f"{row.right['value']!r} there, {row.left['value']!r} here" if row.field else row.why
    return f"{row.record}: {what}: {told} ({row.get_state_display().lower()})"


def _drift(row: Finding) -> dict[str, Any]:
    values = {key: getattr(row, key).get("value") for key in ("agreed", "left", "right")}
    return {
        "id": row.pk, "record": row.record, "kind": row.kind, "link": row.name, "record_id": row.record_id,
        "field": row.field, "side": row.side, **values, "winner": row.winner, "state": row.state,
        "why": row.why, "writes_back": row.writes_back,
    }  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    key, equals, policy = text.partition("=")
    if not equals:
        raise WrongUse("Write --owner FIELD=POLICY, such as contact.email=left.")
    return key.strip(), policy.strip()
