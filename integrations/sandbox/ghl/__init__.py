"""A simulated GoHighLevel: calendars, contacts, locations, users, sign-in; with state and a will of its own.

Settings (Sandbox.set_setting): `burst_limit`, `daily_limit`, `search_lag_s`, `pit_scopes`, `code_lifetime_s`.
"""

from __future__ import annotations

from datetime import datetime

import httpx

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl import actions, router, seed, slots, tokens
from integrations.sandbox.ghl.bookings import APPOINTMENTS, Span
from integrations.sandbox.ghl.calls import CALENDARS, CONTACTS, LOCATIONS
from integrations.sandbox.ghl.notifications import NOTIFICATIONS
from integrations.sandbox.simulation import Simulation, tables
from integrations.sandbox.transaction import Tx

COLUMNS = {
    "Locations": (LOCATIONS, ("id", "name", "timezone")),
    "Calendars": (CALENDARS, ("id", "name", "calendarType", "locationId")),
    "Contacts": (CONTACTS, ("id", "name", "email", "phone", "tags", "locationId")),
    "Appointments": (
        APPOINTMENTS,
        ("id", "title", "startTime", "endTime", "appointmentStatus", "contactId", "calendarId"),
    ),
    "Notifications": (NOTIFICATIONS, ("_id", "notificationType", "receiverType", "channel", "beforeTime")),
}


def take_first_slot(tx: Tx, request: httpx.Request, response: httpx.Response) -> bool:
    """After a list of free slots: the first of them is booked by somebody else."""
    if not request.url.path.endswith("/free-slots") or response.status_code != 200:
        return False
    calendar = tx.get(CALENDARS, request.url.path.split("/")[2])
    days: JsonObject = response.json()
    listed = [slot for day in sorted(days) if day != "traceId" for slot in days[day]["slots"]]
    if calendar is None or not listed:
        return False
    start = datetime.fromisoformat(listed[0])
    actions.take(tx, calendar, Span(start, start + slots.duration_of(calendar)))
    return True


SIMULATION = Simulation(
    slug="ghl",
    title="GoHighLevel",
    seed=seed.seed,
    handle=router.handle,
    new_credentials=seed.new_credentials,
    public_credentials=(
        "client_id",
        "client_secret",
        "private_integration_token",
        "location_id",
        "company_id",
    ),
    summary=lambda tx: tables(tx, COLUMNS),
    throttled=router.throttled,
    revoke=tokens.revoke,
    account=router.account_of,
    actions=actions.ACTIONS,
    afterwards={"slot_taken": take_first_slot},
)
