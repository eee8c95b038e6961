"""A simulated site with AccessAlly: WordPress's users, addresses of operations, and the hub's snippet."""

from __future__ import annotations

import json
import re

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.accessally import actions, bridge, door, operations, seed, users
from integrations.sandbox.accessally.operations import CONTACTS, OPERATIONS, RUNS, SITE_URL, TEAMS
from integrations.sandbox.accessally.records import OFFERINGS
from integrations.sandbox.accessally.refusals import Refusal, wrong
from integrations.sandbox.simulation import Simulation, tables
from integrations.sandbox.transaction import Tx

SETTINGS = (
    Field(
        key="rest_api",
        label="REST API",
        choices=(
            ("open", "open, as WordPress comes"),
            ("members", "closed to visitors by a security plugin"),
            ("off", "switched off by a security plugin"),
            ("page", "not there: permalinks are plain"),
        ),
        default="open",
    ),
    Field(
        key="application_passwords",
        label="Application passwords",
        choices=(("on", "on"), ("off", "switched off")),
        default="on",
    ),
    Field(key="rate_limit", label="Calls a minute", type=FieldType.INTEGER, default=door.RATE),
    Field(
        key="operation_style",
        label="Operations take their fields",
        choices=(("form", "as a form"), ("json", "as JSON")),
        default="form",
        help="What AccessAlly does is not known.",
    ),
    Field(key="operation_email", label="Operations' name for the e-mail", default="email"),
    Field(key="operation_contact", label="Operations' name for the contact", default="contact_id"),
    Field(
        key="unknown_contact",
        label="An operation for a contact who is not known",
        choices=(("success", "is answered with success"), ("refuse", "is refused")),
        default="success",
        help="What AccessAlly does is not known.",
    ),
)
COLUMNS = {
    "Offerings": (OFFERINGS, ("offering_id", "calendar_name", "time_zone", "color", "reminders", "team_id")),
    "Teams": (TEAMS, ("team_id", "name", "slug", "status", "leader_email", "member_emails", "size")),
    "Custom operations": (OPERATIONS, ("name", "url")),
    "Operations run": (RUNS, ("operation", "contact")),
    "People": (door.USERS, ("id", "username", "email", "first_name", "last_name", "roles")),
    "Contacts in the CRM": (CONTACTS, ("id", "email", "first_name", "last_name", "tags", "offerings")),
}
API = "/wp-json"


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    try:
        door.count(tx)
        with tx.savepoint():
            return _answer(tx, request)
    except Refusal as refusal:
        if isinstance(refusal.body, str):
            return httpx.Response(refusal.status, html=refusal.body)
        return httpx.Response(refusal.status, json=refusal.body)


def _answer(tx: Tx, request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path == API or path.startswith(f"{API}/"):
        user = door.admit(tx, request)
        return _rest(tx, request, user, path.removeprefix(API).rstrip("/"))
    if key := request.url.params.get("aal_operation"):
        return operations.run(tx, key, request)
    if request.url.params.get("wpf_action") in ("update_tags", "update", "add"):
        return operations.fusion(tx, request)
    raise Refusal(200 if path == "/" else 404, door.PAGE)


def _rest(tx: Tx, request: httpx.Request, user: JsonObject | None, path: str) -> httpx.Response:
    named = re.fullmatch(r"/wp/v2/users/(\d+)", path)
    match request.method, path:
        case "GET", "":
            return httpx.Response(200, json=_index(tx))
        case "GET", "/wp/v2/users/me":
            return users.me(tx, user, request)
        case "GET", "/wp/v2/users":
            return users.listed(tx, user, request)
        case "POST", "/wp/v2/users":
            return users.create(tx, user, _body(request))
        case "GET", _ if named:
            return users.one(tx, user, request, named[1])
        case (("POST" | "PUT" | "PATCH"), _) if named:
            return users.update(tx, user, named[1], _body(request))
    raise wrong(404, "rest_no_route", "No route was found matching the URL and request method.")


def _index(tx: Tx) -> JsonObject:
    on = tx.setting("application_passwords", "on") == "on"
    authorize = {"endpoints": {"authorization": f"{SITE_URL}/wp-admin/authorize-application.php"}}
    return {
        "name": "Harbour Academy",
        "description": "Courses and evenings.",
        "url": SITE_URL,
        "home": SITE_URL,
        "gmt_offset": "-5",
        "timezone_string": "America/New_York",
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {"application-passwords": authorize} if on else [],
        "routes": {},
    }


def _body(request: httpx.Request) -> JsonObject:
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        raise wrong(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return body if isinstance(body, dict) else {}


SIMULATION = Simulation(
    slug="accessally",
    title="AccessAlly",
    seed=seed.seed,
    handle=handle,
    new_credentials=seed.new_credentials,
    public_credentials=("wp_username", "application_password", "access_key"),
    summary=lambda tx: tables(tx, COLUMNS),
    throttled=lambda tx, request: httpx.Response(429, html="<h1>429 Too Many Requests</h1>"),
    revoke=door.revoke,
    renews="new_application_password",
    actions=actions.ACTIONS,
    settings=SETTINGS,
    roomy={"rate_limit": 1_000_000},
    sign=lambda tx, body: {},
    sign_to=bridge.sign_to,
    retries=0,
)
