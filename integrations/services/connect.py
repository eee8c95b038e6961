"""Connections: added, changed, their keys replaced, disconnected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from integrations import catalog
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Auth, Connector, Field
from integrations.models import (
    Connection,
    ConnectionState,
    Credential,
    Environment,
    OAuthToken,
    Team,
    Workflow,
)
from integrations.services import (
    audit,
    doors,
    picklists,
    sub_accounts,
    tokens,
    typed_addresses,
    verification,
)
from integrations.services.accounts import connector_of
from integrations.services.clients import sandbox
from integrations.services.exchange import exchange_of
from integrations.services.oauth_apps import oauth2_of


def add(
    team: Team,
    connector: str,
    *,
    name: str,
    environment: str,
    auth: str,
    settings_: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    read_only: bool = False,
    actor: User | None = None,
) -> Connection:
    """A new connection, not verified yet. Secrets are stored encrypted and never shown again.

    Raises WrongUse with what to change.
    """
    app = catalog.connector(connector)
    way = app.auth(auth)
    name = name.strip()
    if not name:
        raise WrongUse("Give the connection a name.")
    if Connection.objects.filter(team=team, name=name).exists():
        raise WrongUse(f"There is a connection “{name}” already; choose another name.")
    if environment not in Environment.values:
        raise WrongUse("A connection is either in the sandbox or in production.")
    checked = _secrets(app, way, secrets or {})
    given = checked_settings(app, fields_of(app, way), environment, settings_ or {})
    _check_needed(app, way, environment, given)
    with transaction.atomic():
        connection = Connection.objects.create(
            team=team,
            connector=connector,
            name=name,
            environment=environment,
            auth=auth,
            settings=given,
            read_only=read_only,
        )
        _store(connection, checked)
        doors.furnish(connection, datetime.now(UTC))
        audit.note(team, actor, "connection.added", connection, app=connector, environment=environment)
    return connection


def replace_secrets(
    connection: Connection, secrets: Mapping[str, str], *, actor: User | None = None
) -> verification.Verified:
    """New keys in place of the old: tried first, stored only when the app takes them.

    Raises the error of the tree when it does not. An app's client id and secret cannot be tried: they are
    stored, and the next sign-in shows whether they are right.
    """
    app = connector_of(connection)
    checked = _secrets(app, app.auth(connection.auth), secrets)
    if oauth2_of(connection):
        if not checked:
            raise WrongUse(f"{connection.name} signs in on the app's own page; sign in again there.")
        sentence = "Stored. Sign in again, so that the connection's tokens are made with them."
        with transaction.atomic():
            _store(connection, checked)
            audit.note(connection.team, actor, "connection.secrets_replaced", connection)
        return verification.Verified(True, sentence)
    sentence = tried(connection, checked)
    with transaction.atomic():
        Credential.objects.filter(connection=connection, standby=True, key__in=checked).delete()
        _store(connection, checked)
        audit.note(connection.team, actor, "connection.secrets_replaced", connection)
        verification.connected(connection, sentence)
    return verification.Verified(True, sentence)


def tried(connection: Connection, secrets: Mapping[str, str]) -> str:
    """What the app says to these secrets, before they are stored. Raises the error of the tree when no."""
    reach = tokens.fresh(connection)
    trial = replace(reach, account=replace(reach.account, secrets={**reach.account.secrets, **secrets}))
    sentence = verification.say(trial)
    connection.refresh_from_db()
    return sentence


def disconnect(connection: Connection, *, actor: User | None = None, all_under: bool = False) -> None:
    """Forget its secrets. Its workflows stay, and their runs wait until it is connected again.

    What stands under it goes on until its own token ends, or (`all_under`) is disconnected with it.
    """
    with transaction.atomic():
        if connection.sub_accounts.exists():
            sub_accounts.cancel(connection, actor=actor)
        for child in connection.children.all() if all_under else ():
            disconnect(child, actor=actor)
        made_here = [field.key for field in doors.secret_fields(connection)]
        Credential.objects.filter(connection=connection).exclude(key__in=made_here).delete()
        OAuthToken.objects.filter(connection=connection).delete()
        connection.state = ConnectionState.DISCONNECTED
        connection.state_reason = f"{connection.name} was disconnected; connect it again."
        connection.save(update_fields=["state", "state_reason"])
        audit.note(connection.team, actor, "connection.disconnected", connection)


def used_by(connection: Connection) -> list[Workflow]:
    return list(Workflow.objects.filter(bindings__connection=connection).distinct())


def fields_of(app: Connector, way: Auth) -> list[Field]:
    """The settings that a connection with this way to sign in may have."""
    told = app.webhooks.settings if app.webhooks and way.hears else ()
    return [*app.settings, *way.settings, *told]


def told_by_grant(app: Connector, way: Auth) -> set[str]:
    """The settings that say whose the account is: with OAuth the grant tells them, nobody types them."""
    if way.oauth2 is None:
        return set()
    return {app.audience_setting, app.account_setting, *(a.account_setting for a in app.audiences)} - {""}


def open_fields(connection: Connection) -> list[Field]:
    """The settings of a connection that a person may change."""
    app = connector_of(connection)
    way = app.auth(connection.auth)
    fields = app.settings if connection.parent_id else fields_of(app, way)
    fixed = told_by_grant(app, way) if connection.account else set()
    if app.own_address and connection.environment == Environment.SANDBOX:
        fixed |= {app.own_address.setting}  # the simulated app has one address for all
    if way.oauth2 and way.oauth2.exchange and connection.account and exchange_of(connection) is None:
        fixed |= {way.oauth2.exchange.follow_setting}  # it says something of an agency alone
    return [field for field in fields if field.key not in fixed]


def change_settings(connection: Connection, values: Mapping[str, Any], *, actor: User | None = None) -> None:
    """What is given is changed, and forgotten where it is given as empty; the rest stays.

    Raises WrongUse with what to change.
    """
    connector = connector_of(connection)
    fields = open_fields(connection)
    changed = checked_settings(connector, fields, connection.environment, values)
    _check_needed(
        connector, connector.auth(connection.auth), connection.environment, {**connection.settings, **values}
    )
    kept = {key: value for key, value in connection.settings.items() if key not in values}
    with transaction.atomic():
        connection.settings = {**kept, **changed}
        connection.save(update_fields=["settings"])
        audit.note(connection.team, actor, "connection.settings_changed", connection, settings=changed)
    cache.delete_many([picklists.key_of(connection, reference) for reference in connector.references])


def set_read_only(connection: Connection, read_only: bool, *, actor: User | None = None) -> bool:
    """Whether anything may ever be written over it; whether that was new."""
    if connection.read_only == read_only:
        return False
    with transaction.atomic():
        connection.read_only = read_only
        connection.save(update_fields=["read_only"])
        action = "connection.writing_forbidden" if read_only else "connection.writing_allowed"
        audit.note(connection.team, actor, action, connection)
    return True


def simulated() -> list[str]:
    """The apps that the sandbox has."""
    return list(sandbox().apps())


def sandbox_secrets(connector: str, auth: str) -> tuple[dict[str, str], dict[str, str]]:
    """What the simulated app takes: (secrets, settings) for `add`, so that nobody has to type them."""
    app = catalog.connector(connector)
    known = sandbox().apps()[connector].credentials()
    way = app.auth(auth)
    secrets = {f.key: known[f.key] for f in way.secrets if f.key in known and way.oauth2 is None}
    given = {f.key: known[f.key] for f in app.settings if f.key in known and way.oauth2 is None}
    return secrets, given


def _secrets(app: Connector, way: Auth, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that were typed. With OAuth the hub has an app of its own: all of them, or none."""
    known = [field.key for field in way.secrets]
    for key in given:
        if key not in known:
            raise WrongUse(did_you_mean(key, known, f"key of {app.title}"))
    checked = {key: str(value).strip() for key, value in given.items() if str(value).strip()}
    for field in way.secrets:
        if field.required and field.key not in checked and (checked or way.oauth2 is None):
            raise WrongUse(f"{app.title} needs {field.title}; copy it there and paste it here.")
    return checked


