"""Something that happened, stored before anything is done with it.

Notice    what an app sent, as it came; what it means is found out afterwards
Event     one happening, however the hub heard of it
Tally     how many notices of a kind came in an hour, and what became of them; kept for good
"""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection
from integrations.models.teams import Team, TeamManager


class EventSource(models.TextChoices):
    POLL = "poll", "Found by a scheduled look"
    WEBHOOK = "webhook", "Sent by the app"
    RECOVERED = "recovered", "Found by a scheduled look: no webhook told of it"
    MANUAL = "manual", "Given by hand"
    BACKFILL = "backfill", "There before the workflow"
    RECONCILE = "reconcile", "To bring two records in line again"
    TEST = "test", "Sandbox test"
    SCHEDULE = "schedule", "The time had come"
    WORKFLOW = "workflow", "Another workflow had finished"


class Event(models.Model):
    """`dedupe_key` names the happening: the same one is never stored twice for a connection.

    `late` says that the app sent it long after it happened; `notice` is what it was heard from. `hops` is how
    many of our own writes in a row led to it (0: none).
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="events")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events")
    trigger = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    record = models.CharField(max_length=200)
    dedupe_key = models.CharField(max_length=200)
    payload = models.JSONField()
    source = models.CharField(max_length=10, choices=EventSource.choices)
    late = models.BooleanField(default=False)
    hops = models.PositiveSmallIntegerField(default=0)
    notice = models.ForeignKey(
        "Notice", on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("connection", "dedupe_key"), name="event_once"),)

    def __str__(self) -> str:
        return f"{self.type} {self.record}"


class NoticeState(models.TextChoices):
    NEW = "new", "To be looked into"
    HEARD = "heard", "Looked into"
    WAITING = "waiting", "Waits for its account to be connected"
    IGNORED = "ignored", "Nothing listens to it"
    FAILED = "failed", "Given up; the next look finds what it told of"


class Notice(models.Model):
    """One thing an app told the hub. `key` is the vendor's delivery id (else the body's hash): never twice.

    `connection` is None while nobody knows whose `account` it is. `payload` is let go of after its time, the
    key is not. `problem` says in words what kept it from being heard.
    """

    connector = models.CharField(max_length=40)
    environment = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    account = models.CharField(max_length=200, blank=True)
    connection = models.ForeignKey(
        Connection, on_delete=models.SET_NULL, null=True, blank=True, related_name="notices"
    )
    type = models.CharField(max_length=80)
    record = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict)
    said_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.NEW)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("connector", "environment", "key"), name="notice_once"),
        )
        indexes = (
            models.Index(fields=("state", "due_at"), name="notice_due"),
            models.Index(fields=("connection", "-id"), name="notice_of"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.record}"


class Tally(models.Model):
    """Counts per account, event type and hour, kept after the notices themselves are gone."""

    connector = models.CharField(max_length=40)
    environment = models.CharField(max_length=12)
    account = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=80)
    hour = models.DateTimeField(db_index=True)
    received = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    echoes = models.PositiveIntegerField(default=0)
    recovered = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-hour",)
        verbose_name_plural = "tallies"
        constraints = (
            models.UniqueConstraint(
                fields=("connector", "environment", "account", "type", "hour"), name="tally_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} at {self.hour:%Y-%m-%d %H:00}"
