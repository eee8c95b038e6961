"""The hub posts an event of its own to its webhook addresses: do deliveries still come in from outside?

It goes by the public name, through whatever stands before the web server, and has to come in unchanged. It
is made for every address that a live workflow hears at; one that all accounts of an app share is tried once.
Some networks do not let a machine reach its own public address: then the web server is tried on this machine,
and that is no trouble unless the public way has worked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse

from integrations.engine.errors import WrongUse
from integrations.models import AlertKind, AlertLevel, Connection, Environment, SelfTest, Team
from integrations.services import clients, doors, own_events, registering
from integrations.services.accounts import connector_of
from integrations.services.alert_causes import Found
from integrations.services.clients import Said
from integrations.services.doors import Door
from integrations.services.own_events import Question

TOLD_FROM = 2  # failures in a row: a web server that is just being started again is no trouble


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `near`: only on this machine, because the public address is not reached from it."""

    ok: bool
    sentence: str
    near: bool = False


@dataclass(slots=True)
class Round:
    """Several addresses one after the other. What does not answer at all is asked once."""

    outside: str = ""
    here: str = ""
    known: dict[str, Tried] = field(default_factory=dict)

    def try_(self, connection: Connection) -> Tried:
        path = doors.path_of(connection)
        if path not in self.known:
            self.known[path] = self._try(connection, path)
        return self.known[path]

    def _try(self, connection: Connection, path: str) -> Tried:
        hooks = connector_of(connection).webhooks
        assert hooks is not None
        door = doors.of(connection, hooks)
        made = None
        if door.speaks and hooks.test is not None:
            made = hooks.test(doors.secrets_of(connection), datetime.now(UTC))
        question = own_events.question(door, made)
        said = self._outside(path, question)
        if said.status:
            return _verdict(door, question, said)
        near = self._here(path, question)
        if question.answered_by(near.body):
            return Tried(
                True,
                f"Taken on this machine; from here {settings.HUB_BASE_URL} is not reached ({said.trouble}), "
                "which says nothing about others.",
                near=True,
            )
        return Tried(False, f"Nothing answers at {settings.HUB_BASE_URL}: {said.trouble}.")

    def _outside(self, path: str, question: Question) -> Said:
        if self.outside:
            return Said(trouble=self.outside)
        said = clients.post_outside(path, question.headers, question.body)
        self.outside = said.trouble
        return said

    def _here(self, path: str, question: Question) -> Said:
        if self.here:
            return Said(trouble=self.here)
        said = clients.post_here(path, question.headers, question.body)
        self.here = said.trouble
        return said


def _verdict(door: Door, question: Question, said: Said) -> Tried:
    at = settings.HUB_BASE_URL
    if question.answered_by(said.body):
        signed = "with its signature" if door.speaks else "unchanged"
        unsaid = (
            ""
            if door.speaks or not door.hooks.signed
            else (f" Whether {door.app.title}'s own signature is taken, its first event shows.")
        )
        return Tried(True, f"An event of the hub's own came in at {at}, {signed}.{unsaid}")
    if said.status == 401:
        why = (
            "the hub there did not know its own event. Something on the way changes what is sent, or web "
            "server and workers have different secret keys (HUB_SECRET_KEY) or clocks"
        )
    elif 300 <= said.status < 400:
        why = "it leads elsewhere, which apps do not follow; HUB_BASE_URL has to be the address itself"
    elif said.status == 429:
        why = "more is sent there than it takes"
    elif said.status >= 500:
        why = "the web server, or what stands before it, is in trouble"
    else:
        why = "it is not this hub that answers there"
    return Tried(False, f"{at} answered with status {said.status}: {why}.")


# --- one, and all that matter ---------------------------------------------------------------------


def can(connection: Connection) -> bool:
    """Whether its app sends anything to the hub that could be tried."""
    app = connector_of(connection)
    if app.webhooks is None or not app.auth(connection.auth).hears:
        return False
    return app.webhooks.shared or bool(connection.hook_key)


def run(connection: Connection, now: datetime, round_: Round | None = None) -> SelfTest:
    """Try the connection's address and note what came of it. Never inside a transaction.

    Raises WrongUse where its app sends nothing.
    """
    if not can(connection):
        raise WrongUse(f"{connector_of(connection).title} sends no webhooks to {connection.name}.")
    tried = (round_ or Round()).try_(connection)
    row = SelfTest.objects.filter(connection=connection).first() or SelfTest(connection=connection)
    # By the public way it has worked before, and now it does not: that is more than a network's habit.
    ok = tried.ok and not (tried.near and row.worked_at is not None)
    row.at, row.ok, row.near, row.sentence = now, ok, tried.near, tried.sentence
    row.failures = 0 if ok else row.failures + 1
    row.worked_at = now if ok and not tried.near else row.worked_at
    row.save()
    return row


def run_all(now: datetime) -> list[SelfTest]:
    """Every address that a live workflow hears at."""
    round_ = Round()
    return [run(connection, now, round_) for connection in _heard_at(Connection.objects.order_by("pk"))]


def _heard_at(connections: Iterable[Connection]) -> Iterator[Connection]:
    for connection in connections:
        if connection.usable and can(connection) and registering.wanted(connection):
            yield connection


def failing(team: Team) -> Iterator[Found]:
    """Addresses at which the hub's own events do not come in any more, each once."""
    rows = SelfTest.objects.filter(connection__team=team, ok=False, failures__gte=TOLD_FROM)
    by_path: dict[str, list[SelfTest]] = {}
    for row in rows.select_related("connection").order_by("connection"):
        if any(_heard_at([row.connection])):
            by_path.setdefault(doors.path_of(row.connection), []).append(row)
    for together in by_path.values():
        yield _found(together)


def _found(rows: list[SelfTest]) -> Found:
    first = rows[0].connection
    others = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    since = rows[0].worked_at
    worked = f" It worked last on {since.day} {since:%b, %H:%M} UTC." if since else ""
    real = any(row.connection.environment == Environment.PRODUCTION for row in rows)
    return Found(
        kind=AlertKind.WEBHOOKS,
        cause=f"webhooks:selftest:{first.pk}",
        level=AlertLevel.CRITICAL if real else AlertLevel.WARNING,
        sentence=f"Webhooks for {first.name}{others} do not come in: {rows[0].sentence}{worked}",
        advice="What apps send meanwhile is lost or late; looks at the sources find most of it afterwards.",
        path=reverse("connection-detail", args=[first.pk]),
        count=len(rows),
    )
