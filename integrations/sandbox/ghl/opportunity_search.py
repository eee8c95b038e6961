"""Searching opportunities in the simulated GHL (official OpenAPI, opportunities).

The GET has its own names (`location_id`, `pipeline_id` …), dates as mm-dd-yyyy, at most 100 rows, and pages
by number or by `startAfter` (epoch milliseconds) with `startAfterId`; oldest first (measured). The POST takes
the `searchAfter` of the last row, or a page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Handlers
from integrations.sandbox.ghl.contact_tasks import TASKS
from integrations.sandbox.ghl.opportunities import OPPORTUNITIES, shown
from integrations.sandbox.ghl.refusals import invalid

MOST = 100
FILTERS = {
    "pipeline_id": "pipelineId",
    "pipeline_stage_id": "pipelineStageId",
    "contact_id": "contactId",
    "assigned_to": "assignedTo",
    "id": "id",
}


def search(call: Call) -> JsonObject:
    asked = call.query
    call.enter(asked["location_id"])
    limit, number = int(asked.get("limit", 20)), int(asked.get("page", 1))
    if not 1 <= limit <= MOST:
        raise invalid(f"limit must not be greater than {MOST}")
    after, days = _after(asked), (_day(asked, "date"), _day(asked, "endDate"))
    rows = [row for row in _rows(call, asked["location_id"], asked.get("q", "")) if _fits(asked, days, row)]
    later = [row for row in rows if _position(row) > after]
    start = 0 if asked.get("startAfter") else (number - 1) * limit
    part = later[start : start + limit]
    meta: JsonObject = {"total": len(rows), "currentPage": number}
    if start + limit < len(later):
        meta["startAfter"], meta["startAfterId"] = _position(part[-1])
        meta["nextPage"] = number + 1
    return {"opportunities": [_whole(call, row) for row in part], "meta": meta, "aggregations": {}}


def search_advanced(call: Call) -> JsonObject:
    asked: dict[str, Any] = call.body
    call.enter(asked["locationId"])
    rows = _rows(call, asked["locationId"], asked["query"])
    limit = int(asked["limit"])
    if not 1 <= limit <= MOST:
        raise invalid(f"limit must not be greater than {MOST}")
    after = [str(part) for part in asked["searchAfter"]]
    if after:
        rows_left = [row for row in rows if [str(part) for part in _position(row)] > after]
        part = rows_left[:limit]
    else:
        start = max(0, int(asked["page"]) - 1) * limit
        part = rows[start : start + limit]
    found = [{**shown(call.tx, row), "searchAfter": list(_position(row))} for row in part]
    return {"opportunities": found, "total": len(rows), "aggregations": {}}


def _rows(call: Call, location_id: str, text: str) -> list[JsonObject]:
    rows = call.tx.by_key(OPPORTUNITIES, location_id)
    found = [row for row in rows if not text or text.lower() in _haystack(call, row)]
    return sorted(found, key=_position)


def _haystack(call: Call, row: JsonObject) -> str:
    contact = shown(call.tx, row)["contact"]
    return f"{row['name']} {contact.get('name', '')} {contact.get('email', '')}".lower()


def _fits(asked: Any, days: tuple[datetime | None, datetime | None], row: JsonObject) -> bool:
    if any(row.get(field) != asked[name] for name, field in FILTERS.items() if name in asked):
        return False
    if asked.get("status", "all") not in ("all", row["status"]):
        return False
    made, (first, last) = datetime.fromisoformat(row["createdAt"]), days
    return (first is None or made >= first) and (last is None or made < last + timedelta(days=1))


def _day(asked: Any, name: str) -> datetime | None:
    if name not in asked:
        return None
    try:
        return datetime.strptime(asked[name], "%m-%d-%Y").replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"{name} must be in mm-dd-yyyy format") from None


def _position(row: JsonObject) -> tuple[int, str]:
    return int(datetime.fromisoformat(row["createdAt"]).timestamp() * 1000), str(row["id"])


def _after(asked: Any) -> tuple[int, str]:
    given = asked.get("startAfter", "0")
    if not given.isdecimal():
        raise invalid("startAfter must be epoch milliseconds")
    return int(given), asked.get("startAfterId", "")


def _whole(call: Call, row: JsonObject) -> JsonObject:
    found = shown(call.tx, row)
    if call.query.get("getTasks"):
        found["tasks"] = call.tx.by_key(TASKS, row.get("contactId", ""))
    return found


HANDLERS: Handlers = {"opportunities.search": search, "opportunities.search_advanced": search_advanced}
