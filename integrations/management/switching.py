"""What `stop` and `resume` are said of: a workflow, a connection, a team, or the whole hub."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Team
from integrations.services import named

Switch = tuple[Team | None, Connection | None]


def add_switches(parser: CommandParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("workflow", nargs="?", help="name or number")
    what.add_argument("--connection", metavar="NAME", help="name or number")
    what.add_argument("--team", metavar="NAME")
    what.add_argument("--hub", action="store_true", help="everything")


def switched(options: dict[str, Any]) -> Switch | None:
    """The kill switch that was named; None for a workflow, which is paused instead."""
    if options["connection"]:
        return None, named.connection(options["connection"])
    if options["team"]:
        return named.team(options["team"]), None
    if options["hub"]:
        return None, None
    if not options["workflow"]:
        raise WrongUse("Name a workflow, or say --connection, --team or --hub.")
    return None
