"""One supervised cluster, for machines that only work."""

from __future__ import annotations

from typing import Any

from integrations.management.base import HubCommand
from integrations.services import supervise


class Command(HubCommand):
    help = "One worker cluster and the watch over it, without a web server, until Ctrl-C."
    has_json = False

    def answer(self, options: dict[str, Any]) -> None:
        supervise.watch_over(self.tell)
