"""Where a connection stands: stopped by trouble, and going again."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.engine.errors import AccountSuspended, CredentialRefused, Parked
from integrations.models import Connection, ConnectionState, Credential, OAuthToken, Run, RunState
from integrations.services.accounts import connector_of, generation_of

YOUNG = timedelta(minutes=1)


def park(connection_id: int, error: Parked, generation: int, now: datetime) -> bool:
    """A call was refused for who we are; whether another try is worth it. In the caller's transaction.

    While it is, the connection's parked runs go on; after that it waits for a person.
    """
    connection = Connection.objects.select_related("token").get(pk=connection_id)
    again = isinstance(error, CredentialRefused) and (
        _worth_another_try(connection, generation, now) or _take_the_twin(connection, now)
    )
    if again:
        resume(connection, now)
    else:
        trouble(connection, error)
    return again


def _worth_another_try(connection: Connection, generation: int, now: datetime) -> bool:
    """Whether a refused token or key (`generation`) may be replaced by a good one without a person.

    It may have been replaced meanwhile. A token that has served a while may have been ended early: it counts
    as expired from now on, so that the next call gets another first.
    """
    if generation_of(connection) != generation:
        return True
    token = getattr(connection, "token", None)
    if token is None or now - token.issued_at <= YOUNG:
        return False
    if not token.refresh_token and connection.parent_id is None:
        return False
    OAuthToken.objects.filter(pk=token.pk, generation=generation).update(expires_at=now)
    return True


def _take_the_twin(connection: Connection, now: datetime) -> bool:
    """While a secret is rotated there are two: the other one's turn, unless that was refused just now."""
    typed = [field.key for field in connector_of(connection).auth(connection.auth).secrets]
    found = connection.credentials.select_for_update().filter(key__in=typed)
    rows = {(row.key, row.standby): row for row in found}
    for (key, standby), twin in rows.items():
        used = rows.get((key, False))
        if standby and used is not None and not (twin.refused_at and now - twin.refused_at <= YOUNG):
            swap(used, twin, refused_at=now)
            return True
    return False


def swap(used: Credential, twin: Credential, *, refused_at: datetime | None) -> None:
    """The twin is used from now on, and the one used so far stands by."""
    used.value, twin.value = twin.value, used.value
    used.entered_at, twin.entered_at = twin.entered_at, used.entered_at
    used.refused_at, twin.refused_at = None, refused_at
    used.save()
    twin.save()


def trouble(connection: Connection, error: Parked) -> None:
    """The connection stops; its runs wait for it."""
    suspended = isinstance(error, AccountSuspended)
    connection.state = ConnectionState.SUSPENDED if suspended else ConnectionState.NEEDS_RECONNECT
    connection.state_reason = error.sentence
    connection.save(update_fields=["state", "state_reason"])


def resume(connection: Connection, now: datetime) -> int:
    """Let the connection's parked runs go on; how many they were."""
    return Run.objects.filter(parked_on=connection, state=RunState.PARKED).update(
        state=RunState.QUEUED, due_at=now, parked_on=None
    )
