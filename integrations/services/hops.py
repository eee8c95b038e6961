"""How often our own writes have carried a record from workflow to workflow.

An echo is recognised and stops (`echoes`). Where an app shows what we wrote so otherwise that it is not, two
opposite workflows would write to each other for ever: so what happens to a record soon after we wrote it is
one hop further than the run that wrote, and beyond the cap the run is held for a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from integrations.models import Connection, Effect, EffectState, Event, EventSource

CAP = 4
SOON = timedelta(minutes=15)  # a poll's interval and some patience
FROM_THE_APP = (EventSource.POLL, EventSource.WEBHOOK, EventSource.RECOVERED)


def of(connection: Connection, records: Iterable[str], now: datetime) -> dict[str, int]:
    """By record: how many of our writes led here, where we have just written it. Others are not in it."""
    rows = Effect.objects.filter(
        connection=connection,
        record_id__in=list(records),
        state=EffectState.DONE,
        settled_at__gte=now - SOON,
        run__isnull=False,
    )
    found: dict[str, int] = {}
    for record, hops in rows.values_list("record_id", "run__event__hops"):
        found[record] = max(found.get(record, 0), hops + 1)
    return found


def sentence(event: Event) -> str:
    """Why a run of this event is held; "" where it is not."""
    if event.hops <= CAP:
        return ""
    return (
        f"Our own writes have gone round {event.hops} times: a workflow changed this record, which set off "
        f"another. After {CAP} in a row a run is held. Let one of them own the field, or leave out what "
        "differs only in how it is written; then let this run go on, or cancel it."
    )
