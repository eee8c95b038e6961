"""What we wrote ourselves, looked up in the ledger, so that the changes it causes are recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from integrations.engine.echoes import CLOCKS, Change, Written, is_echo
from integrations.engine.spec import Connector, JsonObject, Kind
from integrations.models import Connection, Effect, EffectState

UNDER_WAY = (EffectState.CLAIMED, EffectState.UNKNOWN)
SHORT = 4


def ours(connection: Connection, connector: Connector, changes: Sequence[Change]) -> set[str]:
    """The records whose change is an echo of what was written over this connection."""
    writes = _writes(connection, connector, changes)
    return {change.record for change in changes if is_echo(change, writes.get(change.record, []))}


def under_way(connection: Connection, changes: Iterable[Change]) -> set[str]:
    """The records that a write may be about just now: too early to tell whose change it is."""
    open_targets = Effect.objects.filter(connection=connection, state__in=UNDER_WAY).values_list("target")
    targets = [set(target.partition(":")[2].split("/")) for (target,) in open_targets]
    found = set()
    for change in changes if targets else ():
        names = {change.record, *_texts(change.after or change.before or {})}
        if any(names & target for target in targets):
            found.add(change.record)
    return found


def _writes(
    connection: Connection, connector: Connector, changes: Sequence[Change]
) -> dict[str, list[Written]]:
    """By record, oldest first, as far back as the changes may have begun."""
    since = [moment for change in changes if (moment := change.since or change.made_at)]
    if not since:
        return {}
    records = [change.record for change in changes]
    rows = Effect.objects.filter(
        connection=connection,
        record_id__in=records,
        state=EffectState.DONE,
        settled_at__gte=min(since) - CLOCKS,
    ).order_by("settled_at", "pk")
    found: dict[str, list[Written]] = defaultdict(list)
    for effect in rows:
        operation = connector.operations.get(effect.operation)
        assert effect.settled_at is not None
        write = Written(
            claimed_at=effect.claimed_at,
            settled_at=effect.settled_at,
            deletes=operation is not None and operation.kind is Kind.DELETE,
            shown=effect.shown or {},
        )
        found[effect.record_id].append(write)
    return found


def _texts(row: JsonObject) -> set[str]:
    """Its values that may name it in a target: an id, an address; a short word names nothing."""
    return {value for value in row.values() if isinstance(value, str) and len(value) > SHORT}
