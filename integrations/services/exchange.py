"""A wide token exchanged for that of an account under it: what it takes, and the call. No refresh here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.engine.errors import AccountSuspended, CredentialRefused, VendorTrouble, WrongUse
from integrations.engine.request import Prepared, prepare
from integrations.engine.spec import Account, Audience, Exchange, Grant
from integrations.engine.transport import Transport
from integrations.models import Connection, ConnectionState
from integrations.services.accounts import Reach, connector_of, reach_of
from integrations.services.oauth_apps import oauth2_of

DEADLINE_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Minting:
    """Everything one exchange needs, so that a thread can make it without the database.

    `above_id` is the wide connection, `generation` that of its token.
    """

    above_id: int
    generation: int
    exchange: Exchange
    account: str
    prepared: Prepared
    over: Account
    transport: Transport


def exchange_of(connection: Connection) -> Exchange | None:
    """How tokens are made from this connection's; None: it is not a wide one."""
    rules = oauth2_of(connection)
    audience = connector_of(connection).audience(connection.settings)
    if rules is None or rules.exchange is None or audience is None:
        return None
    return rules.exchange if audience.key == rules.exchange.wide else None


def wide(connection: Connection) -> Exchange:
    """The same where there has to be one. Raises WrongUse."""
    found = exchange_of(connection)
    if found is None:
        raise WrongUse(f"{connection.name} is one account; there is nothing under it to choose.")
    return found


def kind_of(connection: Connection) -> str:
    """What kind of account it is to, in a word; "" where its app has but one kind."""
    audience = connector_of(connection).audience(connection.settings)
    return audience.title if audience else ""


def narrow_of(connection: Connection) -> Audience:
    """What kind of account stands under this one; for sentences and headings."""
    connector, exchange = connector_of(connection), exchange_of(connection)
    kinds = [a for a in connector.audiences if exchange and a.key == exchange.narrow] or connector.audiences
    return next(iter(kinds), Audience(key="", title="account", plural="accounts", account_setting=""))


def above(reach: Reach) -> Reach | None:
    """The wide connection that this one's token is made from; None: it does without.

    Raises Parked where that one has stopped, and there is no refresh token either.
    """
    parent = reach.connection.parent
    if parent is None:
        return None
    if parent.usable and hasattr(parent, "token"):
        return reach_of(parent)
    if reach.connection.token.refresh_token:
        return None
    sentence = (
        f"{reach.connection.name} gets its tokens from {parent.name}, and that is "
        f"{parent.get_state_display().lower()}: connect {parent.name} again."
    )
    raise (AccountSuspended if parent.state == ConnectionState.SUSPENDED else CredentialRefused)(sentence)


def prepared(reach: Reach, over: Reach) -> Minting:
    """The exchange that gives this connection a new token. StopRun: the wide one may not make any."""
    exchange = wide(over.connection)
    operation = replace(exchange.token, deadline_s=DEADLINE_S)
    account = reach.connection.account
    values = exchange.token_values(over.connection.settings, account)
    return Minting(
        above_id=over.connection.pk,
        generation=over.generation,
        exchange=exchange,
        account=account,
        prepared=prepare(over.connector, operation, over.account, values),
        over=over.account,
        transport=over.transport,
    )


def call(minting: Minting) -> Grant:
    """The HTTP part alone. Raises the error of the tree that it ended in."""
    result = minting.transport.send(minting.prepared, minting.over)
    if result.error is not None:
        raise result.error
    return grant_in(minting.exchange, result.outcome.value, minting.account)


def grant_in(exchange: Exchange, answer: Any, account: str) -> Grant:
    """The grant in an answer, when it is for this account."""
    if not isinstance(answer, Mapping):
        raise VendorTrouble("The app answered with something that is not a token; a later try may help.")
    grant = exchange.read_grant(answer)
    if account not in map(str, grant.settings.values()):
        raise VendorTrouble("The app answered with the token of another account; it is not used.")
    return grant
