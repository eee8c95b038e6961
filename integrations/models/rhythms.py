"""How much comes from a source, hour by hour: kept when the events themselves are pruned.

Connection 1--* SourceWatch 1--* SourceHour
"""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection


class SourceWatch(models.Model):
    """One trigger of one connection that a workflow listens to.

    `since` is from when on it is counted, `counted_to` up to which whole hour. `last_at` is the last event
    that was counted. `heard_from`: silence before that is no sign, because nobody listened. `looked_at` is
    the last look at it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="source_watches")
    trigger = models.CharField(max_length=80)
    since = models.DateTimeField()
    counted_to = models.DateTimeField()
    last_at = models.DateTimeField(null=True, blank=True)
    heard_from = models.DateTimeField()
    looked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "source watches"
        constraints = (models.UniqueConstraint(fields=("connection", "trigger"), name="source_watched_once"),)

    def __str__(self) -> str:
        return f"{self.trigger} of {self.connection}"


class SourceHour(models.Model):
    """How many events came in one hour, and the longest pause that ended in it. Hours without have no row."""

    watch = models.ForeignKey(SourceWatch, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField()
    quiet_from = models.DateTimeField(null=True, blank=True)
    quiet_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("hour",)
        constraints = (models.UniqueConstraint(fields=("watch", "hour"), name="source_hour_once"),)

    def __str__(self) -> str:
        return f"{self.count} at {self.hour:%Y-%m-%d %H:00}"
