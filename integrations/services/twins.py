"""Rotating a key without a gap: for some days the vendor takes the old one and the new one.

The new one is tried first and used from then on; the old one stands by, and is used again when the app
refuses the new one for good. After the vendor's days it is forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Rotation
from integrations.models import Connection, Credential
from integrations.services import audit, connect, standing, verification
from integrations.services.accounts import connector_of

KEPT = timedelta(days=7)  # how long an old key stands by where the vendor gives no such days


def rotation_of(connection: Connection) -> Rotation | None:
    return connector_of(connection).auth(connection.auth).rotation


def begin(
    connection: Connection, value: str, now: datetime, *, actor: User | None = None
) -> verification.Verified:
    """The new key, beside the old: tried first, and stored only when the app takes it.

    Raises the error of the tree when it does not.
    """
    rules, used = _rotating(connection)
    value = value.strip()
    if not value:
        raise WrongUse("Enter the new key; it is tried before the old one is put aside.")
    if value == used.value:
        raise WrongUse("This is the key in use; enter the new one.")
    sentence = connect.tried(connection, {rules.key: value})
    with transaction.atomic():
        put_beside(used, value, now, until=now + timedelta(days=rules.both_days))
        verification.connected(connection, sentence)
        audit.note(connection.team, actor, "connection.rotation_begun", connection)
    return verification.Verified(True, sentence)


def put_beside(used: Credential, value: str, now: datetime, *, until: datetime) -> None:
    """The new value is in use from now on, and the one so far stands by. In the caller's transaction."""
    Credential.objects.update_or_create(
        connection_id=used.connection_id,
        key=used.key,
        standby=True,
        defaults={
            "value": used.value,
            "entered_at": used.entered_at,
            "refused_at": None,
            "until": until,
        },
    )
    used.value, used.entered_at, used.refused_at = value, now, None
    used.save()


def cancel(connection: Connection, *, actor: User | None = None) -> verification.Verified:
    """Back to the old key, when the app still takes it; the new one is forgotten."""
    used, twin = _pair(connection)
    sentence = connect.tried(connection, {twin.key: twin.value})
    with transaction.atomic():
        standing.swap(used, twin, refused_at=None)
        twin.delete()
        verification.connected(connection, sentence)
        audit.note(connection.team, actor, "connection.rotation_cancelled", connection)
    return verification.Verified(True, sentence)


def finish(connection: Connection, *, actor: User | None = None) -> None:
    """Forget the key that stands by: the vendor has ended it, or will not be asked with it any more."""
    _, twin = _pair(connection)
    with transaction.atomic():
        twin.delete()
        audit.note(connection.team, actor, "connection.rotation_finished", connection)


def forget_ended(now: datetime) -> int:
    """Keys whose days are over stand by no longer; how many they were."""
    return Credential.objects.filter(standby=True, until__lte=now).delete()[0]


def _rotating(connection: Connection) -> tuple[Rotation, Credential]:
    rules = rotation_of(connection)
    used = connection.credentials.filter(key=rules.key, standby=False).first() if rules else None
    if rules is None or used is None:
        raise WrongUse(f"{connection.name} has no key that is rotated; replace it instead.")
    return rules, used


def _pair(connection: Connection) -> tuple[Credential, Credential]:
    """The key in use and the one that stands by for it."""
    rows = {(row.key, row.standby): row for row in connection.credentials.all()}
    for (key, standby), twin in rows.items():
        if standby and (key, False) in rows:
            return rows[key, False], twin
    raise WrongUse(f"No second key of {connection.name} stands by.")
