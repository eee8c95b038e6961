"""Columns of our own: text that is encrypted at rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "HUB_ENCRYPTION_KEYS holds something that is no Fernet key; make one with "
            "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`."
        ) from error


def encrypt(text: str) -> str:
    """Encrypt under the newest key."""
    return _fernet(tuple(settings.HUB_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Decrypt under whichever key fits."""
    try:
        return _fernet(tuple(settings.HUB_ENCRYPTION_KEYS)).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored secret does not open with the keys at hand; put the key it was written under back into "
            "HUB_ENCRYPTION_KEYS (oldest last), then run `manage.py rotate_keys`."
        ) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is in clear in Python and encrypted in the database. Cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return decrypt(value) if value else value
