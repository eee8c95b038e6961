"""A stored connection as the engine's Account, and all that a call over it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from integrations import catalog
from integrations.engine.errors import WrongUse
from integrations.engine.spec import Account, Connector
from integrations.engine.transport import Transport
from integrations.models import Connection, Environment
from integrations.services.clients import transport_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One connection, ready to be called over, as it was read from the database a moment ago.

    `generation` grows with every new token, and with every new key: a refusal of an older one says nothing.
    """

    connection: Connection
    connector: Connector
    account: Account
    transport: Transport
    generation: int
    token_expires_at: datetime | None

    @property
    def scope(self) -> str:
        return _scope(self.connection, self.account)


def for_its_key(reach: Reach) -> Reach:
    """The same for calls that get a token or a key: these are made over a read-only connection too."""
    return replace(reach, account=replace(reach.account, read_only=False))


def connector_of(connection: Connection) -> Connector:
    return catalog.connector(connection.connector)


def account_of(connection: Connection) -> Account:
    """Everything a call needs, secrets in clear, those that stand by under `<key>_before`.

    One query for credentials, one for the token.
    """
    connector = connector_of(connection)
    secrets = {
        f"{row.key}_before" if row.standby else row.key: row.value for row in connection.credentials.all()
    }
    token = getattr(connection, "token", None)
    if token is not None:
        secrets["access_token"] = token.access_token
    return Account(
        connector=connector.slug,
        environment=connection.environment,
        name=connection.name,
        base_url=base_of(connection, connector),
        auth=connection.auth,
        settings=connection.settings,
        scopes=tuple(connection.scopes),
        read_only=connection.read_only,
        secrets=secrets,
    )


def scope_of(connection: Connection) -> str:
    """Whose quota its calls use."""
    return _scope(connection, account_of(connection))


def _scope(connection: Connection, account: Account) -> str:
    connector = connector_of(connection)
    return f"{connector.slug}:{connection.environment}:{connector.quota.scope(account)}"


def base_of(connection: Connection, connector: Connector) -> str:
    """Where its calls go; "" where that is the account's own address and nobody has given it."""
    own = connector.own_address
    if own is None or connection.environment == Environment.SANDBOX:
        return connector.hosts[host_of(connection, connector)]
    default = next((field.default for field in connector.settings if field.key == own.setting), None)
    typed = str(connection.settings.get(own.setting) or default or "")
    try:
        return own.read(typed) if typed else ""
    except WrongUse:  # saved by a hub that took what this one does not
        return ""


def host_of(connection: Connection, connector: Connector) -> str:
    """The key into the connector's hosts: what the connection's settings say, else the first."""
    chosen = str(connection.settings.get(connector.host_setting, "")) if connector.host_setting else ""
    return chosen if chosen in connector.hosts else next(iter(connector.hosts))


def reach_of(connection: Connection) -> Reach:
    token = getattr(connection, "token", None)
    return Reach(
        connection=connection,
        connector=connector_of(connection),
        account=account_of(connection),
        transport=transport_of(connection),
        generation=generation_of(connection),
        token_expires_at=token.expires_at if token else None,
    )


def generation_of(connection: Connection) -> int:
    token = getattr(connection, "token", None)
    if token is not None:
        return int(token.generation)
    changed = [row.changed_at for row in connection.credentials.all()]
    return int(max(changed).timestamp() * 1000) if changed else 0


def reaches(connection_ids: Iterable[int]) -> dict[int, Reach]:
    """Ready connections by id, in three queries."""
    rows = Connection.objects.filter(pk__in=set(connection_ids))
    return {row.pk: reach_of(row) for row in rows.select_related("token").prefetch_related("credentials")}
