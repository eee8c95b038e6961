"""Contacts: five events, and `contacts.changed`, which hears them and finds what none of them told.

What arrives is partial: ContactUpdate comes for some fields only and names no time of change, so the contact
is read again. Searching by `dateUpdated` with a range is a community report; the index lags some seconds
behind, and rows lack some fields (issues 10 and 43 of the docs repository): so the search only tells which
contacts have changed. A deleted contact just stops being found; its GET is answered with 400.
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.changes import created_changed_gone, events_of
from integrations.engine.paginate import by_last_row
from integrations.engine.spec import JsonObject, Since, Sweep, Trigger, TriggerKind

SCOPE = "contacts.readonly"
PAGE_SIZE = 100
OVERLAP_S = 300

SAMPLE: JsonObject = {
    "id": "con0000000000000001",
    "locationId": "loc0000000000000001",
    "firstName": "Rosa",
    "lastName": "Diaz",
    "name": "Rosa Diaz",
    "email": "rosa@example.com",
    "phone": "+15005550006",
    "companyName": "Diaz Safety",
    "address1": "1 Harbour Street",
    "city": "New York",
    "state": "NY",
    "country": "US",
    "postalCode": "10001",
    "website": "https://example.com",
    "source": "public api",
    "dateOfBirth": "1990-01-25",
    "dateAdded": "2026-11-20T09:58:00.000Z",
    "dnd": False,
    "tags": ["certified"],
    "attachments": [],
    "assignedTo": "usr0000000000000001",
    "customFields": [{"id": "fld0000000000000001", "value": "4711"}],
}
ROW: JsonObject = {
    **SAMPLE,
    "type": "lead",
    "timezone": "America/New_York",
    "businessId": None,
    "dateUpdated": "2026-11-20T10:00:00.000Z",
}
KEPT = (
    "id", "firstName", "lastName", "email", "phone", "companyName", "address1", "city", "state", "country",
    "postalCode", "website", "source", "type", "assignedTo", "dnd", "dateOfBirth", "timezone", "tags",
    "customFields", "businessId",
)  # fmt: skip
FIELDS = (
    "id locationId firstName lastName name email:e phone:p companyName address1 city state country "
    "postalCode website source dateOfBirth:d dateAdded:t dnd:b tags:l attachments:l assignedTo customFields:l"
)


def _told(kind: str, title: str, more: str = "", *, reread: str = "contacts.get", **sample: Any) -> Told:
    return Told(
        type=kind,
        title=title,
        scope=SCOPE,
        fields=fields(f"{FIELDS} {more}"),
        sample={**SAMPLE, **sample},
        reread=reread,
    )


TOLD = (
    _told("ContactCreate", "A contact is created (ContactCreate)"),
    _told("ContactUpdate", "A contact is changed (ContactUpdate)"),
    _told("ContactDelete", "A contact is deleted (ContactDelete)", reread=""),
    _told("ContactTagUpdate", "A contact's tags change (ContactTagUpdate)"),
    _told(
        "ContactDndUpdate",
        "A contact's do-not-disturb changes (ContactDndUpdate)",
        "dndSettings:o",
        dndSettings={"SMS": {"status": "active", "message": "STOP", "code": "101"}},
    ),
)


def sweep(since: Since) -> Sweep:
    """Sorted by when they were made, which never changes: a contact edited meanwhile moves no page."""
    wanted: JsonObject = {"sort": [{"field": "dateAdded", "direction": "asc"}]}
    if since.moment is not None:
        value = {"gte": since.moment.isoformat()}
        wanted["filters"] = [{"field": "dateUpdated", "operator": "range", "value": value}]
    yield from by_last_row(
        "contacts.search",
        wanted,
        rows="contacts",
        size=PAGE_SIZE,
        size_key="pageLimit",
        cursor="searchAfter",
    )


CHANGED = Trigger(
    key="contacts.changed",
    title="A contact is created, changed or deleted",
    kind=TriggerKind.POLL,
    events=events_of("contact", "Contact"),
    sample={
        "contact.created": ROW,
        "contact.updated": {**ROW, "tags": ["certified", "reminded"]},
        "contact.deleted": ROW,
    },
    scopes=(SCOPE,),
    sweep=sweep,
    operations=("contacts.search", "contacts.get"),
    remember=KEPT,
    happenings=created_changed_gone("contact", KEPT, "dateUpdated"),
    overlap_s=OVERLAP_S,
    reread="contacts.get",
    hears=("ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate", "ContactDndUpdate"),
    changed_at="dateUpdated",
    made_at="dateAdded",
    glimpse=True,
    answer=fields(f"{FIELDS} type timezone businessId dateUpdated:t"),
)
TRIGGERS = (CHANGED,)
