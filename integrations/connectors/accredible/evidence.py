"""Calls about what hangs on a certificate: evidence, its PDF, a way in for the recipient, who looked at it.

An evidence item comes back wrapped in the official OpenAPI 25.08.0, and bare in the answers that the
first-party Moodle plugin recorded (accredible/moodle-mod_accredible): both are read.
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.accredible.proofs import find_evidence
from integrations.connectors.accredible.words import SOURCE, date, flag, gone, path_id, put
from integrations.engine.spec import Field, FieldType, Kind, Operation, Place, Proof, ProofKind

CATEGORIES = ("file", "url", "video", "grade", "transcript")
ITEM: dict[str, Any] = {
    "id": 826,
    "description": "Final Grade",
    "preview_image_url": None,
    "link_url": None,
    "type": "grade",
    "string_object": {"grade": 80},
    "supplemental": False,
    "position": 1,
}
EITHER = "evidence_item || @"

_CREDENTIAL = path_id("Credential id", "credential_id")
_ITEM = (
    Field(key="description", label="Description", help="The recipient and everybody else reads it."),
    Field(key="category", label="Kind", choices=tuple((word, word) for word in CATEGORIES)),
    Field(key="url", label="Address", help="Of a page or a video."),
    Field(key="file", label="Address of a file"),
    Field(key="string_object", label="Grade or transcript", type=FieldType.ANY),
    flag("supplemental", "Added by the recipient"),
    flag("hidden", "Hidden"),
)
_MADE = Proof(
    kind=ProofKind.NATURAL_KEY,
    target="join('/', [credential_id, not_null(description, '')])",
    look_up=find_evidence,
    operations=("credentials.get",),
    source="the certificate lists its evidence; an equal description serves as well",
)
_ONE = "join('/', [credential_id, to_string(id)])"

OPERATIONS = (
    Operation(
        key="evidence_items.create",
        title="Add evidence to a credential",
        method="POST",
        path="/v1/credentials/{credential_id}/evidence_items",
        kind=Kind.CREATE,
        body_key="evidence_item",
        fields=(_CREDENTIAL, *_ITEM),
        result=EITHER,
        proof=_MADE,
        sample={"evidence_item": ITEM},
        source=SOURCE,
    ),
    Operation(
        key="evidence_items.update",
        title="Change a piece of evidence",
        method="PUT",
        path="/v1/credentials/{credential_id}/evidence_items/{id}",
        kind=Kind.UPDATE,
        body_key="evidence_item",
        fields=(_CREDENTIAL, path_id("Evidence id"), *_ITEM),
        result=EITHER,
        proof=put(_ONE),
        sample=ITEM,
        source="first-party PHP client (accredible/acms-php-api)",
    ),
    Operation(
        key="evidence_items.delete",
        title="Take a piece of evidence away",
        method="DELETE",
        path="/v1/credentials/{credential_id}/evidence_items/{id}",
        kind=Kind.DELETE,
        fields=(_CREDENTIAL, path_id("Evidence id")),
        result=EITHER,
        proof=gone(_ONE),
        sample={"evidence_item": ITEM},
        source=SOURCE,
    ),
    Operation(
        key="credentials.pdf",
        title="Get a credential as PDF",
        method="POST",
        path="/v1/credentials/generate_single_pdf/{id}",
        kind=Kind.READ,
        fields=(path_id("Credential id"),),
        record_id="",
        encoding="none",
        sample={"file": "https://files.example.com/10250012.pdf"},
        source=f"{SOURCE}; only of a published one",
    ),
    Operation(
        key="sso.link",
        title="Make a login link for a recipient",
        method="POST",
        path="/v1/sso/generate_link",
        kind=Kind.READ,
        fields=(
            Field(key="credential_id", label="Credential id"),
            Field(key="recipient_id", label="Your own id of the person"),
            Field(key="recipient_email", label="Recipient's e-mail", type=FieldType.EMAIL),
            Field(key="redirect_to", label="Where it leads"),
        ),
        answer=(Field(key="link", label="Link that signs in once", secret=True),),
        record_id="",
        sample={"link": "https://www.credential.net/sso/one-time"},
        source=f"{SOURCE}; whoever has the link is signed in",
    ),
    Operation(
        key="credentials.analytics",
        title="Read what happened with a credential",
        method="POST",
        path="/v1/credentials/analytics/{id}",
        kind=Kind.READ,
        fields=(path_id("Credential id"),),
        encoding="none",
        result="analytics",
        record_id="",
        sample={
            "analytics": [
                {
                    "credential_id": 10250012,
                    "event": "recipient_view_certificate",
                    "created_at": "2026-11-20T12:00:00.000Z",
                }
            ]
        },
        source=SOURCE,
    ),
    Operation(
        key="analytics.list",
        title="Read what happened in the account",
        method="GET",
        path="/v1/analytics",
        kind=Kind.READ,
        fields=(
            date("start_date", "From", Place.QUERY),
            date("end_date", "To", Place.QUERY),
            Field(
                key="group_id", label="Group", type=FieldType.INTEGER, place=Place.QUERY, reference="groups"
            ),
            Field(
                key="department_id",
                label="Department",
                type=FieldType.INTEGER,
                place=Place.QUERY,
                reference="departments",
            ),
            Field(key="page", type=FieldType.INTEGER, place=Place.QUERY),
            Field(key="page_size", type=FieldType.INTEGER, place=Place.QUERY, help="At most 100."),
        ),
        record_id="",
        sample={"analytics": [{"date": "2026-11-20", "issued": 3, "opened": 2}]},
        source=f"{SOURCE}; by day, a hundred a page",
    ),
)
