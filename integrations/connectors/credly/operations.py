"""The Credly calls the hub makes: badges, templates, events, the organization and its tokens.

As www.credly.com/docs has them; what was recorded stands in generalsystemsvehicle/zero-gravitas d842b78.
"""

from __future__ import annotations

from typing import Any

from integrations.connectors.credly import proofs
from integrations.connectors.credly.rows import BADGE, PAGE, REVOKED, TEMPLATE
from integrations.connectors.credly.workforce import EMPLOYEE_OPERATIONS
from integrations.engine.spec import Field, FieldType, Inverse, Kind, Operation, Place, Proof, ProofKind
from integrations.engine.undo import removed_by

SOURCE = "www.credly.com/docs"
ORG = Field(
    key="organization_id", label="Organization", place=Place.PATH, required=True, fills="organization_id"
)
ROOT = "/v1/organizations/{organization_id}"
TIME = "As 2026-02-03 14:05:00 -0500; the procedure “Issue a badge” takes any time with an offset."
BADGE_ID = Field(key="badge_id", label="Badge id", place=Place.PATH, required=True)
TEMPLATE_FIELD = Field(
    key="badge_template_id",
    label="Badge template",
    required=True,
    reference="templates",
    help="Has to be active: Credly refuses to issue an archived one.",
)
EVIDENCE = Field(
    key="evidence",
    label="Evidence",
    type=FieldType.LIST,
    help="Objects such as {“type”: “UrlEvidence”, “value”: …, “name”: …, “description”: …}.",
)
DATED = (
    Field(key="issued_at", label="Issued at", required=True, help=TIME),
    Field(
        key="expires_at",
        label="Expires at",
        type=FieldType.ANY,
        help=f"{TIME} Empty: the template's default. false: never.",
    ),
)
TOLD = (
    Field(
        key="suppress_badge_notification_email",
        label="Without Credly's e-mail to the earner",
        type=FieldType.BOOLEAN,
    ),
    Field(key="locale", label="Language of the e-mail", help="Such as en, fr, de, pt-BR."),
    Field(key="country_name", label="Earner's country"),
    Field(key="state_or_province", label="Earner's state or province"),
)
ISSUED = (
    Field(key="recipient_email", label="Earner's e-mail", type=FieldType.EMAIL, required=True),
    Field(key="issued_to_first_name", label="First name", required=True),
    Field(key="issued_to_middle_name", label="Middle name"),
    Field(key="issued_to_last_name", label="Last name", required=True),
    TEMPLATE_FIELD,
    Field(
        key="issuer_earner_id",
        label="Your own id of the earner",
        help="The hub puts the GoHighLevel contact's id here: an e-mail may change, this does not.",
    ),
    *DATED,
    *TOLD,
    EVIDENCE,
)


def _list(key: str, title: str, path: str, row: Any, *fields: Field, **more: Any) -> Operation:
    return Operation(
        key=key,
        title=title,
        method="GET",
        path=f"{ROOT}{path}",
        kind=Kind.READ,
        fields=(ORG, *fields, Field(key="page", label="Page", type=FieldType.INTEGER, place=Place.QUERY)),
        record_id="",
        sample={"data": [row], "metadata": PAGE},
        **{"source": SOURCE, **more},
    )


def _query(key: str, label: str, help: str = "") -> Field:
    return Field(key=key, label=label, place=Place.QUERY, help=help)


_FILTER = _query("filter", "Filter", "key::value, several joined with |.")
_SORT = _query("sort", "Sort", "Such as -issued_at.")
EVENT: dict[str, Any] = {
    "id": "e2bcb651-563c-4ad9-a3f2-0c36ff61c1f1",
    "organization_id": "bc39eefb-c33e-4605-a702-424d188068b1",
    "event_type": "badge.created",
    "occurred_at": "2026-11-20T10:00:00.000Z",
    "badge": BADGE,
}
ORGANIZATION: dict[str, Any] = {
    "id": "bc39eefb-c33e-4605-a702-424d188068b1",
    "name": "Riverside Academy",
    "website_url": "https://academy.example.com",
    "webhook_url": None,
    "contact_email": "hello@example.com",
    "vanity_slug": "riverside",
    "verified": True,
}

