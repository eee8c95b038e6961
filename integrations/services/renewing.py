"""A new key made by the app itself, with a call that is signed with the old one.

It is stored in the transaction that settles the call: the answer is the only place where it is ever shown.
Nobody knows yet that it works, so the old one stands by until it has been tried.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from integrations.engine.errors import CredentialRefused, HubError, OutcomeUnknown, StopRun, WrongUse
from integrations.engine.quota import Lane
from integrations.engine.spec import Outcome, Renewal
from integrations.models import Connection, Credential
from integrations.services import audit, connect, direct, standing, tokens, twins, verification
from integrations.services.accounts import Reach, connector_of, for_its_key

LEASE = timedelta(minutes=2)  # longer than the call and its wait for quota can take
PATIENCE_S = 30.0


def renewal_of(connection: Connection) -> Renewal | None:
    return connector_of(connection).auth(connection.auth).renewal


def renew(connection: Connection, now: datetime, *, actor: User | None = None) -> verification.Verified:
    """Have the app make a new key, store it, and try it. One at a time for each connection.

    Raises the error of the tree that the call ended in; the old key is in use then, as before.
    """
    rules = renewal_of(connection)
    used = connection.credentials.filter(key=rules.key, standby=False).first() if rules else None
    if rules is None or used is None:
        raise WrongUse(f"{connection.name} has no key that the hub can renew; replace it instead.")
    _take(used, now)
    try:
        _make(connection, rules, used.pk, actor)
    finally:
        Credential.objects.filter(pk=used.pk).update(until=None)
    return _tried(connection, rules, actor)


def _take(used: Credential, now: datetime) -> None:
    """Be the one who renews it."""
    free = Credential.objects.filter(pk=used.pk).filter(Q(until=None) | Q(until__lte=now))
    if not free.update(until=now + LEASE):
        raise WrongUse(f"The key of {used.connection.name} is being renewed already; look again in a minute.")


def _make(connection: Connection, rules: Renewal, used_pk: int, actor: User | None) -> None:
    reach = for_its_key(tokens.fresh(connection))
    refused: list[HubError] = []

    def settle(outcome: Outcome) -> None:
        """What cannot be read raises only after the call itself is on record."""
        try:
            value = rules.read(outcome.value)
        except HubError as error:
            refused.append(error)
            return
        now = datetime.now(UTC)
        used = Credential.objects.select_for_update().get(pk=used_pk)
        twins.put_beside(used, value, now, until=now + twins.KEPT)
        audit.note(connection.team, actor, "connection.key_renewed", connection)

    try:
        outcome = direct.send_over(
            reach,
            reach.connector.operation(rules.operation),
            rules.values(connection.settings),
            purpose="renew the key",
            lane=Lane.REQUEST,
            patience_s=PATIENCE_S,
            settle=settle,
            secret=True,
        )
    except OutcomeUnknown as error:
        raise OutcomeUnknown(_kept(error, reach)) from error
    if outcome.error is not None:
        raise StopRun(f"{outcome.error.sentence} The old key is kept.") from outcome.error
    if refused:
        raise StopRun(_kept(refused[0], reach)) from refused[0]


def _kept(error: HubError, reach: Reach) -> str:
    """There may be a new key that nobody here has seen."""
    return (
        f"{error.sentence} The old key is kept; verify {reach.connection.name}, and if it is refused, copy "
        f"the new one from {reach.connector.title}."
    )


def _tried(connection: Connection, rules: Renewal, actor: User | None) -> verification.Verified:
    """The new key's first call. Where it is refused and the old one is not, the old one is used again."""
    try:
        sentence = verification.say(tokens.fresh(connection))
    except CredentialRefused as refused:
        return _back(connection, rules, refused)
    except HubError as error:
        return verification.Verified(
            False,
            f"The new key is stored and in use, but could not be tried yet: {error.sentence} The old one "
            "stands by.",
        )
    connection.refresh_from_db()
    with transaction.atomic():
        Credential.objects.filter(connection=connection, key=rules.key, standby=True).delete()
        verification.connected(connection, sentence)
    return verification.Verified(True, f"The key is renewed. {sentence}")


def _back(connection: Connection, rules: Renewal, refused: CredentialRefused) -> verification.Verified:
    twin = Credential.objects.filter(connection=connection, key=rules.key, standby=True).first()
    if twin is None:
        return verification.Verified(False, refused.sentence)
    now = datetime.now(UTC)
    try:
        sentence = connect.tried(connection, {rules.key: twin.value})
    except HubError as error:
        with transaction.atomic():
            standing.trouble(connection, refused)
        return verification.Verified(
            False, f"The app takes neither the new key nor the old one: {error.sentence}"
        )
    with transaction.atomic():
        used = Credential.objects.select_for_update().get(connection=connection, key=rules.key, standby=False)
        standing.swap(used, twin, refused_at=now)
        verification.connected(connection, sentence)
    return verification.Verified(
        False,
        f"The app made a new key and refuses it; the old one is used, and the new one stands by. {sentence}",
    )
