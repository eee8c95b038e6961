"""What a worker is woken for. Each task carries at most an id, returns None, and may run twice or never."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from integrations.engine.errors import HubError
from integrations.models import Workflow
from integrations.services import pulse, retention, sweeps, tokens, verification
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


def beat() -> None:
    """A sign of life of this cluster."""
    pulse.touch(datetime.now(UTC))


def refresh_tokens() -> None:
    """Keep idle connections alive, and ask for those that their vendor paused."""
    tokens.refresh_idle(datetime.now(UTC))
    verification.ask_suspended()


def prune() -> None:
    """Let go of what is older than the retention."""
    retention.prune(datetime.now(UTC))
