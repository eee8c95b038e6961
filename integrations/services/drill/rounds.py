"""Minutes that pass at once: the apps' clocks and the worker's are moved on, what is put off falls due.

A drill waits for nothing. A run that waits for a look-up, a lease or an app's `Retry-After` is met in a later
round, whose clock says that the time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from integrations.models import (
    UNFINISHED,
    USABLE,
    Connection,
    Delivery,
    DeliveryState,
    Notice,
    NoticeState,
    Run,
)
from integrations.services import connect, deliveries, hearing, outbound
from integrations.services.clients import sandbox
from integrations.services.drain import Drain

ROUND_S = 120  # longer than a lease, and than any app's index lags behind
ROUNDS = 14
DRAIN_S = 30.0

Work = Callable[[timedelta], None]


def come_to_an_end(work: Work | None = None, *, rounds: int = ROUNDS) -> int:
    """As workers would in the time to come, until no run is unfinished. `work(later)` is one worker's turn.

    How many rounds it took.
    """
    work = work or drain
    for number in range(rounds):
        later = timedelta(seconds=ROUND_S * number)
        hear(datetime.now(UTC) + later)
        reconnect()
        work(later)
        if settled():
            return number + 1
        _move_clocks()
    return rounds


def drain(later: timedelta) -> None:
    """A worker's turn at that time."""
    Drain(clock=lambda: datetime.now(UTC) + later).run(for_s=DRAIN_S)
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=datetime.now(UTC), lease_until=None)
    outbound.send_due()


def hear(now: datetime) -> None:
    """What apps have to tell by then is taken in, and looked into."""
    for _ in range(3):  # what is told may bring more to tell
        if not deliveries.within(now) and not hearing.anything_due(datetime.now(UTC)):
            return
        Notice.objects.filter(state=NoticeState.NEW).update(due_at=None, lease_until=None)
        hearing.hear_once()


def settled() -> bool:
    """Whether every run has ended or waits for a person."""
    waiting = Run.objects.filter(state__in=UNFINISHED).exclude(state="held")
    return not waiting.exclude(state="waiting", due_at=None).exists()


def reconnect() -> None:
    """What a person does after a key was taken back: make a new one in the app, and give it to the hub."""
    for connection in Connection.objects.exclude(state__in=USABLE):
        renews = sandbox().apps()[connection.connector].renews
        if renews:
            sandbox().act(connection.connector, renews, {})
        secrets, _ = connect.sandbox_secrets(connection.connector, connection.auth)
        connect.replace_secrets(connection, secrets)


def _move_clocks() -> None:
    for slug, app in sandbox().apps().items():
        if app.store is not None:
            app.store.move_clock(ROUND_S, slug)
