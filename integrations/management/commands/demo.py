"""One worked recipe, end to end, and then the hub to look at."""

from __future__ import annotations

import os
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.urls import reverse

from integrations.engine.errors import WrongUse
from integrations.management.base import HubCommand
from integrations.services import demo, supervise
from integrations.services.demo import Shown


class Command(HubCommand):
    help = (
        "In the sandbox: connect two apps, deploy a recipe, issue a certificate, follow it to its "
        "appointment. Then serve the hub, with a one-time sign-in, until Ctrl-C."
    )
    has_json = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit when it is done, without serving")

    def answer(self, options: dict[str, Any]) -> None:
        if not settings.HUB_SANDBOX_ENABLED:
            raise WrongUse("The demo needs the sandbox; set HUB_SANDBOX_ENABLED to yes.")
        started_at = float(os.environ.get("HUB_DEMO_STARTED") or time.time())
        if not options["once"]:
            supervise.check_port()
        self.count = 0
        call_command("migrate", interactive=False, verbosity=0)
        self._say("The database is ready.")
        shown = demo.show(self._say)
        self.stdout.write("\n".join(["", *_found(shown), _took(time.time() - started_at)]))
        self.tell(f"Sign in at {settings.HUB_BASE_URL} as {shown.user} with {shown.password}")
        if not options["once"]:
            supervise.serve(self.tell)

    def _say(self, sentence: str) -> None:
        self.count += 1
        self.tell(f"{self.count:2}. {sentence}")


def _found(shown: Shown) -> list[str]:
    page = f"{settings.HUB_BASE_URL}{reverse('run-detail', args=[shown.run_id])}"
    return [
        "Already booked; nothing was doubled:" if shown.again else "Booked:",
        f"  contact      {shown.contact_id}",
        f"  appointment  {shown.appointment_id}",
        f"  start        {shown.start}",
        f"  API calls    {shown.calls}",
        f"  run          {page}",
    ]


def _took(seconds: float) -> str:
    return f"It took {seconds:.1f} s."
