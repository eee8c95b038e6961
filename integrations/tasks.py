"""What a worker is woken for. Each task carries at most an id, returns None, and may run twice or never."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from integrations.engine.errors import HubError
from integrations.models import Connection, Workflow
from integrations.services import (
    alerts,
    backfill,
    clocks,
    deliveries,
    drilling,
    hearing,
    hook_checks,
    installing,
    installs,
    linting,
    outbound,
    pulse,
    reconciling,
    retention,
    selftests,
    stocks,
    sweeps,
    tokens,
    twins,
    verification,
)
from integrations.services.drain import drain_once

log = logging.getLogger(__name__)


def drain() -> None:
    """Drain what is due."""
    drain_once()


def sweep(workflow_id: int) -> None:
    """Look at a workflow's source."""
    workflow = Workflow.objects.select_related("live").filter(pk=workflow_id).first()
    if workflow is None or workflow.live is None:
        return
    try:
        sweeps.sweep(workflow)
    except HubError as error:
        # The cursor has it in words, and the next look starts where this one did.
        log.warning("the look for “%s” stopped: %s", workflow.name, error.sentence)


def hear() -> None:
    """Look into what apps have sent."""
    hearing.hear_once()


def deliver() -> None:
    """Let the simulated apps send the hub what they have to tell it."""
    deliveries.over_http()


def send() -> None:
    """Send what is due to addresses of the operator's own."""
    outbound.send_due()


def beat() -> None:
    """A sign of life of this cluster."""
    pulse.touch(datetime.now(UTC))


def refresh_tokens() -> None:
    """Keep idle connections alive, forget old keys, and ask for those that their vendor paused."""
    tokens.refresh_idle(datetime.now(UTC))
    twins.forget_ended(datetime.now(UTC))
    verification.ask_suspended()


def repair_tokens() -> None:
    """Repeat the refreshes that were begun and never settled."""
    tokens.repair(datetime.now(UTC))


def install() -> None:
    """Connect the accounts that were chosen under an agency."""
    installing.work()


def list_accounts(connection_id: int) -> None:
    """Read the whole list of what is under an agency."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return
    try:
        installs.look(connection)
    except HubError as error:
        # What was read is kept; the page offers to look again.
        log.warning("the accounts under “%s” were not all listed: %s", connection.name, error.sentence)


def backfill_old() -> None:
    """Take the next batch of old records through the workflows they are for."""
    backfill.step_all()


def reconcile() -> None:
    """Compare the next batch of each workflow's linked records that are being compared."""
    reconciling.step_all()


def drill() -> None:
    """Drill the drafts that wait for it."""
    drilling.work_all()


def reconcile_due() -> None:
    """Begin the comparisons whose hours are over."""
    reconciling.start_due(datetime.now(UTC))


def look_for_alerts() -> None:
    """Note what is wrong, and tell whom it concerns."""
    alerts.look(datetime.now(UTC), works=True)


def lint() -> None:
    """Check that what the workflows name is still there."""
    linting.lint_all()


def check_hooks() -> None:
    """See whether apps still send to the hub, and register anew where they do not."""
    hook_checks.check(datetime.now(UTC))


def self_test() -> None:
    """Post an event of the hub's own to its webhook addresses."""
    selftests.run_all(datetime.now(UTC))


def ask_stocks() -> None:
    """Ask what accounts have left of what they pay for in advance."""
    stocks.ask_all()


def strike() -> None:
    """Start what is on a schedule and due."""
    clocks.strike_due(datetime.now(UTC))


def prune() -> None:
    """Let go of what is older than the retention."""
    retention.prune(datetime.now(UTC))
