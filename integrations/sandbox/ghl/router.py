"""The front door of the simulated GHL: quota, route, Version, token, scope, shape, handler; in this order."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx

from integrations.sandbox.ghl import (
    appointments,
    calendars,
    contact_search,
    contacts,
    limits,
    locations,
    notifications,
    oauth,
    slots,
    tokens,
    users,
)
from integrations.sandbox.ghl.calls import Call, Route
from integrations.sandbox.ghl.checks import check_body, check_list, check_query
from integrations.sandbox.ghl.refusals import Refusal, bad_request, not_found, unauthorized
from integrations.sandbox.transaction import Tx

# Any published date version is taken on an established path (measured); v3 is another contract.
VERSIONS = ("2021-04-15", "2021-07-28", "2023-02-21")

# Fixed paths before paths with parameters: /calendars/events is not a calendar.
ROUTES: tuple[Route, ...] = tuple(
    sorted(
        (
            *appointments.ROUTES,
            *calendars.ROUTES,
            *contact_search.ROUTES,
            *contacts.ROUTES,
            *locations.ROUTES,
            *notifications.ROUTES,
            *slots.ROUTES,
            *users.ROUTES,
        ),
        key=lambda route: route.path.count("{"),
    )
)


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    if request.url.path in oauth.CONSENT_PATHS:
        return oauth.consent(tx, request)
    budget = budget_of(tx, request)
    if budget and not limits.spend(tx, budget):
        return throttled(tx, request)
    try:
        with tx.savepoint():
            status, body = _answer(tx, request)
    except Refusal as refusal:
        status, body = refusal.status, refusal.body
    return reply(tx, budget, status, body)


def reply(tx: Tx, budget: str, status: int, body: Any) -> httpx.Response:
    if isinstance(body, dict):
        body = {**body, "traceId": str(uuid.uuid4())}
    return httpx.Response(status, json=body, headers=limits.headers(tx, budget))


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    """A 429. Only the status and the headers are known; the body is ours."""
    return reply(tx, budget_of(tx, request), 429, {"statusCode": 429, "message": "Too Many Requests"})


def account_of(tx: Tx, request: httpx.Request) -> str:
    """The location a request speaks for."""
    if request.url.path == oauth.TOKEN_PATH:
        return oauth.location_of(tx, request)
    record = tokens.find(tx, _bearer(request))
    return str(record["location_id"]) if record else ""


def budget_of(tx: Tx, request: httpx.Request) -> str:
    """Whose quota a request uses: app and location ("" for a request without a good token)."""
    record = tokens.find(tx, _bearer(request))
    return f"{record['client_id']}:{record['location_id'] or record['company_id']}" if record else ""


def _answer(tx: Tx, request: httpx.Request) -> tuple[int, Any]:
    if (request.method, request.url.path) == ("POST", oauth.TOKEN_PATH):
        return oauth.token(tx, request)
    route, path = _route(request)
    _check_version(request)
    token = tokens.find(tx, _bearer(request))
    if token is None:
        raise unauthorized("Invalid token: access token is invalid")
    if route.scope not in tokens.scopes_of(token):
        raise unauthorized("The token is not authorized for this scope.")
    call = Call(
        tx=tx,
        token=token,
        path=path,
        query=check_query(route.query or {}, _query(request)),
        body=_body(route, request),
    )
    return route.success, route.run(call)


def _route(request: httpx.Request) -> tuple[Route, Any]:
    for route in ROUTES:
        path = route.match(request.method, request.url.path)
        if path is not None:
            return route, path
    if request.method == "DELETE" and request.url.path.startswith("/calendars/events/appointments/"):
        # Measured: an appointment is deleted as an event; this form is not public.
        raise unauthorized(
            "This route is not yet supported by the IAM Service. Please update your IAM config."
        )
    raise not_found(f"Cannot {request.method} {request.url.path}")


def _check_version(request: httpx.Request) -> None:
    version = request.headers.get("Version")
    if version is None:
        raise Refusal(401, "version header was not found.")
    if version not in VERSIONS:
        raise Refusal(401, "version header is invalid")


def _query(request: httpx.Request) -> dict[str, list[str]]:
    params = request.url.params
    return {name: params.get_list(name) for name in params}


def _body(route: Route, request: httpx.Request) -> Any:
    if route.body is None:
        return {}
    try:
        given: Any = json.loads(request.content or b"{}")
    except ValueError:
        raise bad_request("Unexpected token in JSON") from None
    return check_list(route.body, given) if route.body_list else check_body(route.body, given)


def _bearer(request: httpx.Request) -> str:
    return tokens.bearer(request.headers.get("Authorization", ""))
