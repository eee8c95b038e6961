"""A simulated Accredible: an issuer, groups, certificates, with the several shapes of its errors."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.accredible import actions, evidence, groups, issuing, keys, search, seed, team
from integrations.sandbox.accredible.calls import Answered, Call
from integrations.sandbox.accredible.certificates import CERTIFICATES, GROUPS, ISSUER
from integrations.sandbox.accredible.refusals import Refusal
from integrations.sandbox.simulation import Simulation, tables
from integrations.sandbox.transaction import Tx

SETTINGS = (
    Field(
        key="region",
        label="Region of the account",
        choices=(("us", "United States"), ("eu", "Europe")),
        default="us",
    ),
    Field(key="rate_limit", label="Calls in five minutes", type=FieldType.INTEGER, default=keys.LIMIT),
    Field(
        key="search_lag_s",
        label="Seconds that the search lags behind",
        type=FieldType.INTEGER,
        default=0,
    ),
    Field(
        key="custom_attributes",
        label="Custom attributes in an update",
        choices=(("replace", "replace those before"), ("merge", "are added to them")),
        default="replace",
        help="What Accredible does is not known; this goes for data of your own too.",
    ),
    Field(
        key="unknown_attributes",
        label="Attributes without an attribute key",
        choices=(("accept", "are taken"), ("refuse", "are refused")),
        default="accept",
        help="The keys have to exist; what Accredible does where they do not is not known.",
    ),
    Field(
        key="evidence",
        label="An evidence item in an answer",
        choices=(("wrapped", "stands in evidence_item"), ("bare", "stands by itself")),
        default="wrapped",
        help="Documented the one way, recorded the other.",
    ),
    Field(
        key="departments",
        label="A single department in a search",
        choices=(("list", "is a list of one"), ("object", "is an object")),
        default="list",
        help="The documented example shows an object.",
    ),
)
COLUMNS = {
    "Certificates": (
        CERTIFICATES,
        (
            "id",
            "recipient_name",
            "recipient_email",
            "name",
            "issued_on",
            "expired_on",
            "approve",
            "updated_at",
        ),
    ),
    "Groups": (GROUPS, ("id", "name", "course_name", "allow_duplicate_credentials", "meta_data")),
    "Team members": (team.MEMBERS, ("id", "name", "email", "department_permissions")),
    "Departments": (team.DEPARTMENTS, ("id", "name")),
    "Attribute keys": (team.ATTRIBUTES, ("id", "name", "kind")),
}


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    try:
        keys.admit(tx, request)
        with tx.savepoint():
            answer = _answer(tx, request)
    except Refusal as refusal:
        if isinstance(refusal.body, str):
            return httpx.Response(refusal.status, text=refusal.body)
        return httpx.Response(refusal.status, json=refusal.body)
    if isinstance(answer, Answered):
        return httpx.Response(answer.status, json=answer.body)
    return httpx.Response(200, json=answer)


def _answer(tx: Tx, request: httpx.Request) -> JsonObject | Answered:
    for method, path, handler in ROUTES:
        named = re.fullmatch(path, request.url.path)
        if named is not None and method == request.method:
            return handler(Call(tx, request, named.groups()))
    raise Refusal(404, {"error": "Not found"})


def _issuer(call: Call) -> JsonObject:
    return {"issuer": call.tx.get(ISSUER, "1")}


def _search(call: Call) -> JsonObject:
    return search.search(call.tx, call.body)


Handler = Callable[[Call], "JsonObject | Answered"]
ONE = r"([^/]+)"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/v1/issuer/details", _issuer),
    ("POST", "/v2/credentials/search", _search),
    ("POST", "/v2/credentials/bulk_create", issuing.issue_many),
    ("POST", f"/v1/credentials/generate_single_pdf/{ONE}", evidence.pdf),
    ("POST", f"/v1/credentials/analytics/{ONE}", evidence.events_of_one),
    ("POST", f"/v1/credentials/{ONE}/evidence_items", evidence.create_item),
    ("PUT", f"/v1/credentials/{ONE}/evidence_items/{ONE}", evidence.update_item),
    ("DELETE", f"/v1/credentials/{ONE}/evidence_items/{ONE}", evidence.delete_item),
    ("POST", "/v1/credentials", issuing.issue_one),
    ("GET", f"/v1/credentials/{ONE}", issuing.read),
    ("PUT", f"/v1/credentials/{ONE}", issuing.change),
    ("PATCH", f"/v1/credentials/{ONE}", issuing.change),
    ("DELETE", f"/v1/credentials/{ONE}", issuing.delete),
    ("POST", "/v1/sso/generate_link", evidence.login_link),
    ("GET", "/v1/analytics", evidence.events_of_all),
    ("POST", "/v1/issuer/groups", groups.create_group),
    ("POST", "/v1/issuer/groups/search", groups.search_groups),
    ("GET", f"/v1/issuer/groups/{ONE}", groups.get_group),
    ("PUT", f"/v1/issuer/groups/{ONE}", groups.update_group),
    ("DELETE", f"/v1/issuer/groups/{ONE}", groups.delete_group),
    ("POST", "/v1/team_members", team.create_member),
    ("GET", f"/v1/team_members/{ONE}", team.get_member),
    ("PUT", f"/v1/team_members/{ONE}", team.update_member),
    ("DELETE", f"/v1/team_members/{ONE}", team.delete_member),
    ("POST", "/v1/departments", team.create_department),
    ("POST", "/v1/departments/search", team.search_departments),
    ("GET", f"/v1/departments/{ONE}", team.get_department),
    ("POST", "/v1/attribute_keys", team.create_attribute),
    ("POST", "/v1/attribute_keys/search", team.search_attributes),
)

SIMULATION = Simulation(
    slug="accredible",
    title="Accredible",
    seed=seed.seed,
    handle=handle,
    new_credentials=seed.new_credentials,
    public_credentials=("api_key",),
    summary=lambda tx: tables(tx, COLUMNS),
    throttled=keys.throttled,
    revoke=keys.revoke,
    renews="new_api_key",
    actions=actions.ACTIONS,
    settings=SETTINGS,
    roomy={"rate_limit": 1_000_000},
)
