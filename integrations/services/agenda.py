"""What stands in the calendars of all of a team's accounts, in one list.

Each account is read by itself and shown again for a minute; one that cannot be read is named, and keeps the
others from nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache

from integrations.engine.errors import ContractBroken, HubError, Overdue
from integrations.engine.fingerprint import fingerprint
from integrations.engine.icalendar import Entry, calendar
from integrations.engine.quota import Lane
from integrations.engine.request import wrong_audience
from integrations.engine.spec import JsonObject, Procedure, Read, Situation
from integrations.models import USABLE, Connection, Environment, Team
from integrations.services import direct
from integrations.services.accounts import connector_of

KEPT_S = 60
PATIENCE_S = 10.0
FEED_BACK, FEED_AHEAD = timedelta(days=7), timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One appointment, and whose it is."""

    connection: Connection
    id: str
    title: str
    start: datetime
    end: datetime
    calendar: str
    status: str
    place: str
    freed: bool


@dataclass(slots=True)
class Agenda:
    """`problems`: (connection, why it could not be read); `read`: how many of them were."""

    items: list[Item] = field(default_factory=list)
    problems: list[tuple[Connection, str]] = field(default_factory=list)
    read: int = 0


def accounts(team: Team) -> list[Connection]:
    """The team's connections that have calendars: the real ones, or else those of the sandbox."""
    rows = [row for row in Connection.objects.of(team).filter(state__in=USABLE) if _has_agenda(row)]
    return [row for row in rows if row.environment == Environment.PRODUCTION] or rows


def _has_agenda(row: Connection) -> bool:
    connector = connector_of(row)
    if not connector.agenda:
        return False
    calls = [connector.operation(key) for key in connector.procedure(connector.agenda).operations]
    return not any(wrong_audience(connector, call, row.name, row.settings) for call in calls)


def of(rows: Iterable[Connection], begin: datetime, end: datetime, only: Mapping[str, str]) -> Agenda:
    """Whatever can be read within a few seconds, by its start. `only`: fields of the procedure to ask by."""
    found, until = Agenda(), time.monotonic() + PATIENCE_S
    values = {"from": begin.isoformat(), "to": end.isoformat(), **only}
    for row in rows:
        try:
            entries = _entries(row, values, until)
        except HubError as error:
            found.problems.append((row, error.sentence))
            continue
        found.read += 1
        found.items += [_item(row, entry) for entry in entries]
    found.items.sort(key=lambda item: (item.start, item.title))
    return found


def _item(row: Connection, entry: JsonObject) -> Item:
    times = {key: datetime.fromisoformat(entry[key]) for key in ("start", "end")}
    return Item(connection=row, **{**entry, **times})


def _entries(row: Connection, values: Mapping[str, Any], until: float) -> list[JsonObject]:
    key = f"agenda:{row.pk}:{fingerprint(dict(values))}"
    known = cache.get(key)
    if known is None:
        connector = connector_of(row)
        known = _run(row, connector.procedure(connector.agenda), values, until)
        cache.set(key, known, KEPT_S)
    entries: list[JsonObject] = known
    return entries


def _run(row: Connection, procedure: Procedure, values: Mapping[str, Any], until: float) -> Any:
    """The procedure with real reads, and no run of its own."""
    script = procedure.run(values, Situation(now=datetime.now(UTC), settings=row.settings))
    try:
        command = next(script)
        while True:
            if not isinstance(command, Read):
                raise ContractBroken(f"“{procedure.title}” does more than read.")
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise Overdue("There was no time left to read it; it is read first when you look again.")
            outcome = direct.read(
                row,
                command.operation,
                command.values,
                purpose="agenda",
                lane=Lane.REQUEST,
                within_s=left_s,
            )
            command = script.throw(outcome.error) if outcome.error else script.send(outcome)
    except StopIteration as stop:
        return stop.value


def feed(team: Team) -> tuple[str, Agenda]:
    """The team's appointments of the next weeks as iCalendar, and what it was made of."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = of(accounts(team), midnight - FEED_BACK, midnight + FEED_AHEAD, {})
    entries = [
        Entry(
            uid=f"{item.id}@{item.connection.connector}.{item.connection.pk}",
            start=item.start,
            end=item.end,
            title=item.title,
            description=f"{item.calendar} ({item.connection.name})",
            place=item.place,
            cancelled=item.freed,
        )
        for item in found.items
    ]
    return calendar(team.name, entries, now), found
