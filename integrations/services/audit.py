"""Who did what. Details never hold a secret."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from integrations.models import AuditEntry, Team


def note(team: Team, actor: User | None, action: str, subject: object, **details: Any) -> AuditEntry:
    return AuditEntry.objects.create(
        team=team, actor=actor, action=action, subject=str(subject)[:200], details=details
    )
