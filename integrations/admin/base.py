"""What all admin pages share: a team's rows for its people, and nothing to change where history stands."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

COLOURS = {
    "succeeded": "success",
    "done": "success",
    "connected": "success",
    "live": "success",
    "queued": "info",
    "running": "info",
    "waiting": "info",
    "claimed": "info",
    "ready": "info",
    "applied": "success",
    "stale": "warning",
    "held": "warning",
    "parked": "warning",
    "paused": "warning",
    "unknown": "warning",
    "needs_reconnect": "warning",
    "suspended": "warning",
    "failed": "danger",
    "refused": "danger",
}


class TeamScoped(ModelAdmin):  # type: ignore[misc]
    """Superusers see all; others the rows of their teams.

    `team_path` leads from the row to its team; "": the row is one.
    """

    team_path = "team"
    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """History hangs on these rows: a connection is disconnected, a workflow paused, a team left."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        user = request.user
        if isinstance(user, User) and not user.is_superuser:
            path = f"{self.team_path}__memberships__user" if self.team_path else "memberships__user"
            rows = rows.filter(**{path: user})
        return rows


class ReadOnly(TeamScoped):
    """What happened, and what was deployed, is looked at and never changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
