"""The watch: wakes workers for what is due, and replaces a cluster that stopped answering.

An idle worker that is killed can die holding the lock of its cluster's queue; then the cluster runs nothing
more and ignores a request to stop (measured, django-q2 1.11.1). Only its silence gives it away: so the
watch asks for a sign of life every two seconds, and ends the whole process group when none came.
"""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from integrations import queue
from integrations.models import Heartbeat
from integrations.services import (
    alerts,
    backfill,
    claims,
    clocks,
    deliveries,
    drilling,
    hearing,
    installing,
    outbound,
    pulse,
    reconciling,
    tokens,
)
from integrations.services.children import Child

log = logging.getLogger(__name__)

BEAT_EVERY = timedelta(seconds=2)
ALERT_EVERY = timedelta(minutes=1)
STOOD_STILL = timedelta(seconds=5)
STEADY = timedelta(minutes=1)
LONGEST_PAUSE_S = 30
MOST_DOUBLINGS = 3


def qcluster() -> list[str]:
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "qcluster"]


class Watch:
    """One supervised cluster. Call `tick` about once a second, and `kill` or `children.stop` in the end."""

    def __init__(self, start: Callable[[str], Child] | None = None) -> None:
        self._start = start or _start
        self.cluster: Child | None = None
        self.name = ""
        self._started_at = self._trust_from = self._next_start_at = datetime.min.replace(tzinfo=UTC)
        self._asked_at = self._ticked_at = self._alerted_at = datetime.now(UTC)
        self._falls = self._unheard = 0

    def tick(self, now: datetime) -> None:
        """Look after the cluster, and wake it for what is due. A database that is away is waited for."""
        if now - self._ticked_at > STOOD_STILL:
            self._trust_from = now  # we stood still ourselves (a laptop asleep): no judgement on others
        self._ticked_at = now
        if self.cluster is not None and self.cluster.ended:
            self._fell(now)
        if self.cluster is None and now >= self._next_start_at:
            self._begin(now)
        try:
            self._look(now)
        except DatabaseError as error:
            self._trust_from = now
            log.warning("the watch cannot reach the database: %s", str(error).partition("\n")[0])

    def forget(self) -> None:
        """Its sign of life goes with it."""
        if self.name:
            Heartbeat.objects.filter(name=self.name).delete()

    def _look(self, now: datetime) -> None:
        if self.cluster is not None and (silent := self._silent_for(now)) > self._patience(now):
            log.warning("the cluster has not answered for %.0f s: it is replaced", silent.total_seconds())
            self._unheard = self._unheard + 1 if pulse.age(self.name, now) is None else 0
            self.cluster.kill()
            self.forget()
            self._begin(now)
        if now - self._asked_at >= BEAT_EVERY:
            self._asked_at = now
            queue.beat()
        if now - self._alerted_at >= ALERT_EVERY:
            self._alerted_at = now
            alerts.look_at_cluster(now)
        if claims.anything_due(now):
            queue.wake()
        if hearing.anything_due(now):
            queue.wake_hearing()
        if deliveries.anything_due():
            queue.deliver()
        if outbound.anything_due(now):
            queue.wake_sending()
        if tokens.lapsed(now).exists():
            queue.repair()
        if installing.anything_due(now):
            queue.install()
        if backfill.anything_due(now):
            queue.backfill()
        if reconciling.anything_due(now):
            queue.reconcile()
        if drilling.anything_due(now):
            queue.drill()
        if clocks.anything_due(now):
            queue.strike()

    def _silent_for(self, now: datetime) -> timedelta:
        """Counted from its start, and from when we could last judge."""
        age = pulse.age(self.name, now)
        known = now - max(self._started_at, self._trust_from)
        return known if age is None else min(age, known)

    def _patience(self, now: datetime) -> timedelta:
        """Longer for one that is not heard of yet, after others that never were: to replace ever new ones
        before they have started is no help to a machine that is merely busy."""
        if not self._unheard or pulse.age(self.name, now) is not None:
            return pulse.stale_after()
        doubled: int = 2 ** min(self._unheard, MOST_DOUBLINGS)
        return pulse.stale_after() * doubled

    def _begin(self, now: datetime) -> None:
        self.name = f"cluster:{uuid.uuid4().hex[:12]}"
        self.cluster = self._start(self.name)
        self._started_at = now

    def _fell(self, now: datetime) -> None:
        assert self.cluster is not None
        self.cluster.kill()  # its workers outlive a main process that was killed
        self.cluster = None
        self._falls = 0 if now - self._started_at > STEADY else self._falls + 1
        pause_s = min(LONGEST_PAUSE_S, 2**self._falls)
        self._next_start_at = now + timedelta(seconds=pause_s)
        log.warning("the cluster has ended by itself; it is started again in %s s", pause_s)


def _start(name: str) -> Child:
    return Child("cluster", qcluster(), {"HUB_CLUSTER_ID": name.removeprefix("cluster:")})