_OPERATIONS = (
    Operation(
        key="organization.get",
        title="Read the organization",
        method="GET",
        path=ROOT,
        kind=Kind.READ,
        fields=(ORG,),
        result="data",
        sample={"data": ORGANIZATION, "metadata": {}},
        source=SOURCE,
    ),
    Operation(
        key="organization.update",
        title="Change the organization",
        method="PUT",
        path=ROOT,
        kind=Kind.UPDATE,
        fields=(
            ORG,
            Field(
                key="webhook_url",
                label="Address for webhooks",
                help=(
                    "One for the whole organization. Newer accounts set it under Developers → Webhooks "
                    "instead."
                ),
            ),
        ),
        result="data",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="'organization'", source="the same values are put"),
        sample={"data": ORGANIZATION, "metadata": {}},
        source="recorded in generalsystemsvehicle/zero-gravitas d842b78, Organizations/update.json",
    ),
    Operation(
        key="tokens.rotate",
        title="Make a new authorization token in place of this one",
        method="POST",
        path=f"{ROOT}/authorization_tokens/rotate",
        kind=Kind.CREATE,
        fields=(ORG,),
        record_id="",
        answer=(Field(key="token", label="Token", secret=True),),
        empty_body=True,
        success=(200, 201),
        proof=Proof(kind=ProofKind.NONE, source="every call makes another token"),
        sample={"data": {"id": "6dac84e3-7283-41f8-9acb-2b2af277df00", "token": "[hidden]"}, "metadata": {}},
        source="exists by openedx/credentials PR 3000; its answer is not documented",
    ),
    _list("templates.list", "List badge templates", "/badge_templates", TEMPLATE, _FILTER, _SORT),
    Operation(
        key="templates.get",
        title="Read a badge template",
        method="GET",
        path=f"{ROOT}/badge_templates/{{badge_template_id}}",
        kind=Kind.READ,
        fields=(ORG, Field(key="badge_template_id", label="Template id", place=Place.PATH, required=True)),
        result="data",
        sample={"data": TEMPLATE, "metadata": {}},
        source=SOURCE,
    ),
    _list("badges.list", "List issued badges", "/badges", BADGE, _FILTER, _SORT),
    _list(
        "badges.search",
        "List issued badges in bulk",
        "/high_volume_issued_badge_search",
        {key: value for key, value in BADGE.items() if key not in ("evidence", "accept_badge_url")},
        _FILTER,
        source=f"{SOURCE}; rows are short, and metadata holds next_page_url alone",
    ),
    Operation(
        key="badges.issue",
        title="Issue a badge",
        method="POST",
        path=f"{ROOT}/badges",
        kind=Kind.CREATE,
        inverse=removed_by(
            "badges.delete", "badge_id", leaves="What Credly has told the earner has been told."
        ),
        fields=(ORG, *ISSUED),
        result="data",
        success=(201, 200),
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="join('/', [badge_template_id, issuer_earner_id || recipient_email])",
            look_up=proofs.find_issued,
            existing=proofs.holding,
            operations=("badges.list",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="a second badge of a template for the same earner is refused; a template may allow it, so "
            "only one made since the claim counts",
        ),
        sample={"data": BADGE, "metadata": {}},
        source=SOURCE,
    ),
    Operation(
        key="badges.issue_many",
        title="Issue badges in one call",
        method="POST",
        path=f"{ROOT}/badges/batch",
        kind=Kind.CREATE,
        fields=(
            ORG,
            Field(
                key="badges",
                label="Badges",
                type=FieldType.LIST,
                required=True,
                fields=ISSUED,
                help="How many one call takes is not documented; send at most 20.",
            ),
        ),
        record_id="",
        success=(201, 200),
        reaches_people=True,
        proof=Proof(kind=ProofKind.NONE, source="of what a broken call made, nothing tells in one look-up"),
        sample={"data": [BADGE], "metadata": {}},
        source=f"{SOURCE}; the answer lists them in order",
    ),
    Operation(
        key="badges.revoke",
        title="Revoke a badge",
        method="PUT",
        path=f"{ROOT}/badges/{{badge_id}}/revoke",
        kind=Kind.UPDATE,
        inverse=Inverse(never="A badge that was revoked stays revoked; issue it again."),
        fields=(
            ORG,
            BADGE_ID,
            Field(
                key="reason", label="Reason", required=True, help="The earner may see it. Cannot be undone."
            ),
            Field(
                key="suppress_revoke_notification_email",
                label="Without Credly's e-mail to the earner",
                type=FieldType.BOOLEAN,
            ),
        ),
        result="data",
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="badge_id",
            look_up=proofs.find_revoked,
            operations=("badges.list",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="the badge stands among the revoked ones, or it does not",
        ),
        sample={"data": {**BADGE, "state": REVOKED, "revocation_reason": "Left the course"}, "metadata": {}},
        source=SOURCE,
    ),
    Operation(
        key="badges.replace",
        title="Replace a badge by one of another template",
        method="POST",
        path=f"{ROOT}/badges/{{badge_id}}/replace",
        kind=Kind.CREATE,
        inverse=Inverse(never="The badge that it took the place of stays revoked; issue that one again."),
        fields=(ORG, BADGE_ID, TEMPLATE_FIELD, *DATED, *TOLD, EVIDENCE),
        result="data",
        success=(201, 200),
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="badge_id",
            look_up=proofs.find_replacement,
            operations=("badges.list",),
            visible_after_s=proofs.VISIBLE_AFTER_S,
            source="the new badge says in replaces_badge_id which one it took the place of",
        ),
        sample={
            "data": {**BADGE, "replaces_badge_id": "146fcf27-b648-4824-b397-0a3c97859e15"},
            "metadata": {},
        },
        source=f"POST by riipen/credly-ruby 93186e7 and recorded answers; {SOURCE}",
    ),
    Operation(
        key="badges.delete",
        title="Delete a badge",
        method="DELETE",
        path=f"{ROOT}/badges/{{badge_id}}",
        kind=Kind.DELETE,
        fields=(ORG, BADGE_ID),
        record_id="",
        success=(204, 200),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="badge_id", source="what is gone cannot go again"),
        sample={},
        source=SOURCE,
    ),
    _list("events.list", "List events, newest first", "/events", EVENT),
    Operation(
        key="events.get",
        title="Read an event",
        method="GET",
        path=f"{ROOT}/events/{{event_id}}",
        kind=Kind.READ,
        fields=(ORG, Field(key="event_id", label="Event id", place=Place.PATH, required=True)),
        result="data",
        sample={"data": EVENT, "metadata": {}},
        source=f"{SOURCE}; recorded in generalsystemsvehicle/zero-gravitas d842b78, Events/get.json",
    ),
    *EMPLOYEE_OPERATIONS,
)

OPERATIONS = {operation.key: operation for operation in _OPERATIONS}
