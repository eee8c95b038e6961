"""Faults that only the simulated GHL knows: they happen after the answer was made."""

from __future__ import annotations

from datetime import datetime

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import slots, strangers
from integrations.sandbox.ghl.bookings import Span
from integrations.sandbox.ghl.calls import CALENDARS
from integrations.sandbox.transaction import Tx

# The calls of which it was reported (issue 64 of the official docs repository).
MAKING = ("/contacts/", "/contacts/upsert")


def take_first_slot(tx: Tx, request: httpx.Request, response: httpx.Response) -> httpx.Response | None:
    """After a list of free slots: the first of them is booked by somebody else."""
    if not request.url.path.endswith("/free-slots") or response.status_code != 200:
        return None
    calendar = tx.get(CALENDARS, request.url.path.split("/")[2])
    days: JsonObject = response.json()
    listed = [slot for day in sorted(days) if day != "traceId" for slot in days[day]["slots"]]
    if calendar is None or not listed:
        return None
    start = datetime.fromisoformat(listed[0])
    strangers.take(tx, calendar, Span(start, start + slots.duration_of(calendar)))
    return response


def refuse_what_was_made(tx: Tx, request: httpx.Request, response: httpx.Response) -> httpx.Response | None:
    """The contact is there, and the answer is a 422 that names no field (its text is ours)."""
    if (request.method, request.url.path) not in [("POST", path) for path in MAKING]:
        return None
    if response.status_code not in (200, 201):
        return None
    body = {"statusCode": 422, "message": "Unprocessable Entity", "error": "Unprocessable Entity"}
    headers = {k: v for k, v in response.headers.items() if k.startswith("x-ratelimit")}
    return httpx.Response(422, json={**body, "traceId": response.json()["traceId"]}, headers=headers)
