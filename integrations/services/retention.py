"""Pruning: what events, notices, runs and calls hold goes after a set number of days; links and keys stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from integrations.models import (
    FINISHED,
    Alert,
    ApiCall,
    Delivery,
    Effect,
    Event,
    Notice,
    NoticeState,
    Plan,
    Run,
    SlotHold,
    StepRun,
)

AT_ONCE = 500
STRANGERS_WAIT = timedelta(days=30)


def prune(now: datetime) -> int:
    """Let go of what is older than the retention; how many runs it was. A retention of 0 days keeps all.

    Rows of runs and events stay, because their keys are needed for ever; what they hold is emptied.
    """
    _give_up_strangers(now)
    SlotHold.objects.filter(until__lt=now).delete()
    if settings.HUB_RETENTION_DAYS == 0:
        return 0
    before = now - timedelta(days=settings.HUB_RETENTION_DAYS)
    pruned = _prune_runs(before)
    _prune_events(before)
    _prune_notices(before)
    Plan.objects.filter(made_at__lt=before).delete()
    holding = Q(shown__isnull=False) | Q(prior__isnull=False)
    Effect.objects.filter(holding, settled_at__lt=before).update(shown=None, prior=None)
    ApiCall.objects.filter(run=None, started_at__lt=before).delete()
    Delivery.objects.filter(settled_at__lt=before).delete()
    Alert.objects.filter(resolved_at__lt=before).delete()
    return pruned


def _give_up_strangers(now: datetime) -> None:
    """Nobody has connected the account they are about: what is read when somebody does tells more."""
    rows = Notice.objects.filter(state=NoticeState.WAITING, received_at__lt=now - STRANGERS_WAIT)
    rows.update(state=NoticeState.IGNORED)


def _prune_notices(before: datetime) -> None:
    """Their payloads; the keys stay, so that none is ever taken for a new one."""
    over = (NoticeState.HEARD, NoticeState.IGNORED, NoticeState.FAILED)
    old = Notice.objects.filter(received_at__lt=before, state__in=over).exclude(payload={})
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        Notice.objects.filter(pk__in=ids).update(payload={})


def _prune_runs(before: datetime) -> int:
    pruned = 0
    over = Run.objects.filter(state__in=FINISHED, finished_at__lt=before, begun_with__isnull=False)
    while ids := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            ApiCall.objects.filter(run__in=ids).delete()
            StepRun.objects.filter(run__in=ids).delete()
            Run.objects.filter(pk__in=ids).update(begun_with=None, answer=None)
        pruned += len(ids)
    return pruned


def _prune_events(before: datetime) -> None:
    """Payloads that no run needs any more: one that is under way, or just over, may still read its event."""
    over = Q(state__in=FINISHED, finished_at__lt=before)
    needed = Run.objects.filter(~over, event=OuterRef("pk"))
    old = Event.objects.filter(received_at__lt=before).exclude(payload={}).exclude(Exists(needed))
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        Event.objects.filter(pk__in=ids).update(payload={})
