"""Something that happened, stored before anything is done with it."""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection
from integrations.models.teams import Team, TeamManager


class EventSource(models.TextChoices):
    POLL = "poll", "Found by a scheduled look"
    WEBHOOK = "webhook", "Sent by the app"
    MANUAL = "manual", "Given by hand"
    TEST = "test", "Sandbox test"


class Event(models.Model):
    """`dedupe_key` names the happening: the same one is never stored twice for a connection."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="events")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events")
    trigger = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    record = models.CharField(max_length=200)
    dedupe_key = models.CharField(max_length=200)
    payload = models.JSONField()
    source = models.CharField(max_length=10, choices=EventSource.choices)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("connection", "dedupe_key"), name="event_once"),)

    def __str__(self) -> str:
        return f"{self.type} {self.record}"
