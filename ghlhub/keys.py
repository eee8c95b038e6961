"""The keys of an installation that was given none: made once, kept in files that only their owner reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

SHORTEST_SECRET = 32


def private_directory(path: Path) -> Path:
    """Make a directory that only its owner can enter; one that exists is left as it is."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data directory {path} cannot be made ({error.strerror}): set HUB_DATA_DIR to one that can."
        ) from error
    return path


def key_file(path: Path, make: Callable[[], str]) -> str:
    """The key in `path`, made on first use.

    The key is written beside its place and then linked into it: a link fails when the name is taken, so of
    two processes that start at once one wins, both read the winner's key, and nobody reads half a key.
    """
    if not path.exists():
        _write_once(path, make())
    key = path.read_text(encoding="ascii").strip()
    if not key:
        raise ImproperlyConfigured(
            f"The key file {path} is empty: restore it, or remove it to have a new key made."
        )
    return key


def _write_once(path: Path, key: str) -> None:
    # mkstemp opens with O_EXCL and mode 0600.
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def checked_secret(key: str) -> str:
    """Django's secret key, or the sentence that it is too short to keep a session from being forged."""
    if len(key) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"HUB_SECRET_KEY has {len(key)} characters; write at least {SHORTEST_SECRET}, or leave it unset "
            "to have one made."
        )
    return key


def django_secret() -> str:
    return get_random_secret_key()


def encryption_key() -> str:
    return Fernet.generate_key().decode("ascii")


def checked_encryption_keys(keys: list[str]) -> list[str]:
    """Fernet keys, newest first; one that is none is named by its place, never by its value."""
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"Key {place} in HUB_ENCRYPTION_KEYS is not a Fernet key (32 bytes, url-safe base64)."
            ) from error
    return keys
