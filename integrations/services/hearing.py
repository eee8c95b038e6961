"""What the notices that apps sent mean, found out after they were accepted.

Due notices are taken under a lease, many at once; a worker that is killed leaves them to the next. Each goes
to every live workflow that listens to its type on its connection (`hints`). To a trigger without comparison
the notice is itself the event. To others it is a hint: the record is read, once however many notices and
workflows want it, and what that means is told as after a look (`sightings`). What cannot be read now is tried
again later, not for ever: in the end the next look finds what was told. The notices of a connection that
needs a person wait until it has had one.
"""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db import connection as database
from django.db.models import Q, QuerySet

from integrations.engine.errors import (
    AccountSuspended,
    ContractBroken,
    CredentialRefused,
    HubError,
    Parked,
    Throttled,
    TryAgain,
)
from integrations.engine.quota import Lane
from integrations.models import USABLE, Connection, Notice, NoticeState
from integrations.services import hints, installs, pulse, rereads, stops
from integrations.services.hints import Plan, Told
from integrations.services.leases import owner_name
from integrations.services.peace import in_peace

log = logging.getLogger(__name__)

AT_ONCE = 64
BACKOFF_S = 2.0
BACKOFF_MAX_S = 900.0
UNSURE_S = 2.0
WAITING_FOR = timedelta(seconds=30)


@dataclass(slots=True)
class Heard:
    """What came of it: notices looked into, events and runs they brought, echoes of our own writes."""

    notices: int = 0
    events: int = 0
    runs: int = 0
    echoes: int = 0


