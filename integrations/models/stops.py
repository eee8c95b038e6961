"""The kill switches that are pulled: one row each, deleted when things may go on. What was done stands in the
audit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models.connections import Connection
from integrations.models.teams import Team


class Stop(models.Model):
    """Nothing of a team goes on, or (`connection`) nothing over one connection; without a team: nothing at
    all in this hub."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="stops")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, null=True, blank=True, related_name="stops"
    )
    why = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("made_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("team",), condition=Q(team__isnull=False, connection=None), name="one_stop_a_team"
            ),
            models.UniqueConstraint(fields=("connection",), name="one_stop_a_connection"),
            models.CheckConstraint(
                condition=Q(connection=None) | Q(team__isnull=False), name="stopped_connection_has_team"
            ),
        )

    def __str__(self) -> str:
        return f"stop of {self.connection or self.team or 'the hub'}"
