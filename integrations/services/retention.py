"""Pruning: events, runs and calls go after a set number of days; links, seen rows and effect keys stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from integrations.models import FINISHED, ApiCall, Run, StepRun

AT_ONCE = 500


def prune(now: datetime) -> int:
    """Remove what is older than the retention; how many runs it was. A retention of 0 days keeps everything.

    Events stay as long as their dedupe key is needed, which is for ever; only their payload is emptied.
    """
    if settings.HUB_RETENTION_DAYS == 0:
        return 0
    before = now - timedelta(days=settings.HUB_RETENTION_DAYS)
    pruned = 0
    while ids := list(
        Run.objects.filter(state__in=FINISHED, finished_at__lt=before)
        .exclude(event__payload={})
        .values_list("pk", flat=True)[:AT_ONCE]
    ):
        ApiCall.objects.filter(run__in=ids).delete()
        StepRun.objects.filter(run__in=ids).delete()
        for run in Run.objects.filter(pk__in=ids).select_related("event"):
            run.event.payload = {}
            run.event.save(update_fields=["payload"])
        Run.objects.filter(pk__in=ids).update(begun_with=None, answer=None)
        pruned += len(ids)
    ApiCall.objects.filter(run=None, started_at__lt=before).delete()
    return pruned
