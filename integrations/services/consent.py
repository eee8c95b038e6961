"""Consent: the way to the app's page and back, and the first tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    Workflow,
)
from integrations.services import audit, installs, scopes, tokens, verification
from integrations.services.accounts import base_of, connector_of
from integrations.services.clients import transport_of
from integrations.services.oauth_apps import extra_token, oauth2_of, oauth_app


def redirect_uri(connector: str) -> str:
    return f"{settings.HUB_BASE_URL}/connect/{connector}/callback"


def consent_url(connection: Connection, state: str, also: Iterable[Workflow] = ()) -> str:
    """The page where the operator allows what is asked for; the sandbox has its own.

    `also`: drafts that are to go live, whose scopes are asked for besides.
    """
    rules = _oauth2(connection)
    app = oauth_app(connection)
    base = ""
    if connection.environment == Environment.SANDBOX:
        base = f"{settings.HUB_BASE_URL}/sandbox/{connection.connector}"
    own = {
        parameter: str(connection.settings[key])
        for key, parameter in rules.authorize_settings.items()
        if connection.settings.get(key)
    }
    return oauth2.authorize_url(
        rules,
        app.client_id,
        redirect_uri(connection.connector),
        scopes.wanted(connection, also),
        state,
        base=base,
        extra={**app.extra, **own},
        choice=str(connection.settings.get(rules.url_setting, "")),
    )


def finish_consent(
    connection: Connection, query: str, state: str, *, actor: User | None = None
) -> verification.Verified:
    """The way back from the consent page: check the state, exchange the code, verify.

    Raises WrongUse (refused, not started here), or what the exchange was refused with.
    """
    code = oauth2.read_callback(query, state)
    rules = _oauth2(connection)
    app, connector = oauth_app(connection), connector_of(connection)
    grant = oauth2.exchange(
        transport_of(connection).client,
        rules,
        base=base_of(connection, connector),
        client_id=app.client_id,
        client_secret=app.client_secret,
        code=code,
        redirect_uri=redirect_uri(connection.connector),
        extra=extra_token(connection),
    )
    _check_account(connection, grant.settings)
    now = datetime.now(UTC)
    with transaction.atomic():
        tokens.store_grant(connection, grant, now)
        installs.met(connection, now)
        audit.note(connection.team, actor, "connection.consented", connection, scopes=list(grant.scopes))
    return verification.verify(connection, actor=actor)


def _oauth2(connection: Connection) -> OAuth2:
    rules = oauth2_of(connection)
    if rules is None:
        raise WrongUse(f"{connection.name} signs in by key; there is no consent page.")
    if connection.parent is not None:
        raise WrongUse(
            f"{connection.name} gets its tokens from {connection.parent.name}; sign in there, and choose it "
            "again."
        )
    return rules


def _check_account(connection: Connection, granted: Mapping[str, Any]) -> None:
    """A reconnection must come back with the same account: a connection never changes whose it is."""
    connector, name = connector_of(connection), connection.name
    before, after = connection.account, {**connection.settings, **granted}
    if not before or connector.account(after) == before:
        return
    was, now = connector.audience(connection.settings), connector.audience(after)
    if was is None or now is None or was.key == now.key:
        raise WrongUse(
            f"Consent was given for another account than {name} belongs to; choose the same one on the "
            "consent page, or add a new connection."
        )
    if was.key == connector.audiences[0].key:
        raise WrongUse(
            f"Consent was given for a whole {now.title}, and {name} is one {was.title}; begin the sign-in "
            f"inside the {was.title}, or add a connection for the {now.title} and choose it there."
        )
    raise WrongUse(
        f"Consent was given for one {now.title}, and {name} is a whole {was.title}; begin the sign-in in "
        f"the {was.title}'s own view."
    )
