"""Everything about one connection, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from integrations.engine.spec import Auth, Connector, Field
from integrations.forms.connections import SecretsForm, SettingsForm
from integrations.models import ApiCall, Connection, Environment, SelfTest
from integrations.services import (
    connect,
    consent,
    doors,
    inbox,
    key_ages,
    privileges,
    quotas,
    registering,
    sub_accounts,
)
from integrations.services.accounts import base_of, connector_of
from integrations.services.exchange import exchange_of, narrow_of
from integrations.views.access import TeamRequest


def detail_page(
    request: TeamRequest,
    connection: Connection,
    *,
    secrets_form: SecretsForm | None = None,
    settings_form: SettingsForm | None = None,
    made: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page; a form that was refused is given back as it was typed. `made` are secrets to show once."""
    app, way = connector_of(connection), way_of(connection)
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
        "inbox": inbox.of(connection, made),
        **_hooks(connection, made or {}),
        "used_by": connect.used_by(connection),
        "calls": ApiCall.objects.of(request.team).filter(connection=connection).order_by("-id")[:10],
        "secrets_form": secrets_form or (SecretsForm(None, way=way) if _has_keys(connection, way) else None),
        "settings_form": settings_form or settings_form_of(connection),
        "opened": "keys" if secrets_form else "settings" if settings_form else "",
        "callback": consent.redirect_uri(connection.connector) if by_consent else "",
        "age": key_ages.age_of(connection, datetime.now(UTC)),
        "twin_until": key_ages.twin_until(connection),
        **family(connection),
    }
    return render(request, "hub/connection_detail.html", context)


def _hooks(connection: Connection, made: Mapping[str, str]) -> dict[str, Any]:
    """What can be done about its own address."""
    titles = {field.key: field.title for field in doors.secret_fields(connection)}
    return {
        "made": [(titles[key], value) for key, value in made.items()],
        "can_register": registering.can_register(connection),
        "registered": registering.last(connection),
        "listened": len(registering.wanted(connection)),
        "unreachable": registering.why_not(connection),
        "can_test": registering.can_test(connection),
        "self_test": SelfTest.objects.filter(connection=connection).first(),
        "sends": any(operation.queued for operation in connector_of(connection).operations.values()),
    }


def settings_form_of(connection: Connection, data: Any = None) -> SettingsForm:
    fields = connect.open_fields(connection)
    return SettingsForm(data, fields=fields, known=connection.settings, only_reads=connection.read_only)


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
    shown = [
        (field.title, _shown(field, known.get(field.key, field.default)))
        for field in fields
        if not (app.own_address and field.key == app.own_address.setting)
    ]
    return [("Calls go to", base_of(connection, app) or "–"), *shown] if app.own_address else shown


def _shown(field: Field, value: Any) -> Any:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return dict(field.choices).get(str(value), value)


def way_of(connection: Connection) -> Auth:
    return connector_of(connection).auth(connection.auth)


def _has_keys(connection: Connection, way: Auth) -> bool:
    """In the sandbox an OAuth app's id and secret are the simulation's own."""
    return bool(way.secrets) and not (way.oauth2 and connection.environment == Environment.SANDBOX)
