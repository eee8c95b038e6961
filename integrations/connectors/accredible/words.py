"""What the calls have in common: fields, examples, and the names that an answer is brought to."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import Field, FieldType, Place, Proof, ProofKind

SOURCE = "official OpenAPI 25.08.0"

# Beside whatever the operator keeps there: the member of `meta_data` that holds our mark.
MARK = "ghl_hub"
MARK_FIELD = f"meta_data.{MARK}"
VISIBLE_AFTER_S = 60.0  # how soon a search shows a new record is not documented

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
    "meta_data": {},
}
GROUP: dict[str, Any] = {
    "id": 12472,
    "name": "first-aid-2026",
    "course_name": "First Aid",
    "course_description": "A course of two days.",
    "course_link": "https://academy.example.com/first-aid",
    "language": "en",
    "attach_pdf": False,
    "department_id": 34,
    "meta_data": {},
    "created_at": "2026-08-29T06:14:18.000Z",
    "updated_at": "2026-11-20T07:03:25.000Z",
}

GROUP_ID = Field(key="group_id", label="Group", type=FieldType.INTEGER, required=True, reference="groups")
META = Field(
    key="meta_data",
    label="Data of your own",
    type=FieldType.OBJECT,
    help="Names with texts, which searches find. Nobody but you sees them.",
)


def path_id(label: str, key: str = "id", reference: str = "") -> Field:
    return Field(key=key, label=label, place=Place.PATH, required=True, reference=reference)


def date(key: str, label: str, place: Place = Place.BODY, **more: Any) -> Field:
    return Field(key=key, label=label, type=FieldType.DATE, place=place, help="As 2026-11-20.", **more)


def flag(key: str, label: str, **more: Any) -> Field:
    return Field(key=key, label=label, type=FieldType.BOOLEAN, **more)


def put(target: str = "id") -> Proof:
    return Proof(kind=ProofKind.IDEMPOTENT, target=target, source="the same values are put; twice is once")


def gone(target: str = "id") -> Proof:
    return Proof(kind=ProofKind.IDEMPOTENT, target=target, source="gone is gone")
