"""How old a connection's key is: to be rotated by a day its vendor advises, or ending on a day by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.engine.spec import Auth
from integrations.models import Connection, ConnectionState, Credential, Team
from integrations.services.accounts import connector_of

REMIND_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """`due`: it is time to do something. `ends`: past `due_at` the key no longer works; else it is advised.

    `urgent`: the last of the reminders has come. `renews`: the hub itself can have a new one made.
    """

    connection: Connection
    app: str
    days: int
    due_at: datetime
    due: bool
    urgent: bool
    days_left: int
    ends: bool
    renews: bool

    @property
    def when(self) -> str:
        """How old it is and by when it is to be seen to, in a sentence."""
        day = f"{self.due_at.day} {self.due_at:%b %Y}"
        if not self.ends:
            return f"Its key is {self.days} days old; rotate it by {day}."
        if self.days_left < 0:
            return f"Its key is {self.days} days old and ended on {day}."
        left = {0: "today", 1: "tomorrow"}.get(self.days_left, f"in {self.days_left} days")
        return f"Its key is {self.days} days old and ends {left}, on {day}."

    @property
    def advice(self) -> str:
        """What to do about it."""
        if self.renews and self.days_left >= 0:
            return "Press “Renew the key now”."
        return f"Make a new one at {self.app} and enter it under “Replace the key”."


def age_of(connection: Connection, now: datetime) -> Age | None:
    """None: its key is of a kind that nothing is known of."""
    app = connector_of(connection)
    way = app.auth(connection.auth)
    rows = [row for row in connection.credentials.all() if not row.standby and row.key in _keys(way)]
    days = _days(way)
    if not days or not rows:
        return None
    entered_at = min(row.entered_at for row in rows)
    due_at = entered_at + timedelta(days=days)
    first, last = _reminders(way)
    return Age(
        connection=connection,
        app=app.title,
        days=(now - entered_at).days,
        due_at=due_at,
        due=due_at - first <= now,
        urgent=due_at - last <= now,
        days_left=(due_at.date() - now.date()).days,
        ends=way.rotation is None,
        renews=way.renewal is not None,
    )


def _keys(way: Auth) -> set[str]:
    """The secrets whose age counts."""
    if way.rotation or way.renewal:
        return {rules.key for rules in (way.rotation, way.renewal) if rules}
    return {field.key for field in way.secrets if field.secret}


def _days(way: Auth) -> int:
    return way.rotation.every_days if way.rotation else way.lasts_days


def _reminders(way: Auth) -> tuple[timedelta, timedelta]:
    """How long before its day the first and the last reminder come."""
    if way.rotation or not way.warn_days:
        return REMIND_AHEAD, timedelta(0)
    return timedelta(days=max(way.warn_days)), timedelta(days=min(way.warn_days))


def due(team: Team, now: datetime) -> list[Age]:
    """Keys that somebody should see to soon, the oldest first."""
    rows = Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED)
    return sorted(_due(rows.prefetch_related("credentials"), now), key=lambda age: age.due_at)


def _due(rows: Iterable[Connection], now: datetime) -> list[Age]:
    return [age for row in rows if (age := age_of(row, now)) and age.due]


def twin_until(connection: Connection) -> datetime | None:
    """Until when an older key stands by; None: none does."""
    way = connector_of(connection).auth(connection.auth)
    row = Credential.objects.filter(connection=connection, standby=True, key__in=_keys(way)).first()
    return row.until if row else None
