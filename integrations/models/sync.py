"""How far a poll has read, and what it saw; what calls are left; what is alive."""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection
from integrations.models.workflows import Workflow


class Cursor(models.Model):
    """One binding's place in one source. Without `watermark` the next sweep is the baseline.

    `interval_min` is what it is looked at by now: longer than the workflow asks for when the quota is short,
    and `widened_why` says so. `calls` are those of the last sweep.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="cursors")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    trigger = models.CharField(max_length=80)
    watermark = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    rows_seen = models.PositiveIntegerField(default=0)
    interval_min = models.PositiveIntegerField(default=0)
    widened_why = models.TextField(blank=True)
    calls = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("workflow", "connection", "trigger"), name="cursor_once"),
        )

    def __str__(self) -> str:
        return f"{self.trigger} for {self.workflow}"


class SeenRow(models.Model):
    """What a row looked like when last seen: only the keys the trigger remembers.

    `checked_at` is when the read that showed it began, `changed_at` when the app says it last changed: what a
    slower read brings afterwards is older and passed over.
    """

    cursor = models.ForeignKey(Cursor, on_delete=models.CASCADE, related_name="seen")
    record = models.CharField(max_length=200)
    hash = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    checked_at = models.DateTimeField(db_index=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cursor", "record"), name="seen_once"),)

    def __str__(self) -> str:
        return self.record


class Budget(models.Model):
    """What is left of one app's quota; `scope` says whose it is. Shared by all processes."""

    scope = models.CharField(max_length=200, unique=True)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.scope


class Heartbeat(models.Model):
    """A sign of life, by name ("cluster:<id>")."""

    name = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
