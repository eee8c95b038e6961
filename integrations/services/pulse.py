"""Signs of life, by which the watch knows that a cluster still answers."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from django.conf import settings

from integrations.models import Heartbeat

EVERY = timedelta(seconds=1)

_last: dict[str, datetime] = {}


def touch(now: datetime, *, busy_s: float = 0.0) -> None:
    """Note that this process's cluster is alive, at most once a second; outside a cluster, nothing.

    `busy_s`: it is about to make a call that may take so long, and will not be heard of meanwhile.
    """
    cluster = os.environ.get("HUB_CLUSTER_ID")  # set by the watch that started it
    if not cluster:
        return
    name, heard = f"cluster:{cluster}", now + timedelta(seconds=busy_s)
    last = _last.get(name)
    if last is None or heard - last >= EVERY:
        _last[name] = heard
        Heartbeat.objects.update_or_create(name=name, defaults={"at": heard})


def age(name: str, now: datetime) -> timedelta | None:
    """How long ago `name` was last heard of; None: never."""
    row = Heartbeat.objects.filter(name=name).first()
    return now - row.at if row else None


def stale_after() -> timedelta:
    return timedelta(seconds=settings.HUB_STALE_S)
