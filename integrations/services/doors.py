"""Where an app's deliveries come in: one address for all its accounts, or one of a connection's own.

The address of a connection's own ends in a key that nobody can guess. Beside it the hub makes what deliveries
are signed with, where the app (or who speaks for it) can sign. Both can be made anew: an address at once, a
secret with the old one standing by for TWIN_FOR. They outlive a disconnection, because they are not the
app's: what is sent meanwhile is kept until the connection works again.
"""

from __future__ import annotations

import ipaddress
import secrets as random_text
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from integrations import catalog
from integrations.engine import spec, standard_webhooks
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.spec import Connector, Incoming, Webhooks
from integrations.models import Connection, Credential, Environment
from integrations.services import audit, notices
from integrations.services.accounts import connector_of
from integrations.services.clients import sandbox

KEY_BYTES = 24
TWIN_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One address, and what is known of whoever uses it. `keys` are what signatures are checked with."""

    app: Connector
    hooks: Webhooks
    environment: str
    connection: Connection | None = None
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def simple(self) -> bool:
        """Whether the address itself is all that its deliveries are known by, though the app could sign."""
        return self.connection is not None and takes_unsigned(self.hooks, self.connection)

    @property
    def speaks(self) -> bool:
        """Whether the hub has what deliveries there are signed with, and can make one."""
        return self.connection is not None and self.hooks.test is not None

    @property
    def parameters_count(self) -> bool:
        """Whether parameters of the address are content. A signature covers the body alone."""
        return self.connection is None or not self.hooks.signed or self.simple

    def verify(self, incoming: Incoming) -> None:
        """Raises BadSignature."""
        if self.connection is not None:
            _from_where(self.hooks, self.connection, incoming.sender)
        if self.hooks.signed and not self.simple:
            self.hooks.verify(incoming, self.keys)

    def own(self, told: spec.Notice) -> None:
        """Raises BadSignature for a notice of another account than the address is for."""
        if self.connection is not None and self.hooks.own is not None:
            self.hooks.own(told, self.connection.settings)

    def heard_by(self, told: spec.Notice) -> Sequence[Connection | None]:
        """Those it is about; nobody we know, where it is about nobody here."""
        if self.connection is not None:
            return [self.connection]
        return notices.connections_of(self.app, self.environment, told) or [None]


def webhooks_of(slug: str) -> tuple[Connector, Webhooks]:
    """Raises WrongUse where the app sends none."""
    app = catalog.connector(slug)
    if app.webhooks is None:
        raise WrongUse(f"{app.title} sends no webhooks to the hub.")
    return app, app.webhooks


def shared(slug: str, environment: str) -> Door:
    """The one address of an app. Raises WrongUse where it has none."""
    app, hooks = webhooks_of(slug)
    if not hooks.shared:
        raise WrongUse(f"{app.title} sends to an address of each connection's own; its page shows it.")
    return Door(app=app, hooks=hooks, environment=environment, keys=_published(app, hooks, environment))


def own(slug: str, environment: str, key: str) -> Door | None:
    """A connection's own address; None: nobody has it."""
    hooks = catalog.CONNECTORS[slug].webhooks if slug in catalog.CONNECTORS else None
    if hooks is None or hooks.shared or not key:
        return None
    rows = Connection.objects.filter(connector=slug, environment=environment, hook_key=key)
    connection = rows.prefetch_related("credentials").first()
    return connection and of(connection, hooks)


def of(connection: Connection, hooks: Webhooks) -> Door:
    """The address that a connection's events come to."""
    app = connector_of(connection)
    keys = {**_published(app, hooks, connection.environment), **secrets_of(connection)}
    mine = None if hooks.shared else connection
    return Door(app=app, hooks=hooks, environment=connection.environment, connection=mine, keys=keys)


def path_of(connection: Connection) -> str:
    """The path of the address its deliveries come to; "": its app sends none."""
    hooks = connector_of(connection).webhooks
    if hooks is None:
        return ""
    sandboxed = connection.environment == Environment.SANDBOX
    if hooks.shared:
        return reverse("hook-sandbox" if sandboxed else "hook", args=[connection.connector])
    name = "hook-own-sandbox" if sandboxed else "hook-own"
    return reverse(name, args=[connection.connector, connection.hook_key])


def address_of(connection: Connection) -> str:
    path = path_of(connection)
    return f"{settings.HUB_BASE_URL}{path}" if path else ""


def takes_unsigned(hooks: Webhooks, connection: Connection) -> bool:
    return bool(hooks.simple and connection.settings.get(hooks.simple))


def secret_fields(connection: Connection) -> Sequence[spec.Field]:
    """What the hub makes for the connection's address."""
    hooks = connector_of(connection).webhooks
    return hooks.secrets if hooks else ()


