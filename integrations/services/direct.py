"""One call now, outside any run: verify, pick lists, sweeps, dry runs, deliveries.

Never inside a transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    Throttled,
    TryAgain,
)
from integrations.engine.quota import Lane, Ticket
from integrations.engine.redact import HIDDEN
from integrations.engine.spec import Kind, Operation, Outcome
from integrations.engine.transport import CallResult, prepare
from integrations.models import ApiCall, Connection
from integrations.services import budgets, pulse, standing, stops, tokens
from integrations.services.accounts import Reach
from integrations.services.calls import SPARE_S, made_of
from integrations.services.rows import call_row

LEAST_S = 0.05


def read(
    connection: Connection,
    operation: str | Operation,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane = Lane.SYNC,
    patience_s: float = 30.0,
    within_s: float | None = None,
    noted: list[ApiCall] | None = None,
) -> Outcome:
    """Make one read. Raises the error of the tree that it ended in; a StopRun stands in the outcome.

    `patience_s` is how long it may wait for its turn; `within_s`, where somebody waits for it, all that may
    pass until the answer is in.
    The call as it was written down is added to `noted`, also when it ended in an error.
    A refused token is refreshed if that may help. A refused key or a suspended account stops the connection;
    a missing scope does not: its other calls may still be made.
    """
    while True:
        stops.check(connection, by_hand=True)
        reach = tokens.fresh(connection)
        try:
            return read_over(
                reach,
                operation,
                values,
                purpose=purpose,
                lane=lane,
                patience_s=patience_s,
                within_s=within_s,
                noted=noted,
            )
        except (CredentialRefused, AccountSuspended) as error:
            with transaction.atomic():
                again = standing.park(connection.pk, error, reach.generation, datetime.now(UTC))
            if not again:
                raise


def read_over(
    reach: Reach,
    operation: str | Operation,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane = Lane.SYNC,
    patience_s: float = 30.0,
    within_s: float | None = None,
    noted: list[ApiCall] | None = None,
) -> Outcome:
    """The same over a connection that is at hand already."""
    op = operation if isinstance(operation, Operation) else reach.connector.operation(operation)
    if op.kind is not Kind.READ:
        raise ContractBroken(f"{op.key} writes; only reads are made outside a run.")
    return send_over(
        reach,
        op,
        values,
        purpose=purpose,
        lane=lane,
        patience_s=patience_s,
        within_s=within_s,
        noted=noted,
    )


def send_over(
    reach: Reach,
    op: Operation,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane,
    patience_s: float,
    within_s: float | None = None,
    noted: list[ApiCall] | None = None,
    settle: Callable[[Outcome], None] = lambda outcome: None,
    secret: bool = False,
) -> Outcome:
    """One call within its quota, written down. Raises like `read`.

    `settle` stores what a success means, in the transaction that writes it down; `secret` keeps the answer's
    body out of what is written down.
    """
    result = _call(
        reach,
        op,
        values,
        purpose=purpose,
        lane=lane,
        patience_s=patience_s,
        within_s=within_s,
        noted=noted,
        settle=settle,
        secret=secret,
    )
    if not result.final and result.error is not None:
        raise result.error
    return result.outcome


def attempt_over(reach: Reach, operation: str, values: Mapping[str, Any], *, purpose: str) -> CallResult:
    """One try of a queued write, whatever comes of it. Raises what kept it from being made."""
    op = reach.connector.operation(operation)
    if not op.queued:
        raise ContractBroken(f"{op.key} is no delivery; other writes are made in a run.")
    return _call(reach, op, values, purpose=purpose, lane=Lane.TRIGGER, patience_s=30.0)


def _call(
    reach: Reach,
    op: Operation,
    values: Mapping[str, Any],
    *,
    purpose: str,
    lane: Lane,
    patience_s: float,
    within_s: float | None = None,
    noted: list[ApiCall] | None = None,
    settle: Callable[[Outcome], None] = lambda outcome: None,
    secret: bool = False,
) -> CallResult:
    prepared = prepare(reach.connector, op, reach.account, values)
    until = None if within_s is None else time.monotonic() + within_s
    ticket = _await_quota(reach, lane, patience_s if within_s is None else within_s, op.deadline_s)
    if until is not None:
        left_s = max(LEAST_S, min(op.deadline_s, until - time.monotonic()))
        prepared = replace(prepared, operation=replace(op, deadline_s=left_s))
    pulse.touch(datetime.now(UTC), busy_s=op.deadline_s)
    result = reach.transport.send(prepared, reach.account)
    record = replace(result.record, response_body=HIDDEN) if secret else result.record
    row = call_row(
        record, team_id=reach.connection.team_id, connection_id=reach.connection.pk, purpose=purpose
    )
    if noted is not None:
        noted.append(row)
    with transaction.atomic():
        row.save()
        made = made_of(ticket, result.record, result.error)
        budgets.report(reach.scope, reach.connector.quota, [made], datetime.now(UTC))
        if result.error is None:
            settle(result.outcome)
    return result


def read_patiently(
    connection: Connection,
    operation: str | Operation,
    values: Mapping[str, Any],
    *,
    purpose: str,
    tries: int = 4,
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


def _await_quota(reach: Reach, lane: Lane, patience_s: float, deadline_s: float) -> Ticket:
    """Leave for one call, when its moment has come. Raises Throttled when that is too far off."""
    until = datetime.now(UTC) + timedelta(seconds=patience_s)
    while True:
        now = datetime.now(UTC)
        wish = budgets.Wish(
            quota=reach.connector.quota,
            wanted=1,
            lane=lane,
            ahead_s=max(0.0, (until - now).total_seconds()) if lane is Lane.REQUEST else 0.0,
            flight_s=deadline_s + SPARE_S,
        )
        with transaction.atomic():
            granted = budgets.grant({reach.scope: [wish]}, now)[reach.scope, lane]
        if granted.tickets:
            (ticket,) = granted.tickets
            time.sleep(max(0.0, (ticket.starts_at - now).total_seconds()))
            return ticket
        pause_s = max(0.01, (granted.ready_at - now).total_seconds())
        if now + timedelta(seconds=pause_s) > until:
            raise Throttled(budgets.sentence(reach.connection.name, granted), after_s=pause_s)
        time.sleep(pause_s)
