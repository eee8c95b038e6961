"""The Active Knocker calls that are known, all of them from one customer's working client.

Nothing is published: names, paths and shapes are as alma29v1/big-beautiful-server has them (main_window.py,
workers/activeknocker_automation_worker.py, att_fiber_tracker/services/activeknocker_service.py).
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.active_knocker.addresses import outbound
from integrations.connectors.active_knocker.settings import DEFAULT_PAGE, DEFAULT_WINDOW
from integrations.engine.paginate import Asked, by_page, collect
from integrations.engine.spec import (
    Attempt,
    Field,
    FieldType,
    Inverse,
    Kind,
    Operation,
    Place,
    Proof,
    ProofKind,
)

SOURCE = "alma29v1/big-beautiful-server, a customer's client; not documented by the vendor"
VISIBLE_AFTER_S = 10.0  # unknown; that client looks a few seconds after its uploads
STATUSES = [
    {"id": 1, "meaning": "Not Home"},
    {"id": 2, "meaning": "Appointment Set"},
    {"id": 3, "meaning": "Not Interested"},
    {"id": 4, "meaning": "Appointment Cancelled"},
]
TAGS = [{"id": 12, "tag_caption_name": "Evening courses"}]
VISIT: dict[str, Any] = {
    "id": 90210,
    "pin_id": 2,
    "notes": "Wants a quote for the roof.",
    "created_at": "2026-11-20 14:05:00",
    "address": {
        "street": "12 Mill Lane",
        "city": "Austin",
        "state": "Texas",
        "country": "United States",
        "postalCode": "78701",
    },
    "latitude": 30.2672,
    "longitude": -97.7431,
    "created_user_id": 7,
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "phone": "(212) 555-0123",
    "appointment_date": "2026-12-01 10:00",
    "duration": 30,
}


def find_visit(attempt: Attempt) -> Asked:
    """The visit whose notes carry our mark, among those of the window."""
    rows = yield from collect(
        by_page(
            "visits.list",
            {"date": DEFAULT_WINDOW},
            rows="@",
            size=DEFAULT_PAGE,
            page_key="page",
            size_key="limit",
        )
    )
    return next((row for row in rows if attempt.mark in str(row.get("notes") or "")), None)


MADE_ONCE = Proof(
    kind=ProofKind.MARKED,
    target="join('/', [to_string(latitude), to_string(longitude)])",
    mark_field="notes",
    look_up=find_visit,
    operations=("visits.list",),
    visible_after_s=VISIBLE_AFTER_S,
    source="the notes of the visits; that client too reads /knock-pins to see what arrived",
)
_ID = Field(key="id", label="Visit", place=Place.PATH, required=True)
_WHERE = (
    Field(key="latitude", label="Latitude", type=FieldType.NUMBER, required=True),
    Field(key="longitude", label="Longitude", type=FieldType.NUMBER, required=True),
)
_NOTES = Field(key="notes", label="Notes")


def _asked(key: str, label: str, **more: Any) -> Field:
    return Field(key=key, label=label, place=Place.QUERY, **more)


_OPERATIONS = (
    Operation(
        key="statuses.list",
        title="List pin statuses",
        method="GET",
        path="/pins",
        path_setting="path_pins",
        kind=Kind.READ,
        record_id="",
        sample=STATUSES,
        source=SOURCE,
    ),
    Operation(
        key="tags.list",
        title="List tags",
        method="GET",
        path="/tags",
        path_setting="path_tags",
        kind=Kind.READ,
        record_id="",
        sample=TAGS,
        source=SOURCE,
    ),
    Operation(
        key="visits.list",
        title="List visits",
        method="GET",
        path="/knock-pins",
        path_setting="path_visits",
        kind=Kind.READ,
        fields=(
            _asked("page", "Page", type=FieldType.INTEGER, default=1),
            _asked("limit", "Visits a page", type=FieldType.INTEGER, default=DEFAULT_PAGE),
            _asked("date", "Window", default=DEFAULT_WINDOW, help="Only “Last 30 days” has been seen."),
        ),
        record_id="",
        sample=[VISIT],
        source=SOURCE,
    ),
    Operation(
        key="visits.create",
        title="Make a visit (JSON)",
        method="POST",
        path="/knock-pin",
        path_setting="path_create",
        kind=Kind.CREATE,
        fields=(
            Field(
                key="address",
                label="Address",
                type=FieldType.OBJECT,
                help="street, city, state (full name), country (United States), postalCode.",
                fields=tuple(Field(key=key) for key in ("street", "city", "state", "country", "postalCode")),
            ),
            *_WHERE,
            _NOTES,
            Field(key="created_user_id", label="Rep's number", type=FieldType.ANY),
        ),
        proof=MADE_ONCE,
        sample={"id": 90210},
        source=SOURCE,
    ),
    Operation(
        key="visits.create_by_query",
        title="Make a visit (parameters)",
        method="POST",
        path="/knock-pin",
        path_setting="path_create",
        kind=Kind.CREATE,
        encoding="none",
        fields=(
            _asked("latitude", "Latitude", type=FieldType.NUMBER, required=True),
            _asked("longitude", "Longitude", type=FieldType.NUMBER, required=True),
            _asked("pin_id", "Status", reference="statuses"),
            _asked("notes", "Notes"),
        ),
        proof=MADE_ONCE,
        sample={"id": 90210},
        source=SOURCE,
    ),
    Operation(
        key="visits.update_address",
        title="Change a visit's address",
        method="POST",
        path="/knock-pin/updateAddressDetail/{id}",
        path_setting="path_update_address",
        kind=Kind.UPDATE,
        encoding="none",
        fields=(
            _ID,
            _asked("street", "Street"),
            _asked("city", "City"),
            _asked("state", "State", help="The full name."),
            _asked("postalCode", "Postal code"),
        ),
        record_id="",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="id", source="the whole address is put; twice is once"),
        sample={"status": True, "msg": "Address updated"},
        source=SOURCE,
    ),
    Operation(
        key="tags.apply",
        title="Tag a visit",
        method="POST",
        path="/knock-pin/applyTags/{id}",
        path_setting="path_apply_tags",
        kind=Kind.UPDATE,
        inverse=Inverse(never="Active Knocker has no call that takes a tag away; do that in its app."),
        encoding="none",
        fields=(
            _ID,
            _asked(
                "tag_ids",
                "Tags",
                required=True,
                help="Numbers with commas. UNKNOWN: whether they are added to those there or replace them.",
            ),
        ),
        record_id="",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="id", source="a tag is there or it is not"),
        sample={"status": True, "msg": "Tags applied"},
        source=SOURCE,
    ),
    Operation(
        key="events.send",
        title="Send an event to your own address",
        method="POST",
        path="/",
        address=outbound,
        kind=Kind.UPDATE,
        inverse=Inverse(never="What was sent has been received."),
        fields=(
            Field(key="id", label="Id of the event", required=True),
            Field(key="type", label="Type", required=True, help="Such as team.updated."),
            Field(key="occurred_at", label="When it happened", type=FieldType.DATETIME),
            Field(key="source", label="Source", default="ghl"),
            Field(key="data", label="Data", type=FieldType.OBJECT, required=True),
        ),
        success=(200, 201, 202, 204),
        record_id="",
        proof=Proof(
            kind=ProofKind.IDEMPOTENT,
            target="id",
            source="the id goes along (header webhook-id): who takes events knows one that came twice by it",
        ),
        sample={"accepted": True},
        source="Standard Webhooks 1.0.0",
    ),
)

OPERATIONS = {operation.key: operation for operation in _OPERATIONS}
