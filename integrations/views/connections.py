"""The accounts the hub may use: the list, adding one, and everything about one."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import catalog
from integrations.engine.errors import HubError
from integrations.engine.spec import Connector
from integrations.forms.connections import ConnectionForm, SecretsForm
from integrations.models import Connection, Environment, Role, Team
from integrations.services import (
    connect,
    consent,
    registering,
    renewing,
    twins,
    verification,
)
from integrations.services.accounts import connector_of
from integrations.services.exchange import exchange_of, kind_of, narrow_of
from integrations.views.access import TeamRequest, changes, team_required, told
from integrations.views.connection_page import detail_page, family, settings_form_of, way_of

SHOWN_UNDER = 12


def own(request: TeamRequest, pk: int) -> Connection:
    found: Connection = get_object_or_404(Connection.objects.of(request.team), pk=pk)
    return found


@team_required()
def connection_list(request: TeamRequest) -> HttpResponse:
    """Each by itself, but an agency together with what stands under it."""
    rows = Connection.objects.of(request.team).select_related("parent")
    under: dict[int, list[Connection]] = defaultdict(list)
    for row in rows:
        under[row.parent_id or 0].append(row)
    groups = [
        {
            "wide": wide,
            "app": connector_of(wide),
            "rows": [(row, connector_of(row)) for row in under[wide.pk][:SHOWN_UNDER]],
            "more": max(0, len(under[wide.pk]) - SHOWN_UNDER),
            "kind": kind_of(wide),
            "label": f"Choose {narrow_of(wide).plural}",
        }
        for wide in under[0]
        if exchange_of(wide) or under[wide.pk]
    ]
    grouped = [group["wide"] for group in groups]
    alone = [(row, connector_of(row)) for row in under[0] if row not in grouped]
    context = {"title": "Connections", "rows": alone, "groups": groups, "any": bool(rows)}
    return render(request, "hub/connection_list.html", context)


@team_required(Role.OPERATOR)
def connection_apps(request: TeamRequest) -> HttpResponse:
    """Which app, which way to sign in, sandbox or production."""
    context = {
        "title": "Add a connection",
        "apps": catalog.CONNECTORS.values(),
        "sandbox": settings.HUB_SANDBOX_ENABLED,
        "simulated": set(connect.simulated()) if settings.HUB_SANDBOX_ENABLED else set(),
    }
    return render(request, "hub/connection_apps.html", context)


@team_required(Role.OPERATOR)
def connection_add(request: TeamRequest, connector: str, auth: str, environment: str) -> HttpResponse:
    try:
        app = catalog.connector(connector)
        way = app.auth(auth)
    except HubError as error:
        messages.error(request, error.sentence)
        return redirect("connection-apps")
    form = ConnectionForm(
        request.POST or None,
        app=app,
        way=way,
        environment=environment,
        name=_free_name(request.team, app, environment),
        registered=way.oauth2 is not None and connector in settings.HUB_OAUTH_APPS,
    )
    if request.method == "POST" and form.is_valid():
        try:
            connection = _add(request, form, environment)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("connection-detail", pk=connection.pk)
    context = {
        "title": f"Connect {app.title}",
        "app": app,
        "way": way,
        "in_sandbox": environment == Environment.SANDBOX,
        "form": form,
        "callback": consent.redirect_uri(connector) if way.oauth2 else "",
    }
    return render(request, "hub/connection_add.html", context)


def _add(request: TeamRequest, form: ConnectionForm, environment: str) -> Connection:
    """Stored first, then tried: a key that is refused can be replaced on the connection's own page."""
    app, way = form.app, form.way
    secrets, given = form.secrets, form.settings_
    if environment == Environment.SANDBOX:
        secrets, known = connect.sandbox_secrets(app.slug, way.key)
        given = {**given, **known}
    connection = connect.add(
        request.team,
        app.slug,
        name=form.cleaned_data["name"],
        environment=environment,
        auth=way.key,
        settings_=given,
        secrets=secrets,
        read_only=form.cleaned_data["only_reads"],
        actor=request.user,
    )
    if way.oauth2 is None:
        _prove(request, connection)
    return connection


