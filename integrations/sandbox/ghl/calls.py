"""One call to the simulated GHL, as its handlers see it, and the table entry that leads to a handler."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.checks import Shape
from integrations.sandbox.ghl.refusals import no_contact, not_found, other_tenant, unauthorized
from integrations.sandbox.transaction import Tx

CALENDARS = "calendars"
CONTACTS = "contacts"
LOCATIONS = "locations"
USERS = "users"


def stamp(moment: datetime) -> str:
    """A time as GHL shows dateAdded and dateUpdated: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`token` is the token's record; `path`, `query` and `body` were checked against the route's shapes."""

    tx: Tx
    token: JsonObject
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any

    def enter(self, location_id: str) -> JsonObject:
        """The location, if the token is for it.

        An agency token is refused as measured: it has to be exchanged for a location token first.
        """
        if self.token["user_type"] == "Company":
            raise unauthorized(
                "This authClass type is not allowed to access this scope. "
                "Please update your IAM configuration if this is not the case."
            )
        location = self.tx.get(LOCATIONS, location_id)
        if location is None or location_id != self.token["location_id"]:
            raise other_tenant()
        return location

    def calendar(self, calendar_id: str) -> JsonObject:
        """A calendar of the token's location. That a missing one is a 404 is not measured."""
        calendar = self.tx.get(CALENDARS, calendar_id)
        if calendar is None:
            raise not_found("Calendar not found")
        self.enter(calendar["locationId"])
        return calendar

    def contact(self, contact_id: str) -> JsonObject:
        contact = self.tx.get(CONTACTS, contact_id)
        if contact is None:
            raise no_contact(contact_id)
        self.enter(contact["locationId"])
        return contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`body` None: the operation takes none; `body_list`: the body is an array of such objects."""

    method: str
    path: str
    scope: str
    run: Callable[[Call], Any]
    success: int = 200
    query: Shape | None = None
    body: Shape | None = None
    body_list: bool = False

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groupdict() if found else None
