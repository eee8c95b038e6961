"""How often a source is looked at: as the workflow asks for, seldom while webhooks tell, less on short quota.

All looks together may use half of an account's calls a day; where they would take more, each comes less often
by the same measure. What was decided, and why, stands on the cursor for people to see.
"""

from __future__ import annotations

import math
from datetime import datetime

from integrations import queue
from integrations.models import Connection, Cursor
from integrations.services import overview, tallies
from integrations.services.sightings import Source

MINUTES_A_DAY = 24 * 60
FOR_LOOKS = 0.5
SHORT = 0.8  # of a day's calls used: the rest is for what people and webhooks ask
LONGEST_MIN = MINUTES_A_DAY


def settle(source: Source, now: datetime) -> None:
    """After a look: note how often this source is looked at from now on, and see to it."""
    cursor = Cursor.objects.get(pk=source.cursor.pk)
    minutes, why = interval(source, cursor.calls, now)
    Cursor.objects.filter(pk=cursor.pk).update(interval_min=minutes, widened_why=why)
    queue.space_sweeps(source.workflow.pk, minutes)


def interval(source: Source, calls: int, now: datetime) -> tuple[int, str]:
    """Minutes from look to look, and why it is not what was asked for ("": it is)."""
    minutes, why = _asked(source, now)
    factor, short = _stretch(source, max(1, calls) / minutes, now)
    if factor > 1:
        minutes, why = min(LONGEST_MIN, math.ceil(minutes * factor)), short
    return minutes, why


def _asked(source: Source, now: datetime) -> tuple[int, str]:
    asked, seldom = max(1, source.workflow.interval_min), source.trigger.reconcile_min
    told = source.trigger.hears and source.connector.auth(source.connection.auth).hears
    if told and asked < seldom and tallies.hears(source.connection, now):
        return seldom, "Webhooks tell of changes as they happen; a look only finds what none of them told."
    return asked, ""


def _stretch(source: Source, calls_a_minute: float, now: datetime) -> tuple[float, str]:
    """By how much the quota asks for longer intervals, and why."""
    view = overview.quota_of(source.connection)
    day = next((window for window in view.windows if window.long), None) if view else None
    if day is None:
        return 1.0, ""
    title = source.connector.title
    wanted = (calls_a_minute + _others(source)) * day.window_s / 60
    factor = wanted / (day.count * FOR_LOOKS)
    why = (
        f"At the interval asked for, looking at this account would take {wanted:,.0f} of the {day.count:,} "
        f"calls a day that {title} allows it; looks may use half of them."
    )
    if day.share > SHORT:
        factor = max(2.0, 2 * factor)
        why = f"Only {max(0, day.count - day.spent):,} of {day.count:,} calls of this day are left."
    return factor, why


def _others(source: Source) -> float:
    """The calls a minute that other looks at this account would take at the intervals asked for."""
    rows = Cursor.objects.filter(connection__in=_same_account(source.connection), workflow__state="live")
    others = rows.exclude(pk=source.cursor.pk).values_list("calls", "workflow__interval_min")
    return sum(calls / max(1, minutes) for calls, minutes in others)


def _same_account(connection: Connection) -> list[int]:
    rows = Connection.objects.filter(
        connector=connection.connector, environment=connection.environment, account=connection.account
    )
    return list(rows.values_list("pk", flat=True)) if connection.account else [connection.pk]
