"""The call that proves a connection works, and what its answer means for the connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations import queue
from integrations.engine.errors import CredentialRefused, HubError, Parked, WrongTenant
from integrations.engine.quota import Lane
from integrations.engine.spec import Verify
from integrations.models import (
    Connection,
    ConnectionState,
)
from integrations.services import audit, direct, standing, stocks, stops, sub_accounts, tokens
from integrations.services.accounts import Reach, host_of


@dataclass(frozen=True, slots=True)
class Verified:
    """What the verify call said."""

    ok: bool
    sentence: str


def verify(connection: Connection, *, actor: User | None = None) -> Verified:
    """Make the app's own proving call and say in words what it answered. Never raises a HubError."""
    try:
        sentence = _prove(connection)
    except HubError as error:
        connection.refresh_from_db()
        return Verified(False, error.sentence)
    connection.refresh_from_db()
    with transaction.atomic():
        connected(connection, sentence)
        sub_accounts.works_again(connection, datetime.now(UTC))
        audit.note(connection.team, actor, "connection.verified", connection)
    return Verified(True, sentence)


def _prove(connection: Connection) -> str:
    """The app's words, with a token refreshed if that may help. A definite no stops the connection."""
    while True:
        reach = tokens.fresh(connection)
        try:
            return say(reach)
        except Parked as error:
            with transaction.atomic():
                again = standing.park(connection.pk, error, reach.generation, datetime.now(UTC))
            if not again:
                raise


def ask_suspended() -> int:
    """Ask for the connections that their vendor paused whether they work again; how many do."""
    rows = Connection.objects.filter(state=ConnectionState.SUSPENDED, stops=None).exclude(stops.halted())
    return sum(verify(row).ok for row in rows)


def _say_here(reach: Reach) -> str:
    """What each proof says: the app's own, and that of the way it is signed in to."""
    way = reach.connector.auth(reach.connection.auth) if reach.connection.auth else None
    proofs = [reach.connector.proof(reach.connection.settings), *([way.verify] if way and way.verify else [])]
    return " ".join([_ask(reach, proof) for proof in proofs])


def _ask(reach: Reach, proof: Verify) -> str:
    if needless := proof.unless(reach.connection.settings):
        return needless
    outcome = direct.read_over(
        reach, proof.operation, proof.values(reach.connection.settings), purpose="verify", lane=Lane.REQUEST
    )
    if outcome.error is not None:
        raise outcome.error
    stocks.note(reach.connection, proof, outcome.value, datetime.now(UTC))
    learned = proof.learn(outcome.value)
    _check_whose(reach, learned)
    if learned:
        reach.connection.settings = {**reach.connection.settings, **learned}
        Connection.objects.filter(pk=reach.connection.pk).update(settings=reach.connection.settings)
    return proof.say(outcome.value)


def _check_whose(reach: Reach, learned: Mapping[str, Any]) -> None:
    """Raises WrongTenant: workflows, links and cursors are those of the account that it was."""
    was = reach.connection.account
    now = reach.connector.account({**reach.connection.settings, **learned})
    if was and now and was != now:
        raise WrongTenant(
            f"This is the key of another account of {reach.connector.title} ({now}); {reach.connection.name} "
            f"is {was}. Add a connection of its own for it."
        )


def say(reach: Reach) -> str:
    """A refused key may belong to another region of the app: try each once, and say which one took it."""
    try:
        sentence = _say_here(reach)
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
            sentence = _say_here(elsewhere)
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


def connected(connection: Connection, sentence: str) -> None:
    now = datetime.now(UTC)
    connection.state, connection.state_reason = ConnectionState.CONNECTED, ""
    connection.verified_at, connection.verified_text = now, sentence
    connection.save(update_fields=["state", "state_reason", "verified_at", "verified_text"])
    if standing.resume(connection, now):
        queue.wake()
