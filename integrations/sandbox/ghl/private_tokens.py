"""Private integration tokens of the simulated GHL, as they are rotated in its settings (official help).

"Rotate and expire later" leaves the old one good for seven days; "cancel rotation" ends the new one instead.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import tokens
from integrations.sandbox.simulation import Action, keep_credentials, own_credentials
from integrations.sandbox.transaction import Tx

BOTH = timedelta(days=7)
NOW, BEFORE = "private_integration_token", "private_integration_token_before"

Values = Mapping[str, Any]


def expire_now(tx: Tx, values: Values) -> JsonObject:
    """Rotate and expire now: the old token stops working at once."""
    known = own_credentials(tx)
    tx.delete(tokens.TOKENS, tokens.digest(known[NOW]))
    return _make(tx, before="")


def expire_later(tx: Tx, values: Values) -> JsonObject:
    """Rotate and expire later: old and new both work for a week."""
    old = own_credentials(tx)[NOW]
    tokens.keep_private_token(tx, old, (tx.now + BOTH).isoformat())
    return _make(tx, before=old)


def cancel_rotation(tx: Tx, values: Values) -> JsonObject:
    """The new token stops working, and the old one has no end any more."""
    known = own_credentials(tx)
    if not known.get(BEFORE):
        raise WrongUse("No private integration token is being rotated.")
    tx.delete(tokens.TOKENS, tokens.digest(known[NOW]))
    tokens.keep_private_token(tx, known[BEFORE])
    keep_credentials(tx, {**known, NOW: known[BEFORE], BEFORE: ""})
    return {"location_id": known["location_id"], "made_at": tx.now.isoformat()}


def _make(tx: Tx, *, before: str) -> JsonObject:
    known = own_credentials(tx)
    token = f"pit-{uuid.uuid4()}"
    keep_credentials(tx, {**known, NOW: token, BEFORE: before})
    tokens.keep_private_token(tx, token)
    return {"location_id": known["location_id"], "made_at": tx.now.isoformat()}


ACTIONS = (
    Action(
        key="new_private_token",
        title="Make a new private integration token; the old one stops working",
        run=expire_now,
    ),
    Action(
        key="rotate_private_token",
        title="Make a new private integration token; both work for seven days",
        run=expire_later,
    ),
    Action(key="cancel_rotation", title="Go back to the old private integration token", run=cancel_rotation),
)
