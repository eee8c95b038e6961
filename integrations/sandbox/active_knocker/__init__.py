"""A simulated Active Knocker: what customers' code knows of its API, and a bridge that speaks for it.

Nothing is documented. Paths and shapes are those of alma29v1/big-beautiful-server; what nobody knows is a
knob.
"""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from integrations.engine.spec import Field, FieldType
from integrations.sandbox.active_knocker import actions, keys, seed, telling, visits
from integrations.sandbox.active_knocker.refusals import Refusal, no
from integrations.sandbox.active_knocker.seed import REPS
from integrations.sandbox.active_knocker.telling import CATCH, RECEIVED, TEAMS
from integrations.sandbox.active_knocker.visits import STATUSES, TAGS, VISITS
from integrations.sandbox.simulation import Simulation, tables
from integrations.sandbox.transaction import Tx

UNKNOWN = "What Active Knocker does is not known."
SETTINGS = (
    Field(
        key="auth_style",
        label="Where the key is looked for",
        choices=tuple((style, style) for style in keys.STYLES),
        default="x-api-key",
        help=UNKNOWN,
    ),
    Field(key="auth_name", label="Name of the key in the address", default="api_key"),
    Field(
        key="bad_key",
        label="Answer to a bad key",
        choices=(("401", "Status 401"), ("object", "200 with status false"), ("page", "200 with a page")),
        default="401",
        help=UNKNOWN,
    ),
    Field(
        key="rate_limit",
        label="Calls a second (0: any number)",
        type=FieldType.INTEGER,
        default=keys.LIMIT,
        help=UNKNOWN,
    ),
    Field(
        key="create_style",
        label="How a visit may be made",
        choices=(("both", "JSON or parameters"), ("json", "JSON"), ("query", "parameters")),
        default="both",
    ),
    Field(
        key="create_answer",
        label="Answer to a visit made",
        choices=(("id", "{id}"), ("status", "{status, msg} without an id")),
        default="id",
    ),
    Field(
        key="shape",
        label="Where a visit's name and appointment are",
        choices=(("flat", "beside the rest"), ("nested", "in contact and appointment"), ("bare", "nowhere")),
        default="flat",
        help=UNKNOWN,
    ),
    Field(key="most_a_page", label="Visits a page, at most", type=FieldType.INTEGER, default=100),
    Field(
        key="pages",
        label="Pages",
        choices=(("advance", "go on"), ("repeat", "are always the first")),
        default="advance",
    ),
    Field(
        key="tags",
        label="Tags applied",
        choices=(("add", "are added to those there"), ("replace", "replace them")),
        default="add",
        help=UNKNOWN,
    ),
)
COLUMNS = {
    "Visits": (
        VISITS,
        ("id", "pin_id", "name", "phone", "appointment_date", "notes", "created_at", "tag_ids"),
    ),
    "Statuses": (STATUSES, ("id", "meaning")),
    "Tags": (TAGS, ("id", "tag_caption_name")),
    "Reps": (REPS, ("id", "name", "email", "busy")),
    "Teams": (TEAMS, ("team_id", "name", "slug", "active", "member_ids", "permissions")),
    "Events received": (RECEIVED, ("id", "type", "occurred_at", "data", "signed")),
}
ONE = re.compile(r"/knock-pin/(updateAddressDetail|applyTags)/([^/]+)")


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    try:
        if request.url.path.startswith(CATCH):
            return httpx.Response(200, json=telling.catch(tx, request))
        keys.admit(tx, request)
        with tx.savepoint():
            return httpx.Response(200, json=_answer(tx, request))
    except Refusal as refusal:
        if isinstance(refusal.body, str):
            return httpx.Response(refusal.status, html=refusal.body)
        return httpx.Response(refusal.status, json=refusal.body)


def _answer(tx: Tx, request: httpx.Request) -> Any:
    asked = request.url.params
    match (request.method, request.url.path):
        case ("GET", "/pins"):
            return tx.all(STATUSES)
        case ("GET", "/tags"):
            return tx.all(TAGS)
        case ("GET", "/knock-pins"):
            return visits.listed(tx, asked)
        case ("POST", "/knock-pin"):
            return visits.create(tx, request, _body(request))
    named = ONE.fullmatch(request.url.path)
    if named is None or request.method != "POST":
        raise Refusal(404, {"message": "Not Found"})
    work = visits.update_address if named[1] == "updateAddressDetail" else visits.apply_tags
    return work(tx, named[2], asked)


def _body(request: httpx.Request) -> Any:
    try:
        return json.loads(request.content or b"null")
    except ValueError:
        raise no("Invalid request") from None


SIMULATION = Simulation(
    slug="active_knocker",
    title="Active Knocker",
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
    sign=lambda tx, body: {},
    sign_to=telling.sign_to,
)
