"""Rotating a key without a gap: for some days the vendor takes the old one and the new one.

The new one is tried first and used from then on; the old one stands by, and is used again when the app
refuses the new one for good. After the vendor's days it is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Rotation
from integrations.models import Connection, ConnectionState, Credential, Team
from integrations.services import audit, connect, standing, verification
from integrations.services.accounts import connector_of

REMIND_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How old a connection's key is. `due`: it is time to rotate it; `twin_until`: the old one stands by."""

    connection: Connection
    days: int
    due_at: datetime
    due: bool
    twin_until: datetime | None


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
        Credential.objects.update_or_create(
            connection=connection,
            key=rules.key,
            standby=True,
            defaults={
                "value": used.value,
                "entered_at": used.entered_at,
                "refused_at": None,
                "until": now + timedelta(days=rules.both_days),
            },
        )
        used.value, used.entered_at, used.refused_at = value, now, None
        used.save()
        verification.connected(connection, sentence)
        audit.note(connection.team, actor, "connection.rotation_begun", connection)
    return verification.Verified(True, sentence)


def cancel(connection: Connection, *, actor: User | None = None) -> verification.Verified:
    """Back to the old key, when the app still takes it; the new one is forgotten."""
    rules, used = _rotating(connection)
    twin = _twin(connection, rules)
    sentence = connect.tried(connection, {rules.key: twin.value})
    with transaction.atomic():
        standing.swap(used, twin, refused_at=None)
        twin.delete()
        verification.connected(connection, sentence)
        audit.note(connection.team, actor, "connection.rotation_cancelled", connection)
    return verification.Verified(True, sentence)


def finish(connection: Connection, *, actor: User | None = None) -> None:
    """Forget the key that stands by: the vendor has ended it, or will not be asked with it any more."""
    rules, _ = _rotating(connection)
    with transaction.atomic():
        _twin(connection, rules).delete()
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


def _twin(connection: Connection, rules: Rotation) -> Credential:
    twin = connection.credentials.filter(key=rules.key, standby=True).first()
    if twin is None:
        raise WrongUse(f"No second key of {connection.name} stands by.")
    return twin


def age_of(connection: Connection, now: datetime) -> Age | None:
    """None: its key is of a kind that needs no rotating."""
    rules = rotation_of(connection)
    rows = {row.standby: row for row in connection.credentials.all() if rules and row.key == rules.key}
    if rules is None or False not in rows:
        return None
    due_at = rows[False].entered_at + timedelta(days=rules.every_days)
    twin = rows.get(True)
    return Age(
        connection=connection,
        days=(now - rows[False].entered_at).days,
        due_at=due_at,
        due=due_at - REMIND_AHEAD <= now,
        twin_until=twin.until if twin else None,
    )


def due(team: Team, now: datetime) -> list[Age]:
    """Keys that somebody should rotate soon, the oldest first."""
    rows = Connection.objects.of(team).exclude(state=ConnectionState.DISCONNECTED)
    ages = [age for row in rows.prefetch_related("credentials") if (age := age_of(row, now)) and age.due]
    return sorted(ages, key=lambda age: age.due_at)
