"""Draining without the cluster."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import close_old_connections

from integrations.management.base import Answer, HubCommand
from integrations.services import claims
from integrations.services.drain import drain_once

TICK_S = 1.0


class Command(HubCommand):
    help = "Drain due runs in this process, without the cluster, until Ctrl-C (or once)."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit when nothing is due")

    def answer(self, options: dict[str, Any]) -> Answer | None:
        finished = calls = 0
        while True:
            if claims.anything_due(datetime.now(UTC)):
                drained = drain_once()
                finished, calls = finished + drained.finished, calls + drained.calls
                if not options["once"] and not options["json"]:
                    self.tell(f"{finished} runs finished, {calls} calls made.")
            if options["once"]:
                return Answer(
                    document={"finished": finished, "calls": calls},
                    lines=[f"{finished} runs finished, {calls} calls made."],
                )
            close_old_connections()
            time.sleep(TICK_S)
