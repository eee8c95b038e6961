"""What the site sends to the hub once somebody has saved the hub's snippet: events signed by its secret.

AccessAlly has no webhooks of its own, so without the snippet nothing is sent. The snippet does not wait for
an answer, so nothing is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from integrations.engine import bridged, standard_webhooks
from integrations.engine.errors import WrongUse
from integrations.engine.spec import JsonObject
from integrations.sandbox import outbox
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

BY_HAND = "pasted by hand"


def paste(tx: Tx, url: str, secret: str) -> JsonObject:
    """The hub's address for this site and its secret, as the connection's page shows them."""
    if not standard_webhooks.is_secret(secret):
        raise WrongUse("The secret is not one the hub shows; copy all of it, from whsec_ on.")
    parts = urlsplit(url.strip())
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    if not target.startswith("/"):
        raise WrongUse("The address is the one the connection's page shows, such as /hooks/sandbox/….")
    outbox.introduce(tx, BY_HAND, target, {bridged.SECRET: secret.strip()})
    return {"sends_to": target}


def tell(tx: Tx, kind: str, data: JsonObject) -> None:
    """To every address that the site was told."""
    for address in outbox.addresses(tx):
        envelope: JsonObject = {
            "id": f"evt_{fresh_id(24)}",
            "type": kind,
            "occurred_at": tx.now.isoformat(),
            "source": "accessally",
            "data": data,
        }
        outbox.put(tx, event=kind, account="", body=envelope, target=address.target)


def sign_to(tx: Tx, target: str, body: bytes) -> Mapping[str, str]:
    """Signed when it is sent, as the snippet does."""
    secrets = [address.secrets for address in outbox.addresses(tx) if address.target == target]
    if not secrets:  # the address is another one now
        return {}
    return standard_webhooks.headers(secrets[-1][bridged.SECRET], json.loads(body)["id"], body, tx.now)
