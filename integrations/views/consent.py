"""The way to an app's consent page and back.

The state is a random word, kept in the session: good once, for ten minutes, for one
connection and one person.
"""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from integrations.engine.errors import HubError, WrongUse
from integrations.models import Connection, Role, Workflow
from integrations.services import consent, installs
from integrations.services.exchange import exchange_of
from integrations.views.access import TeamRequest, changes, team_required
from integrations.views.connections import own, say

LIFETIME_S = 600
PENDING = "consents"
LAST = "last_consent"
MOST = 5


@changes
def consent_start(request: TeamRequest, connector: str, pk: int) -> HttpResponse:
    connection = own(request, pk)
    state = secrets.token_urlsafe(32)
    try:
        if connection.connector != connector:
            raise WrongUse(f"{connection.name} belongs to another app.")
        url = consent.consent_url(connection, state, _also(request))
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("connection-detail", pk=pk)
    pending = [*_pending(request).items()][-MOST + 1 :]
    note = {"connection": pk, "connector": connector, "user": request.user.pk, "at": time.time()}
    request.session[PENDING] = {**dict(pending), state: note}
    request.session[LAST] = {**request.session.get(LAST, {}), connector: pk}
    return HttpResponseRedirect(url)


def _also(request: TeamRequest) -> list[Workflow]:
    """Drafts that the operator wants to be allowed for as well."""
    named = [int(pk) for pk in request.POST.getlist("also") if pk.isdecimal()]
    return list(Workflow.objects.of(request.team).filter(pk__in=named))


@team_required(Role.OPERATOR)
def consent_callback(request: TeamRequest, connector: str) -> HttpResponse:
    """Always ends on a page of the hub with one sentence."""
    query, pending = request.META["QUERY_STRING"], _pending(request)
    state = request.GET.get("state", "")
    if not state and settings.HUB_CONSENT_WITHOUT_STATE and (state := _only_one(pending, connector)):
        query = f"{query}&{urlencode({'state': state})}"
    note = pending.pop(state, None)
    request.session[PENDING] = pending
    connection = _connection(request, connector, note)
    if connection is None:
        messages.error(request, "This sign-in was not started here; begin again from a connection.")
        return redirect("connection-list")
    try:
        # A state that is not known any more is refused inside, in the same words as a wrong one.
        verified = consent.finish_consent(connection, query, state if note else "", actor=request.user)
        say(request, verified)
        if verified.ok and exchange_of(connection):
            installs.look_soon(connection)
            return redirect("account-list", pk=connection.pk)
    except HubError as error:
        messages.error(request, error.sentence)
    return redirect("connection-detail", pk=connection.pk)


def _pending(request: TeamRequest) -> dict[str, dict[str, Any]]:
    """What this person started and has not come back from, while it is fresh."""
    now = time.time()
    return {
        state: note
        for state, note in request.session.get(PENDING, {}).items()
        if note["user"] == request.user.pk and now - note["at"] < LIFETIME_S
    }


def _only_one(pending: dict[str, dict[str, Any]], connector: str) -> str:
    """For an app that does not give the state back: what this person has just begun, if that is one thing."""
    begun = [state for state, note in pending.items() if note["connector"] == connector]
    return begun[0] if len(begun) == 1 else ""


def _connection(request: TeamRequest, connector: str, note: dict[str, Any] | None) -> Connection | None:
    """The one the state was made for; else the last one tried with this app, to say the sentence there."""
    pk = note["connection"] if note else request.session.get(LAST, {}).get(connector)
    found: Connection | None = Connection.objects.of(request.team).filter(pk=pk, connector=connector).first()
    return found
