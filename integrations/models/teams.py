"""Who owns what: everything an operator sees belongs to one team, and nothing crosses."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models


class TeamQuerySet(models.QuerySet[Any]):
    """The one way to rows for views and the API: through a team."""

    def of(self, team: Team) -> Self:
        return self.filter(team=team)


TeamManager = models.Manager.from_queryset(TeamQuerySet)


class Team(models.Model):
    """`agenda_key` is the unguessable part of its calendar feed's address; "" until it has one."""

    name = models.CharField(max_length=100, unique=True)
    agenda_key = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer: looks"
    OPERATOR = "operator", "Operator: connects, maps, deploys"
    ADMIN = "admin", "Admin: also manages people"


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OPERATOR)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("team", "user"), name="one_membership_each"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.team} as {self.role}"


class AuditEntry(models.Model):
    """Who did what, for good. `details` never holds a secret."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="audit")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = TeamManager()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