def secrets_of(connection: Connection) -> dict[str, str]:
    """Those in use, and under `<key>_before` the ones that still stand by."""
    wanted = {field.key for field in secret_fields(connection)}
    return {
        f"{row.key}_before" if row.standby else row.key: row.value
        for row in connection.credentials.all()
        if row.key in wanted
    }


# --- made, and made anew --------------------------------------------------------------------------


def furnish(connection: Connection, now: datetime) -> dict[str, str]:
    """Give the connection its address and secrets, where its app needs them and it has none.

    The secrets that are new, in clear: they are shown once. Inside the caller's transaction.
    """
    hooks = connector_of(connection).webhooks
    if hooks is None or hooks.shared:
        return {}
    if not connection.hook_key:
        connection.hook_key = random_text.token_urlsafe(KEY_BYTES)
        connection.save(update_fields=["hook_key"])
    made = {}
    known = set(connection.credentials.filter(standby=False).values_list("key", flat=True))
    for wanted in hooks.secrets:
        if wanted.key not in known:
            made[wanted.key] = standard_webhooks.new_secret()
            connection.credentials.create(key=wanted.key, value=made[wanted.key], entered_at=now)
    _introduce(connection)
    return made


def move(connection: Connection, *, actor: User | None = None) -> None:
    """A new address; what is sent to the old one is refused from now on."""
    _check_own(connection)
    with transaction.atomic():
        connection.hook_key = random_text.token_urlsafe(KEY_BYTES)
        connection.save(update_fields=["hook_key"])
        audit.note(connection.team, actor, "connection.hook_moved", connection)
    _introduce(connection)


def rotate(connection: Connection, now: datetime, *, actor: User | None = None) -> dict[str, str]:
    """New secrets, in clear; the ones before hold for TWIN_FOR beside them."""
    _check_own(connection)
    made = {}
    with transaction.atomic():
        for wanted in secret_fields(connection):
            made[wanted.key] = standard_webhooks.new_secret()
            row = connection.credentials.select_for_update().filter(key=wanted.key, standby=False).first()
            if row is not None:
                _stand_by(row, now)
            Credential.objects.update_or_create(
                connection=connection,
                key=wanted.key,
                standby=False,
                defaults={"value": made[wanted.key], "entered_at": now},
            )
        audit.note(connection.team, actor, "connection.hook_secret_rotated", connection)
    _introduce(connection)
    return made


def _introduce(connection: Connection) -> None:
    """In the sandbox nobody copies anything over: the simulated app is told."""
    if connection.environment != Environment.SANDBOX or connection.connector not in sandbox().apps():
        return
    in_use = dict(connection.credentials.filter(standby=False).values_list("key", "value"))
    made = {field.key: in_use[field.key] for field in secret_fields(connection) if field.key in in_use}
    sandbox().introduce(connection.connector, str(connection.pk), path_of(connection), made)


def _stand_by(row: Credential, now: datetime) -> None:
    Credential.objects.update_or_create(
        connection_id=row.connection_id,
        key=row.key,
        standby=True,
        defaults={"value": row.value, "entered_at": row.entered_at, "until": now + TWIN_FOR},
    )


def _check_own(connection: Connection) -> None:
    hooks = connector_of(connection).webhooks
    if hooks is None or hooks.shared:
        raise WrongUse(f"{connection.name} has no webhook address of its own.")


# --- what deliveries are checked with -------------------------------------------------------------


def _published(app: Connector, hooks: Webhooks, environment: str) -> dict[str, str]:
    """What signatures are checked with. The sandbox signs with a key of its own, and with no other."""
    published = {field.key: str(field.default or "") for field in hooks.keys}
    if environment == Environment.SANDBOX:
        own_keys = sandbox().hook_keys(app.slug) if app.slug in sandbox().apps() else {}
        return {**published, **own_keys}
    given = {key: settings.HUB_HOOK_KEYS.get(f"{app.slug}_{key}".upper()) for key in published}
    return {key: given[key] or value for key, value in published.items()}


def _from_where(hooks: Webhooks, connection: Connection, sender: str) -> None:
    """Raises BadSignature for what comes from elsewhere than the connection's settings allow."""
    allowed = networks(str(connection.settings.get(hooks.senders) or "")) if hooks.senders else []
    if allowed and not any(_ip(sender) in network for network in allowed if _ip(sender)):
        raise BadSignature("It does not come from where this connection's settings allow.")


def check(app: Connector, settings_: Mapping[str, Any]) -> None:
    """Raises WrongUse for settings of the address that cannot be meant so."""
    if app.webhooks and app.webhooks.senders:
        networks(str(settings_.get(app.webhooks.senders) or ""))


def networks(text: str) -> list[Any]:
    """IP addresses and networks, as typed. Raises WrongUse for what is none."""
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise WrongUse(f"“{part}” is no IP address, nor a network such as 203.0.113.0/24.") from None
    return found


def _ip(text: str) -> Any:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None
