"""The accounts the hub may use: the list, adding one, and everything about one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from integrations import catalog
from integrations.engine.errors import HubError
from integrations.engine.spec import Auth, Connector
from integrations.forms.connections import ConnectionForm, SecretsForm, SettingsForm
from integrations.models import ApiCall, Connection, Environment, Role, Team
from integrations.services import connect, consent, overview, scopes, verification
from integrations.services.accounts import connector_of
from integrations.views.access import TeamRequest, changes, team_required, told


def own(request: TeamRequest, pk: int) -> Connection:
    found: Connection = get_object_or_404(Connection.objects.of(request.team), pk=pk)
    return found


@team_required()
def connection_list(request: TeamRequest) -> HttpResponse:
    rows = [(row, connector_of(row)) for row in Connection.objects.of(request.team)]
    return render(request, "hub/connection_list.html", {"title": "Connections", "rows": rows})


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
        secrets, given = connect.sandbox_secrets(app.slug, way.key)
    connection = connect.add(
        request.team,
        app.slug,
        name=form.cleaned_data["name"],
        environment=environment,
        auth=way.key,
        settings_=given,
        secrets=secrets,
        actor=request.user,
    )
    if way.oauth2 is None:
        say(request, verification.verify(connection, actor=request.user))
    return connection


def _free_name(team: Team, app: Connector, environment: str) -> str:
    name = f"{app.title} {'sandbox' if environment == Environment.SANDBOX else ''}".strip()
    taken = set(Connection.objects.of(team).values_list("name", flat=True))
    return next(n for n in (name, *(f"{name} {i}" for i in range(2, 1000))) if n not in taken)


def say(request: TeamRequest, verified: verification.Verified) -> None:
    (messages.success if verified.ok else messages.error)(request, verified.sentence)


@team_required()
def connection_detail(request: TeamRequest, pk: int) -> HttpResponse:
    return detail_page(request, own(request, pk))


def detail_page(
    request: TeamRequest,
    connection: Connection,
    *,
    secrets_form: SecretsForm | None = None,
    settings_form: SettingsForm | None = None,
) -> HttpResponse:
    """The page; a form that was refused is given back as it was typed."""
    app, way = connector_of(connection), _way(connection)
    known = {field.key for field in app.settings}
    asked = scopes.wanted(connection)
    context = {
        "title": connection.name,
        "connection": connection,
        "app": app,
        "way": way,
        "facts": [(f.title, connection.settings.get(f.key)) for f in app.settings],
        "learned": [(k.replace("_", " "), v) for k, v in connection.settings.items() if k not in known],
        "asked": asked,
        "lacking": sorted(set(asked) - set(connection.scopes)) if connection.scopes else [],
        "surplus": scopes.surplus(connection),
        "quota": overview.quota_of(connection),
        "used_by": connect.used_by(connection),
        "calls": ApiCall.objects.of(request.team).filter(connection=connection).order_by("-id")[:10],
        "secrets_form": secrets_form or (SecretsForm(None, way=way) if _has_keys(connection, way) else None),
        "settings_form": settings_form or SettingsForm(None, app=app, known=connection.settings),
        "opened": "keys" if secrets_form else "settings" if settings_form else "",
        "callback": consent.redirect_uri(connection.connector) if way.oauth2 else "",
    }
    return render(request, "hub/connection_detail.html", context)


def _way(connection: Connection) -> Auth:
    return connector_of(connection).auth(connection.auth)


def _has_keys(connection: Connection, way: Auth) -> bool:
    """In the sandbox an OAuth app's id and secret are the simulation's own."""
    return bool(way.secrets) and not (way.oauth2 and connection.environment == Environment.SANDBOX)


@changes
def connection_verify(request: TeamRequest, pk: int) -> HttpResponse:
    say(request, verification.verify(own(request, pk), actor=request.user))
    return redirect("connection-detail", pk=pk)


@changes
def connection_keys(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    form = SecretsForm(request.POST, way=_way(connection))
    if form.is_valid():
        try:
            say(request, connect.replace_secrets(connection, form.secrets, actor=request.user))
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("connection-detail", pk=pk)
    return detail_page(request, connection, secrets_form=form)


@changes
def connection_renew(request: TeamRequest, pk: int) -> HttpResponse:
    """In the sandbox nobody types keys: the simulated app's present ones are put in."""
    connection = own(request, pk)
    with told(request):
        secrets, _ = connect.sandbox_secrets(connection.connector, connection.auth)
        say(request, connect.replace_secrets(connection, secrets, actor=request.user))
    return redirect("connection-detail", pk=pk)


@changes
def connection_settings(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    form = SettingsForm(request.POST, app=connector_of(connection), known=connection.settings)
    if not form.is_valid():
        return detail_page(request, connection, settings_form=form)
    connect.change_settings(connection, form.values)
    messages.success(request, "Saved. Verify the connection to see that it still works.")
    return redirect("connection-detail", pk=pk)


@team_required(Role.OPERATOR)
def connection_disconnect(request: TeamRequest, pk: int) -> HttpResponse:
    connection = own(request, pk)
    if request.method == "POST":
        connect.disconnect(connection, actor=request.user)
        messages.success(request, f"{connection.name} is disconnected; its keys and tokens are forgotten.")
        return redirect("connection-detail", pk=pk)
    context = {
        "title": f"Disconnect {connection.name}?",
        "connection": connection,
        "used_by": connect.used_by(connection),
    }
    return render(request, "hub/connection_disconnect.html", context)
