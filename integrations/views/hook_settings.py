"""A connection's own webhook address: the light, the secrets, registering it, trying it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError
from integrations.models import Connection
from integrations.services import doors, inbox, registering, selftests
from integrations.services.registering import Registered
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.connection_page import detail_page
from integrations.views.connections import own


def _with_own_address(request: TeamRequest, pk: int) -> Connection:
    connection = own(request, pk)
    if not connection.hook_key:
        raise Http404
    return connection


@team_required()
def connection_light(request: TeamRequest, pk: int) -> HttpResponse:
    """Whether anything has come in yet; asked every few seconds as long as nothing has."""
    connection = _with_own_address(request, pk)
    return render(request, "hub/_hook_light.html", {"connection": connection, "inbox": inbox.of(connection)})


@changes
def connection_hook_secret(request: TeamRequest, pk: int) -> HttpResponse:
    """New secrets, shown on this page and never again."""
    connection = _with_own_address(request, pk)
    try:
        made = doors.rotate(connection, datetime.now(UTC), actor=request.user)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("connection-detail", pk=pk)
    return detail_page(request, own(request, pk), made=made)


@changes
def connection_hook_move(request: TeamRequest, pk: int) -> HttpResponse:
    connection = _with_own_address(request, pk)
    with told(request):
        doors.move(connection, actor=request.user)
        messages.success(request, "There is a new address; what is sent to the old one is refused now.")
        if said := registering.after_verify(connection, actor=request.user):
            _say(request, said)
    return redirect("connection-detail", pk=pk)


@changes
def connection_hook_register(request: TeamRequest, pk: int) -> HttpResponse:
    _say(request, registering.register(_with_own_address(request, pk), actor=request.user))
    return redirect("connection-detail", pk=pk)


@changes
def connection_hook_test(request: TeamRequest, pk: int) -> HttpResponse:
    _say(request, registering.test(_with_own_address(request, pk)))
    return redirect("connection-detail", pk=pk)


@changes
def connection_hook_selftest(request: TeamRequest, pk: int) -> HttpResponse:
    """Whatever address it is: one of its own, or the one that all accounts of the app share."""
    with told(request):
        row = selftests.run(own(request, pk), datetime.now(UTC))
        _say(request, Registered(row.ok, row.sentence))
    return redirect("connection-detail", pk=pk)


def _say(request: TeamRequest, said: Registered) -> None:
    (messages.success if said.ok else messages.error)(request, said.sentence)
