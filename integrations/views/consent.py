"""The way to an app's consent page and back.

The state is a random word, kept in the session: good once, for ten minutes, for one
connection and one person.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from integrations.engine.errors import HubError, WrongUse
from integrations.models import Connection, Role
from integrations.services import consent
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
        url = consent.consent_url(connection, state)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("connection-detail", pk=pk)
    pending = [*_pending(request).items()][-MOST + 1 :]
    note = {"connection": pk, "connector": connector, "user": request.user.pk, "at": time.time()}
    request.session[PENDING] = {**dict(pending), state: note}
    request.session[LAST] = {**request.session.get(LAST, {}), connector: pk}
    return HttpResponseRedirect(url)


@team_required(Role.OPERATOR)
def consent_callback(request: TeamRequest, connector: str) -> HttpResponse:
    """Always ends on a page of the hub with one sentence."""
    state = request.GET.get("state", "")
    pending = _pending(request)
    note = pending.pop(state, None)
    request.session[PENDING] = pending
    connection = _connection(request, connector, note)
    if connection is None:
        messages.error(request, "This sign-in was not started here; begin again from a connection.")
        return redirect("connection-list")
    try:
        # A state that is not known any more is refused inside, in the same words as a wrong one.
        verified = consent.finish_consent(
            connection, request.META["QUERY_STRING"], state if note else "", actor=request.user
        )
        say(request, verified)
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


def _connection(request: TeamRequest, connector: str, note: dict[str, Any] | None) -> Connection | None:
    """The one the state was made for; else the last one tried with this app, to say the sentence there."""
    pk = note["connection"] if note else request.session.get(LAST, {}).get(connector)
    found: Connection | None = Connection.objects.of(request.team).filter(pk=pk, connector=connector).first()
    return found
