"""One call now, outside any run: verify, pick lists, sweeps, dry runs. Never inside a transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    Throttled,
    TryAgain,
)
from integrations.engine.quota import Lane
from integrations.engine.spec import Kind, Outcome
from integrations.engine.transport import prepare
from integrations.models import Connection
from integrations.services import budgets, pulse, tokens
from integrations.services.accounts import Reach
from integrations.services.rows import call_row


def read(
    connection: Connection,
    operation: str,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane = Lane.SYNC,
    patience_s: float = 30.0,
) -> Outcome:
    """Make one read. Raises the error of the tree that it ended in; a StopRun stands in the outcome.

    A refused token is refreshed if that may help. A refused key or a suspended account stops the connection;
    a missing scope does not: its other calls may still be made.
    """
    while True:
        reach = tokens.fresh(connection)
        try:
            return read_over(reach, operation, values, purpose=purpose, lane=lane, patience_s=patience_s)
        except (CredentialRefused, AccountSuspended) as error:
            with transaction.atomic():
                again = tokens.park(connection.pk, error, reach.generation, datetime.now(UTC))
            if not again:
                raise


def read_over(
    reach: Reach,
    operation: str,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane = Lane.SYNC,
    patience_s: float = 30.0,
) -> Outcome:
    """The same over a connection that is at hand already."""
    op = reach.connector.operation(operation)
    if op.kind is not Kind.READ:
        raise ContractBroken(f"{op.key} writes; only reads are made outside a run.")
    prepared = prepare(reach.connector, op, reach.account, values)
    _await_quota(reach, lane, patience_s)
    pulse.touch(datetime.now(UTC), busy_s=op.deadline_s)
    result = reach.transport.send(prepared, reach.account)
    row = call_row(
        result.record, team_id=reach.connection.team_id, connection_id=reach.connection.pk, purpose=purpose
    )
    with transaction.atomic():
        row.save()
        if result.record.readings:
            quota = reach.connector.quota
            budgets.learn({reach.scope: (quota, result.record.readings)}, datetime.now(UTC))
    if not result.final and result.error is not None:
        raise result.error
    return result.outcome


def read_patiently(
    connection: Connection, operation: str, values: Mapping[str, Any], *, purpose: str, tries: int = 4
) -> Outcome:
    """A read that is worth waiting for: tried again when the app says so or stumbles."""
    for attempt in range(tries):
        try:
            return read(connection, operation, values, purpose=purpose)
        except TryAgain as error:
            if attempt == tries - 1:
                raise
            time.sleep(min(error.after_s if error.after_s is not None else 0.5 * 2**attempt, 30.0))
    raise AssertionError("unreachable")


def _await_quota(reach: Reach, lane: Lane, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    wish = budgets.Wish(quota=reach.connector.quota, wanted=1, lane=lane)
    while True:
        now = datetime.now(UTC)
        with transaction.atomic():
            granted = budgets.grant({reach.scope: [wish]}, now)[reach.scope, lane]
        if granted.calls:
            return
        pause = max(0.01, (granted.ready_at - now).total_seconds())
        if time.monotonic() + pause > until:
            raise Throttled(
                f"The quota of {reach.connection.name} is used up until {granted.ready_at:%H:%M:%S} UTC; "
                "the hub tries again then.",
                after_s=pause,
            )
        time.sleep(pause)
