"""What a person does about a connection, done in the simulated apps: signing in, and again after a key was
taken back."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from integrations.engine.errors import WrongUse
from integrations.models import USABLE, Connection, Credential, Workflow
from integrations.services import connect, consent, verification
from integrations.services.accounts import connector_of
from integrations.services.clients import sandbox
from integrations.services.oauth_apps import oauth2_of


def by_consent() -> None:
    """Every connection whose app has a consent page signs in there, as most real ones do."""
    for connection in Connection.objects.filter(parent=None):
        ways = [way for way in connector_of(connection).auths if way.oauth2 is not None]
        if ways and oauth2_of(connection) is None:
            Credential.objects.filter(connection=connection).delete()
            connection.auth, connection.account = ways[0].key, ""
            connection.save(update_fields=["auth", "account"])


def all_verified() -> None:
    """Signed in and tried. Raises WrongUse with what an app answered."""
    for connection in Connection.objects.order_by("parent_id", "pk"):
        found = _consented(connection) if _has_page(connection) else verification.verify(connection)
        if not found.ok:
            raise WrongUse(found.sentence)


def again() -> None:
    """What a person does after a key was taken back: makes a new one in the app and gives it to the hub, or
    says yes on the app's page once more."""
    for connection in Connection.objects.exclude(state__in=USABLE).order_by("parent_id", "pk"):
        if _has_page(connection):
            _consented(connection)
        elif connection.parent_id is not None:
            verification.verify(connection)
        else:
            renews = sandbox().apps()[connection.connector].renews
            if renews:
                sandbox().act(connection.connector, renews, {})
            keys, _ = connect.sandbox_secrets(connection.connector, connection.auth)
            connect.replace_secrets(connection, keys)


def _has_page(connection: Connection) -> bool:
    return connection.parent_id is None and oauth2_of(connection) is not None


def _consented(connection: Connection) -> verification.Verified:
    """To the page, the button there, and back with a code. What is to go live is asked for, too."""
    state = secrets.token_urlsafe(16)
    url = consent.consent_url(connection, state, Workflow.objects.filter(team=connection.team))
    back = urlsplit(sandbox().agree(connection.connector, url, connection.account))
    return consent.finish_consent(connection, back.query, state)
