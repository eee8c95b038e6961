"""Addresses from the environment, taken apart into what Django wants: database, Redis, mail, our own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from ghlhub.env import env_str


def env_url(name: str, default: str) -> SplitResult:
    """An http or https address without path, query or user."""
    value = env_str(name, default).rstrip("/")
    url = _split(name, value)
    bare = not (url.path or url.query or url.fragment or url.username)
    if url.scheme not in {"http", "https"} or not url.hostname or not bare:
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://hub.example.com, without a path."
        )
    return url


def env_database(name: str, sqlite: Path) -> dict[str, Any]:
    """Django's settings of one database, from postgres://user:password@host:port/name or sqlite:///path."""
    value = env_str(name)
    if not value:
        return sqlite_database(sqlite)
    url = _split(name, value)
    if url.scheme == "sqlite" and not url.netloc and url.path.strip("/"):
        # After three slashes comes the path: a fourth makes it absolute.
        return sqlite_database(Path(unquote(url.path[1:])).absolute())
    if url.scheme in {"postgres", "postgresql"} and url.path.strip("/"):
        _installed(name, "psycopg")
        return postgres_database(url)
    raise ImproperlyConfigured(f"{name} must be postgres://user:password@host:port/name or sqlite:///path.")


def sqlite_database(path: Path) -> dict[str, Any]:
    """WAL and IMMEDIATE because deferred transactions answer "database is locked" at once when two processes
    write; FULL because a webhook's 200 promises that the event is on disk; 20 s because waiting is unfair."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=FULL;"
                "PRAGMA mmap_size=134217728;"
                "PRAGMA journal_size_limit=27103364;"
                "PRAGMA cache_size=2000;"
                "PRAGMA temp_store=MEMORY;"
            ),
        },
    }


def postgres_database(url: SplitResult) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, **dict(parse_qsl(url.query))},
    }


def env_redis(name: str) -> str:
    value = env_str(name)
    if value and _split(name, value).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} must be an address such as redis://127.0.0.1:6379/0.")
    if value:
        _installed(name, "redis")
    return value


def env_smtp(name: str) -> dict[str, Any]:
    """Django's e-mail settings from smtp://user:password@host:587 (STARTTLS) or smtps:// (TLS at once)."""
    value = env_str(name)
    if not value:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    url = _split(name, value)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured(
            f"{name} must be an address such as smtp://user:password@mail.example.com:587."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and bool(url.username),
        "EMAIL_TIMEOUT": 20,
    }


def _installed(name: str, driver: str) -> None:
    """The embedded default needs no drivers, so it comes without them."""
    if find_spec(driver) is None:
        raise ImproperlyConfigured(
            f"{name} is set and “{driver}” is not installed: run "
            ".venv/bin/python -m pip install --require-hashes -r deploy/requirements.lock"
        )


def _split(name: str, value: str) -> SplitResult:
    """`urlsplit` with our complaint about a bad port. The value stays out of it: it may hold a password."""
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read as an address: check its host and port."
        ) from error
    return url
