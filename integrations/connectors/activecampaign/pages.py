"""Reading all of a list, past its traps.

A page has 20 rows unless more are asked for, and at most 100 (official OpenAPI). Plugins that read only the
first page miss a tag that is there, make it again, and fail on the duplicate (verbb/formie 1389,
solspace/craft-freeform 437). Contacts go on from the last id, which stays right while rows come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.engine.errors import VendorTrouble
from integrations.engine.paginate import ask, by_skip
from integrations.engine.spec import JsonObject, Page, Sweep

SIZE = 100


def listed(operation: str, values: Mapping[str, Any], rows: str) -> Sweep:
    """Page after page by `offset`."""
    yield from by_skip(operation, values, rows=rows, limit=SIZE, skip_key="offset")


def contacts(values: Mapping[str, Any]) -> Sweep:
    """Page after page by `id_greater`, in the order of the ids."""
    last = 0
    while True:
        asked = {**values, "orders[id]": "ASC", "id_greater": last, "limit": SIZE}
        found = yield from ask("contacts.list", asked)
        page = rows_of(found, "contacts")
        yield Page(page)
        if len(page) < SIZE:
            return
        following = max(number(row.get("id")) for row in page)
        if following <= last:
            raise VendorTrouble("“contacts.list” gave the same page twice; reading stopped there.")
        last = following


def all_of(operation: str, rows: str) -> Callable[[Mapping[str, Any]], Sweep]:
    """For a Reference: the rows of that list, however many pages they fill."""

    def pages(values: Mapping[str, Any]) -> Sweep:
        yield from listed(operation, values, rows)

    return pages


def rows_of(found: Any, key: str) -> list[JsonObject]:
    rows = found.get(key) if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def number(value: Any) -> int:
    """An id, which answers hold as text; 0 for what is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0
