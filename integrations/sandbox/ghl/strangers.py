"""Somebody else, who books what others wanted."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import appointments, contact_records, slots
from integrations.sandbox.ghl.bookings import Span
from integrations.sandbox.transaction import Tx

SOMEBODY = {"firstName": "Somebody", "lastName": "Else", "email": "somebody.else@example.com"}


def take(tx: Tx, calendar: JsonObject, span: Span) -> JsonObject:
    """Fill one seat of this time, for a contact that nobody asked for."""
    location_id = calendar["locationId"]
    contact = contact_records.find_twin(tx, location_id, SOMEBODY) or contact_records.add(
        tx, location_id, {**SOMEBODY, "source": "sandbox"}
    )
    members = [member["userId"] for member in calendar["teamMembers"]]
    free = [user for user in members if slots.free(tx, calendar, Span(span.start, span.start), users=[user])]
    user = (free or members or [""])[0]
    return appointments.book(tx, calendar, contact, span, user, {}, source="calendar_page")
