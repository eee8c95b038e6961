"""How an account's webhooks stand, in numbers and words, for its page and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum

from integrations.engine.spec import Connector
from integrations.models import Connection, Environment, Notice, NoticeState, Tally
from integrations.services import doors, tallies
from integrations.services.accounts import connector_of

DAYS = 7
UNSHOWN = "whsec_…"
A_DAY = timedelta(days=1)
A_RUN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`told` says whether the app sends webhooks to an account connected so; `warning` what is wrong ("").

    `rows` are (what, counts) of the last DAYS days, in the order of tallies.COUNTS. `own`: the address is the
    connection's own; then `secrets` are (label, when made, until when the one before holds), `simple` says
    that it takes what is not signed, and `snippets` are (title, code).
    """

    address: str
    own: bool
    simple: bool
    secrets: list[tuple[str, datetime, datetime | None]]
    snippets: list[tuple[str, str]]
    told: bool
    setup: tuple[str, ...]
    last: Notice | None
    rows: list[tuple[str, list[int]]]
    counts: tuple[str, ...]
    waiting: int
    failed: int
    warning: str


def of(connection: Connection, made: Mapping[str, str] | None = None) -> Inbox | None:
    """None: its app sends no webhooks at all. `made` are new secrets, in clear: only now they are shown."""
    app = connector_of(connection)
    if app.webhooks is None:
        return None
    now = datetime.now(UTC)
    hooks = app.webhooks
    mine = Notice.objects.filter(connection=connection)
    told = app.auth(connection.auth).hears
    return Inbox(
        address=doors.address_of(connection),
        own=not hooks.shared,
        simple=doors.takes_unsigned(hooks, connection),
        secrets=_secrets(connection),
        snippets=[(title, _filled(code, connection, made or {})) for title, code in hooks.snippets],
        told=told,
        setup=hooks.setup if connection.environment == Environment.PRODUCTION else (),
        last=mine.order_by("-pk").first(),
        rows=_rows(connection, app, now - timedelta(days=DAYS)),
        counts=tallies.COUNTS,
        waiting=mine.filter(state__in=(NoticeState.NEW, NoticeState.WAITING)).count(),
        failed=mine.filter(state=NoticeState.FAILED, received_at__gte=now - timedelta(days=DAYS)).count(),
        warning=warning(app, connection, now) if told else "",
    )


def _secrets(connection: Connection) -> list[tuple[str, datetime, datetime | None]]:
    rows = {(row.key, row.standby): row for row in connection.credentials.all()}
    return [
        (field.title, used.entered_at, twin.until if twin else None)
        for field in doors.secret_fields(connection)
        if (used := rows.get((field.key, False)))
        for twin in (rows.get((field.key, True)),)
    ]


def _filled(code: str, connection: Connection, made: Mapping[str, str]) -> str:
    """A snippet with the connection's address, and with its secret as long as that is shown."""
    fields = doors.secret_fields(connection)
    secret = made.get(fields[0].key, "") if fields else ""
    return code.replace("{url}", doors.address_of(connection)).replace("{secret}", secret or UNSHOWN)


def _rows(connection: Connection, app: Connector, since: datetime) -> list[tuple[str, list[int]]]:
    words = {kind: title for t in app.triggers.values() if t.happenings for kind, title in t.events}
    whose = [tallies.account_of(connection)]
    found = tallies.rows(connection.connector, connection.environment, whose, since=since)
    return [(words.get(row.type, row.type), [row.counts[name] for name in tallies.COUNTS]) for row in found]


def warning(app: Connector, connection: Connection, now: datetime) -> str:
    """A run of failures: deliveries are refused and none is taken, as when the app signs with a new key."""
    here = Tally.objects.filter(connector=app.slug, environment=connection.environment, hour__gte=now - A_DAY)
    sums = here.aggregate(received=Sum("received"), refused=Sum("refused"))
    if (sums["refused"] or 0) >= A_RUN and not sums["received"]:
        return (
            f"{sums['refused']} webhooks were refused since yesterday and none was taken. If {app.title} "
            f"signs with another key now, set HUB_HOOK_{app.slug.upper()}_… to it (see the README)."
        )
    return ""


def counts(*, days: int, connection: Connection | None = None) -> list[dict[str, Any]]:
    """Per account and type, with the connection's name where there is one; all accounts, or one."""
    since = datetime.now(UTC) - timedelta(days=days)
    rows = Tally.objects.filter(hour__gte=since)
    if connection is not None:
        rows = rows.filter(
            connector=connection.connector,
            environment=connection.environment,
            account=tallies.account_of(connection),
        )
    keys = ("connector", "environment", "account", "type")
    sums = {name: Sum(name) for name in tallies.COUNTS}
    names = _names()
    return [
        {
            **dict(zip(keys, found[:4], strict=True)),
            "connections": names.get(tuple(found[:3]), []),
            **dict(zip(tallies.COUNTS, found[4:], strict=True)),
        }
        for found in rows.order_by(*keys).values_list(*keys).annotate(**sums)
    ]


def _names() -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for row in Connection.objects.order_by("pk"):
        found.setdefault((row.connector, row.environment, tallies.account_of(row)), []).append(row.name)
    return found
