"""What an operator picks from: calendars, users, groups, as the connected account has them."""

from __future__ import annotations

import jmespath
from django.core.cache import cache

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.quota import Lane
from integrations.models import (
    Connection,
)
from integrations.services import direct
from integrations.services.accounts import connector_of

PICKS_S = 60
LABELS_S = 30 * 86_400


def picks(connection: Connection, reference: str) -> list[tuple[str, str]]:
    """Rows to pick from (id, label) for one of the connector's references; remembered for a minute."""
    connector = connector_of(connection)
    if reference not in connector.references:
        raise WrongUse(did_you_mean(reference, list(connector.references), f"list of {connector.title}"))
    rules = connector.references[reference]
    key = key_of(connection, reference)
    known: list[tuple[str, str]] | None = cache.get(key)
    if known is not None:
        return known
    outcome = direct.read(connection, rules.operation, {}, purpose="pick list", lane=Lane.REQUEST)
    if outcome.error is not None:
        raise outcome.error
    rows = jmespath.search(rules.rows, outcome.value) or []
    found = [
        (str(jmespath.search(rules.id, row)), str(jmespath.search(rules.label, row) or "")) for row in rows
    ]
    cache.set(key, found, PICKS_S)
    cache.set(f"labels:{key}", dict(found), LABELS_S)
    return found


def key_of(connection: Connection, reference: str) -> str:
    return f"picks:{connection.pk}:{reference}"


def known_label(connection: Connection, reference: str, picked: str) -> str:
    """What a picked id was called when last read; without asking the app."""
    labels: dict[str, str] = cache.get(f"labels:{key_of(connection, reference)}") or {}
    return labels.get(picked, picked)
