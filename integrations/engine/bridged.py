"""The hub's own way in, for apps that cannot tell it anything in a documented way of their own.

Whoever speaks in the app's stead (a snippet on its site, an automation, Zapier) posts an envelope, signed as
Standard Webhooks: `{"id", "type", "occurred_at", "source", "data": {…}}`. What can only post fields of its
own choice leaves the envelope out: then the fields are the data, and the type may stand in the address
(`?type=lead.booked`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.engine import form_bodies, standard_webhooks
from integrations.engine.errors import FieldsMissing, WrongUse
from integrations.engine.spec import Field, FieldType, Incoming, JsonObject, Notice, Webhooks

SECRET = "inbound_secret"  # noqa: S105 - the name of the field
BEFORE = f"{SECRET}_before"
SIMPLE = "hook_simple"
SENDERS = "hook_senders"
TEST = "hub.test"
UNTOLD = "untold"
ENVELOPE = ("id", "type", "occurred_at", "source", "data")

SETTINGS = (
    Field(
        key=SIMPLE,
        label="Take what is not signed (simple mode)",
        type=FieldType.BOOLEAN,
        help="For what cannot sign, such as Zapier or a CRM's automation. Weaker: whoever learns the address "
        "can send anything. Leave it off where you can.",
    ),
    Field(
        key=SENDERS,
        label="Addresses it may come from",
        help="IP addresses or networks, with commas between them, such as 203.0.113.7 or 203.0.113.0/24. "
        "Empty: from anywhere.",
    ),
)
SIGNING_SECRET = Field(key=SECRET, label="Signing secret", secret=True)


def webhooks(
    types: Mapping[str, Sequence[str]],
    *,
    source: str,
    setup: tuple[str, ...] = (),
    snippets: tuple[tuple[str, str], ...] = (),
    others: str = "",
    more_secrets: tuple[Field, ...] = (),
) -> Webhooks:
    """Webhooks of an app that speaks through the bridge.

    `types`: event type -> the fields that its data must have; "a|b" is one of several. The first of them
    says which record it is about. `source` is the app's name in the envelope. `others` is the type under
    which every other event is told, with the type that was sent as `event` and the data as `data`.
    """
    needed = {TEST: (), **{kind: tuple(fields) for kind, fields in types.items()}}
    known = (*needed, *([others] if others else ()))

    def read(body: Any, query: Mapping[str, str]) -> list[Notice]:
        content = _content(body, query)
        if others and _type(content, query, needed) not in needed:
            return [_other(content, query, others)]
        return [_notice(content, query, needed)]

    return Webhooks(
        verify=verify,
        read=read,
        types=known,
        parse=lambda body, content_type: form_bodies.parse_form(body),
        secrets=(SIGNING_SECRET, *more_secrets),
        settings=SETTINGS,
        simple=SIMPLE,
        senders=SENDERS,
        id_header=standard_webhooks.ID,
        test=lambda secrets, now: delivery(TEST, {"says": "It works."}, secrets[SECRET], now, source=source),
        setup=setup,
        snippets=snippets,
        source="Standard Webhooks 1.0.0",
    )


def verify(incoming: Incoming, keys: Mapping[str, str]) -> None:
    """Raises BadSignature unless it was signed with this address's secret, or the one before it."""
    secrets = [keys.get(SECRET, ""), keys.get(BEFORE, "")]
    standard_webhooks.verify(secrets, incoming.headers, incoming.body, incoming.received_at)


def delivery(
    kind: str, data: Mapping[str, Any], secret: str, now: datetime, *, source: str, id: str = ""
) -> Incoming:
    """One event as whoever speaks for the app sends it, signed."""
    id = id or f"evt_{kind}_{int(now.timestamp() * 1000)}"
    envelope = {"id": id, "type": kind, "occurred_at": now.isoformat(), "source": source, "data": dict(data)}
    body = json.dumps(envelope, ensure_ascii=False).encode()
    signed = standard_webhooks.headers(secret, id, body, now)
    headers = {"content-type": "application/json", **signed}
    return Incoming(headers=headers, query={}, body=body, received_at=now)


def _content(body: Any, query: Mapping[str, str]) -> JsonObject:
    if body is None and query:
        return form_bodies.nested(query.items())
    if isinstance(body, dict):
        return body
    raise WrongUse("An event is one object: {id, type, occurred_at, source, data}.")


def _notice(content: JsonObject, query: Mapping[str, str], needed: Mapping[str, Sequence[str]]) -> Notice:
    data, wrapped = _data(content)
    kind = _type(content, query, needed)
    lacking = [field for field in needed.get(kind, ()) if not _first(data, field)]
    if lacking:
        named = ", ".join(" or ".join(field.split("|")) for field in lacking)
        raise FieldsMissing(f"“{kind}” needs {named} in its data.", fields=tuple(lacking))
    id = _text(content.get("id")) if wrapped else ""
    return Notice(
        type=kind,
        payload={**_told(content, id), **data, "type": kind},
        id=id,
        record=next((_first(data, field) for field in needed.get(kind, ())), ""),
        at=_moment(content.get("occurred_at")),
    )


def _other(content: JsonObject, query: Mapping[str, str], kind: str) -> Notice:
    """An event of whatever type, as it was sent. Where it says what it is about, that is its record."""
    data, wrapped = _data(content)
    id = _text(content.get("id")) if wrapped else ""
    said = _text(content.get("type"))
    event = query.get("type") or (_text(content.get("event")) if said == kind else said) or UNTOLD
    return Notice(
        type=kind,
        payload={**_told(content, id), "event": event, "data": data, "type": kind},
        id=id,
        record=_text(data.get("id")),
        at=_moment(content.get("occurred_at")),
    )


def _data(content: JsonObject) -> tuple[JsonObject, bool]:
    """The event's own fields, and whether an envelope was around them."""
    inner = content.get("data")
    return (inner, True) if isinstance(inner, dict) else (content, False)


def _told(content: JsonObject, id: str) -> JsonObject:
    told = {"event_id": id, **{key: _text(content.get(key)) for key in ("occurred_at", "source")}}
    return {key: value for key, value in told.items() if value}


def _type(content: JsonObject, query: Mapping[str, str], needed: Mapping[str, Sequence[str]]) -> str:
    """As the envelope says it; where that is none we know, as the address does."""
    said = _text(content.get("type"))
    return said if said in needed else query.get("type") or said or UNTOLD


def _first(data: JsonObject, field: str) -> str:
    """The first of "a|b" that holds something, as text; "" for none."""
    return next((text for key in field.split("|") if (text := _text(data.get(key)))), "")


def _text(value: Any) -> str:
    """A value that can be named: lists and objects that hold something are there, in some form."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, str | int | float):
        return str(value).strip()
    return json.dumps(value) if value else ""


def _moment(value: Any) -> datetime | None:
    """None also for a time without zone: whose clock it is, nobody knows."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
