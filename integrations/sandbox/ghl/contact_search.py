"""Searching contacts in the simulated GHL.

From the vendor's guide: `pageLimit` up to 500, `page` within the first 10,000 records or the cursor
`searchAfter`, filters with groups, an index that lags (setting `search_lag_s`, 0 to begin with). A flat `gte`
operator is refused (measured); a range takes gte and lte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import contact_records as records
from integrations.sandbox.ghl.calls import Answered, Call, Handlers
from integrations.sandbox.ghl.refusals import bad_request, invalid

DEEPEST = 10_000


def search_contacts(call: Call) -> JsonObject:
    asked = call.body
    call.enter(asked["locationId"])
    _check(asked)
    lag = timedelta(seconds=float(call.tx.setting("search_lag_s", 0)))
    found = [
        contact
        for contact in records.all_of(call.tx, asked["locationId"])
        if datetime.fromisoformat(contact["dateUpdated"]) <= call.tx.now - lag
        and asked.get("query", "").lower() in _haystack(contact)
        and all(_holds(contact, condition) for condition in asked.get("filters", []))
    ]
    _sort(found, asked.get("sort") or [{"field": "dateAdded", "direction": "desc"}])
    start = _start(found, asked)
    page = [
        {**records.shown(contact), "searchAfter": _cursor(contact)}
        for contact in found[start : start + asked["pageLimit"]]
    ]
    return {"contacts": page, "total": len(found)}


def search_duplicate(call: Call) -> Answered:
    """The contact with this e-mail or number, or null. Not answered from the lagging index."""
    call.enter(call.query["locationId"])
    given = {"email": call.query.get("email"), "phone": call.query.get("number")}
    if not any(given.values()):
        raise invalid("number or email should not be empty")
    found = records.find_twin(call.tx, call.query["locationId"], given)
    # Beside the declaration, which has no null: the file declares no answer at all.
    return Answered(200, {"contact": found and records.shown(found)})


def _check(asked: JsonObject) -> None:
    if "page" in asked and "searchAfter" in asked:
        raise invalid("page and searchAfter cannot be used together")
    if asked.get("page", 1) * asked["pageLimit"] > DEEPEST:
        raise bad_request("Only the first 10000 records can be reached by page; use searchAfter.")


def _haystack(contact: JsonObject) -> str:
    return f"{contact['fullNameLowerCase']} {contact['emailLowerCase']} {contact.get('phone') or ''}"


def _sort(found: list[JsonObject], orders: list[JsonObject]) -> None:
    found.sort(key=lambda contact: str(contact["id"]))
    for order in reversed(orders):
        name = order["field"]
        found.sort(key=lambda contact: str(contact.get(name) or ""), reverse=order["direction"] == "desc")


def _cursor(contact: JsonObject) -> list[Any]:
    return [int(datetime.fromisoformat(contact["dateAdded"]).timestamp() * 1000), contact["id"]]


def _start(found: list[JsonObject], asked: JsonObject) -> int:
    if "searchAfter" not in asked:
        return int((asked.get("page", 1) - 1) * asked["pageLimit"])
    for place, contact in enumerate(found):
        if _cursor(contact) == asked["searchAfter"]:
            return place + 1
    raise invalid("searchAfter is not a position in this search")


def _holds(contact: JsonObject, condition: Any) -> bool:
    if not isinstance(condition, dict):
        raise invalid("each value in filters must be an object")
    if "group" in condition:
        parts = [_holds(contact, part) for part in condition.get("filters", [])]
        return any(parts) if condition["group"] == "OR" else all(parts)
    operator = OPERATORS.get(condition.get("operator", ""))
    if operator is None:
        raise invalid("Invalid Operator")
    return operator(_known(contact, str(condition.get("field", ""))), condition.get("value"))


def _known(contact: JsonObject, name: str) -> Any:
    """The value a filter looks at, texts in lower case."""
    if name.startswith("customFields."):
        wanted = name.partition(".")[2]
        return next((f["value"] for f in contact["customFields"] if f["id"] == wanted), None)
    value = contact.get(name)
    return value.lower() if isinstance(value, str) else value


def _same(known: Any, value: Any) -> bool:
    wanted = value.lower() if isinstance(value, str) else value
    return wanted in known if isinstance(known, list) else bool(known == wanted)


def _contains(known: Any, value: Any) -> bool:
    return str(value).lower() in (known if isinstance(known, list) else str(known or ""))


def _in_range(known: Any, value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {"gte", "lte"}:
        raise invalid("a range takes gte and lte")
    if known is None:
        return False
    low, high, here = value.get("gte"), value.get("lte"), _moment(known)
    return (low is None or here >= _moment(low)) and (high is None or here <= _moment(high))


def _moment(value: Any) -> float:
    """A time as epoch milliseconds, from a number or an ISO text."""
    if isinstance(value, int | float):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value).upper())
    except ValueError:
        raise invalid("a range needs times or numbers") from None
    if moment.tzinfo is None:
        raise invalid("a range needs times with an offset")
    return moment.timestamp() * 1000


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "not_eq": lambda known, value: not _same(known, value),
    "contains": _contains,
    "not_contains": lambda known, value: not _contains(known, value),
    "exists": lambda known, value: known not in (None, "", []),
    "not_exists": lambda known, value: known in (None, "", []),
    "range": _in_range,
}

HANDLERS: Handlers = {
    "contacts.search": search_contacts,
    "contacts.duplicate": search_duplicate,
}
