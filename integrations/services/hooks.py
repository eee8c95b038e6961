"""Accept what an app sends: known to be its own, stored with its counts in one transaction, then answered.

What it means is found out afterwards (`hearing`): a webhook is a hint, and everything it could tell can also
be read. A delivery seen before is answered like a new one and does nothing. An old one with a good signature
is taken and marked late, because vendors send for hours; one from the future is not, because then a clock is
wrong. Events of every account of an app come to one address: they are told apart by whose they are, and one
for an account that nobody has connected is kept without a connection.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import transaction

from integrations import catalog, queue
from integrations.engine import spec
from integrations.engine.errors import BadSignature, WrongUse, did_you_mean
from integrations.engine.spec import Connector, Incoming, Webhooks
from integrations.engine.storable import storable
from integrations.models import Connection, Environment, Notice, NoticeState
from integrations.services import notices, tallies
from integrations.services.clients import sandbox
from integrations.services.notices import Delivery


@dataclass(frozen=True, slots=True)
class Answered:
    """The status to answer with, and why in a sentence. `notices` are the rows stored for it."""

    status: int
    sentence: str
    notices: tuple[int, ...] = ()


class Refused(Exception):
    """Not taken: the status, and a sentence for whoever reads the app's own log of deliveries."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def webhooks_of(slug: str) -> tuple[Connector, Webhooks]:
    """Raises WrongUse where the app sends none."""
    app = catalog.connector(slug)
    if app.webhooks is None:
        raise WrongUse(f"{app.title} sends no webhooks to the hub.")
    return app, app.webhooks


def accept(slug: str, environment: str, incoming: Incoming) -> Answered:
    """Take one delivery. Raises WrongUse where the app sends none; a fault of ours is the caller's 500."""
    app, hooks = webhooks_of(slug)
    try:
        told = _read(app, hooks, environment, incoming)
    except Refused as refused:
        _count_refused(app, hooks, environment, incoming)
        return Answered(refused.status, refused.sentence)
    with transaction.atomic():
        stored = [
            row.pk
            for place, one in enumerate(told)
            for row in _store(_delivery(app, hooks, environment, one, incoming, place))
        ]
    sentence = "Accepted." if stored else "Known already; nothing was done."
    return Answered(hooks.accepted, sentence, tuple(stored))


def by_hand(connection: Connection, kind: str, payload: Mapping[str, Any], now: datetime) -> Notice:
    """The same for a payload that somebody gives in the app's stead, about one connection alone."""
    app, hooks = webhooks_of(connection.connector)
    if kind not in hooks.types:
        raise WrongUse(did_you_mean(kind, list(hooks.types), f"webhook of {app.title}"))
    body = json.dumps({**payload, "type": kind}, sort_keys=True).encode()
    (told, *_) = hooks.read(_parsed(body), {})
    incoming = Incoming(headers={}, query={}, body=body, received_at=now)
    delivery = Delivery(
        app=app,
        hooks=hooks,
        environment=connection.environment,
        told=told,
        incoming=incoming,
        heard_by=[connection],
    )
    id = told.id[: notices.LONGEST_ID] or notices.digest(body)
    row = delivery.row(connection, f"{notices.BY_HAND}{id}@{connection.pk}")
    if notices.insert(row):
        return row
    known: Notice = Notice.objects.get(connector=app.slug, environment=connection.environment, key=row.key)
    return known


def _delivery(
    app: Connector,
    hooks: Webhooks,
    environment: str,
    told: spec.Notice,
    incoming: Incoming,
    place: int,
) -> Delivery:
    return Delivery(
        app=app,
        hooks=hooks,
        environment=environment,
        told=told,
        incoming=incoming,
        heard_by=notices.connections_of(app, environment, told) or [None],
        place=place,
    )


def _store(delivery: Delivery) -> list[Notice]:
    stored = delivery.store()
    what = tallies.Of(
        connector=delivery.app.slug,
        environment=delivery.environment,
        account=delivery.told.account,
        type=delivery.kind,
    )
    late = bool(stored) and stored[0].late
    tallies.count(what, delivery.incoming.received_at, received=1, duplicate=not stored, late=late)
    if any(row.state == NoticeState.NEW for row in stored):
        queue.wake_hearing()
    return stored


# --- is it what it says it is? --------------------------------------------------------------------


def _read(app: Connector, hooks: Webhooks, environment: str, incoming: Incoming) -> Sequence[spec.Notice]:
    if len(incoming.body) > hooks.largest_bytes:
        raise Refused(413, f"The body is larger than {hooks.largest_bytes // 1024} KiB.")
    try:
        hooks.verify(incoming, keys_of(app, hooks, environment))
    except BadSignature as error:
        raise Refused(401, error.sentence) from None
    try:
        told = hooks.read(_parsed(incoming.body), incoming.query)
    except WrongUse as error:
        raise Refused(400, error.sentence) from None
    for one in told:
        if one.at and one.at > incoming.received_at + timedelta(seconds=hooks.refuse_ahead_s):
            raise Refused(
                400,
                f"It says that it was sent at {one.at:%Y-%m-%d %H:%M:%S} UTC, which is still to come: one of "
                "the two clocks is wrong.",
            )
    return told


def keys_of(app: Connector, hooks: Webhooks, environment: str) -> dict[str, str]:
    """What signatures are checked with. The sandbox signs with a key of its own, and with no other."""
    published = {field.key: str(field.default or "") for field in hooks.keys}
    if environment == Environment.SANDBOX:
        return {**published, **sandbox().hook_keys(app.slug)}
    given = {key: settings.HUB_HOOK_KEYS.get(f"{app.slug}_{key}".upper()) for key in published}
    return {key: given[key] or value for key, value in published.items()}


def _parsed(body: bytes) -> Any:
    """Raises WrongUse for what is no JSON, or none that a database stores."""
    try:
        return storable(json.loads(body, parse_constant=_no_number, parse_float=_finite))
    except (ValueError, RecursionError):
        raise WrongUse("The body is no JSON.") from None


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _count_refused(app: Connector, hooks: Webhooks, environment: str, incoming: Incoming) -> None:
    """Under the account it names only where there is such a one: anybody can send anything here."""
    account = kind = ""
    if len(incoming.body) <= hooks.largest_bytes:
        try:
            (told, *_) = hooks.read(_parsed(incoming.body), incoming.query)
        except (WrongUse, ValueError):
            pass
        else:
            account = told.account if notices.connections_of(app, environment, told) else ""
            kind = told.type if account and told.type in hooks.types else ""
    what = tallies.Of(connector=app.slug, environment=environment, account=account, type=kind)
    with transaction.atomic():
        tallies.count(what, incoming.received_at, refused=1)
