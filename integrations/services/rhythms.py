"""The silence alarm: counts what comes from each source, and says when what should come does not.

Counted are events that sources brought by themselves, by the hour they were received in; the counts outlive
the events. A source that is looked at is silent up to the last whole look, not up to now. While nobody
listens (the connection is stopped, the workflow paused, the hub was away) silence is no sign: it counts from
the moment on that somebody listens again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from integrations.engine.rhythm import HOUR, KEPT, Hour, Rhythm, learn
from integrations.models import (
    AlertKind,
    AlertLevel,
    Connection,
    Cursor,
    Environment,
    Event,
    EventSource,
    SourceHour,
    SourceWatch,
    Team,
    Workflow,
    WorkflowState,
)
from integrations.services import listening, stops
from integrations.services.accounts import connector_of
from integrations.services.alert_causes import Found

BY_ITSELF = (EventSource.POLL, EventSource.WEBHOOK, EventSource.RECOVERED)
SETTLED = timedelta(minutes=5)
AWAY = timedelta(minutes=10)
LOOKS = timedelta(minutes=1)
LONGEST_COUNT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How one source stands. `title` is the trigger's. `rhythm` is None while it is being learned.

    `per_hour`: events expected in this hour. `within`: a stop now would be noticed after so long (None: too
    little comes to tell). `silent_from`: when it was last heard of; `due_at`: when its silence means
    something. `until`: up to when it is known to be silent.
    """

    watch: SourceWatch
    title: str
    rhythm: Rhythm | None
    per_hour: float
    within: timedelta | None
    silent_from: datetime
    due_at: datetime | None
    until: datetime

    @property
    def silent(self) -> bool:
        return self.due_at is not None and self.due_at <= self.until

    @property
    def sentence(self) -> str:
        """What is known of it, for people."""
        if self.rhythm is None:
            return "The hub learns how much comes and when; after a week it can tell when it is missing."
        often = f"About {self.per_hour:,.0f} an hour" if self.per_hour >= 1 else "Less than one an hour"
        if self.within is None:
            return f"{often} at this time; too little comes to tell a silence from an ordinary pause."
        return f"{often} at this time; if it stopped now, the hub would notice within {_length(self.within)}."


def look(now: datetime) -> None:
    """Count what has come since the last look, for every source that a workflow listens to."""
    for connection, trigger, workflows in _listened():
        with transaction.atomic():
            watch = _watch(connection, trigger, now)
            _count(watch, now)
            away = now - watch.looked_at > AWAY
            live = any(workflow.state == WorkflowState.LIVE for workflow in workflows)
            if away or not connection.usable or not live or stops.of_connection(connection):
                watch.heard_from = now
            watch.looked_at = now
            watch.save()


def sources(team: Team, now: datetime) -> list[Source]:
    """The sources that workflows of the team listen to, as they stand."""
    found = []
    for connection, trigger, workflows in _listened(team):
        watch = SourceWatch.objects.filter(connection=connection, trigger=trigger).first()
        if watch is not None:
            found.append(_source(watch, connection, workflows, now))
    return found


def silent(team: Team, now: datetime) -> Iterator[Found]:
    """Sources from which nothing comes though much should."""
    for source in sources(team, now):
        connection = source.watch.connection
        if source.silent and source.rhythm is not None and connection.usable:
            missed = source.rhythm.expected(source.silent_from, source.until)
            in_production = connection.environment == Environment.PRODUCTION
            yield Found(
                kind=AlertKind.SILENCE,
                cause=f"silence:{source.watch.pk}",
                level=AlertLevel.CRITICAL if in_production else AlertLevel.WARNING,
                sentence=(
                    f"Nothing from {connection.name} (“{source.title}”) since {_moment(source.silent_from)}; "
                    f"by what came in the past, {missed:,.0f} or so should have come by now."
                ),
                advice=(
                    "Verify the connection, and see on its page whether the app still sends to the hub. If "
                    "nothing happened there indeed, there is nothing to do."
                ),
                path=reverse("connection-detail", args=[connection.pk]),
                count=max(1, round(missed)),
            )


def _listened(team: Team | None = None) -> Iterator[tuple[Connection, str, list[Workflow]]]:
    """Connections, triggers that come by themselves, and who listens."""
    rows = Connection.objects.filter(team=team) if team else Connection.objects.all()
    for connection in rows.filter(bindings__workflow__live__isnull=False).distinct().order_by("pk"):
        known = connector_of(connection).triggers
        for key, workflows in listening.to(connection).items():
            if key in known and (known[key].sweep or known[key].hears):
                yield connection, key, workflows


