"""The whole hub in one command."""

from __future__ import annotations

from typing import Any

from integrations.management.base import HubCommand
from integrations.services import supervise


class Command(HubCommand):
    help = "Web server, worker cluster and watch in one command, until Ctrl-C."
    has_json = False

    def answer(self, options: dict[str, Any]) -> None:
        supervise.serve(self.tell)
