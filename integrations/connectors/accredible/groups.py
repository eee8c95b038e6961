"""Calls about groups, departments, the issuer's team and attribute keys (official OpenAPI 25.08.0)."""

from __future__ import annotations

from typing import Any

from integrations.connectors.accredible.proofs import by_name, find_group, marked
from integrations.connectors.accredible.words import GROUP, META, SOURCE, date, flag, gone, path_id, put
from integrations.engine.spec import Field, FieldType, Inverse, Kind, Operation, Proof, ProofKind
from integrations.engine.undo import removed_by

MEMBER: dict[str, Any] = {
    "id": 5501,
    "name": "Nora Quist",
    "email": "nora.quist@example.com",
    "department_permissions": [{"department": 34, "permissions": {"role": "viewer", "groups": [12472]}}],
}
DEPARTMENT: dict[str, Any] = {"id": 34, "name": "Courses"}
ATTRIBUTE: dict[str, Any] = {"id": 61, "name": "location", "kind": "text"}

_PAGES = (
    Field(key="page", type=FieldType.INTEGER),
    Field(key="page_size", type=FieldType.INTEGER, default=50),
)
_DEPARTMENT = Field(key="department_id", label="Department", type=FieldType.INTEGER, reference="departments")


def _group_fields(*, required: bool) -> tuple[Field, ...]:
    return (
        Field(key="name", label="Internal name", required=required),
        Field(key="course_name", label="Public name", required=required),
        Field(key="course_description", label="Description", required=required),
        Field(key="course_link", label="Address of the course"),
        Field(key="language", label="Language", help="Such as en."),
        Field(key="certificate_design_id", label="Certificate design", type=FieldType.INTEGER),
        Field(key="badge_design_id", label="Badge design", type=FieldType.INTEGER),
        Field(key="primary_design_id", label="Main design", type=FieldType.INTEGER),
        _DEPARTMENT,
        META,
        flag("allow_duplicate_credentials", "One e-mail may have several certificates"),
        Field(key="auto_expiry", label="Years until certificates expire", type=FieldType.INTEGER),
        flag("attach_pdf", "Attach the PDF to the e-mail"),
    )


def _member_fields(*, required: bool) -> tuple[Field, ...]:
    return (
        Field(key="name", label="Name", required=required),
        Field(key="email", label="E-mail", type=FieldType.EMAIL, required=required),
        Field(
            key="department_permissions",
            label="What they may do",
            type=FieldType.LIST,
            required=required,
            help="One for each department: {department_id, permissions: {designs, emails, "
            "credential_attributes, analytics, settings, role, groups}}. A change replaces all of them.",
        ),
    )


_GROUPS = (
    Operation(
        key="groups.create",
        title="Make a group",
        method="POST",
        path="/v1/issuer/groups",
        kind=Kind.CREATE,
        inverse=Inverse(
            never="Certificates may hang on the group by now; delete it in Accredible if it is empty."
        ),
        body_key="group",
        fields=_group_fields(required=True),
        result="group",
        proof=marked(find_group, "groups.search", "name"),
        sample={"group": GROUP},
        source=SOURCE,
    ),
    Operation(
        key="groups.get",
        title="Read a group",
        method="GET",
        path="/v1/issuer/groups/{id}",
        kind=Kind.READ,
        fields=(path_id("Group", reference="groups"),),
        result="group",
        sample={"group": GROUP},
        source=SOURCE,
    ),
    Operation(
        key="groups.update",
        title="Change a group",
        method="PUT",
        path="/v1/issuer/groups/{id}",
        kind=Kind.UPDATE,
        body_key="group",
        fields=(path_id("Group", reference="groups"), *_group_fields(required=False)),
        result="group",
        proof=put(),
        sample={"group": GROUP},
        source=SOURCE,
    ),
    Operation(
        key="groups.delete",
        title="Delete a group",
        method="DELETE",
        path="/v1/issuer/groups/{id}",
        kind=Kind.DELETE,
        fields=(path_id("Group", reference="groups"),),
        result="group",
        proof=gone(),
        sample={"group": GROUP},
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
            date("start_updated_date", "Changed since"),
            date("end_updated_date", "Changed until"),
            *_PAGES,
        ),
        record_id="",
        sample={"groups": [GROUP]},
        source=SOURCE,
    ),
)

