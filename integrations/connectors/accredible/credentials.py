"""Calls about certificates ("credentials" to the vendor), as the official OpenAPI 25.08.0 has them."""

from __future__ import annotations

from integrations.connectors.accredible.certificates import ROW
from integrations.connectors.accredible.proofs import find_credential, marked
from integrations.connectors.accredible.words import (
    AS_ROW,
    CREDENTIAL,
    GROUP_ID,
    META,
    SOURCE,
    date,
    flag,
    gone,
    path_id,
    put,
)
from integrations.engine.spec import Field, FieldType, Inverse, Kind, Operation, Proof, ProofKind
from integrations.engine.undo import removed_by

MOST_AT_ONCE = 30

RECIPIENT = Field(
    key="recipient",
    label="Recipient",
    type=FieldType.OBJECT,
    required=True,
    fields=(
        Field(key="name", label="Recipient's name", required=True),
        Field(key="email", label="Recipient's e-mail", type=FieldType.EMAIL, required=True),
        Field(key="id", label="Your own id of the person"),
        Field(key="phone_number", label="Phone", type=FieldType.PHONE, help="Some plans only."),
        Field(key="meta_data", label="Data of your own about the person", type=FieldType.OBJECT),
    ),
)
ATTRIBUTES = Field(
    key="custom_attributes",
    label="Attributes",
    type=FieldType.OBJECT,
    help="Names with texts; each name has to exist as an attribute key. Whether a change keeps the others "
    "is not documented: send all of them, or use “Set attributes”.",
)
DETAILS = (
    Field(key="name", label="Name", help="Empty: the group's."),
    Field(key="description", label="Description"),
    date("issued_on", "Issued on"),
    date("expired_on", "Expires on"),
    flag("complete", "Completed"),
    flag("private", "Private"),
    ATTRIBUTES,
    META,
)
APPROVE = flag(
    "approve",
    "Published",
    help="Publishing e-mails the recipient. Without credits it is made, and stays unpublished.",
)

OPERATIONS = (
    Operation(
        key="credentials.create",
        title="Issue a credential",
        method="POST",
        path="/v1/credentials",
        kind=Kind.CREATE,
        inverse=removed_by(
            "credentials.delete", "id", leaves="Whoever was told of the certificate has been told."
        ),
        body_key="credential",
        fields=(
            RECIPIENT,
            GROUP_ID,
            *DETAILS,
            APPROVE,
            Field(key="id", label="Your own id of the certificate", help="Comes back as license_id."),
            Field(key="evidence_items", label="Evidence", type=FieldType.LIST),
            Field(key="references", label="References", type=FieldType.LIST),
        ),
        result=AS_ROW,
        reaches_people=True,
        proof=marked(
            find_credential, "credentials.search", "join('/', [to_string(group_id), recipient.email])"
        ),
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
    Operation(
        key="credentials.bulk_create",
        title="Issue many credentials",
        method="POST",
        path="/v2/credentials/bulk_create",
        kind=Kind.CREATE,
        fields=(
            Field(
                key="credentials",
                label=f"Credentials, at most {MOST_AT_ONCE}",
                type=FieldType.LIST,
                required=True,
                help="Each as for a single one: recipient, group_id and so on.",
            ),
        ),
        success=(200, 207),
        record_id="",
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NONE,
            source="of a list some may have been made and some not, and each would have to be looked up",
        ),
        sample={"credentials": [CREDENTIAL], "errors": []},
        source=f"{SOURCE}: 200 when all were made, 207 when some, 422 when none",
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
        fields=(path_id("Credential id"),),
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
        fields=(path_id("Credential id"), *DETAILS, APPROVE),
        result=AS_ROW,
        proof=put(),
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
    Operation(
        key="credentials.publish",
        title="Publish a credential that is held",
        method="PUT",
        path="/v1/credentials/{id}",
        kind=Kind.UPDATE,
        inverse=Inverse(never="It was published and its recipient told; nothing takes that back."),
        body_key="credential",
        fields=(path_id("Credential id"), flag("approve", "Published", required=True, default=True)),
        result=AS_ROW,
        reaches_people=True,
        proof=put(),
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
    Operation(
        key="credentials.delete",
        title="Delete a credential",
        method="DELETE",
        path="/v1/credentials/{id}",
        kind=Kind.DELETE,
        fields=(path_id("Credential id"),),
        result=AS_ROW,
        proof=gone(),
        sample={"credential": CREDENTIAL},
        source=SOURCE,
    ),
)
