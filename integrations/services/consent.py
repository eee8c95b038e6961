"""Consent: the way to the app's page and back, and the first tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from integrations.engine import oauth2
from integrations.engine.errors import WrongUse
from integrations.engine.spec import OAuth2
from integrations.models import (
    Connection,
    Environment,
)
from integrations.services import audit, scopes, tokens, verification
from integrations.services.accounts import connector_of, host_of
from integrations.services.clients import transport_of


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


def finish_consent(
    connection: Connection, query: str, state: str, *, actor: User | None = None
) -> verification.Verified:
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
    return verification.verify(connection, actor=actor)


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
