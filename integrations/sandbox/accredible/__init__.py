"""A simulated Accredible: an issuer, groups, certificates, with the several shapes of its errors."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.accredible import actions, certificates, groups, keys, search, seed
from integrations.sandbox.accredible.certificates import CERTIFICATES, GROUPS, ISSUER
from integrations.sandbox.accredible.refusals import Refusal, invalid
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
        help="What Accredible does is not known.",
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
    "Groups": (GROUPS, ("id", "name", "course_name", "allow_duplicate_credentials")),
}


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    try:
        keys.admit(tx, request)
        with tx.savepoint():
            return httpx.Response(200, json=_answer(tx, request))
    except Refusal as refusal:
        if isinstance(refusal.body, str):
            return httpx.Response(refusal.status, text=refusal.body)
        return httpx.Response(refusal.status, json=refusal.body)


def _answer(tx: Tx, request: httpx.Request) -> JsonObject:
    match (request.method, request.url.path):
        case ("GET", "/v1/issuer/details"):
            return {"issuer": tx.get(ISSUER, "1")}
        case ("POST", "/v2/credentials/search"):
            return search.search(tx, _body(request))
        case ("POST", "/v1/issuer/groups/search"):
            return groups.search_groups(tx, _body(request))
        case ("POST", "/v1/credentials"):
            return {"credential": certificates.nested(certificates.issue(tx, _credential(request)))}
    named = re.fullmatch(r"/v1/credentials/([^/]+)", request.url.path)
    if named is None:
        raise Refusal(404, {"error": "Not found"})
    return {"credential": certificates.nested(_one(tx, request, named[1]))}


def _one(tx: Tx, request: httpx.Request, certificate_id: str) -> JsonObject:
    known = certificates.find(tx, certificate_id)
    match request.method:
        case "GET":
            return known
        case "PUT" | "PATCH":
            return certificates.change(tx, known, _credential(request))
        case "DELETE":
            tx.delete(CERTIFICATES, str(known["id"]))
            return known
    raise Refusal(404, {"error": "Not found"})


def _credential(request: httpx.Request) -> JsonObject:
    body = _body(request)
    given = body.get("credential") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise invalid(credential=["is missing"])
    if not isinstance(given.get("custom_attributes", {}), dict):
        raise invalid(custom_attributes=["is invalid"])
    return given


def _body(request: httpx.Request) -> Any:
    try:
        return json.loads(request.content or b"{}")
    except ValueError:
        raise Refusal(400, {"errors": "The body is not JSON."}) from None


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
    actions=actions.ACTIONS,
    settings=SETTINGS,
)
