"""What an operator picks from: calendars, users, groups, as the connected account has them.

And the account's own fields, which are rows of such a list too: each is a target of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jmespath
from django.core.cache import cache

from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.keyed import lists_of, own_field
from integrations.engine.quota import Lane
from integrations.engine.spec import Field, FieldType, JsonObject, Outcome, Page, Read, Reference, Sweep
from integrations.models import Connection
from integrations.services import direct
from integrations.services.accounts import connector_of

PICKS_S = 60
MOST_ROWS = 2_000
MOST_CALLS = 50
LABELS_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Pick:
    """One row: its id and label; for a field of the account's own, what it holds and allows."""

    id: str
    label: str
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()


def picks(connection: Connection, reference: str) -> list[tuple[str, str]]:
    """Rows to pick from (id, label) for one of the connector's references; remembered for a minute."""
    return [(row.id, row.label) for row in rows(connection, reference)]


def rows(connection: Connection, reference: str) -> list[Pick]:
    """The same with all that is known of each. Raises what the read ended in."""
    rules = _rules(connection, reference)
    key = key_of(connection, reference)
    known: list[Pick] | None = cache.get(key)
    if known is not None:
        return known
    found = [_pick(rules, row) for row in _read(connection, rules)]
    cache.set(key, found, PICKS_S)
    cache.set(f"last:{key}", found, LABELS_S)
    return found


def forget(connection: Connection, reference: str) -> None:
    """The next to ask reads them anew."""
    cache.delete(key_of(connection, reference))


def _read(connection: Connection, rules: Reference) -> list[Any]:
    if rules.pages is not None:
        return _read_pages(connection, rules.pages(rules.values))
    outcome = _ask(connection, Read(rules.operation, rules.values))
    if outcome.error is not None:
        raise outcome.error
    return jmespath.search(rules.rows, outcome.value) or []


def _read_pages(connection: Connection, sweep: Sweep) -> list[JsonObject]:
    """The rows of all pages, as far as anybody would read a list of them."""
    found: list[JsonObject] = []
    outcome: Outcome | None = None
    calls = 0
    while len(found) < MOST_ROWS:
        try:
            command = sweep.send(outcome)
        except StopIteration:
            break
        outcome = None
        if isinstance(command, Page):
            found += command.rows
        elif calls == MOST_CALLS:
            break
        else:
            outcome, calls = _ask(connection, command), calls + 1
    return found[:MOST_ROWS]


def _ask(connection: Connection, command: Read) -> Outcome:
    return direct.read(connection, command.operation, command.values, purpose="pick list", lane=Lane.REQUEST)


def _rules(connection: Connection, reference: str) -> Reference:
    connector = connector_of(connection)
    if reference not in connector.references:
        raise WrongUse(did_you_mean(reference, list(connector.references), f"list of {connector.title}"))
    return connector.references[reference]


def _pick(rules: Reference, row: Any) -> Pick:
    word = jmespath.search(rules.type, row) if rules.type else None
    allowed = jmespath.search(rules.choices, row) if rules.choices else None
    return Pick(
        id=str(jmespath.search(rules.id, row)),
        label=str(jmespath.search(rules.label, row) or ""),
        type=rules.types.get(str(word), FieldType.TEXT),
        choices=tuple(str(choice) for choice in allowed or ()),
    )


def key_of(connection: Connection, reference: str) -> str:
    return f"rows:{connection.pk}:{reference}"


def last_known(connection: Connection, reference: str) -> list[Pick]:
    """The rows as they were last read, without asking the app; none where nobody has."""
    found: list[Pick] = cache.get(f"last:{key_of(connection, reference)}") or []
    return found


def known_label(connection: Connection, reference: str, picked: str) -> str:
    """What a picked id was called when last read; without asking the app."""
    return next((row.label for row in last_known(connection, reference) if row.id == picked), picked)


# --- the account's own fields ---------------------------------------------------------------------


def with_own(fields: Sequence[Field], connection: Connection | None) -> list[Field]:
    """The fields, and behind each list of the account's own fields those it has, as last read."""
    found: list[Field] = []
    for field in fields:
        found.append(field)
        if field.keyed is not None and field.reference and connection is not None:
            found += [own_field(field, _as_field(row)) for row in last_known(connection, field.reference)]
    return found


def _as_field(row: Pick) -> Field:
    choices = tuple((choice, choice) for choice in row.choices)
    items = FieldType.TEXT if row.type is FieldType.LIST else None
    return Field(key=row.id, label=row.label or row.id, type=row.type, choices=choices, items=items)


def look(connection: Connection | None, fields: Sequence[Field]) -> list[str]:
    """Read the account's own fields of these lists anew, where that was over a minute ago.

    What could not be read is told, one sentence each; what was known of it before stays.
    """
    if connection is None:
        return []
    told = []
    for reference in sorted({field.reference for field, _ in lists_of(fields) if field.reference}):
        try:
            rows(connection, reference)
        except HubError as error:
            told.append(f"The account's own fields could not be read: {error.sentence}")
    return told