_DEPARTMENTS = (
    Operation(
        key="departments.create",
        title="Make a department",
        method="POST",
        path="/v1/departments",
        kind=Kind.CREATE,
        body_key="department",
        fields=(Field(key="name", label="Name", required=True),),
        result="department",
        proof=by_name("departments.search", "departments", "searched by name; an equal name serves as well"),
        sample={"department": DEPARTMENT},
        source=SOURCE,
    ),
    Operation(
        key="departments.get",
        title="Read a department",
        method="GET",
        path="/v1/departments/{id}",
        kind=Kind.READ,
        fields=(path_id("Department", reference="departments"),),
        result="department",
        sample={"department": DEPARTMENT},
        source=SOURCE,
    ),
    Operation(
        key="departments.search",
        title="Search departments",
        method="POST",
        path="/v1/departments/search",
        kind=Kind.READ,
        fields=(Field(key="name", label="Part of the name"), *_PAGES),
        record_id="",
        sample={"departments": [DEPARTMENT]},
        source=f"{SOURCE}, whose example has one object where a list is meant",
    ),
)

_TEAM = (
    Operation(
        key="team_members.create",
        title="Let somebody into the team",
        method="POST",
        path="/v1/team_members",
        kind=Kind.CREATE,
        inverse=removed_by("team_members.delete", "id", leaves="The invitation has been sent."),
        body_key="team_member",
        fields=_member_fields(required=True),
        result="team_member",
        reaches_people=True,
        proof=Proof(
            kind=ProofKind.NONE,
            target="email",
            source="there is no list of team members to look in (official OpenAPI)",
        ),
        sample={"team_member": MEMBER},
        source=f"{SOURCE}; it makes a login",
    ),
    Operation(
        key="team_members.get",
        title="Read a team member",
        method="GET",
        path="/v1/team_members/{id}",
        kind=Kind.READ,
        fields=(path_id("Team member id"),),
        result="team_member",
        sample={"team_member": MEMBER},
        source=SOURCE,
    ),
    Operation(
        key="team_members.update",
        title="Change a team member",
        method="PUT",
        path="/v1/team_members/{id}",
        kind=Kind.UPDATE,
        body_key="team_member",
        fields=(path_id("Team member id"), *_member_fields(required=False)),
        result="team_member",
        proof=put(),
        sample={"team_member": MEMBER},
        source=f"{SOURCE}; permissions that are left out are taken away",
    ),
    Operation(
        key="team_members.delete",
        title="Put a team member out",
        method="DELETE",
        path="/v1/team_members/{id}",
        kind=Kind.DELETE,
        fields=(path_id("Team member id"),),
        result="team_member",
        proof=gone(),
        sample={"team_member": MEMBER},
        source=SOURCE,
    ),
)

_ATTRIBUTES = (
    Operation(
        key="attribute_keys.create",
        title="Make an attribute key",
        method="POST",
        path="/v1/attribute_keys",
        kind=Kind.CREATE,
        body_key="attribute_key",
        fields=(
            Field(key="name", label="Name", required=True),
            Field(
                key="kind",
                label="Kind",
                choices=tuple((word, word) for word in ("text", "date", "email", "image")),
                default="text",
            ),
        ),
        result="attribute_key",
        proof=by_name(
            "attribute_keys.search", "attribute_keys", "certificates name attributes, so names are unique"
        ),
        sample={"attribute_key": ATTRIBUTE},
        source=SOURCE,
    ),
    Operation(
        key="attribute_keys.search",
        title="Search attribute keys",
        method="POST",
        path="/v1/attribute_keys/search",
        kind=Kind.READ,
        fields=(Field(key="name", label="Part of the name"), *_PAGES),
        record_id="",
        sample={"attribute_keys": [ATTRIBUTE]},
        source=SOURCE,
    ),
)

OPERATIONS = (*_GROUPS, *_DEPARTMENTS, *_TEAM, *_ATTRIBUTES)
