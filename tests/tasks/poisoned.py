"""The hub's settings, with workers that end themselves by SIGKILL.

One run is deadly when it is answered, another as soon as its journey is reckoned.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from django.apps import AppConfig

from ghlhub.settings import *  # noqa: F403 - all of them
from ghlhub.settings import INSTALLED_APPS

# Of a pile, by their records.
ANSWERED, RECKONED = "0:2", "0:4"


class Poisoned(AppConfig):
    name = "tests.tasks"
    label = "poisoned"

    def ready(self) -> None:
        from integrations.services.active import Active  # noqa: PLC0415 - models cannot be imported before

        answered, begin = Active.answered, Active.begin

        def die_answered(active: Active, *args: Any) -> None:
            if active.effect is not None:  # the read of what is there comes before the write
                die_at(active, ANSWERED)
            answered(active, *args)

        def die_reckoned(active: Active, *args: Any) -> None:
            die_at(active, RECKONED)
            begin(active, *args)

        Active.answered, Active.begin = die_answered, die_reckoned  # type: ignore[method-assign]


def die_at(active: Any, record: str) -> None:
    if active.run.record == record:
        os.kill(os.getpid(), signal.SIGKILL)


INSTALLED_APPS = [*INSTALLED_APPS, "tests.tasks.poisoned.Poisoned"]