def due(now: datetime) -> QuerySet[Notice]:
    """Notices that may be looked into: new ones, and those whose connection works again."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    new = Q(state=NoticeState.NEW, due_at__lte=now)
    again = Q(state=NoticeState.WAITING, connection__state__in=USABLE, due_at__lte=now)
    rows = Notice.objects.filter(free).filter(new | again)
    return rows.filter(connection__stops=None).exclude(stops.halted("connection__team"))


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def hear_once(*, for_s: float = 60.0, only: Iterable[int] | None = None) -> Heard:
    """Look into what is due (or only these notices) in this process. Never inside a transaction."""
    heard, until = Heard(), time.monotonic() + for_s
    wanted = None if only is None else list(only)
    owner = owner_name()
    while notices := _claim(owner, wanted):
        _hear(notices, heard)
        pulse.touch(datetime.now(UTC))
        if time.monotonic() >= until:
            break
    return heard


def _claim(owner: str, only: list[int] | None) -> list[Notice]:
    """Take the oldest that are due, under a lease."""
    now = datetime.now(UTC)
    with transaction.atomic():
        waiting = due(now) if only is None else due(now).filter(pk__in=only)
        rows = waiting.filter(pk__in=_fair(waiting)).order_by("pk")
        if database.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        taken = list(rows)
        for notice in taken:
            notice.lease_owner, notice.lease_until = owner, now + timedelta(seconds=settings.HUB_LEASE_S)
            notice.attempts += 1
        Notice.objects.bulk_update(taken, ["lease_owner", "lease_until", "attempts"])
    return taken


def _fair(waiting: QuerySet[Notice]) -> list[int]:
    """The oldest of each connection, so that a flood at one account keeps no other waiting."""
    whose = list(waiting.order_by().values_list("connection", flat=True).distinct()[:AT_ONCE])
    share = max(1, AT_ONCE // max(1, len(whose)))
    return [
        pk
        for connection in whose
        for pk in waiting.filter(connection=connection).order_by("pk").values_list("pk", flat=True)[:share]
    ]


def _hear(notices: Sequence[Notice], heard: Heard) -> None:
    groups: dict[int | None, list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.connection_id].append(notice)
    known = Connection.objects.select_related("team").in_bulk([pk for pk in groups if pk is not None])
    plans = [hints.plan(known[pk], group) for pk, group in groups.items() if pk in known]
    rereads.read_all([wanted for made in plans for wanted in made.wanted()], lane=Lane.TRIGGER)
    for made in plans:
        _tell(made, heard)
    for notice in groups.get(None, ()):
        _of_nobody(notice)
    heard.notices += len(notices)


def _tell(made: Plan, heard: Heard) -> None:
    """All of one connection in one transaction; where that breaks, each notice in one of its own."""
    try:
        told = in_peace(lambda: _tell_and_settle(made))
    except (OperationalError, IntegrityError):
        raise  # the lease ends, and another looks into them
    except Exception:
        log.exception("hearing a notice broke in the hub itself")
        if len(made.notices) > 1:
            for notice in made.notices:
                _tell(made.only([notice]), heard)
            return
        stumbled = ContractBroken("The hub itself stumbled over it; the next look finds what it told of.")
        told = Told(failed={notice.pk: stumbled for notice in made.notices})
        with transaction.atomic():
            _settle(made, told)
    heard.events += told.events
    heard.runs += len(told.runs)
    heard.echoes += told.echoes


def _tell_and_settle(made: Plan) -> Told:
    told = hints.tell(made)
    _settle(made, told)
    return told


# --- what becomes of the notices ------------------------------------------------------------------


def _settle(made: Plan, told: Told) -> None:
    listened = {notice.pk for telling in made.tellings for notice in telling.notices}
    now = datetime.now(UTC)
    for notice in made.notices:
        if notice.pk in told.failed:
            _put_off(notice, told.failed[notice.pk], now)
        elif notice.pk in told.unsure:
            pause = timedelta(seconds=UNSURE_S * notice.attempts)
            _is(notice, NoticeState.NEW, told.unsure[notice.pk], now + pause)
        elif notice.pk in listened:
            _is(notice, NoticeState.HEARD)
        else:
            _is(notice, NoticeState.IGNORED, "No live workflow listens to it.")
    _save(made.notices)
    for notice in made.notices:
        if notice.pk not in told.failed:
            installs.heard(notice, now)


def _put_off(notice: Notice, error: HubError, now: datetime) -> None:
    """What could not be read: later, when a person has acted, or never."""
    if isinstance(error, Throttled):  # that it comes too soon is no failure, however often
        notice.attempts -= 1
    if isinstance(error, TryAgain) and notice.attempts < hints.LAST_TRY:
        _is(notice, NoticeState.NEW, error.sentence, now + timedelta(seconds=_gap(notice, error)))
    elif isinstance(error, CredentialRefused | AccountSuspended) or type(error) is Parked:
        _is(notice, NoticeState.WAITING, error.sentence, now + WAITING_FOR)
    else:
        _is(notice, NoticeState.FAILED, error.sentence)


def _gap(notice: Notice, error: TryAgain) -> float:
    """Seconds until the next try: what the app asked for, else full jitter under a doubling ceiling."""
    if error.after_s is not None:
        return error.after_s + random.uniform(0, 1)  # noqa: S311 - spreads load, hides nothing
    ceiling = min(BACKOFF_MAX_S, BACKOFF_S * 2 ** (notice.attempts - 1))
    return max(0.5, random.uniform(0, ceiling))  # noqa: S311


def _is(notice: Notice, state: NoticeState, problem: str = "", due_at: datetime | None = None) -> None:
    notice.state, notice.problem, notice.due_at = state, problem, due_at
    if state == NoticeState.WAITING:
        notice.attempts = 0


def _save(notices: Iterable[Notice]) -> None:
    """Only what is still ours: a lease that was lost is another's, who says the same."""
    for notice in notices:
        Notice.objects.filter(pk=notice.pk, lease_owner=notice.lease_owner).update(
            state=notice.state,
            problem=notice.problem,
            due_at=notice.due_at,
            attempts=notice.attempts,
            lease_owner="",
            lease_until=None,
        )


def _of_nobody(notice: Notice) -> None:
    """Taken up without a connection: it tells of the app's own coming or going, or was somebody's once."""
    with transaction.atomic():
        if not installs.heard(notice, datetime.now(UTC)):
            _is(notice, NoticeState.IGNORED, "The connection it was sent for is gone.")
            _save([notice])
