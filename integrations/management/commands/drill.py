"""A workflow through every trouble, on a hub made for it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.management.base import Answer, HubCommand, columns, positive, read_object
from integrations.models import Drill, DrillState
from integrations.services import drilling, named
from integrations.services.drill import gate, lane, stage, troubles
from integrations.services.drill.driver import COUNTED, Report, drill
from integrations.services.drill.lane import Subject

KEYS = tuple(one.key for one in troubles.ALL)
OF_SERVER = tuple(one.key for one in troubles.WITH_SERVER)


class Command(HubCommand):
    help = (
        "Take workflows through slow and failing apps, lost answers, doubled events and killed workers, on a "
        "data directory and a database of the drill's own; nothing may be lost, doubled or stuck."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "workflow", nargs="?", help="a recipe with an example, or a workflow's name or number"
        )
        parser.add_argument("--all", action="store_true", help="every recipe that has an example")
        parser.add_argument(
            "--gate",
            action="store_true",
            help="what going live asks of a workflow's draft: one event in each trouble that needs no "
            "killing, in seconds; that it came through is remembered",
        )
        parser.add_argument(
            "--events", type=positive, default=len(KEYS), metavar="N", help=f"for each workflow ({len(KEYS)})"
        )
        parser.add_argument("--faults", default="", metavar="KEY,KEY", help=f"of: {', '.join(KEYS)} (all)")
        parser.add_argument(
            "--postgres",
            action="store_true",
            help="on PostgreSQL, restarted in the middle: a server of the drill's own where initdb and "
            "pg_ctl are installed, else a database of its own on the server of DATABASE_URL",
        )
        parser.add_argument("--lane", help=argparse.SUPPRESS)

    def answer(self, options: dict[str, Any]) -> Answer | None:
        if options["lane"]:
            self._lane(options["lane"])
            return None
        if bool(options["workflow"]) == options["all"]:
            raise WrongUse("Name a workflow or a recipe, or say --all.")
        if options["gate"]:
            return self._gate(options["workflow"])
        self.expected = 0
        report = self._drilled(options, _chosen(options["faults"], options["postgres"]))
        failed = "" if not report.problems else "The drill found: " + " ".join(report.problems[:5])
        return Answer(document=report.document(), lines=_lines(report), failed=failed)

    def _gate(self, name: str | None) -> Answer:
        if not name:
            raise WrongUse("--gate is for the draft of one workflow; name it.")
        workflow = named.workflow(name)
        made = drilling.run(
            workflow,
            lambda drill, row: self.stderr.write(f"{drill.done} of {drill.total}: {drilling.title_of(row)}"),
        )
        passed = made.state == DrillState.PASSED
        return Answer(
            document={
                "workflow": workflow.name,
                "passed": passed,
                "state": made.state,
                "tried": len(made.trials),
                "unfit": [row["trouble"] for row in made.unfit],
                "problems": made.problems,
                "reason": made.reason,
            },
            lines=[f"“{workflow.name}” came through its drill."] if passed else [],
            failed="" if passed else _not_passed(made),
        )

    def _drilled(self, options: dict[str, Any], keys: tuple[str, ...]) -> Report:
        name, events, on_server = options["workflow"], options["events"], options["postgres"]
        if name and name not in stage.at_hand():
            return gate.drilled(
                named.workflow(name), events=events, keys=keys, progress=self._progress, on_server=on_server
            )
        recipes = [name] if name else stage.examples()
        self.expected = events * len(recipes)
        subjects = [Subject(recipe=recipe) for recipe in recipes]
        return drill(subjects, events=events, troubles=keys, progress=self._progress, on_server=on_server)

    def _progress(self, done: int, row: dict[str, Any]) -> None:
        if "unfit" in row:  # told at the end
            return
        of = f" of {self.expected}" if self.expected else ""
        sys.stderr.write(f"{done}{of}: {row['workflow']}, {row['trouble']}\n")

    def _lane(self, file: str) -> None:
        for row in lane.run(lane.Orders.read(read_object(file))):
            self.tell(json.dumps(row, default=str))


def _not_passed(made: Drill) -> str:
    return made.reason or "The drill found: " + " ".join(made.problems[:5])


def _chosen(text: str, on_server: bool) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for key in keys:
        if key not in KEYS:
            raise WrongUse(did_you_mean(key, list(KEYS), "fault"))
    for key in keys:
        if key in OF_SERVER and not on_server:
            raise WrongUse(f"SQLite has no server for {key}; add --postgres.")
    return keys or (KEYS if on_server else tuple(key for key in KEYS if key not in OF_SERVER))


def _lines(report: Report) -> list[str]:
    rows: list[tuple[object, ...]] = [("workflow", "events", *COUNTED, "seconds")]
    for name in report.workflows:
        own = [row for row in report.trials if row["workflow"] == name]
        counts = [report.total(key, name) for key in COUNTED]
        rows.append((name, len(own), *counts, round(sum(row["seconds"] for row in own), 1)))
    not_tried = [f"{row['workflow']}, {row['trouble']}: not tried. {row['unfit']}" for row in report.unfit]
    totals = ", ".join(f"{report.total(key)} {key}" for key in COUNTED)
    return [*columns(rows), *not_tried, f"{len(report.trials)} events in {report.seconds:.0f} s: {totals}."]
