"""The explorer: every operation of every app, tried by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from integrations import queue
from integrations.engine import proofs
from integrations.engine.errors import HubError, WrongUse
from integrations.engine.spec import Connector, Operation, Procedure
from integrations.forms.orders import AS_JSON, command_line, entries, texts_of
from integrations.forms.trees import tree_of
from integrations.models import Connection, Run, RunMode
from integrations.services import explore, orders, overview, picklists, planning, shelves
from integrations.services.accounts import connector_of
from integrations.services.explore import Sent
from integrations.services.orders import GuideWords, Order
from integrations.services.shown import shown_body
from integrations.views.access import TeamRequest, changes, team_required
from integrations.views.connections import own

HERE_S = 4.0
NEXT_S = 1.0
PATIENCE_S = 10.0
FEW = 8


@team_required()
def explorer(request: TeamRequest) -> HttpResponse:
    """Which account to look into."""
    rows = [(row, connector_of(row)) for row in Connection.objects.of(request.team)]
    return render(request, "hub/explorer.html", {"title": "Explorer", "rows": rows})


@team_required()
def explore_connection(request: TeamRequest, pk: int) -> HttpResponse:
    """Everything its app offers, or what was searched for."""
    connection = own(request, pk)
    query = request.GET.get("q", "")
    app = connector_of(connection)
    context = {
        "title": f"Explorer: {connection.name}",
        "connection": connection,
        "app": app,
        "query": query,
        "found": shelves.find(app, query),
    }
    piece = "hub/_explore_found.html" if request.headers.get("HX-Request") else "hub/explore_connection.html"
    return render(request, piece, context)


@team_required()
def explore_operation(request: TeamRequest, pk: int, key: str) -> HttpResponse:
    connection = own(request, pk)
    return render(
        request, "hub/explore_operation.html", _page(request, connection, _work(connection, key), {})
    )


@changes
def explore_try(request: TeamRequest, pk: int, key: str) -> HttpResponse:
    """The form as typed: shown as a request, asked about once more, or sent."""
    connection = own(request, pk)
    work = _work(connection, key)
    context = _answered(request, connection, work)
    if request.headers.get("HX-Request"):
        return render(request, "hub/_explore_answer.html", context)
    context = {**_page(request, connection, work, request.POST.dict()), **context}
    return render(request, "hub/explore_operation.html", context)


@changes
def explore_state(request: TeamRequest, run: int) -> HttpResponse:
    """Asked every second while a call is under way; where no worker answers, this request does the work."""
    rows = Run.objects.of(request.team).filter(mode=RunMode.CALL)
    found: Run = get_object_or_404(rows.select_related("event__connection", "version"), pk=run)
    sent = explore.sent_by(found) if overview.cluster_answers() else explore.follow(found, NEXT_S)
    return render(request, "hub/_explore_answer.html", _shown(sent))


def _work(connection: Connection, key: str) -> Operation | Procedure:
    try:
        return orders.work_named(connector_of(connection), key)
    except WrongUse:
        raise Http404 from None


def _page(
    request: TeamRequest, connection: Connection, work: Operation | Procedure, typed: Mapping[str, str]
) -> dict[str, Any]:
    app = connector_of(connection)
    unread = picklists.look(connection, work.fields) if request.may_operate else []
    asked = entries(work.fields, connection, typed)
    shown = max(FEW, sum(entry.needed for entry in asked))
    return {
        "title": work.title,
        "connection": connection,
        "app": app,
        "work": work,
        "is_call": isinstance(work, Operation),
        "scopes": _scopes(connection, _needed(app, work)),
        "proof": _proof(work),
        "first": asked[:shown],
        "rest": asked[shown:],
        "as_json": typed.get(AS_JSON, ""),
        "unread": unread,
        "command": command_line(connection.name, work.key, work.fields, {}),
    }


def _needed(app: Connector, work: Operation | Procedure) -> list[str]:
    keys = work.operations if isinstance(work, Procedure) else (work.key,)
    return sorted({scope for key in keys for scope in app.operation(key).needed_scopes})


def _scopes(connection: Connection, needed: list[str]) -> list[tuple[str, str]]:
    """(scope, "held", "missing" or "unknown"): an app's own key may not tell what it may do."""
    if not connection.scopes:
        return [(scope, "unknown") for scope in needed]
    return [(scope, "held" if scope in connection.scopes else "missing") for scope in needed]


def _proof(work: Operation | Procedure) -> str:
    """What keeps the write from happening twice, in words; "" for what only reads."""
    return "" if isinstance(work, Procedure) else proofs.said(work)


# --- trying -----------------------------------------------------------------------------------------


def _answered(request: TeamRequest, connection: Connection, work: Operation | Procedure) -> dict[str, Any]:
    """What the page says to what was typed, whatever comes of it."""
    texts, convert = texts_of(request.POST), bool(request.POST.get("convert"))
    beside: dict[str, Any] = {"connection": connection, "work": work}
    try:
        values = _json(request.POST.get(AS_JSON, ""))
        beside["command"] = command_line(
            connection.name, work.key, work.fields, texts, values, convert=convert
        )
        order = orders.order(connection, work.key, texts, values, convert=convert)
        return {**beside, **_done(request, order)}
    except GuideWords as error:
        return {**beside, "refused": error.sentence, "convertible": True, "chain": error.chain}
    except HubError as error:
        return {**beside, "refused": error.sentence}


def _done(request: TeamRequest, order: Order) -> dict[str, Any]:
    beside = {"order": order, "converted": bool(request.POST.get("convert"))}
    wish = request.POST.get("do", "dry")
    if wish == "dry":
        return {**beside, **_rehearsed(order)}
    if wish != "sure" and order.writes:
        return {**beside, "confirm": explore.asks_twice(order) or "This changes something in the account."}
    if explore.is_read(order):
        sent = explore.look(order, patience_s=PATIENCE_S)
    else:
        sent = explore.follow(explore.start(order, request.user), HERE_S)
        if sent.open:
            queue.wake()
    return {**beside, **_shown(sent)}


def _rehearsed(order: Order) -> dict[str, Any]:
    """The request, and for what writes what it would come to; its reads are made."""
    found: dict[str, Any] = {"dry": True}
    if order.operation is not None:
        prepared = explore.request_of(order)
        found |= {"prepared": prepared, "body": shown_body(prepared)}
    if order.writes or order.operation is None:
        plan = explore.plan(order)
        found |= {"plan": plan, "sentence": planning.sentence_of(plan)}
    return found


def _shown(sent: Sent) -> dict[str, Any]:
    return {"sent": sent, "tree": tree_of(sent.value)}


def _json(text: str) -> dict[str, Any]:
    """What was typed as JSON, for fields that no input stands for. Raises WrongUse."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongUse(f"“As JSON” holds no JSON{where}.") from None
    if not isinstance(found, dict):
        raise WrongUse('“As JSON” must be one object, {"field": value, …}.')
    return found
