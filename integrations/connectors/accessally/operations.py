"""The calls that can be made to an AccessAlly site.

AccessAlly itself has no public API (its knowledge base). There are WordPress's own REST API for people
(developer.wordpress.org), the address of each custom operation, and, where WP Fusion is installed, its
webhook addresses (wpfusion.com, documentation, webhooks).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.connectors.accessally import people
from integrations.connectors.accessally.address import (
    BODY_STYLE,
    CONTACT_NAME,
    EMAIL_NAME,
    operation_url,
)
from integrations.engine.spec import Field, FieldType, Kind, Operation, Place, Proof, ProofKind

WORDPRESS = "developer.wordpress.org, REST API: users"
KNOWLEDGE_BASE = "kb.accessally.com: custom operations; each shows its own address"
WP_FUSION = "wpfusion.com, documentation: about webhooks"

SITE: dict[str, Any] = {
    "name": "Harbour Academy",
    "description": "Courses and evenings.",
    "url": "https://academy.example.com",
    "home": "https://academy.example.com",
    "timezone_string": "America/New_York",
    "namespaces": ["oembed/1.0", "wp/v2"],
    "authentication": {"application-passwords": {"endpoints": {}}},
}
EDIT = Field(
    key="context", place=Place.QUERY, default="edit", help="“edit” shows e-mail addresses and roles."
)
META = Field(
    key="meta", label="Further fields", type=FieldType.OBJECT, help="Those that the site has registered."
)
ID = Field(key="id", label="Person's id", place=Place.PATH, required=True)
CONTACT = Field(key="contact_id", label="Contact's id in the CRM", place=Place.QUERY, required=True)
ANSWERED = {"result": "success", "user_id": 7}

REFRESHED = Proof(
    kind=ProofKind.IDEMPOTENT,
    target="contact_id",
    source="the contact is read from the CRM again; twice is once",
)


def _fusion(key: str, title: str, action: str, kind: Kind, *more: Field) -> Operation:
    return Operation(
        key=key,
        title=title,
        method="POST",
        path="/",
        kind=kind,
        encoding="none",
        fields=(
            Field(
                key="wpf_action",
                label="WP Fusion's action",
                place=Place.QUERY,
                required=True,
                default=action,
                choices=((action, title),),
            ),
            CONTACT,
            *more,
        ),
        record_id="",
        proof=REFRESHED,
        sample=ANSWERED,
        source=WP_FUSION,
    )


_OPERATIONS = (
    Operation(
        key="site.index",
        title="Read what the site tells of itself",
        method="GET",
        path="/wp-json/",
        kind=Kind.READ,
        record_id="",
        sample=SITE,
        source="developer.wordpress.org, REST API: discovery",
    ),
    Operation(
        key="users.me",
        title="Read the person signed in with",
        method="GET",
        path="/wp-json/wp/v2/users/me",
        kind=Kind.READ,
        fields=(EDIT,),
        sample=people.PERSON,
        source=WORDPRESS,
    ),
    Operation(
        key="users.search",
        title="Search people",
        method="GET",
        path="/wp-json/wp/v2/users",
        kind=Kind.READ,
        fields=(
            Field(key="search", label="Part of a name or address", place=Place.QUERY),
            Field(key="roles", label="Role", place=Place.QUERY),
            Field(key="page", type=FieldType.INTEGER, place=Place.QUERY, default=1),
            Field(
                key="per_page",
                label="People a page",
                type=FieldType.INTEGER,
                place=Place.QUERY,
                default=people.PAGE,
                help=f"At most {people.PAGE}.",
            ),
            EDIT,
        ),
        record_id="",
        sample=[people.PERSON],
        source=WORDPRESS,
    ),
    Operation(
        key="users.get",
        title="Read a person",
        method="GET",
        path="/wp-json/wp/v2/users/{id}",
        kind=Kind.READ,
        fields=(ID, EDIT),
        sample=people.PERSON,
        source=WORDPRESS,
    ),
    Operation(
        key="users.create",
        title="Make a person",
        method="POST",
        path="/wp-json/wp/v2/users",
        kind=Kind.CREATE,
        fields=(
            people.EMAIL,
            *people.SIGN_IN,
            *people.NAMES,
            META,
        ),
        success=(201,),
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="email",
            look_up=people.find_made,
            operations=("users.search",),
            source="an e-mail address is one person's alone, and each tells when it was registered",
        ),
        sample=people.PERSON,
        source=WORDPRESS,
    ),
    Operation(
        key="users.update",
        title="Change a person",
        method="PUT",
        path="/wp-json/wp/v2/users/{id}",
        kind=Kind.UPDATE,
        fields=(
            ID,
            replace(people.EMAIL, required=False),
            *people.NAMES,
            META,
        ),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="id", source="the same values are put; twice is once"),
        sample=people.PERSON,
        source=WORDPRESS,
    ),
    Operation(
        key="operations.run",
        title="Run a custom operation",
        method="POST",
        path="/{operation}",
        address=operation_url,
        kind=Kind.UPDATE,
        encoding="form",
        encoding_setting=BODY_STYLE.key,
        fields=(
            Field(
                key="operation",
                label="Operation",
                place=Place.PATH,
                required=True,
                help="Its name in the connection's settings. Calling it runs it: try it with a test contact.",
            ),
            Field(key="email", label="E-mail address", name_setting=EMAIL_NAME.key),
            Field(key="contact_id", label="Contact's id in the CRM", name_setting=CONTACT_NAME.key),
        ),
        record_id="",
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NONE,
            target="join('/', [operation, not_null(email, contact_id, '')])",
            source="nothing tells whether an operation has run, nor whether twice is once",
        ),
        sample="",
        source=KNOWLEDGE_BASE,
    ),
    _fusion("wp_fusion.update_tags", "Read a contact's tags again (WP Fusion)", "update_tags", Kind.UPDATE),
    _fusion(
        "wp_fusion.update",
        "Read a contact's fields and tags again (WP Fusion)",
        "update",
        Kind.UPDATE,
        Field(key="role", label="Role", place=Place.QUERY),
    ),
    replace(
        _fusion(
            "wp_fusion.add",
            "Make a person of a contact (WP Fusion)",
            "add",
            Kind.CREATE,
            Field(key="role", label="Role", place=Place.QUERY),
            Field(
                key="send_notification",
                label="Send a welcome e-mail",
                type=FieldType.BOOLEAN,
                place=Place.QUERY,
            ),
        ),
        reaches_people=True,
        proof=replace(REFRESHED, source="WP Fusion changes a person who is there and makes no second one"),
    ),
)

OPERATIONS = {operation.key: operation for operation in _OPERATIONS}
