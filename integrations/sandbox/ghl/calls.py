"""One call to the simulated GHL, as its handlers see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.declared import Contract
from integrations.sandbox.ghl.refusals import no_contact, not_active, not_found, other_tenant, wrong_class
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
    """`token` is the token's record; `path`, `query` and `body` were checked against the call's contract.

    `files`: the parts of a multipart body that are files, by field: (file name, content).
    """

    tx: Tx
    contract: Contract
    token: JsonObject
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    files: Mapping[str, list[tuple[str, bytes]]]

    def enter(self, location_id: str) -> JsonObject:
        """The location, if the token is for it, or for its agency where the call takes an agency's."""
        location = self.tx.get(LOCATIONS, location_id)
        if location is None or not self._is_mine(location):
            raise other_tenant()
        # What a call for a suspended location is told is not published: the refusal of its refresh.
        if location.get("suspended") and self.tx.setting("suspended_refuses_calls", True):
            raise not_active()
        return location

    def found(self, collection: str, record_id: str, what: str) -> JsonObject:
        """A record of a location the token is for. That a missing one is a 404 is not measured."""
        record = self.tx.get(collection, record_id)
        if record is None:
            raise not_found(f"{what} not found")
        self.enter(record["locationId"])
        return record

    def calendar(self, calendar_id: str) -> JsonObject:
        return self.found(CALENDARS, calendar_id, "Calendar")

    def contact(self, contact_id: str) -> JsonObject:
        contact = self.tx.get(CONTACTS, contact_id)
        if contact is None:
            raise no_contact(contact_id)
        self.enter(contact["locationId"])
        return contact

    def _is_mine(self, location: JsonObject) -> bool:
        if self.token["user_type"] != "Company":
            return bool(location["id"] == self.token["location_id"])
        if "agency" not in self.contract.audiences:
            raise wrong_class(self.token)
        return bool(location["companyId"] == self.token["company_id"])


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with another status than the declared one, or of another kind than JSON."""

    status: int
    body: Any
    content_type: str = "application/json"


Handler = Callable[[Call], Any]
Handlers = Mapping[str, Handler]
