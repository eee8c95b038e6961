"""A simulated Credly: an organization with badge templates, badges, events, employees and its token."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.credly import actions, badges, employees, events, keys, lists, seed
from integrations.sandbox.credly.badges import BADGES, TEMPLATES
from integrations.sandbox.credly.employees import EMPLOYEES
from integrations.sandbox.credly.events import EVENTS, ORGANIZATIONS
from integrations.sandbox.credly.refusals import Refusal, no, not_found
from integrations.sandbox.simulation import Simulation, own_credentials, tables
from integrations.sandbox.transaction import Tx

ROTATED = "rotate_answer"
SETTINGS = (
    Field(key="rate_limit", label="Calls in a minute (0: no limit)", type=FieldType.INTEGER, default=0),
    Field(
        key="other_organization",
        label="The organization of another token",
        choices=(("forbidden", "is forbidden (403)"), ("unseen", "is not there (404)")),
        default="forbidden",
        help="What Credly does is not known.",
    ),
    Field(
        key=ROTATED,
        label="A rotation answers with the new token",
        choices=(
            ("data.token", "in data.token"),
            ("data.authorization_token", "in data.authorization_token"),
            ("token", "in token"),
            ("none", "not at all"),
        ),
        default="data.token",
        help="What Credly answers is not known.",
    ),
    Field(key="page_host", label="Host of next_page_url", choices=lists.HOSTS, default=lists.HOSTS[0][0]),
    Field(
        key="data_services", label="The list of events is switched on", type=FieldType.BOOLEAN, default=True
    ),
    Field(key="state_events", label="A change of state has an event", type=FieldType.BOOLEAN, default=True),
    Field(
        key="bare_deletions",
        label="The event of a deleted template holds no template",
        type=FieldType.BOOLEAN,
        default=False,
    ),
    Field(
        key="revoked_counts",
        label="A revoked badge counts as a duplicate",
        type=FieldType.BOOLEAN,
        default=False,
        help="What Credly does is not known.",
    ),
    Field(key="workforce_enabled", label="Has the workforce product", type=FieldType.BOOLEAN, default=True),
)
COLUMNS = {
    "Badges": (
        BADGES,
        ("id", "issued_to", "recipient_email", "issuer_earner_id", "state", "issued_at", "replaces_badge_id"),
    ),
    "Badge templates": (TEMPLATES, ("id", "name", "state", "allow_duplicate_badges")),
    "Events": (EVENTS, ("id", "event_type", "occurred_at")),
    "Employees": (EMPLOYEES, ("id", "email", "first_name", "last_name", "external_id", "state")),
    "Organization": (ORGANIZATIONS, ("id", "name", "webhook_url")),
}


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    try:
        keys.admit(tx, request)
        with tx.savepoint():
            return _answer(tx, request, _path(tx, request))
    except Refusal as refusal:
        return httpx.Response(refusal.status, json=refusal.body)


def _path(tx: Tx, request: httpx.Request) -> tuple[str, ...]:
    """The parts of the path below the organization."""
    found = re.fullmatch(r"/v1/organizations/([^/]+)((?:/[^/]+)*)", request.url.path)
    if found is None:
        raise not_found()
    if found[1] != own_credentials(tx)["organization_id"]:
        raise keys.wrong_organization(tx)
    return tuple(found[2].split("/")[1:])


def _answer(tx: Tx, request: httpx.Request, path: tuple[str, ...]) -> httpx.Response:
    match (request.method, *path):
        case ("GET",):
            return _one(_organization(tx))
        case ("PUT",):
            return _one(_change_organization(tx, _body(request)))
        case ("POST", "authorization_tokens", "rotate"):
            return _rotated(tx)
        case (_, "badge_templates", *_):
            return _templates(tx, request, path)
        case (_, "badges" | "high_volume_issued_badge_search", *_):
            return _badges(tx, request, path)
        case ("GET", "events"):
            return httpx.Response(200, json=lists.page(tx, request, events.newest_first(tx)))
        case ("GET", "events", id):
            return _one(events.one(tx, id))
        case (_, "employees", *_):
            employees.served(tx)
            return _employees(tx, request, path)
    raise not_found()


def _templates(tx: Tx, request: httpx.Request, path: tuple[str, ...]) -> httpx.Response:
    match (request.method, *path):
        case ("GET", _):
            wanted = lists.filters(request, ("state", "name", "query", "public", "skills", "reporting_tags"))
            rows = [
                row
                for row in tx.all(TEMPLATES)
                if row["state"] in (wanted.get("state") or row["state"]).split(",")
                and all(
                    wanted[key].lower() in row["name"].lower() for key in ("name", "query") if key in wanted
                )
            ]
            return httpx.Response(
                200,
                json=lists.page(
                    tx, request, lists.in_order(request, rows, ("name", "created_at", "updated_at"), "name")
                ),
            )
        case ("GET", _, id):
            found = tx.get(TEMPLATES, id)
            if found is not None:
                return _one(found)
    raise not_found()


def _badges(tx: Tx, request: httpx.Request, path: tuple[str, ...]) -> httpx.Response:
    match (request.method, *path):
        case ("GET", "badges"):
            rows = badges.fitting(tx, lists.filters(request, badges.FILTERS))
            ordered = lists.in_order(request, rows, badges.SORTS, "-created_at")
            return httpx.Response(200, json=lists.page(tx, request, ordered))
        case ("GET", "high_volume_issued_badge_search"):
            rows = [badges.short(row) for row in badges.fitting(tx, lists.filters(request, badges.FILTERS))]
            return httpx.Response(200, json=lists.page(tx, request, rows, short=True))
        case ("POST", "badges"):
            return _one(badges.issue(tx, _body(request)), 201)
        case ("POST", "badges", "batch"):
            return httpx.Response(201, json={"data": badges.issue_many(tx, _body(request)), "metadata": {}})
        case ("PUT", "badges", id, "revoke"):
            return _one(badges.revoke(tx, id, _body(request)))
        case ("POST", "badges", id, "replace"):
            return _one(badges.replace(tx, id, _body(request)), 201)
        case ("DELETE", "badges", id):
            badges.remove(tx, id)
            return httpx.Response(204)
    raise not_found()


def _employees(tx: Tx, request: httpx.Request, path: tuple[str, ...]) -> httpx.Response:
    match (request.method, *path):
        case ("GET", _):
            return httpx.Response(200, json=lists.page(tx, request, tx.all(EMPLOYEES)))
        case ("POST", _):
            return _one(employees.create(tx, _body(request)), 201)
        case ("POST", _, "send_invitations"):
            return httpx.Response(200, json={"data": employees.invite(tx, _body(request)), "metadata": {}})
        case ("PUT", _, id):
            return _one(employees.update(tx, id, _body(request)))
        case ("DELETE", _, id):
            employees.remove(tx, id)
            return httpx.Response(204)
    raise not_found()


def _organization(tx: Tx) -> JsonObject:
    found = tx.get(ORGANIZATIONS, own_credentials(tx)["organization_id"])
    assert found is not None
    return {**found, "workforce_enabled": tx.setting("workforce_enabled", True)}


def _change_organization(tx: Tx, given: JsonObject) -> JsonObject:
    address = given.get("webhook_url")
    if address and not str(address).startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise no(422, "webhook_url must be an HTTPS address")
    now = {**_organization(tx), **given}
    tx.put(ORGANIZATIONS, now["id"], now)
    return now


def _rotated(tx: Tx) -> httpx.Response:
    token, shape = keys.rotate(tx), tx.setting(ROTATED, "data.token")
    bodies: dict[str, JsonObject] = {
        "data.token": {"data": {"token": token}, "metadata": {}},
        "data.authorization_token": {"data": {"authorization_token": token}, "metadata": {}},
        "token": {"token": token},
        "none": {"data": {"message": "ok"}, "metadata": {}},
    }
    return httpx.Response(200, json=bodies[shape])


def _one(record: JsonObject, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"data": record, "metadata": {}})


def _body(request: httpx.Request) -> Any:
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        raise no(400, "The body is not JSON") from None
    if not isinstance(body, dict):
        raise no(400, "The body must be an object")
    return body


SIMULATION = Simulation(
    slug="credly",
    title="Credly",
    seed=seed.seed,
    handle=handle,
    new_credentials=seed.new_credentials,
    public_credentials=("token", "organization_id"),
    summary=lambda tx: tables(tx, COLUMNS),
    throttled=keys.throttled,
    revoke=keys.revoke,
    renews="new_token",
    actions=actions.ACTIONS,
    settings=SETTINGS,
    sign=lambda tx, body: {"Content-Type": "application/json"},
)
