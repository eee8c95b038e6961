"""The httpx client that all calls go out through: bounded as a whole, and kept out of private networks.

httpx's timeouts are per phase, and each piece of an answer starts the read timeout anew: a server that sends
one byte a second never times out. Here every read and write gets what is left of the call's own deadline.
Only the system's name look-up cannot be cut short.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from integrations.engine.addresses import is_public

POOL = 32

# At INFO httpx logs whole URLs, and queries hold e-mail addresses; at DEBUG httpcore logs headers.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """All network work of this thread inside the block ends within so many seconds."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise too_late("the call's deadline has passed")
    return left if timeout is None else min(timeout, left)


class BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class BoundedBackend(httpcore.NetworkBackend):
    def __init__(self, allowed_hosts: Collection[str], inner: httpcore.NetworkBackend | None = None) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        # Looked at after connecting, because a name may answer differently from when it was checked.
        if host not in self._allowed and not is_public(stream.get_extra_info("server_addr")[0]):
            stream.close()
            raise httpcore.ConnectError("an address inside a private network")
        return BoundedStream(stream)


class BoundedTransport(httpx.HTTPTransport):
    """httpx offers no way to hand in a network backend, so its pool is made here."""

    def __init__(self, backend: httpcore.NetworkBackend, pool: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=pool,
            max_keepalive_connections=pool,
            keepalive_expiry=5.0,
            network_backend=backend,
        )


def open_client(allowed_private_hosts: Collection[str] = (), pool: int = POOL) -> httpx.Client:
    """A client for one process and connection, to be kept: making one builds a TLS context."""
    return httpx.Client(
        transport=BoundedTransport(BoundedBackend(allowed_private_hosts), pool), follow_redirects=False
    )
