"""Connecting accounts: keys and consent, the call that proves it works, reconnecting, disconnecting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import jmespath
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from integrations import catalog, queue
from integrations.engine import oauth2
from integrations.engine.errors import CredentialRefused, HubError, Parked, WrongUse, did_you_mean
from integrations.engine.quota import Lane
from integrations.engine.spec import Auth, Connector, OAuth2
from integrations.models import (
    Connection,
    ConnectionState,
    Credential,
    Environment,
    OAuthToken,
    Team,
    Workflow,
)
from integrations.services import audit, direct, scopes, tokens
from integrations.services.accounts import Reach, connector_of, host_of
from integrations.services.clients import sandbox, transport_of

PICKS_S = 60
LABELS_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Verified:
    """What the verify call said."""

    ok: bool
    sentence: str


def add(
    team: Team,
    connector: str,
    *,
    name: str,
    environment: str,
    auth: str,
    settings_: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
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
    with transaction.atomic():
        connection = Connection.objects.create(
            team=team,
            connector=connector,
            name=name,
            environment=environment,
            auth=auth,
            settings=_settings(app, settings_ or {}),
        )
        _store(connection, checked)
        audit.note(team, actor, "connection.added", connection, app=connector, environment=environment)
    return connection


def replace_secrets(
    connection: Connection, secrets: Mapping[str, str], *, actor: User | None = None
) -> Verified:
    """New keys in place of the old: tried first, stored only when the app takes them.

    Raises the error of the tree when it does not. An app's client id and secret cannot be tried: they are
    stored, and the next sign-in shows whether they are right.
    """
    app = connector_of(connection)
    checked = _secrets(app, app.auth(connection.auth), secrets)
    if tokens.oauth2_of(connection):
        if not checked:
            raise WrongUse(f"{connection.name} signs in on the app's own page; sign in again there.")
        sentence = "Stored. Sign in again, so that the connection's tokens are made with them."
        with transaction.atomic():
            _store(connection, checked)
            audit.note(connection.team, actor, "connection.secrets_replaced", connection)
        return Verified(True, sentence)
    reach = tokens.fresh(connection)
    trial = replace(reach, account=replace(reach.account, secrets={**reach.account.secrets, **checked}))
    sentence = _say_anywhere(trial)
    connection.refresh_from_db()
    with transaction.atomic():
        _store(connection, checked)
        audit.note(connection.team, actor, "connection.secrets_replaced", connection)
        _connected(connection, sentence)
    return Verified(True, sentence)


# --- consent --------------------------------------------------------------------------------------


def redirect_uri(connector: str) -> str:
    return f"{settings.HUB_BASE_URL}/connect/{connector}/callback"


def consent_url(connection: Connection, state: str) -> str:
    """The page where the operator allows what is asked for; the sandbox has its own."""
    rules = _oauth2(connection)
    app = tokens.oauth_app(connection)
    base = ""
    if connection.environment == Environment.SANDBOX:
        base = f"{settings.HUB_BASE_URL}/sandbox/{connection.connector}"
    return oauth2.authorize_url(
        rules,
        app.client_id,
        redirect_uri(connection.connector),
        scopes.wanted(connection),
        state,
        base=base,
        extra=app.extra,
    )


def finish_consent(connection: Connection, query: str, state: str, *, actor: User | None = None) -> Verified:
    """The way back from the consent page: check the state, exchange the code, verify.

    Raises WrongUse (refused, not started here), or what the exchange was refused with.
    """
    code = oauth2.read_callback(query, state)
    rules = _oauth2(connection)
    app, connector = tokens.oauth_app(connection), connector_of(connection)
    grant = oauth2.exchange(
        transport_of(connection).client,
        rules,
        base=connector.hosts[host_of(connection, connector)],
        client_id=app.client_id,
        client_secret=app.client_secret,
        code=code,
        redirect_uri=redirect_uri(connection.connector),
    )
    _check_account(connection, grant.settings, rules.account_key)
    with transaction.atomic():
        tokens.store_grant(connection, grant, datetime.now(UTC))
        audit.note(connection.team, actor, "connection.consented", connection, scopes=list(grant.scopes))
    return verify(connection, actor=actor)


def _oauth2(connection: Connection) -> OAuth2:
    rules = tokens.oauth2_of(connection)
    if rules is None:
        raise WrongUse(f"{connection.name} signs in by key; there is no consent page.")
    return rules


def _check_account(connection: Connection, granted: Mapping[str, Any], key: str) -> None:
    """A reconnection must come back with the same account: a connection never changes whose it is."""
    before, after = connection.settings.get(key), granted.get(key)
    if before and after and before != after:
        raise WrongUse(
            f"Consent was given for another account than {connection.name} belongs to; choose the same one "
            "on the consent page, or add a new connection."
        )


# --- verify ---------------------------------------------------------------------------------------


def verify(connection: Connection, *, actor: User | None = None) -> Verified:
    """Make the app's own proving call and say in words what it answered. Never raises a HubError."""
    try:
        sentence = _prove(connection)
    except HubError as error:
        connection.refresh_from_db()
        return Verified(False, error.sentence)
    connection.refresh_from_db()
    with transaction.atomic():
        _connected(connection, sentence)
        audit.note(connection.team, actor, "connection.verified", connection)
    return Verified(True, sentence)


