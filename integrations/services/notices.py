"""What an app sent, as rows: one for each connection it is about, under keys that are never taken twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from integrations.engine import spec
from integrations.engine.spec import Connector, Incoming, Webhooks
from integrations.models import Connection, ConnectionState, Notice, NoticeState
from integrations.services import oauth_apps

# Without an id of the vendor's, an equal body is the same one: for minutes, because an app that tells of all
# accounts in one place may well tell the same twice; at a connection's own address, where senders may repeat
# themselves by hand or by a schedule, for a day.
BODY_KNOWN_FOR = timedelta(minutes=10)
OWN_BODY_KNOWN_FOR = timedelta(hours=24)
BY_HAND = "hand:"
LONGEST_ID = 100
UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing told in one delivery: `place` is its number in it; `heard_by` are those it is about."""

    app: Connector
    hooks: Webhooks
    environment: str
    told: spec.Notice
    incoming: Incoming
    heard_by: Sequence[Connection | None]
    place: int = 0

    @property
    def kind(self) -> str:
        return self.told.type[:80] or UNTOLD

    def store(self) -> list[Notice]:
        """The rows that are new, inside the caller's transaction; none where it was known."""
        id = self._id()
        known = self._known(id)
        rows = [
            self.row(connection, _key(id, connection))
            for connection in self.heard_by
            if not {_key(id, connection), _key(id, None)} & known
        ]
        return [row for row in rows if insert(row)]

    def row(self, connection: Connection | None, key: str) -> Notice:
        """Not saved yet. What is about nobody here waits, lest they come; what is unknown does not."""
        told, now = self.told, self.incoming.received_at
        state, problem = NoticeState.NEW, ""
        if connection is None and not (self.hooks.installs and self.hooks.installs(told)):
            state, problem = NoticeState.WAITING, "No connection of this hub is to that account."
        if told.type not in self.hooks.types:
            state, problem = NoticeState.IGNORED, f"The hub knows no “{self.kind}”, so it means nothing here."
        return Notice(
            connector=self.app.slug,
            environment=self.environment,
            key=key,
            account=told.account[:200] or (connection.account if connection else ""),
            connection=connection,
            type=self.kind,
            record=told.record[:200],
            payload=told.payload,
            said_at=told.at,
            late=bool(told.at and now - told.at > timedelta(seconds=self.hooks.late_after_s)),
            state=state,
            due_at=now if state == NoticeState.NEW else None,
            problem=problem,
        )

    def _id(self) -> str:
        """The vendor's. Without one an equal body within minutes is the same delivery, later another."""
        if self.told.id:
            return self.told.id if len(self.told.id) <= LONGEST_ID else digest(self.told.id.encode())
        now = self.incoming.received_at
        body = f"body:{digest(self._content())}:{self.place}"
        known_for = BODY_KNOWN_FOR if self.hooks.shared else OWN_BODY_KNOWN_FOR
        part = int(now.timestamp() // known_for.total_seconds())
        before = f"{body}:{part - 1}"
        return before if self._known(before, now - known_for) else f"{body}:{part}"

    def _content(self) -> bytes:
        """All that was sent: where there is no body, what stood in the address."""
        return self.incoming.body or json.dumps(sorted(self.incoming.query.items())).encode()

    def _known(self, id: str, since: datetime | None = None) -> set[str]:
        """Keys of this delivery that are taken; with `since`, by what came after that."""
        keys = [_key(id, connection) for connection in {*self.heard_by, None}]
        rows = Notice.objects.filter(connector=self.app.slug, environment=self.environment, key__in=keys)
        if since is not None:
            rows = rows.filter(received_at__gt=since)
        return set(rows.values_list("key", flat=True))


def connections_of(app: Connector, environment: str, told: spec.Notice) -> list[Connection]:
    """Everybody's connections to the account it is about. What was sent to another app is nobody's."""
    if not told.account:
        return []
    rows = Connection.objects.filter(connector=app.slug, environment=environment, account=told.account)
    rows = rows.exclude(state=ConnectionState.DISCONNECTED).order_by("pk")
    return [row for row in rows if _for_its_app(row, told)]


def delivery_of(notice: Notice) -> str:
    """The id of the delivery that a row was made of, the same for everybody who heard it."""
    return notice.key.rpartition("@")[0]


def insert(row: Notice) -> bool:
    """Whether it was new: of two equal deliveries at once, one finds the other's row."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _key(id: str, connection: Connection | None) -> str:
    return f"{id}@{connection.pk if connection else ''}"


def _for_its_app(connection: Connection, told: spec.Notice) -> bool:
    """A vendor signs for all apps alike: what another app was sent says nothing about this account's."""
    own = oauth_apps.app_id_of(connection)
    return not own or not told.app or own == told.app
