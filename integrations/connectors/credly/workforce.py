"""Employees: Credly's product for employers, which an organization has or has not
(api.credly.com/docs/workforce)."""

from __future__ import annotations

from typing import Any

from integrations.connectors.credly.paging import pages
from integrations.connectors.credly.rows import PAGE
from integrations.engine.paginate import Asked, collect
from integrations.engine.spec import (
    Attempt,
    Course,
    Field,
    FieldType,
    JsonObject,
    Kind,
    Operation,
    Place,
    Procedure,
    Proof,
    ProofKind,
    Situation,
    Write,
)
from integrations.engine.undo import removed_by

SOURCE = "api.credly.com/docs/workforce; riipen/credly-ruby 93186e7"
ROOT = "/v1/organizations/{organization_id}/employees"
ORG = Field(
    key="organization_id", label="Organization", place=Place.PATH, required=True, fills="organization_id"
)
EMPLOYEE_ID = Field(key="employee_id", label="Employee id", place=Place.PATH, required=True)
EMAIL = Field(key="email", label="E-mail", type=FieldType.EMAIL, required=True)
DETAILS = (
    Field(key="first_name", label="First name"),
    Field(key="last_name", label="Last name"),
    Field(key="external_id", label="Your own id", help="The hub puts the GoHighLevel contact's id here."),
    Field(key="team", label="Team"),
    Field(key="department", label="Department"),
    Field(key="position_title", label="Position"),
)
EMPLOYEE: JsonObject = {
    "id": "0b1f7cf2-0000-4000-8000-000000000001",
    "email": "rosa@example.com",
    "first_name": "Rosa",
    "last_name": "Diaz",
    "external_id": "con0000000000000001",
    "team": "Harbour",
    "department": None,
    "position_title": None,
    "state": "created",
}


def find_employee(external_id: Any, email: Any) -> Asked:
    """By our own id, else by e-mail. What the list can be narrowed by is not documented, so all of it is
    read."""
    rows = yield from collect(pages("employees.list", {}))
    for key, wanted in (("external_id", external_id), ("email", email)):
        for row in rows:
            if wanted and str(row.get(key) or "").lower() == str(wanted).lower():
                return row
    return None


def _find_created(attempt: Attempt) -> Asked:
    return (yield from find_employee(attempt.values.get("external_id"), attempt.values.get("email")))


def upsert(values: Any, situation: Situation) -> Course:
    """Change the employee of this id or e-mail, or make one. A field that is empty is left as it is."""
    given = {key: value for key, value in values.items() if value not in (None, "")}
    known = yield from find_employee(given.get("external_id"), given.get("email"))
    if known is None:
        made = yield Write("employees.create", given)
        return made.value
    if all(str(known.get(key) or "").lower() == str(value).lower() for key, value in given.items()):
        return known
    changed = yield Write("employees.update", {"employee_id": known["id"], **given})
    return changed.value


UPSERT = Procedure(
    key="upsert_employee",
    title="Change an employee, or make one",
    run=upsert,
    fields=(EMAIL, *DETAILS),
    operations=("employees.list", "employees.create", "employees.update"),
    calls=2,
    writes=True,
    sample=EMPLOYEE,
)

EMPLOYEE_OPERATIONS = (
    Operation(
        key="employees.list",
        title="List employees",
        method="GET",
        path=ROOT,
        kind=Kind.READ,
        fields=(ORG, Field(key="page", label="Page", type=FieldType.INTEGER, place=Place.QUERY)),
        record_id="",
        sample={"data": [EMPLOYEE], "metadata": PAGE},
        source=SOURCE,
    ),
    Operation(
        key="employees.create",
        title="Add an employee",
        method="POST",
        path=ROOT,
        kind=Kind.CREATE,
        inverse=removed_by("employees.delete", "employee_id"),
        fields=(ORG, EMAIL, *DETAILS),
        result="data",
        success=(201, 200),
        proof=Proof(
            kind=ProofKind.NATURAL_KEY,
            target="external_id || email",
            look_up=_find_created,
            operations=("employees.list",),
            visible_after_s=15.0,
            source="there is one employee of an external id and of an e-mail",
        ),
        sample={"data": EMPLOYEE, "metadata": {}},
        source=SOURCE,
    ),
    Operation(
        key="employees.update",
        title="Change an employee",
        method="PUT",
        path=f"{ROOT}/{{employee_id}}",
        kind=Kind.UPDATE,
        fields=(ORG, EMPLOYEE_ID, Field(key="email", label="E-mail", type=FieldType.EMAIL), *DETAILS),
        result="data",
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="employee_id", source="the same values are put"),
        sample={"data": EMPLOYEE, "metadata": {}},
        source=SOURCE,
    ),
    Operation(
        key="employees.delete",
        title="Remove an employee",
        method="DELETE",
        path=f"{ROOT}/{{employee_id}}",
        kind=Kind.DELETE,
        fields=(ORG, EMPLOYEE_ID),
        record_id="",
        success=(204, 200),
        proof=Proof(kind=ProofKind.IDEMPOTENT, target="employee_id", source="what is gone cannot go again"),
        sample={},
        source=SOURCE,
    ),
    Operation(
        key="employees.invite",
        title="Send invitations to employees",
        method="POST",
        path=f"{ROOT}/send_invitations",
        kind=Kind.CREATE,
        fields=(
            ORG,
            Field(
                key="employee_ids",
                label="Employees",
                type=FieldType.LIST,
                help="Ids; how the call names them is not documented beyond its existence.",
            ),
        ),
        record_id="",
        success=(200, 201, 204),
        reaches_people=True,
        proof=Proof(kind=ProofKind.NONE, source="a second call sends a second e-mail"),
        sample={"data": [], "metadata": {}},
        source=SOURCE,
    ),
)
