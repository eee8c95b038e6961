"""What all slow work on a workflow has in common: a worker goes on with it bit by bit, people watch it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.models.teams import Team, TeamManager
from integrations.models.workflows import Workflow


class UnderWay(models.Model):
    """Who holds `lease_until` goes on with it; when it has passed, anybody may. `reason`: why it stopped."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="%(class)ss")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="%(class)ss")
    reason = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TeamManager()

    class Meta:
        abstract = True
        ordering = ("-id",)
