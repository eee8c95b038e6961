"""From a visit as Active Knocker gives it to a lead as the hub knows it.

Only id, pin_id, notes, created_at, address, latitude, longitude and created_user_id have been seen in
customers' code (alma29v1/big-beautiful-server, anchorpointmen/nsr-sales-report). The other paths are guesses,
tried in turn; an operator's own take their place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import JsonObject

GUESSES: Mapping[str, tuple[str, ...]] = {
    "lead_id": ("id",),
    "status_id": ("pin_id",),
    "notes": ("notes",),
    "created": ("created_at",),
    "name": ("name", "customer_name", "contact.name"),
    "first_name": ("first_name", "firstName"),
    "last_name": ("last_name", "lastName"),
    "email": ("email", "contact.email"),
    "phone": ("phone", "mobile", "contact.phone"),
    "street": ("address.street", "street"),
    "city": ("address.city", "city"),
    "state": ("address.state", "state"),
    "postal": ("address.postalCode", "address.postal", "postal_code", "postalCode"),
    "country": ("address.country", "country"),
    "lat": ("latitude",),
    "lng": ("longitude",),
    "rep_id": ("created_user_id",),
    "rep_email": ("created_user.email",),
    "start": ("appointment_date", "appointment_at"),
    "end": ("appointment_end",),
    "duration": ("duration",),
    "attendees": ("attendees",),
    "team": ("team", "team.name"),
    "calendarName": ("calendar_name", "calendarName"),
}
ADDRESS = {
    "street": "street",
    "city": "city",
    "state": "state",
    "postal": "postal_code",
    "country": "country",
}
PLAIN = (
    "name", "first_name", "last_name", "email", "phone", "start", "end", "rep_id", "rep_email", "lat", "lng",
    "notes", "attendees", "team", "calendarName",
)  # fmt: skip


def read_paths(given: Any) -> dict[str, tuple[str, ...]]:
    """The paths of every field, the operator's over our guesses. Raises WrongUse for what is no such map."""
    own = _object(given)
    for key in own:
        if key not in GUESSES:
            raise WrongUse(did_you_mean(key, list(GUESSES), "field of a lead"))
    return {**GUESSES, **{key: _paths(key, value) for key, value in own.items()}}


def _object(given: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(given) if isinstance(given, str) and given.strip() else given or {}
    except ValueError:
        found = None
    if isinstance(found, Mapping):
        return found
    raise WrongUse('“Where a visit\'s fields are” is a JSON object, such as {"start": "appointment.date"}.')


def _paths(key: str, value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, list | tuple) else str(value or "").split(",")
    found = tuple(str(path).strip() for path in several if str(path).strip())
    if not found:
        raise WrongUse(f"Say where the field “{key}” is, or leave it out.")
    return found


def lead_of(row: JsonObject, paths: Mapping[str, tuple[str, ...]], settings: Mapping[str, Any]) -> JsonObject:
    """The fields that an inbound `lead.*` event has too, and the visit itself under `raw`."""
    found = {key: _first(row, several) for key, several in paths.items()}
    return {
        "lead_id": None if found["lead_id"] is None else str(found["lead_id"]),
        "status_id": None if found["status_id"] is None else str(found["status_id"]),
        "created_at": found["created"],
        **{key: found[key] for key in PLAIN},
        "address": {name: found[key] for key, name in ADDRESS.items()},
        "duration_minutes": found["duration"],
        "timezone": settings.get("timezone") or None,
        "raw": row,
    }


def _first(row: JsonObject, paths: tuple[str, ...]) -> Any:
    """What the first path with something in it holds."""
    return next((value for path in paths if (value := _at(row, path)) not in (None, "")), None)


def _at(row: Any, path: str) -> Any:
    here = row
    for part in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here
