"""Typed reading of the environment. Nonsense is answered with one sentence that names the variable.

A variable that is set but empty counts as not set: that is how compose files and unit files leave a blank.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool) -> bool:
    value = env_str(name).lower()
    if not value:
        return default
    if value in YES | NO:
        return value in YES
    raise ImproperlyConfigured(f"{name} is “{value}”; write yes or no.")


def env_int(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = env_str(name)
    if not value:
        return default
    bounds = f"from {least} to {most}" if most is not None else f"of at least {least}"
    if not value.isdecimal() or int(value) < least or (most is not None and int(value) > most):
        raise ImproperlyConfigured(f"{name} is “{value}”; write a whole number {bounds}.")
    return int(value)


def env_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma list; blanks around its members do not count."""
    members = [member.strip() for member in env_str(name).split(",") if member.strip()]
    return members or list(default)


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env_str(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is “{value}”; choose one of: {', '.join(choices)}.")
    return value


def env_path(name: str, default: Path) -> Path:
    """An absolute path; a relative one starts where the process was started."""
    return Path(env_str(name, str(default))).expanduser().absolute()


def env_time_zone(name: str, default: str) -> str:
    value = env_str(name, default)
    if value not in available_timezones():
        raise ImproperlyConfigured(f"{name} is “{value}”; write a zone such as Europe/Vienna or UTC.")
    return value


def oauth_apps(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The OAuth apps registered with vendors: slug -> {"client_id", "client_secret", "extra"}.

    Read from HUB_OAUTH_<SLUG>_CLIENT_ID and _CLIENT_SECRET; every other HUB_OAUTH_<SLUG>_<WORD> is an extra
    under its word in small letters (HUB_OAUTH_GHL_VERSION_ID -> extra["version_id"]).
    """
    given = {
        name: value.strip() for name, value in environ.items() if name.startswith("HUB_OAUTH_") and value
    }
    apps: dict[str, dict[str, Any]] = {}
    for name in [name for name in given if name.endswith("_CLIENT_ID")]:
        prefix = name.removesuffix("CLIENT_ID")
        words = {key.removeprefix(prefix).lower(): given[key] for key in given if key.startswith(prefix)}
        if "client_secret" not in words:
            raise ImproperlyConfigured(f"{name} is set without {prefix}CLIENT_SECRET; set both.")
        client_id, client_secret = words.pop("client_id"), words.pop("client_secret")
        slug = prefix.removeprefix("HUB_OAUTH_").strip("_").lower()
        apps[slug] = {"client_id": client_id, "client_secret": client_secret, "extra": words}
    return apps


def hook_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """What webhooks are checked with, where that is not what the app has published.

    HUB_HOOK_<SLUG>_<KEY> stands under <SLUG>_<KEY> (HUB_HOOK_GHL_ACCEPT_RSA under GHL_ACCEPT_RSA). A PEM may
    be written in one line: with \\n for its line ends, or without its first and last line.
    """
    return {
        name.removeprefix("HUB_HOOK_"): value.strip()
        for name, value in environ.items()
        if name.startswith("HUB_HOOK_") and value.strip()
    }