def _source(watch: SourceWatch, connection: Connection, workflows: list[Workflow], now: datetime) -> Source:
    late = _lateness(connection, watch.trigger, workflows)
    silent_from = max(watch.heard_from, _last_at(watch) or watch.heard_from)
    # A silence that lasts teaches nothing, or it would become the custom.
    taught_until = min(watch.counted_to, silent_from)
    rhythm = learn(_hours(watch, now), watch.since, taught_until, _zone(connection))
    noticed = rhythm.notices_at(now) if rhythm else None
    due_at = rhythm.notices_at(silent_from) if rhythm else None
    return Source(
        watch=watch,
        title=connector_of(connection).triggers[watch.trigger].title,
        rhythm=rhythm,
        per_hour=rhythm.rate(now) if rhythm else 0.0,
        within=noticed - now + late + LOOKS if noticed else None,
        silent_from=silent_from,
        due_at=due_at + late if due_at else None,
        until=_known_until(connection, watch.trigger, workflows, now),
    )


def _lateness(connection: Connection, trigger: str, workflows: list[Workflow]) -> timedelta:
    """How long an event may take to be heard of: as long as from one look to the next."""
    if _told(connection, trigger):
        return timedelta(0)
    cursors = Cursor.objects.filter(connection=connection, trigger=trigger, workflow__in=workflows)
    widest = cursors.aggregate(n=Max("interval_min"))["n"] or 0
    return timedelta(minutes=max(widest, *(workflow.interval_min for workflow in workflows)))


def _known_until(connection: Connection, trigger: str, workflows: list[Workflow], now: datetime) -> datetime:
    """Now, where the app tells by itself; else the last look that came to its end."""
    if _told(connection, trigger):
        return now
    cursors = Cursor.objects.filter(
        connection=connection, trigger=trigger, workflow__in=workflows, problem=""
    )
    return cursors.aggregate(at=Max("swept_at"))["at"] or datetime.min.replace(tzinfo=UTC)


def _told(connection: Connection, trigger: str) -> bool:
    app = connector_of(connection)
    return bool(app.triggers[trigger].hears) and app.auth(connection.auth).hears


def _zone(connection: Connection) -> ZoneInfo:
    """The account's own, where its settings say so; else the hub's."""
    named = str(connection.settings.get("timezone") or "")
    return ZoneInfo(named if named in available_timezones() else settings.TIME_ZONE)


# --- counting -------------------------------------------------------------------------------------


def _watch(connection: Connection, trigger: str, now: datetime) -> SourceWatch:
    """What came before the hub counted is counted too, as far back as it teaches something."""
    events = _events(connection, trigger).filter(received_at__gte=now - KEPT)
    first = events.order_by("received_at").values_list("received_at", flat=True).first()
    since = _whole(first or now)
    watch, _ = SourceWatch.objects.select_for_update().get_or_create(
        connection=connection,
        trigger=trigger,
        defaults={"since": since, "counted_to": since, "heard_from": now, "looked_at": now},
    )
    return watch


def _count(watch: SourceWatch, now: datetime) -> None:
    """The hours that are over for a while, so that what was being stored is there by now."""
    end = _whole(now - SETTLED)
    while watch.counted_to < end:
        until = min(end, watch.counted_to + LONGEST_COUNT)
        _count_between(watch, watch.counted_to, until)
        watch.counted_to = until


def _count_between(watch: SourceWatch, begin: datetime, end: datetime) -> None:
    """One row an hour that had events. A pause in which nobody listened for a while is none."""
    rows = _events(watch.connection, watch.trigger).filter(received_at__gte=begin, received_at__lt=end)
    found: dict[datetime, SourceHour] = {}
    for at in rows.order_by("received_at").values_list("received_at", flat=True).iterator():
        hour = _whole(at)
        row = found.setdefault(hour, SourceHour(watch=watch, hour=hour, count=0))
        row.count += 1
        before = watch.last_at
        if before and not before <= watch.heard_from <= at and _longer(row, at - before):
            row.quiet_from, row.quiet_to = before, at
        watch.last_at = at
    SourceHour.objects.bulk_create(found.values(), ignore_conflicts=True)
    watch.hours.filter(hour__lt=end - KEPT - HOUR).delete()


def _longer(row: SourceHour, pause: timedelta) -> bool:
    return row.quiet_from is None or row.quiet_to is None or pause > row.quiet_to - row.quiet_from


def _hours(watch: SourceWatch, now: datetime) -> Iterator[Hour]:
    for row in watch.hours.filter(hour__gte=now - KEPT - HOUR):
        pause = (row.quiet_from, row.quiet_to) if row.quiet_from and row.quiet_to else None
        yield Hour(at=row.hour, count=row.count, pause=pause)


def _last_at(watch: SourceWatch) -> datetime | None:
    """The last event, counted already or not."""
    newer = _events(watch.connection, watch.trigger).filter(received_at__gte=watch.counted_to)
    found: datetime | None = newer.aggregate(at=Max("received_at"))["at"]
    return found or watch.last_at


def _events(connection: Connection, trigger: str) -> Any:
    return Event.objects.filter(connection=connection, trigger=trigger, source__in=BY_ITSELF)


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _length(span: timedelta) -> str:
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{-(-minutes // 60)} hours"


def _moment(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{local.day} {local:%b, %H:%M}"
