"""Counting what apps told us, per account, type and hour. Kept after the notices themselves are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum

from integrations.models import Connection, Tally

UNKNOWN = "connection "
COUNTS = ("received", "duplicate", "refused", "late", "echoes", "recovered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Whose and what it is that is counted."""

    connector: str
    environment: str
    account: str
    type: str


def of(connection: Connection, kind: str) -> Of:
    return Of(
        connector=connection.connector,
        environment=connection.environment,
        account=account_of(connection),
        type=kind,
    )


def account_of(connection: Connection) -> str:
    """Whose counts they are: the account's, or the connection's own, as long as nobody knows the account."""
    return connection.account or f"{UNKNOWN}{connection.pk}"


def count(what: Of, now: datetime, **more: int) -> None:
    """Add to the counts of this hour, inside the caller's transaction."""
    more = {name: int(number) for name, number in more.items() if number}
    if not more:
        return
    names = {
        "connector": what.connector,
        "environment": what.environment,
        "account": what.account[:200],
        "type": what.type[:80],
        "hour": now.replace(minute=0, second=0, microsecond=0),
    }
    added = {name: F(name) + number for name, number in more.items()}
    if not Tally.objects.filter(**names).update(**added):
        Tally.objects.bulk_create([Tally(**names)], ignore_conflicts=True)
        Tally.objects.filter(**names).update(**added)


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of one type over a span of time, by their names."""

    type: str
    counts: Mapping[str, int]


def rows(connector: str, environment: str, accounts: Iterable[str], *, since: datetime) -> list[Row]:
    """By type, for these accounts together."""
    found = Tally.objects.filter(
        connector=connector, environment=environment, account__in=list(accounts), hour__gte=since
    )
    sums = {name: Sum(name) for name in COUNTS}
    by_type = found.order_by("type").values_list("type").annotate(**sums)
    return [Row(kind, dict(zip(COUNTS, numbers, strict=True))) for kind, *numbers in by_type]


def hears(connection: Connection, now: datetime) -> bool:
    """Whether its app has sent anything for this account within a day."""
    return Tally.objects.filter(
        connector=connection.connector,
        environment=connection.environment,
        account=account_of(connection),
        received__gt=0,
        hour__gte=now - timedelta(days=1),
    ).exists()
