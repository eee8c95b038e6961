"""Credly's lists: at most 50 rows a page, and `metadata.next_page_url` says where it goes on.

That address may be on a host of Credly's former name (recorded answers in generalsystemsvehicle/zero-gravitas
d842b78 are on api.youracclaim.com). The hub never sends the token to an address out of an answer: it takes
the page out of it, after a look at its host, and asks the account's own host for that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integrations.engine.errors import MappingFailed, VendorTrouble
from integrations.engine.paginate import ask
from integrations.engine.spec import JsonObject, Page, Sweep

PER_PAGE = 50
HOMES = ("credly.com", "youracclaim.com")


def pages(operation: str, values: Mapping[str, Any]) -> Sweep:
    """Page after page of a list whose result is the whole answer (`data` and `metadata`)."""
    place: dict[str, Any] = {}
    seen: set[str] = set()
    while True:
        found = yield from ask(operation, {**values, **place})
        rows = rows_of(found)
        yield Page(rows)
        address = _next(found)
        if not address or not rows:
            return
        if address in seen:
            raise VendorTrouble(f"“{operation}” gave the same next page twice; reading stopped there.")
        seen.add(address)
        place = {"page": page_in(address)}


def rows_of(found: Any) -> list[JsonObject]:
    rows = found.get("data") if isinstance(found, Mapping) else None
    if not isinstance(rows, list):
        raise VendorTrouble("A list was expected from Credly and something else came.")
    return [row for row in rows if isinstance(row, dict)]


def page_in(address: str) -> int:
    """The number of the page that an answer names as its next."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if host and not any(host == home or host.endswith(f".{home}") for home in HOMES):
        raise VendorTrouble("Credly named a next page at a host that is not its own; it is not followed.")
    number = dict(parse_qsl(parts.query)).get("page", "")
    if not (number.isascii() and number.isdigit()):
        raise VendorTrouble(
            "Credly named a next page in a way that the hub does not know; reading stopped there."
        )
    return int(number)


def filter_of(**keys: Any) -> str:
    """`key::value|key2::value`, as www.credly.com/docs has it, of what is not empty."""
    chosen = {key: str(value) for key, value in keys.items() if value not in (None, "")}
    for value in chosen.values():
        if "|" in value or "::" in value:
            raise MappingFailed("Credly cannot be searched for a value with “|” or “::” in it.")
    return "|".join(f"{key}::{value}" for key, value in chosen.items())


def _next(found: Any) -> str:
    metadata = found.get("metadata") if isinstance(found, Mapping) else None
    address = metadata.get("next_page_url") if isinstance(metadata, Mapping) else None
    return address if isinstance(address, str) else ""
