"""Lists of the simulated Credly: filters in both forms, sorting, pages of 50 with addresses in `metadata`.

`next_page_url` may name a host of Credly's former name: setting `page_host`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.credly.refusals import no
from integrations.sandbox.transaction import Tx

PER = 50
HOSTS = (
    ("api.credly.com", "api.credly.com"),
    ("api.youracclaim.com", "api.youracclaim.com, the former name"),
)


def filters(request: httpx.Request, known: Sequence[str]) -> dict[str, str]:
    """`filter=key::value|key2::value`, or `filter[key]=value`. An unknown key is a bad request."""
    found = {}
    for name, value in request.url.params.multi_items():
        if name == "filter":
            for part in filter(None, value.split("|")):
                key, _, wanted = part.partition("::")
                found[key] = wanted
        elif name.startswith("filter[") and name.endswith("]"):
            found[name[7:-1]] = value
    for key in found:
        if key not in known:
            raise no(400, f"{key} is not a filter")
    return found


def in_order(
    request: httpx.Request, rows: list[JsonObject], known: Sequence[str], usual: str
) -> list[JsonObject]:
    for name in reversed((request.url.params.get("sort") or usual).split("|")):
        key = name.removeprefix("-")
        if key not in known:
            raise no(400, f"{key} is not a sort key")
        rows = sorted(rows, key=lambda row: str(row.get(key) or ""), reverse=name.startswith("-"))
    return rows


def page(tx: Tx, request: httpx.Request, rows: Sequence[JsonObject], *, short: bool = False) -> JsonObject:
    """One page; `short` metadata holds the next page's address alone, as the bulk search's does."""
    number = request.url.params.get("page", "1")
    if not number.isdigit() or int(number) < 1:
        raise no(400, "page must be a number from 1")
    here, last = int(number), max(1, -(-len(rows) // PER))
    shown = list(rows[(here - 1) * PER : here * PER])
    metadata: Mapping[str, Any] = {
        "count": len(shown),
        "current_page": here,
        "total_count": len(rows),
        "total_pages": last,
        "per": PER,
        "previous_page_url": _address(tx, request, here - 1) if here > 1 else None,
        "next_page_url": _address(tx, request, here + 1) if here < last else None,
    }
    return {"data": shown, "metadata": {"next_page_url": metadata["next_page_url"]} if short else metadata}


def _address(tx: Tx, request: httpx.Request, number: int) -> str:
    asked = {key: value for key, value in request.url.params.multi_items() if key != "page"}
    host = tx.setting("page_host", HOSTS[0][0])
    return f"https://{host}{request.url.path}?{urlencode({**asked, 'page': number})}"
