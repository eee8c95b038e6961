"""The hub as a vendor knows it: its client id and secret there."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from integrations.engine.errors import WrongUse
from integrations.engine.spec import OAuth2
from integrations.models import Connection, Environment
from integrations.services.accounts import connector_of
from integrations.services.clients import sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """The hub as the vendor knows it. `extra` goes into every consent address."""

    client_id: str
    client_secret: str
    extra: dict[str, str]


def oauth_app(connection: Connection) -> OAuthApp:
    """The client id and secret: the connection's own (or those of the one it is under), the sandbox's, or
    the hub's settings, in this order. WrongUse: the hub is not registered with the app."""
    own = {row.key: row.value for row in connection.credentials.all()}
    if own.get("client_id"):
        return OAuthApp(client_id=own["client_id"], client_secret=own.get("client_secret", ""), extra={})
    if connection.parent is not None:
        return oauth_app(connection.parent)
    if connection.environment == Environment.SANDBOX:
        known = sandbox().apps()[connection.connector].credentials()
        return OAuthApp(client_id=known["client_id"], client_secret=known["client_secret"], extra={})
    app = settings.HUB_OAUTH_APPS.get(connection.connector)
    if not app:
        slug = connection.connector.upper()
        raise WrongUse(
            f"The hub is not registered with {connector_of(connection).title} yet: set "
            f"HUB_OAUTH_{slug}_CLIENT_ID and HUB_OAUTH_{slug}_CLIENT_SECRET, then start the hub again."
        )
    return OAuthApp(
        client_id=app["client_id"], client_secret=app["client_secret"], extra=app.get("extra", {})
    )


def oauth2_of(connection: Connection) -> OAuth2 | None:
    return connector_of(connection).auth(connection.auth).oauth2


def app_id_of(connection: Connection) -> str:
    """The vendor's id of the app that the connection signs in with; "" where there is none."""
    rules = oauth2_of(connection)
    if rules is None:
        return ""
    try:
        return rules.app(oauth_app(connection).client_id)
    except WrongUse:
        return ""


def extra_token(connection: Connection) -> dict[str, str]:
    """What goes along with every token request of this connection."""
    connector, rules = connector_of(connection), oauth2_of(connection)
    audience = connector.audience(connection.settings)
    return {**dict(rules.extra_token if rules else ()), **dict(audience.extra_token if audience else ())}
