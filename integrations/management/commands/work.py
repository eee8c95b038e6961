"""Draining without the cluster."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import close_old_connections

from integrations.management.base import Answer, HubCommand
from integrations.services import backfill, claims, clocks, deliveries, hearing, installing, outbound, tokens
from integrations.services.drain import drain_once

TICK_S = 1.0


class Command(HubCommand):
    help = "Drain due runs in this process, without the cluster, until Ctrl-C (or once)."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit when nothing is due")

    def answer(self, options: dict[str, Any]) -> Answer:
        self.finished = self.calls = 0
        with suppress(KeyboardInterrupt):
            self._drain()
            while options["once"] and self._anything_more():  # what was written comes back as webhooks
                self._drain()
            while not options["once"]:
                close_old_connections()
                time.sleep(TICK_S)
                if self._drain() and not options["json"]:
                    self.tell(self._sentence())
        return Answer(document={"finished": self.finished, "calls": self.calls}, lines=[self._sentence()])

    def _drain(self) -> bool:
        """Whether any run was due. What apps told is looked into first, and brings runs."""
        tokens.repair(datetime.now(UTC))
        installing.work()
        backfill.step_all()
        clocks.strike_due(datetime.now(UTC))
        if self._anything_told():
            deliveries.within()
            hearing.hear_once()
        due = claims.anything_due(datetime.now(UTC))
        if due:
            drained = drain_once()
            self.finished += drained.finished
            self.calls += drained.calls
        self.calls += outbound.send_due()
        return due

    def _anything_more(self) -> bool:
        return self._anything_told() or backfill.anything_due(datetime.now(UTC))

    def _anything_told(self) -> bool:
        return deliveries.anything_due() or hearing.anything_due(datetime.now(UTC))

    def _sentence(self) -> str:
        return f"{self.finished} runs finished, {self.calls} calls made."
