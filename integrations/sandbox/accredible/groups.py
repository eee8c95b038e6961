"""POST /v1/issuer/groups/search of the simulated Accredible (official spec 25.08.0)."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.accredible.certificates import GROUPS
from integrations.sandbox.transaction import Tx


def search_groups(tx: Tx, asked: Any) -> JsonObject:
    """`name` may be a part; dates are days; pages are numbered from 1."""
    given: JsonObject = asked if isinstance(asked, dict) else {}
    found = [group for group in tx.all(GROUPS) if _fits(group, given)]
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
    return {"groups": found[(page - 1) * size : page * size], "meta": meta}


def _fits(group: JsonObject, given: JsonObject) -> bool:
    changed_on = group["updated_at"][:10]
    return (
        str(given.get("name") or "").lower() in group["name"].lower()
        and (not given.get("ids") or group["id"] in [int(item) for item in given["ids"]])
        and all(group["meta_data"].get(k) == v for k, v in (given.get("meta_data") or {}).items())
        and changed_on >= str(given.get("start_updated_date") or "")
        and changed_on <= str(given.get("end_updated_date") or "9999-12-31")
    )
