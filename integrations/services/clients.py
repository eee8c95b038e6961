"""The way out of the house: one transport per process and connection."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import httpx
from django.conf import settings

from integrations.engine.addresses import check_shape
from integrations.engine.network import open_client
from integrations.engine.transport import Transport
from integrations.models import Connection, Environment
from integrations.sandbox import Sandbox

POOL = 32
TELLING_S = 10.0

_lock = threading.Lock()
_transports: dict[tuple[int, str, str, int], Transport] = {}


@lru_cache(maxsize=4)
def _sandbox(path: str) -> Sandbox:
    return Sandbox(path)


def sandbox() -> Sandbox:
    """The simulated apps of this hub."""
    return _sandbox(str(settings.HUB_SANDBOX_FILE))


def http_client(connector: str, environment: str) -> httpx.Client:
    """A client that speaks to the app, or in-process to its simulation."""
    if environment == Environment.SANDBOX:
        return httpx.Client(transport=sandbox().transport(connector))
    return open_client(settings.HUB_ALLOWED_PRIVATE_HOSTS, POOL)


@dataclass(frozen=True, slots=True)
class Said:
    """What the hub's own web server answered: `status` 0 for nothing, and then `trouble` says why."""

    status: int = 0
    body: bytes = b""
    trouble: str = ""


def post_to_hub(path: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post to this hub's own web server: the status of its answer, 0 for none.

    On this machine first: the hub's public address may not be reachable from within.
    """
    return post_here(path, headers, body).status or post_outside(path, headers, body).status


def post_here(path: str, headers: Mapping[str, str], body: bytes) -> Said:
    """On this machine, under the name that the hub is known as."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HUB_HOST, settings.HUB_HOST)  # noqa: S104
    known_as = {**headers, "Host": httpx.URL(settings.HUB_BASE_URL).netloc.decode()}
    return _post(f"http://{host}:{settings.HUB_PORT}{path}", known_as, body)


def post_outside(path: str, headers: Mapping[str, str], body: bytes) -> Said:
    """At the hub's public address, as others do: by its name, its certificate and its proxies."""
    return _post(f"{settings.HUB_BASE_URL}{path}", headers, body)


def _post(url: str, headers: Mapping[str, str], body: bytes) -> Said:
    try:
        answer = httpx.post(url, headers=headers, content=body, timeout=TELLING_S)
    except httpx.TimeoutException:
        return Said(trouble=f"no answer within {TELLING_S:g} s")
    except httpx.HTTPError as error:
        return Said(trouble=str(error) or type(error).__name__)
    return Said(answer.status_code, answer.content)


def transport_of(connection: Connection) -> Transport:
    """This process's transport for the connection, made when first asked for and kept.

    The process id is part of the key: a forked worker must not share its parent's sockets.
    """
    key = (os.getpid(), connection.connector, connection.environment, connection.pk or 0)
    with _lock:
        if key not in _transports:
            client = http_client(connection.connector, connection.environment)
            _transports[key] = Transport(client, lambda: datetime.now(UTC), check=_check)
        return _transports[key]


def _check(url: str) -> None:
    """An address that may have been saved by an older or more lenient hub is looked at before each call."""
    check_shape(url, settings.HUB_ALLOWED_PRIVATE_HOSTS)


def forget() -> None:
    """Close and drop every transport of this process: the next call makes its own."""
    with _lock:
        for transport in _transports.values():
            transport.client.close()
        _transports.clear()
