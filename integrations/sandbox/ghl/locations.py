"""Locations of the simulated GHL: read only, as for a location's own token."""

from __future__ import annotations

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.calls import Call, Route


def get_location(call: Call) -> JsonObject:
    location = call.enter(call.path["locationId"])
    return {"location": {key: value for key, value in location.items() if key != "suspended"}}


ROUTES = (Route(method="GET", path="/locations/{locationId}", scope="locations.readonly", run=get_location),)