def _prove(connection: Connection) -> str:
    """The app's words, with a token refreshed if that may help. A definite no stops the connection."""
    while True:
        reach = tokens.fresh(connection)
        try:
            return _say_anywhere(reach)
        except Parked as error:
            with transaction.atomic():
                again = tokens.park(connection.pk, error, reach.generation, datetime.now(UTC))
            if not again:
                raise


def ask_suspended() -> int:
    """Ask for the connections that their vendor paused whether they work again; how many do."""
    return sum(verify(row).ok for row in Connection.objects.filter(state=ConnectionState.SUSPENDED))


def _say(reach: Reach) -> str:
    proof = reach.connector.verify
    outcome = direct.read_over(reach, proof.operation, {}, purpose="verify", lane=Lane.REQUEST)
    if outcome.error is not None:
        raise outcome.error
    learned = proof.learn(outcome.value)
    if learned:
        reach.connection.settings = {**reach.connection.settings, **learned}
        Connection.objects.filter(pk=reach.connection.pk).update(settings=reach.connection.settings)
    return proof.say(outcome.value)


def _say_anywhere(reach: Reach) -> str:
    """A refused key may belong to another region of the app: try each once, and say which one took it."""
    try:
        sentence = _say(reach)
    except CredentialRefused as refused:
        if not reach.connector.probe_hosts:
            raise
        return _probe(reach, refused)
    if reach.connector.probe_hosts:
        _settle_host(reach, host_of(reach.connection, reach.connector))
    return sentence


def _probe(reach: Reach, refused: CredentialRefused) -> str:
    key = reach.connector.host_setting
    here = host_of(reach.connection, reach.connector)
    for host, base_url in reach.connector.hosts.items():
        if host == here:
            continue
        elsewhere = replace(reach, account=replace(reach.account, base_url=base_url))
        try:
            sentence = _say(elsewhere)
        except HubError:
            continue
        if reach.connection.settings.get(key):
            raise CredentialRefused(
                f"This key is not valid in region “{here}”, but region “{host}” takes it: change the region "
                f"of {reach.connection.name} to “{host}” and verify again."
            ) from None
        _settle_host(reach, host)
        return sentence
    raise refused


def _settle_host(reach: Reach, host: str) -> None:
    """Note which of the app's hosts took the key, where nobody has chosen one."""
    key = reach.connector.host_setting
    if not reach.connection.settings.get(key):
        reach.connection.settings = {**reach.connection.settings, key: host}
        Connection.objects.filter(pk=reach.connection.pk).update(settings=reach.connection.settings)


