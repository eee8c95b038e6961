"""The hub's settings, with workers that hold few runs at a time: several have to share a small pile."""

from __future__ import annotations

from django.apps import AppConfig

from ghlhub.settings import *  # noqa: F403 - all of them
from ghlhub.settings import INSTALLED_APPS

IN_HAND = 4


class SmallHands(AppConfig):
    name = "tests.tasks"
    label = "small_hands"

    def ready(self) -> None:
        from integrations.services import drain  # noqa: PLC0415 - models cannot be imported before

        drain.CAPACITY = drain.MOST_IN_HAND = IN_HAND


INSTALLED_APPS = [*INSTALLED_APPS, "tests.tasks.small_hands.SmallHands"]
