"""Visits (knocked pins) of the simulated Active Knocker: kept, listed, and the calls that change them.

As one customer's client has them (alma29v1/big-beautiful-server). Where a visit's name, phone and appointment
are is not known: setting `shape`, "flat" as the hub guesses first, "nested", or "bare" without any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.active_knocker.refusals import no
from integrations.sandbox.transaction import Tx

VISITS, STATUSES, TAGS = "visits", "statuses", "tags"
ADDRESS = ("street", "city", "state", "country", "postalCode")
SEEN = ("id", "pin_id", "notes", "created_at", "address", "latitude", "longitude", "created_user_id")
CREATED = ("address", "latitude", "longitude", "notes", "created_user_id", "pin_id")
LAST_DAYS = re.compile(r"Last (\d{1,3}) days", re.IGNORECASE)


def add(tx: Tx, given: Mapping[str, Any], at: datetime | None = None) -> JsonObject:
    """A new visit. Without a status it is the first one."""
    visit: JsonObject = {
        "pin_id": tx.all(STATUSES)[0]["id"],
        "notes": "",
        "address": {},
        "created_user_id": None,
        "tag_ids": [],
        **given,
        "id": given.get("id") or 90_000 + tx.next_number("id:visit"),
        "created_at": (at or tx.now).strftime("%Y-%m-%d %H:%M:%S"),
    }
    return keep(tx, visit)


def keep(tx: Tx, visit: JsonObject) -> JsonObject:
    tx.put(VISITS, str(visit["id"]), visit)
    return visit


def find(tx: Tx, visit_id: Any) -> JsonObject:
    found = tx.get(VISITS, str(visit_id))
    if found is None:
        raise no("Knock pin not found")
    return found


def listed(tx: Tx, asked: Mapping[str, str]) -> list[JsonObject]:
    """One page, newest first. What the app does with a window it does not know is not known: it says no."""
    since = _since(tx, asked.get("date", "Last 30 days"))
    rows = [row for row in tx.all(VISITS) if row["created_at"] >= since]
    rows.sort(key=lambda row: (row["created_at"], int(row["id"])), reverse=True)
    limit = min(_number(asked, "limit", 100), int(tx.setting("most_a_page", 100)))
    page = 1 if tx.setting("pages", "advance") == "repeat" else _number(asked, "page", 1)
    return [shown(tx, row) for row in rows[(page - 1) * limit : page * limit]]


def _since(tx: Tx, window: str) -> str:
    days = LAST_DAYS.fullmatch(window.strip())
    if days is None and window.strip().lower() != "all":
        raise no("Invalid date")
    if days is None:
        return ""
    return (tx.now - timedelta(days=int(days[1]))).strftime("%Y-%m-%d %H:%M:%S")


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise no(f"{name} must be a number")
    return int(text)


def shown(tx: Tx, visit: JsonObject) -> JsonObject:
    """A visit as the app answers it, in the shape of the knob."""
    shape = tx.setting("shape", "flat")
    bare = {key: visit.get(key) for key in SEEN}
    people = {key: visit.get(key) for key in ("name", "email", "phone")}
    if shape == "bare":
        return bare
    if shape == "nested":
        when = {"date": visit.get("appointment_date"), "minutes": visit.get("duration")}
        return {**bare, "contact": people, "appointment": when}
    rest = {key: visit.get(key) for key in ("appointment_date", "duration")}
    return {**bare, **people, **rest}


def create(tx: Tx, request: httpx.Request, body: Any) -> JsonObject:
    """By JSON or by parameters; which of them an account takes is the knob's (`create_style`)."""
    style = tx.setting("create_style", "both")
    by_query = bool(request.url.params.get("latitude"))
    if style not in ("both", "query" if by_query else "json"):
        raise no("Invalid request")
    given = dict(request.url.params) if by_query else body
    if not isinstance(given, dict):
        raise no("Invalid request")
    where = {key: _degrees(given.get(key), key) for key in ("latitude", "longitude")}
    kept = {key: given[key] for key in CREATED if given.get(key) is not None}
    if "pin_id" in kept:
        kept["pin_id"] = _status(tx, kept["pin_id"])
    visit = add(tx, {**kept, **where})
    told = tx.setting("create_answer", "id") == "id"
    return {"id": visit["id"]} if told else {"status": True, "msg": "Knock pin created"}


def update_address(tx: Tx, visit_id: str, given: Mapping[str, str]) -> JsonObject:
    visit = find(tx, visit_id)
    known = {key: given[key] for key in ADDRESS if key in given}
    keep(tx, {**visit, "address": {**visit["address"], **known}})
    return {"status": True, "msg": "Address updated"}


def apply_tags(tx: Tx, visit_id: str, given: Mapping[str, str]) -> JsonObject:
    """Whether tags are added or replaced is not known: setting `tags`, "add" to begin with."""
    visit = find(tx, visit_id)
    ids = [part.strip() for part in given.get("tag_ids", "").split(",") if part.strip()]
    known = {str(row["id"]): row["id"] for row in tx.all(TAGS)}
    if not ids or not set(ids) <= set(known):
        raise no("Tag not found")
    before = visit["tag_ids"] if tx.setting("tags", "add") == "add" else []
    keep(tx, {**visit, "tag_ids": list(dict.fromkeys([*before, *(known[one] for one in ids)]))})
    return {"status": True, "msg": "Tags applied"}


def _status(tx: Tx, value: Any) -> Any:
    for row in tx.all(STATUSES):
        if str(row["id"]) == str(value):
            return row["id"]
    raise no("Pin not found")


def _degrees(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise no(f"{name} is required") from None