def _connected(connection: Connection, sentence: str) -> None:
    now = datetime.now(UTC)
    connection.state, connection.state_reason = ConnectionState.CONNECTED, ""
    connection.verified_at, connection.verified_text = now, sentence
    connection.save(update_fields=["state", "state_reason", "verified_at", "verified_text"])
    if tokens.resume(connection, now):
        queue.wake()


# --- the rest -------------------------------------------------------------------------------------


def disconnect(connection: Connection, *, actor: User | None = None) -> None:
    """Forget its secrets. Its workflows stay, and their runs wait until it is connected again."""
    with transaction.atomic():
        Credential.objects.filter(connection=connection).delete()
        OAuthToken.objects.filter(connection=connection).delete()
        connection.state = ConnectionState.DISCONNECTED
        connection.state_reason = f"{connection.name} was disconnected; connect it again."
        connection.save(update_fields=["state", "state_reason"])
        audit.note(connection.team, actor, "connection.disconnected", connection)


def used_by(connection: Connection) -> list[Workflow]:
    return list(Workflow.objects.filter(bindings__connection=connection).distinct())


def change_settings(connection: Connection, values: Mapping[str, Any], *, actor: User | None = None) -> None:
    """What is given is changed, and forgotten where it is given as empty; the rest stays."""
    connector = connector_of(connection)
    changed = _settings(connector, values)
    kept = {key: value for key, value in connection.settings.items() if key not in values}
    with transaction.atomic():
        connection.settings = {**kept, **changed}
        connection.save(update_fields=["settings"])
        audit.note(connection.team, actor, "connection.settings_changed", connection, settings=changed)
    cache.delete_many([_picks_key(connection, reference) for reference in connector.references])


def picks(connection: Connection, reference: str) -> list[tuple[str, str]]:
    """Rows to pick from (id, label) for one of the connector's references; remembered for a minute."""
    connector = connector_of(connection)
    if reference not in connector.references:
        raise WrongUse(did_you_mean(reference, list(connector.references), f"list of {connector.title}"))
    rules = connector.references[reference]
    key = _picks_key(connection, reference)
    known: list[tuple[str, str]] | None = cache.get(key)
    if known is not None:
        return known
    outcome = direct.read(connection, rules.operation, {}, purpose="pick list", lane=Lane.REQUEST)
    if outcome.error is not None:
        raise outcome.error
    rows = jmespath.search(rules.rows, outcome.value) or []
    found = [
        (str(jmespath.search(rules.id, row)), str(jmespath.search(rules.label, row) or "")) for row in rows
    ]
    cache.set(key, found, PICKS_S)
    cache.set(f"labels:{key}", dict(found), LABELS_S)
    return found


def _picks_key(connection: Connection, reference: str) -> str:
    return f"picks:{connection.pk}:{reference}"


def known_label(connection: Connection, reference: str, picked: str) -> str:
    """What a picked id was called when last read; without asking the app."""
    labels: dict[str, str] = cache.get(f"labels:{_picks_key(connection, reference)}") or {}
    return labels.get(picked, picked)


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


def _settings(app: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that hold something. Raises WrongUse for a name or a choice that there is not."""
    fields = {field.key: field for field in app.settings}
    for key, value in given.items():
        if key not in fields:
            raise WrongUse(did_you_mean(key, list(fields), f"setting of {app.title}"))
        choices = [choice for choice, _ in fields[key].choices]
        if choices and value not in (None, "", *choices):
            raise WrongUse(did_you_mean(str(value), choices, fields[key].title))
    return {key: value for key, value in given.items() if value not in (None, "")}


def _store(connection: Connection, secrets: Mapping[str, str]) -> None:
    for key, value in secrets.items():
        Credential.objects.update_or_create(connection=connection, key=key, defaults={"value": value})