def _prove(request: TeamRequest, connection: Connection) -> None:
    """Whether it works; and if it does, its app is told where to send what live workflows listen to."""
    verified = verification.verify(connection, actor=request.user)
    say(request, verified)
    registered = registering.after_verify(connection, actor=request.user) if verified.ok else None
    if registered is not None:
        (messages.success if registered.ok else messages.warning)(request, registered.sentence)


def _free_name(team: Team, app: Connector, environment: str) -> str:
    name = f"{app.title} {'sandbox' if environment == Environment.SANDBOX else ''}".strip()
    taken = set(Connection.objects.of(team).values_list("name", flat=True))
    return next(n for n in (name, *(f"{name} {i}" for i in range(2, 1000))) if n not in taken)


def say(request: TeamRequest, verified: verification.Verified) -> None:
    (messages.success if verified.ok else messages.error)(request, verified.sentence)


@team_required()
def connection_detail(request: TeamRequest, pk: int) -> HttpResponse:
    return detail_page(request, own(request, pk))


@changes
def connection_verify(request: TeamRequest, pk: int) -> HttpResponse:
    _prove(request, own(request, pk))
    return redirect("connection-detail", pk=pk)


@changes
def connection_keys(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    form = SecretsForm(request.POST, way=way_of(connection))
    if form.is_valid():
        try:
            say(request, _replaced(request, connection, form.secrets, beside=form.beside))
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("connection-detail", pk=pk)
    return detail_page(request, connection, secrets_form=form)


def _replaced(
    request: TeamRequest, connection: Connection, secrets: dict[str, str], *, beside: bool
) -> verification.Verified:
    """The new key in place of the old one, or with the old one standing by."""
    rules = twins.rotation_of(connection)
    if beside and rules is not None:
        return twins.begin(connection, secrets.get(rules.key, ""), datetime.now(UTC), actor=request.user)
    return connect.replace_secrets(connection, secrets, actor=request.user)


@changes
def connection_renew(request: TeamRequest, pk: int) -> HttpResponse:
    """In the sandbox nobody types keys: the simulated app's present ones are put in."""
    connection = own(request, pk)
    with told(request):
        secrets, _ = connect.sandbox_secrets(connection.connector, connection.auth)
        say(request, _replaced(request, connection, secrets, beside="beside" in request.POST))
    return redirect("connection-detail", pk=pk)


@changes
def connection_renew_key(request: TeamRequest, pk: int) -> HttpResponse:
    """The app itself makes the next key."""
    with told(request):
        say(request, renewing.renew(own(request, pk), datetime.now(UTC), actor=request.user))
    return redirect("connection-detail", pk=pk)


@changes
def connection_twin(request: TeamRequest, pk: int) -> HttpResponse:
    """The key that stands by while another is tried in: back to it, or forgotten."""
    connection = own(request, pk)
    with told(request):
        if request.POST.get("do") == "back":
            say(request, twins.cancel(connection, actor=request.user))
        else:
            twins.finish(connection, actor=request.user)
            messages.success(request, "The old key is forgotten; only the new one is used from now on.")
    return redirect("connection-detail", pk=pk)


@changes
def connection_settings(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    form = settings_form_of(connection, request.POST)
    if not form.is_valid():
        return detail_page(request, connection, settings_form=form)
    try:
        connect.change_settings(connection, form.values, actor=request.user)
        connect.set_read_only(connection, form.cleaned_data["only_reads"], actor=request.user)
    except HubError as error:
        form.add_error(None, error.sentence)
        return detail_page(request, connection, settings_form=form)
    messages.success(request, "Saved. Verify the connection to see that it still works.")
    return redirect("connection-detail", pk=pk)


@team_required(Role.OPERATOR)
def connection_disconnect(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    if request.method == "POST":
        connect.disconnect(connection, actor=request.user, all_under="all_under" in request.POST)
        messages.success(request, f"{connection.name} is disconnected; its keys and tokens are forgotten.")
        return redirect("connection-detail", pk=pk)
    context = {
        "title": f"Disconnect {connection.name}?",
        "connection": connection,
        "used_by": connect.used_by(connection),
        "under": [(child, connect.used_by(child)) for child in connection.children.all()[:SHOWN_UNDER]],
        **family(connection),
    }
    return render(request, "hub/connection_disconnect.html", context)
