"""A simulated app over HTTP, in plain words that any web framework has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from integrations.sandbox import Sandbox

# What belongs to the hop between two machines, not to the message.
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_page(self) -> bool:
        return any(
            name.lower() == "content-type" and value.startswith("text/html") for name, value in self.headers
        )


def serve(
    sandbox: Sandbox, slug: str, *, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> Served:
    """The app's answer to a request that came in at `url`, the hub's prefix included."""
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
    response = sandbox.handle(slug, httpx.Request(method, url, headers=kept, content=body))
    return Served(
        status=response.status_code,
        headers=[(name, value) for name, value in response.headers.items() if name.lower() not in HOP],
        body=response.content,
    )
