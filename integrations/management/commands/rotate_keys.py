"""The newest key for everything."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from integrations.management.base import Answer, HubCommand
from integrations.services import rotation


class Command(HubCommand):
    help = "Re-encrypt all stored secrets under the newest key (the first of HUB_ENCRYPTION_KEYS)."

    def answer(self, options: dict[str, Any]) -> Answer:
        count = rotation.rotate()
        older = len(settings.HUB_ENCRYPTION_KEYS) - 1
        told = [f"{count} stored secrets are encrypted under the newest key now."]
        if older:
            told.append(f"The {older} older keys can be taken out of HUB_ENCRYPTION_KEYS.")
        return Answer(document={"reencrypted": count, "older_keys": older}, lines=told)