def checked_settings(
    app: Connector, known: Sequence[Field], environment: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings that hold something.

    Raises WrongUse for a name or a choice that there is not, and for an address that may not be called.
    """
    typed_addresses.check(app, known, environment, given)
    doors.check(app, given)
    fields = {field.key: field for field in known}
    for key, value in given.items():
        if key not in fields:
            raise WrongUse(did_you_mean(key, list(fields), f"setting of {app.title}"))
        choices = [choice for choice, _ in fields[key].choices]
        if choices and value not in (None, "", *choices):
            raise WrongUse(did_you_mean(str(value), choices, fields[key].title))
    return {key: value for key, value in given.items() if value not in (None, "")}


def _check_needed(app: Connector, way: Auth, environment: str, given: Mapping[str, Any]) -> None:
    """In the sandbox nothing has to be typed: the simulated app tells what is needed."""
    if environment == Environment.SANDBOX:
        return
    told = told_by_grant(app, way)
    for field in fields_of(app, way):
        own = app.own_address is not None and field.key == app.own_address.setting
        needed = (field.required or own) and field.default is None and field.key not in told
        if needed and given.get(field.key) in (None, ""):
            raise WrongUse(f"{app.title} needs {field.title}; fill it in.")


def _store(connection: Connection, secrets: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    for key, value in secrets.items():
        Credential.objects.update_or_create(
            connection=connection,
            key=key,
            standby=False,
            defaults={"value": value, "entered_at": now, "refused_at": None},
        )
