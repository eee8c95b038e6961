"""The front door of the simulated GHL: quota, route, Version, token, audience, scope, shape, handler; in
this order."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from integrations.connectors.ghl.overrides import CALLS
from integrations.sandbox.ghl import limits, oauth, tokens
from integrations.sandbox.ghl.answers import complete
from integrations.sandbox.ghl.bodies import body_of, query_of
from integrations.sandbox.ghl.calls import Answered, Call
from integrations.sandbox.ghl.declared import Contract, contract
from integrations.sandbox.ghl.handlers import HANDLERS
from integrations.sandbox.ghl.refusals import (
    Refusal,
    no_scope,
    not_found,
    not_public,
    unauthorized,
    wrong_class,
)
from integrations.sandbox.ghl.routes import Routes
from integrations.sandbox.transaction import Tx

# Any published date version is taken on an established path (measured); v3 is another contract.
VERSIONS = ("2021-04-15", "2021-07-28", "2023-02-21")

ROUTES = Routes(contract(key) for key in CALLS)


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    if request.url.path in oauth.CONSENT_PATHS:
        return oauth.consent(tx, request)
    token = tokens.find(tx, _bearer(request))
    budget = _budget(token)
    if budget and not limits.spend(tx, budget):
        return throttled(tx, request)
    try:
        with tx.savepoint():
            answered = _answer(tx, request, token)
    except Refusal as refusal:
        answered = Answered(refusal.status, refusal.body)
    return reply(tx, budget, answered)


def reply(tx: Tx, budget: str, answered: Answered) -> httpx.Response:
    headers = limits.headers(tx, budget)
    if answered.content_type != "application/json":
        headers["Content-Type"] = answered.content_type
        return httpx.Response(answered.status, content=answered.body, headers=headers)
    body = answered.body
    if isinstance(body, dict):
        body = {**body, "traceId": str(uuid.uuid4())}
    return httpx.Response(answered.status, json=body, headers=headers)


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    """A 429. Only the status and the headers are known; the body is ours."""
    body = {"statusCode": 429, "message": "Too Many Requests"}
    return reply(tx, budget_of(tx, request), Answered(429, body))


def account_of(tx: Tx, request: httpx.Request) -> str:
    """The location a request speaks for."""
    if request.url.path == oauth.TOKEN_PATH:
        return oauth.location_of(tx, request)
    record = tokens.find(tx, _bearer(request))
    return tokens.owner_of(record) if record else ""


def budget_of(tx: Tx, request: httpx.Request) -> str:
    """Whose quota a request uses: app and location ("" for a request without a good token)."""
    return _budget(tokens.find(tx, _bearer(request)))


def _budget(token: Any) -> str:
    return f"{token['client_id']}:{token['location_id'] or token['company_id']}" if token else ""


def _answer(tx: Tx, request: httpx.Request, token: Any) -> Answered:
    if (request.method, request.url.path) == ("POST", oauth.TOKEN_PATH):
        return Answered(*oauth.token(tx, request))
    asked, path = _route(request)
    _check_version(asked, request)
    if token is None:
        raise unauthorized("Invalid token: access token is invalid")
    _check_token(asked, token)
    query = query_of(asked, request)
    body, files = body_of(asked, request)
    call = Call(tx=tx, contract=asked, token=token, path=path, query=query, body=body, files=files)
    made = HANDLERS[asked.key](call)
    if isinstance(made, Answered):
        return made
    return Answered(asked.success, complete(asked.key, made))


def _route(request: httpx.Request) -> tuple[Contract, dict[str, str]]:
    found = ROUTES.find(request.method, request.url.path)
    if found is not None:
        return found
    if request.method == "DELETE" and request.url.path.startswith("/calendars/events/appointments/"):
        # Measured: an appointment is deleted as an event; this form is not public.
        raise not_public()
    raise not_found(f"Cannot {request.method} {request.url.path}")


def _check_version(asked: Contract, request: httpx.Request) -> None:
    version = request.headers.get("Version")
    if version is None and not asked.versioned:
        return
    if version is None:
        raise Refusal(401, "version header was not found.")
    if version not in VERSIONS:
        raise Refusal(401, "version header is invalid")


def _check_token(asked: Contract, token: Any) -> None:
    if ("agency" if token["user_type"] == "Company" else "location") not in asked.audiences:
        raise wrong_class(token)
    if not asked.scopes <= tokens.scopes_of(token):
        raise no_scope()


def _bearer(request: httpx.Request) -> str:
    return tokens.bearer(request.headers.get("Authorization", ""))
