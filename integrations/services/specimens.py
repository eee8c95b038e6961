"""A real record to try a workflow on: the newest at the source that means the event asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine.quota import Lane
from integrations.engine.spec import JsonObject, Outcome, Page, Since, Trigger
from integrations.models import Connection
from integrations.services import direct


def instead_of_sample(
    event: Mapping[str, Any],
    event_type: str,
    connection: Connection,
    trigger: Trigger,
    settings: Mapping[str, Any],
) -> Mapping[str, Any]:
    """The event itself; but for the trigger's own example, which the app has never heard of, a specimen."""
    if event != trigger.sample.get(event_type):
        return event
    return specimen(connection, trigger, event_type, settings) or event


def specimen(
    connection: Connection, trigger: Trigger, event_type: str, settings: Mapping[str, Any]
) -> JsonObject | None:
    """The last row of the source's first page that would be this event if it were new; None: there is none.

    Raises the error of the tree that the read ended in.
    """
    if trigger.sweep is None or trigger.happenings is None:
        return None
    fitting = [row for row in _first_page(connection, trigger, settings) if _is(event_type, trigger, row)]
    return fitting[-1] if fitting else None


def _is(event_type: str, trigger: Trigger, row: JsonObject) -> bool:
    """Whether the row would be this event if it were new, or had been another before."""
    assert trigger.happenings is not None
    now, another = datetime.now(UTC), JsonObject()
    told = [*trigger.happenings(None, row, now), *trigger.happenings(another, row, now)]
    return event_type in {what.type for what in told}


def _first_page(
    connection: Connection, trigger: Trigger, settings: Mapping[str, Any]
) -> Iterator[JsonObject]:
    assert trigger.sweep is not None
    script = trigger.sweep(Since(moment=None, settings={**connection.settings, **settings}))
    answer: Outcome | None = None
    for _ in trigger.operations or ("",):  # no more reads than the trigger names
        try:
            command = script.send(answer)
        except StopIteration:
            return
        if isinstance(command, Page):
            yield from (dict(row) for row in command.rows)
            return
        answer = direct.read(
            connection, command.operation, command.values, purpose="sample", lane=Lane.REQUEST
        )
        if answer.error is not None:
            raise answer.error
