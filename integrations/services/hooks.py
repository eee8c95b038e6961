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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.db import transaction

from integrations import queue
from integrations.engine import form_bodies, spec
from integrations.engine.errors import BadSignature, FieldsMissing, WrongUse, did_you_mean
from integrations.engine.spec import Incoming
from integrations.engine.storable import storable
from integrations.models import Connection, Notice, NoticeState
from integrations.services import doors, notices, own_events, tallies
from integrations.services.doors import Door
from integrations.services.notices import Delivery


@dataclass(frozen=True, slots=True)
class Answered:
    """The status to answer with, and why in a sentence.

    `notices` are the rows stored for it, `fields` what it lacked. `proof` says that it was our own event.
    """

    status: int
    sentence: str
    notices: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    proof: str = ""


class Refused(Exception):
    """Not taken: the status, a sentence for whoever reads the app's log of deliveries, what is missing."""

    def __init__(self, status: int, sentence: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.fields = fields


def accept(slug: str, environment: str, incoming: Incoming) -> Answered:
    """Take one delivery at an app's one address. Raises WrongUse where it has none; a fault of ours is the
    caller's 500."""
    return take(doors.shared(slug, environment), incoming)


def take(door: Door, incoming: Incoming) -> Answered:
    """Take one delivery that came in there. An event of the hub's own is answered, and leaves nothing."""
    if own_events.asked(incoming):
        return _our_own(door, incoming)
    try:
        told = _read(door, incoming)
    except Refused as refused:
        _count_refused(door, incoming)
        return Answered(refused.status, refused.sentence, fields=refused.fields)
    with transaction.atomic():
        stored = [
            row.pk
            for place, one in enumerate(told)
            for row in _store(_delivery(door, one, incoming, place), door)
        ]
    sentence = "Accepted." if stored else "Known already; nothing was done."
    return Answered(door.hooks.accepted, sentence, tuple(stored))


def _our_own(door: Door, incoming: Incoming) -> Answered:
    proof = own_events.answer(door, incoming)
    if not proof:
        return Answered(401, "That is no event of this hub's own, or it is an old one.")
    if door.speaks:
        try:
            door.hooks.verify(incoming, door.keys)
        except BadSignature as error:
            return Answered(401, error.sentence)
    return Answered(200, "The hub's own event came in.", proof=proof)


def by_hand(connection: Connection, kind: str, payload: Mapping[str, Any], now: datetime) -> Notice:
    """The same for a payload that somebody gives in the app's stead, about one connection alone."""
    app, hooks = doors.webhooks_of(connection.connector)
    if kind not in hooks.types:
        raise WrongUse(did_you_mean(kind, list(hooks.types), f"webhook of {app.title}"))
    body = json.dumps({**payload, "type": kind}, sort_keys=True).encode()
    incoming = Incoming(headers={}, query={}, body=body, received_at=now)
    (told, *_) = hooks.read(_json(body), {})
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


def _delivery(door: Door, told: spec.Notice, incoming: Incoming, place: int) -> Delivery:
    return Delivery(
        app=door.app,
        hooks=door.hooks,
        environment=door.environment,
        told=told,
        incoming=incoming,
        heard_by=door.heard_by(told),
        place=place,
    )


def _store(delivery: Delivery, door: Door) -> list[Notice]:
    stored = delivery.store()
    account = tallies.account_of(door.connection) if door.connection else delivery.told.account
    what = tallies.Of(
        connector=delivery.app.slug,
        environment=delivery.environment,
        account=account,
        type=delivery.kind,
    )
    late = bool(stored) and stored[0].late
    tallies.count(what, delivery.incoming.received_at, received=1, duplicate=not stored, late=late)
    if any(row.state == NoticeState.NEW for row in stored):
        queue.wake_hearing()
    return stored


# --- is it what it says it is? --------------------------------------------------------------------


def _read(door: Door, incoming: Incoming) -> Sequence[spec.Notice]:
    hooks = door.hooks
    if len(incoming.body) > hooks.largest_bytes:
        raise Refused(413, f"The body is larger than {hooks.largest_bytes // 1024} KiB.")
    try:
        door.verify(incoming)
        told = _told(door, incoming)
        for one in told:
            door.own(one)
    except BadSignature as error:
        raise Refused(401, error.sentence) from None
    except FieldsMissing as error:
        raise Refused(422, error.sentence, error.fields) from None
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


def _told(door: Door, incoming: Incoming) -> Sequence[spec.Notice]:
    """What the body says, and the address where its parameters count. Raises WrongUse."""
    hooks = door.hooks
    query = incoming.query if door.parameters_count else {}
    told = hooks.read(_body(door, incoming), query)
    id = incoming.headers.get(hooks.id_header, "") if hooks.id_header else ""
    return [one if one.id or not id else replace(one, id=id) for one in told]


def _body(door: Door, incoming: Incoming) -> Any:
    """The body as an object; None where all there is stands in the address. Raises WrongUse."""
    if not incoming.body and door.simple:
        return None
    kind = incoming.headers.get("content-type", "")
    if door.hooks.parse is not None and form_bodies.is_form(kind):
        return storable(door.hooks.parse(incoming.body, kind))
    return _json(incoming.body)


def _json(body: bytes) -> Any:
    """Raises WrongUse for what is no JSON, or none that a database stores."""
    try:
        return storable(json.loads(body, parse_constant=_no_number, parse_float=_finite))
    except (ValueError, RecursionError):
        raise WrongUse("The body is no JSON.") from None


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _count_refused(door: Door, incoming: Incoming) -> None:
    """Under the account it names only where there is such a one: anybody can send anything here."""
    account = kind = ""
    if door.connection is not None:
        account = tallies.account_of(door.connection)
    elif len(incoming.body) <= door.hooks.largest_bytes:
        try:
            (told, *_) = _told(door, incoming)
        except (WrongUse, ValueError):
            pass
        else:
            account = told.account if None not in door.heard_by(told) else ""
            kind = told.type if account and told.type in door.hooks.types else ""
    what = tallies.Of(connector=door.app.slug, environment=door.environment, account=account, type=kind)
    with transaction.atomic():
        tallies.count(what, incoming.received_at, refused=1)
