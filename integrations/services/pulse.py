"""Signs of life, by which the watch knows that a cluster still answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.conf import settings

from integrations.models import Heartbeat

EVERY = timedelta(seconds=1)

_silent: ContextVar[bool] = ContextVar("silent", default=False)
_last: dict[str, datetime] = {}


def cluster_name() -> str:
    """This process's cluster; the watch that started it told it its name."""
    return f"cluster:{os.environ.get('HUB_CLUSTER_ID', 'lone')}"


@contextmanager
def silently() -> Iterator[None]:
    """Work done inside is no sign of life: a web request that stands in for a worker is none."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def touch(now: datetime) -> None:
    """Note that this cluster is alive; at most once a second."""
    if _silent.get():
        return
    name = cluster_name()
    last = _last.get(name)
    if last is None or now - last >= EVERY:
        _last[name] = now
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def age(name: str, now: datetime) -> timedelta | None:
    """How long ago `name` was last heard of; None: never."""
    row = Heartbeat.objects.filter(name=name).first()
    return now - row.at if row else None


def stale_after() -> timedelta:
    return timedelta(seconds=settings.HUB_STALE_S)
