"""A workflow through every trouble, on a hub made for it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.management.base import Answer, HubCommand, columns, positive, read_object
from integrations.services import named
from integrations.services.drill import gate, lane, stage, troubles
from integrations.services.drill.driver import COUNTED, Report, drill
from integrations.services.drill.lane import Subject

KEYS = tuple(one.key for one in troubles.ALL)


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
            "--events", type=positive, default=len(KEYS), metavar="N", help=f"for each workflow ({len(KEYS)})"
        )
        parser.add_argument("--faults", default="", metavar="KEY,KEY", help=f"of: {', '.join(KEYS)} (all)")
        parser.add_argument("--lane", help=argparse.SUPPRESS)

    def answer(self, options: dict[str, Any]) -> Answer | None:
        if options["lane"]:
            self._lane(options["lane"])
            return None
        if bool(options["workflow"]) == options["all"]:
            raise WrongUse("Name a workflow or a recipe, or say --all.")
        self.expected = 0
        report = self._drilled(options, _chosen(options["faults"]))
        failed = "" if not report.problems else "The drill found: " + " ".join(report.problems[:5])
        return Answer(document=report.document(), lines=_lines(report), failed=failed)

    def _drilled(self, options: dict[str, Any], keys: tuple[str, ...]) -> Report:
        name, events = options["workflow"], options["events"]
        if name and name not in stage.at_hand():
            return gate.drilled(named.workflow(name), events=events, keys=keys, progress=self._progress)
        recipes = [name] if name else stage.examples()
        self.expected = events * len(recipes)
        subjects = [Subject(recipe=recipe) for recipe in recipes]
        return drill(subjects, events=events, troubles=keys, progress=self._progress)

    def _progress(self, done: int, row: dict[str, Any]) -> None:
        of = f" of {self.expected}" if self.expected else ""
        sys.stderr.write(f"{done}{of}: {row['workflow']}, {row['trouble']}\n")

    def _lane(self, file: str) -> None:
        for row in lane.run(lane.Orders.read(read_object(file))):
            self.tell(json.dumps(row, default=str))


def _chosen(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for key in keys:
        if key not in KEYS:
            raise WrongUse(did_you_mean(key, list(KEYS), "fault"))
    return keys or KEYS


def _lines(report: Report) -> list[str]:
    rows: list[tuple[object, ...]] = [("workflow", "events", *COUNTED, "seconds")]
    for name in report.workflows:
        own = [row for row in report.trials if row["workflow"] == name]
        counts = [report.total(key, name) for key in COUNTED]
        rows.append((name, len(own), *counts, round(sum(row["seconds"] for row in own), 1)))
    totals = ", ".join(f"{report.total(key)} {key}" for key in COUNTED)
    return [*columns(rows), f"{len(report.trials)} events in {report.seconds:.0f} s: {totals}."]
