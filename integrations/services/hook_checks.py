"""Whether apps still know the hub's addresses: registered anew where they forgot.

Registering finds what was done before and mends what is not as it should be, so it is both the look and the
repair. What cannot be mended is an alert until a later check finds it in order. Whether what they send comes
in, `selftests` finds out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from integrations.models import AlertKind, AlertLevel, Connection, Environment, Team
from integrations.services import alerts, registering, stops
from integrations.services.alert_causes import Found


def check(now: datetime) -> None:
    """Check every address that a live workflow hears at, and note what is wrong for its team."""
    for team in Team.objects.order_by("pk"):
        alerts.note(team, list(of(team)), now, AlertKind.REGISTRATION)


def of(team: Team) -> Iterator[Found]:
    """What is wrong with the addresses of a team's connections. Makes calls."""
    for connection in Connection.objects.of(team).order_by("pk"):
        if connection.usable and registering.wanted(connection) and not stops.of_connection(connection):
            yield from _of(connection)


def _of(connection: Connection) -> Iterator[Found]:
    said = registering.after_verify(connection)
    if said is not None and not said.ok:
        yield _found(connection, said.sentence)


def _found(connection: Connection, why: str) -> Found:
    in_production = connection.environment == Environment.PRODUCTION
    return Found(
        kind=AlertKind.REGISTRATION,
        cause=f"hook:registered:{connection.pk}",
        level=AlertLevel.CRITICAL if in_production else AlertLevel.WARNING,
        sentence=f"{connection.name}: The address could not be registered: {why}",
        advice="See the webhook address on the connection's page; the hub tries again by itself.",
        path=reverse("connection-detail", args=[connection.pk]),
    )
