"""What an account pays for in advance, such as credits: how much is left, where the app says so.

Noted whenever a connection is verified, and asked on a schedule for those that live workflows use.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from integrations.engine.errors import HubError
from integrations.engine.spec import Verify
from integrations.models import USABLE, Binding, Connection, Stock, WorkflowState
from integrations.services import direct
from integrations.services.accounts import connector_of

log = logging.getLogger(__name__)


def note(connection: Connection, proof: Verify, answer: Any, now: datetime) -> None:
    """What the app's answer tells of it. More than before: it was filled up, and is counted from there."""
    left = proof.left(answer)
    if not proof.stock or left is None:
        return
    left = max(0, left)
    before = Stock.objects.filter(connection=connection).first()
    most = before.most if before and left <= before.left else left
    Stock.objects.update_or_create(
        connection=connection, defaults={"what": proof.stock, "left": left, "most": most, "at": now}
    )


def ask_all() -> None:
    """Ask for every account that a live workflow uses. What cannot be asked now is asked next time."""
    live = Binding.objects.filter(connection=OuterRef("pk"), workflow__state=WorkflowState.LIVE)
    for connection in Connection.objects.filter(Exists(live), state__in=USABLE).order_by("pk"):
        proof = connector_of(connection).proof(connection.settings)
        if proof.stock:
            try:
                _ask(connection, proof)
            except HubError as error:
                log.info("what %s has left was not told: %s", connection.name, error.sentence)


def _ask(connection: Connection, proof: Verify) -> None:
    values = proof.values(connection.settings)
    outcome = direct.read(connection, proof.operation, values, purpose="stock")
    if outcome.error is None:
        note(connection, proof, outcome.value, datetime.now(UTC))
