"""Wiring: what Django has to know of the hub."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "GHL Hub"

    def ready(self) -> None:
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(using: str, verbosity: int, **kwargs: Any) -> None:
    """`migrate` alone makes a working database: without Redis, rate limits need a cache table too."""
    call_command("createcachetable", database=using, verbosity=verbosity)
