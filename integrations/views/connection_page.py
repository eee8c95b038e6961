"""Everything about one connection, as its page shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from integrations.engine.spec import Auth, Connector, Field
from integrations.forms.connections import SecretsForm, SettingsForm
from integrations.models import ApiCall, Connection, Environment
from integrations.services import connect, consent, inbox, privileges, quotas, sub_accounts, twins
from integrations.services.accounts import connector_of
from integrations.services.exchange import exchange_of, narrow_of
from integrations.views.access import TeamRequest


def detail_page(
    request: TeamRequest,
    connection: Connection,
    *,
    secrets_form: SecretsForm | None = None,
    settings_form: SettingsForm | None = None,
) -> HttpResponse:
    """The page; a form that was refused is given back as it was typed."""
    app, way = connector_of(connection), way_of(connection)
    fields = connect.open_fields(connection)
    known = {field.key for field in connect.fields_of(app, way)}
    by_consent = way.oauth2 is not None and connection.parent is None
    context = {
        "title": connection.name,
        "connection": connection,
        "app": app,
        "way": way,
        "facts": _facts(connection, app, way),
        "learned": [(k.replace("_", " "), v) for k, v in connection.settings.items() if k not in known],
        "by_consent": by_consent,
        "scope_lines": privileges.lines(connection),
        "waiting_drafts": privileges.waiting_drafts(connection),
        "quota": quotas.picture(connection),
        "inbox": inbox.of(connection),
        "used_by": connect.used_by(connection),
        "calls": ApiCall.objects.of(request.team).filter(connection=connection).order_by("-id")[:10],
        "secrets_form": secrets_form or (SecretsForm(None, way=way) if _has_keys(connection, way) else None),
        "settings_form": settings_form or SettingsForm(None, fields=fields, known=connection.settings),
        "opened": "keys" if secrets_form else "settings" if settings_form else "",
        "callback": consent.redirect_uri(connection.connector) if by_consent else "",
        "age": twins.age_of(connection, datetime.now(UTC)),
        **family(connection),
    }
    return render(request, "hub/connection_detail.html", context)


def family(connection: Connection) -> dict[str, Any]:
    """What stands above it, or under it."""
    if exchange_of(connection) is None:
        return {"parent": connection.parent}
    return {
        "narrow": narrow_of(connection),
        "progress": sub_accounts.progress(connection),
        "children": connection.children.count(),
        "first_end": sub_accounts.first_end(connection),
    }


def _facts(connection: Connection, app: Connector, way: Auth) -> list[tuple[str, Any]]:
    """The account's settings in words. Those of one way to sign in only where they are set."""
    fields = [*app.settings, *(f for f in way.settings if connection.settings.get(f.key) not in (None, ""))]
    known = connection.settings
    return [(field.title, _shown(field, known.get(field.key, field.default))) for field in fields]


def _shown(field: Field, value: Any) -> Any:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return dict(field.choices).get(str(value), value)


def way_of(connection: Connection) -> Auth:
    return connector_of(connection).auth(connection.auth)


def _has_keys(connection: Connection, way: Auth) -> bool:
    """In the sandbox an OAuth app's id and secret are the simulation's own."""
    return bool(way.secrets) and not (way.oauth2 and connection.environment == Environment.SANDBOX)
