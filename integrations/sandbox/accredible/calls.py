"""One request to the simulated Accredible, and the parts of its body, each refused as the vendor refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.refusals import Refusal, invalid
from integrations.sandbox.transaction import Tx


@dataclass(frozen=True, slots=True)
class Call:
    """`ids` are what the path names, in its order."""

    tx: Tx
    request: httpx.Request
    ids: tuple[str, ...]

    @property
    def body(self) -> Any:
        try:
            return json.loads(self.request.content or b"{}")
        except ValueError:
            raise Refusal(400, {"errors": "The body is not JSON."}) from None

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.url.params)

    def part(self, name: str) -> JsonObject:
        """The object that the body wraps under this name."""
        body = self.body
        given = body.get(name) if isinstance(body, dict) else None
        if not isinstance(given, dict):
            raise invalid(**{name: ["is missing"]})
        return given


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of another status than 200."""

    status: int
    body: JsonObject


def need(given: Mapping[str, Any], *names: str) -> None:
    missing = {name: ["can't be blank"] for name in names if given.get(name) in (None, "", [])}
    if missing:
        raise invalid(**missing)


def texts(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object of names with texts, {} where it is not given."""
    value = given.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(**{name: ["is invalid"]})
    return value


def paged(found: list[JsonObject], given: Mapping[str, Any]) -> tuple[list[JsonObject], JsonObject]:
    """One page of the rows, numbered from 1, and the `meta` beside it."""
    size = max(1, int(given.get("page_size") or 50))
    page = max(1, int(given.get("page") or 1))
    pages = max(1, -(-len(found) // size))
    meta = {
        "current_page": page,
        "next_page": page + 1 if page < pages else None,
        "prev_page": page - 1 if page > 1 else None,
        "total_pages": pages,
        "total_count": len(found),
        "page_size": size,
    }
    return found[(page - 1) * size : page * size], meta
