"""POST /v2/credentials/search of the simulated Accredible (official spec 25.08.0).

Rows are flat and without an address. Dates are compared by day. `from` + `size` may not pass 10,000; after
that goes `cursor`, and never both. Whatever the search does not know is 400 invalid_search_query. The index
lags by the setting `search_lag_s` (0 to begin with: the vendor's lag is not known).
"""

from __future__ import annotations

import base64
import binascii
import json
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.certificates import CERTIFICATES
from integrations.sandbox.accredible.refusals import bad_search
from integrations.sandbox.transaction import Tx

PLAIN = ("uuid", "license_id", "recipient_email", "recipient_id", "approve", "group.id")
PARTIAL = ("meta_data", "custom_attributes")
DATES = ("issued_on", "expired_on", "created_at", "updated_at")
SORTS = ("id", "recipient_name", "group.name", "issued_on", "expired_on")
COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
DEEPEST = 10_000
HIDDEN = ("private", "complete", "description", "evidence_items")

Test = Callable[[JsonObject], bool]


def search(tx: Tx, asked: Any) -> JsonObject:
    if not isinstance(asked, dict) or not set(asked) <= {"query", "sort", "page"}:
        raise bad_search("The search takes query, sort and page.")
    tests = [_test(key, value) for key, value in _object(asked, "query").items()]
    lag = timedelta(seconds=float(tx.setting("search_lag_s", 0)))
    found = [
        row
        for row in tx.all(CERTIFICATES)
        if datetime.fromisoformat(row["updated_at"]) <= tx.now - lag and all(test(row) for test in tests)
    ]
    _sort(found, _object(asked, "sort"))
    return _page(found, _object(asked, "page"))


def _object(asked: JsonObject, name: str) -> JsonObject:
    given = asked.get(name, {})
    if not isinstance(given, dict):
        raise bad_search(f"{name} must be an object.")
    return given


def _test(key: str, value: Any) -> Test:
    parsed = re.fullmatch(r"([a-z_.]+)(?:\[(\w+)\])?", key)
    name, how = (parsed[1], parsed[2] or "eq") if parsed else (key, "")
    if name in DATES and (how in COMPARE or how == "in"):
        return _date_test(name, how, value)
    if name in PLAIN and how in ("eq", "in"):
        wanted = [_plain(item) for item in _values(how, value, key)]
        return lambda row: _plain(_at(row, name)) in wanted
    if name in PARTIAL and how == "eq" and isinstance(value, dict):
        return lambda row: all(row[name].get(part) == wanted for part, wanted in value.items())
    raise bad_search(f"{key} is not a filter.")


def _date_test(name: str, how: str, value: Any) -> Test:
    days = [_day(item, name) for item in _values(how, value, name)]
    if how == "in":
        return lambda row: _day_of(row, name) in days
    compare = COMPARE[how]
    return lambda row: _day_of(row, name) != "" and compare(_day_of(row, name), days[0])


def _values(how: str, value: Any, key: str) -> list[Any]:
    if how != "in":
        return [value]
    if not isinstance(value, list):
        raise bad_search(f"{key} takes a list.")
    return value


def _day(value: Any, name: str) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise bad_search(f"{name} takes a day as YYYY-MM-DD.") from None


def _day_of(row: JsonObject, name: str) -> str:
    return str(row[name] or "")[:10]


def _plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _at(row: JsonObject, name: str) -> Any:
    outer, _, inner = name.partition(".")
    return row[outer][inner] if inner else row[outer]


def _sort(found: list[JsonObject], orders: JsonObject) -> None:
    for name, direction in reversed(list(orders.items())):
        if name not in SORTS or direction not in ("asc", "desc"):
            raise bad_search(f"{name} {direction} is not a sort order.")
        found.sort(key=lambda row: (_at(row, name) is not None, _at(row, name)), reverse=direction == "desc")


def _page(found: list[JsonObject], page: JsonObject) -> JsonObject:
    if not set(page) <= {"size", "from", "cursor"}:
        raise bad_search("page takes size and from, or size and cursor.")
    if "from" in page and page.get("cursor"):
        raise bad_search("from and cursor cannot be used together.")
    size, start = _number(page, "size", 50), _number(page, "from", 0)
    if start + size > DEEPEST:
        raise bad_search("from and size together cannot pass 10000; use cursor.")
    if page.get("cursor"):
        start = _after(found, page["cursor"])
    rows = found[start : start + size]
    more = start + size < len(found)
    meta = {
        "count": len(found),
        "from": start,
        "size": size,
        "cursor": _cursor(start + size, rows[-1]) if more and rows else None,
    }
    return {"credentials": [_row(row) for row in rows], "meta": meta}


def _row(certificate: JsonObject) -> JsonObject:
    return {key: value for key, value in certificate.items() if key not in HIDDEN}


def _number(page: JsonObject, name: str, default: int) -> int:
    value = page.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < (1 if name == "size" else 0):
        raise bad_search(f"page.{name} must be a number.")
    return value


def _cursor(place: int, last: JsonObject) -> str:
    return base64.urlsafe_b64encode(json.dumps([place, last["id"]]).encode()).decode()


def _after(found: list[JsonObject], cursor: Any) -> int:
    """Behind the last row of the page before; at its old place when that row is gone."""
    try:
        place, last_id = json.loads(base64.urlsafe_b64decode(str(cursor)))
    except (ValueError, TypeError, binascii.Error):
        raise bad_search("cursor is not one that a search answered.") from None
    ids = [row["id"] for row in found]
    return ids.index(last_id) + 1 if last_id in ids else int(place)
