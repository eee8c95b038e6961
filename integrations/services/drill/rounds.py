"""Minutes that pass at once: the apps' clocks and the worker's are moved on, what is put off falls due.

A drill waits for nothing. A run that waits for a look-up, a lease or an app's `Retry-After` is met in a later
round, whose clock says that the time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from integrations.models import (
    UNFINISHED,
    Budget,
    Delivery,
    DeliveryState,
    Notice,
    NoticeState,
    Run,
)
from integrations.services import deliveries, hearing, outbound
from integrations.services.clients import sandbox
from integrations.services.drill import signing_in
from integrations.services.drill.swift import Swift

ROUND_S = 120  # longer than a lease, and than any app's index lags behind
ROUND = timedelta(seconds=ROUND_S)
ROUNDS = 14
DRAIN_S = 30.0

Work = Callable[[timedelta], None]


def come_to_an_end(
    work: Work | None = None, *, rounds: int = ROUNDS, look: Callable[[], None] | None = None
) -> int:
    """As workers would in the time to come, until no run is unfinished and no app has anything to tell.

    `work(later)` is one worker's turn; `look` is done once, after all that was told. How many rounds it took.
    """
    work = work or drain
    for number in range(rounds):
        later = timedelta(seconds=ROUND_S * number)
        _begin_to_count_anew()
        hear(datetime.now(UTC) + later)
        signing_in.again()
        work(later)
        if settled() and not sandbox().has_deliveries(datetime.now(UTC) + later + ROUND):
            if look is None:
                return number + 1
            _begin_to_count_anew()
            look()
            look = None
        _move_clocks()
    return rounds


def drain(later: timedelta) -> None:
    """A worker's turn at that time."""
    Swift(later).run(for_s=DRAIN_S)
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=datetime.now(UTC), lease_until=None)
    outbound.send_due()


def hear(now: datetime) -> None:
    """What apps have to tell by then is taken in, and looked into."""
    for _ in range(3):  # what is told may bring more to tell
        deliveries.within(now)
        open_ = Notice.objects.filter(state__in=(NoticeState.NEW, NoticeState.WAITING))
        if not open_.update(due_at=datetime.now(UTC), lease_until=None):
            return
        hearing.hear_once()


def settled() -> bool:
    """Whether every run has ended or waits for a person."""
    waiting = Run.objects.filter(state__in=UNFINISHED).exclude(state="held")
    return not waiting.exclude(state="waiting", due_at=None).exists()


def _begin_to_count_anew() -> None:
    """What is done by the wall's clock would wait until it has caught up with a worker's, which is ahead."""
    Budget.objects.all().delete()


def _move_clocks() -> None:
    for slug, app in sandbox().apps().items():
        if app.store is not None:
            app.store.move_clock(ROUND_S, slug)
