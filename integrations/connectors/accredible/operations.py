"""The Accredible calls the hub makes, as its official OpenAPI (25.08.0) and first-party clients have them."""

from __future__ import annotations

from typing import Any

from integrations.connectors.accredible.certificates import ROW
from integrations.engine.spec import Field, FieldType, Kind, Operation, Place, Proof, ProofKind

SOURCE = "official OpenAPI 25.08.0"

# The nested answer of one credential, with the names that a search row has; `id` is a text here.
AS_ROW = (
    "merge(credential, {id: to_string(credential.id), "
    "recipient_name: credential.recipient.name || credential.recipient_name, "
    "recipient_email: credential.recipient.email || credential.recipient_email, "
    "recipient_id: credential.recipient.id || credential.recipient_id, "
    "group: credential.group || {id: credential.group_id, name: credential.group_name}})"
)
CREDENTIAL: dict[str, Any] = {
    "id": "10250012",
    "name": "First Aid",
    "description": "A course of two days.",
    "approve": True,
    "issued_on": "2026-11-20",
    "expired_on": None,
    "group_id": 12472,
    "group_name": "first-aid-2026",
    "url": "https://www.credential.net/10250012",
    "custom_attributes": {
        "location": "Riverside",
        "attendees": "sam@example.com, kim@example.com",
        "appointment_at": "2026-11-27 14:00",
    },
    "recipient": {"id": "772", "name": "Rosa Diaz", "email": "rosa@example.com"},
    "evidence_items": [],
}
_ID = Field(key="id", label="Credential id", place=Place.PATH, required=True)


def _date(key: str, label: str) -> Field:
    return Field(key=key, label=label, type=FieldType.DATE, help="As 2026-11-20.")


_OPERATIONS = (
    Operation(
        key="issuer.details",
        title="Read the issuer",
        method="GET",
        path="/v1/issuer/details",
        kind=Kind.READ,
        result="issuer",
        sample={"issuer": {"id": 1, "name": "Riverside Academy", "certificate_left": 100, "language": "en"}},
        source=SOURCE,
    ),
    Operation(
        key="credentials.search",
        title="Search credentials",
        method="POST",
        path="/v2/credentials/search",
        kind=Kind.READ,
        fields=(
            Field(
                key="query",
                label="Filters",
                type=FieldType.OBJECT,
                required=True,
                default={},
                help="Such as {“recipient_email[eq]”: …}; dates filter by day.",
            ),
            Field(key="sort", type=FieldType.OBJECT, help="By id, recipient_name, group.name or a date."),
            Field(
                key="page", type=FieldType.OBJECT, help="{size, from} up to 10,000 rows, then {size, cursor}."
            ),
        ),
        record_id="",
        sample={"credentials": [ROW], "meta": {"count": 1, "from": 0, "size": 50, "cursor": None}},
        source=f"{SOURCE}; the answer's key “credentials” as version 1 and public clients have it",
    ),
    Operation(
        key="credentials.get",
        title="Read a credential",
        method="GET",
        path="/v1/credentials/{id}",
        kind=Kind.READ,
        fields=(_ID,),
        result=AS_ROW,
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
    Operation(
        key="credentials.update",
        title="Change a credential",
        method="PUT",
        path="/v1/credentials/{id}",
        kind=Kind.UPDATE,
        body_key="credential",
        fields=(
            _ID,
            Field(key="name", label="Name"),
            Field(key="description", label="Description"),
            _date("issued_on", "Issued on"),
            _date("expired_on", "Expires on"),
            Field(key="approve", label="Published", type=FieldType.BOOLEAN, help="Publishing e-mails it."),
            Field(key="complete", type=FieldType.BOOLEAN),
            Field(key="private", label="Private", type=FieldType.BOOLEAN),
            Field(
                key="custom_attributes",
                label="Attributes",
                type=FieldType.OBJECT,
                help="Whether others are kept is not documented: send all of them.",
            ),
            Field(key="meta_data", type=FieldType.OBJECT),
        ),
        result=AS_ROW,
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="id", source="the same values are put; twice is once"),
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
    Operation(
        key="groups.search",
        title="Search groups",
        method="POST",
        path="/v1/issuer/groups/search",
        kind=Kind.READ,
        fields=(
            Field(key="name", label="Part of the name"),
            Field(key="ids", type=FieldType.LIST),
            Field(key="meta_data", type=FieldType.OBJECT),
            _date("start_updated_date", "Changed since"),
            _date("end_updated_date", "Changed until"),
            Field(key="page", type=FieldType.INTEGER),
            Field(key="page_size", type=FieldType.INTEGER, default=50),
        ),
        record_id="",
        sample={"groups": [{"id": 12472, "name": "first-aid-2026", "course_name": "First Aid"}]},
        source=SOURCE,
    ),
)

OPERATIONS = {operation.key: operation for operation in _OPERATIONS}
