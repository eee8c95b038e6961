"""Reads for somebody who only asks and waits: an answer may be shown again for as long as its operation says.

Nothing that is booked goes by such an answer: runs that write read for themselves.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.cache import cache

from integrations.engine.fingerprint import fingerprint
from integrations.engine.quota import Lane
from integrations.engine.spec import Outcome, Read
from integrations.models import Connection
from integrations.services import direct
from integrations.services.accounts import connector_of

LONGEST_S = 60


def read(connection: Connection, command: Read, *, within_s: float) -> Outcome:
    """The answer, from the app or as it was a moment ago. Raises as `direct.read` does."""
    kept_s = min(connector_of(connection).operation(command.operation).offered_s, LONGEST_S)
    key = _key(connection, command)
    now = datetime.now(UTC)
    if kept_s and (kept := cache.get(key)) is not None:
        read_at, known = kept
        if (now - read_at).total_seconds() < kept_s:
            return Outcome(known)
    outcome = direct.read(
        connection,
        command.operation,
        command.values,
        purpose="request",
        lane=Lane.REQUEST,
        within_s=within_s,
    )
    if kept_s and outcome.error is None and outcome.value is not None:
        cache.set(key, (now, outcome.value), kept_s)
    return outcome


def _key(connection: Connection, command: Read) -> str:
    """Connection, calendar, range, zone and user: all that the call was asked with."""
    return f"offer:{connection.pk}:{command.operation}:{fingerprint(dict(command.values))}"
