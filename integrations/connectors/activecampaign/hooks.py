"""What ActiveCampaign sends, and how it is asked to.

Forms with bracketed keys (webhook guide, developers.activecampaign.com/page/webhooks). Nothing signs them, so
the address is the secret. One delivery may come twice; none is ever sent again, so a look has to find what
was lost; an answer of 410 switches the webhook off for good. They are registered without source `api`, so
that what the hub writes does not come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.connectors.activecampaign.events import ASKABLE, AUTOMATION, TAGGED, UNTAGGED
from integrations.connectors.activecampaign.pages import listed
from integrations.connectors.activecampaign.proofs import time_of
from integrations.connectors.activecampaign.records import SOURCES, WEBHOOK
from integrations.engine.errors import WrongUse
from integrations.engine.fingerprint import fingerprint
from integrations.engine.form_bodies import FORM, is_form, parse_form
from integrations.engine.paginate import collect
from integrations.engine.spec import (
    Field,
    FieldType,
    Incoming,
    JsonObject,
    Notice,
    Procedure,
    Script,
    Situation,
    Webhooks,
    Write,
)

NAME = "GHL Hub"
OURS_LEFT_OUT = tuple(source for source in SOURCES if source != "api")
OTHERS = ("account", "deal", "campaign", "list", "pipeline", "stage", "tasktype", "task")


def verify(incoming: Incoming, keys: Mapping[str, str]) -> None:
    """Nothing is signed: who knows the address is believed."""


def parse(body: bytes, content_type: str) -> JsonObject:
    if content_type and not is_form(content_type):
        raise WrongUse(f"A webhook of ActiveCampaign is a form ({FORM}).")
    return parse_form(body)


def read(body: Any, query: Mapping[str, str]) -> list[Notice]:
    """One body, one notice; what comes twice has the same id. Raises WrongUse for what is no object."""
    if not isinstance(body, dict):
        raise WrongUse("A webhook of ActiveCampaign is one form.")
    kind = _type(body)
    return [
        Notice(
            type=kind,
            payload={**body, "type": kind},
            id=fingerprint([kind, _id(body.get("contact")), body.get("date_time"), body]),
            record=record_in(kind, body),
            at=_moment(body),
        )
    ]


def _type(body: JsonObject) -> str:
    kind = body.get("type")
    if isinstance(kind, str) and kind in ASKABLE:
        return kind
    if body.get("seriesid") or not kind:
        return AUTOMATION
    return kind if isinstance(kind, str) else AUTOMATION


def record_in(kind: str, body: JsonObject) -> str:
    """The contact, else whatever else it is about. A tag on a contact is a record of its own."""
    contact = _id(body.get("contact"))
    if kind in (TAGGED, UNTAGGED):
        return f"{contact}:{_text(body.get('tag'))}" if contact else ""
    return contact or next((found for key in OTHERS if (found := _id(body.get(key)))), "")


def _id(part: Any) -> str:
    return _text(part.get("id")) if isinstance(part, dict) else ""


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(body: JsonObject) -> datetime | None:
    return time_of(body.get("date_time"))


# --- having it send -------------------------------------------------------------------------------


def ensure_webhook(values: Mapping[str, Any], situation: Situation) -> Script:
    """`{created, changed, webhook}`: one webhook to `url`, for `events`; what was there is found again.

    One that an answer of 410 has switched off is listed like any other: deleting it helps, says the guide.
    """
    url, events = str(values["url"]), sorted({*_known(values.get("events"))})
    if not events:
        raise WrongUse("Name at least one event of ActiveCampaign's.")
    there = None
    for row in (yield from collect(listed("webhooks.list", {"filters[url]": url}, "webhooks"))):
        if row.get("url") == url:
            there = row
    wanted = {"name": NAME, "url": url, "events": events, "sources": list(OURS_LEFT_OUT)}
    if there is None:
        made = yield from _write("webhooks.create", wanted)
        return {"created": True, "changed": False, "webhook": made}
    if set(events) <= set(there.get("events") or ()) and "api" not in (there.get("sources") or ()):
        return {"created": False, "changed": False, "webhook": there}
    together = sorted({*events, *_known(there.get("events"))})
    changed = yield from _write("webhooks.update", {**wanted, "id": there["id"], "events": together})
    return {"created": False, "changed": True, "webhook": changed}


def _known(events: Any) -> list[str]:
    """Those that can be asked for: what an automation sends, it is told in the automation."""
    names = events.split(",") if isinstance(events, str) else events or []
    return [name for name in (str(event).strip() for event in names) if name in ASKABLE]


def _write(operation: str, values: Mapping[str, Any]) -> Script:
    outcome = yield Write(operation, values)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


ENSURE_WEBHOOK = Procedure(
    key="ensure_webhook",
    title="Have ActiveCampaign send webhooks",
    run=ensure_webhook,
    fields=(
        Field(key="url", label="Address", required=True),
        Field(key="events", label="Events", type=FieldType.LIST, required=True),
    ),
    operations=("webhooks.list", "webhooks.create", "webhooks.update"),
    calls=2,
    writes=True,
    sample={"created": True, "changed": False, "webhook": WEBHOOK},
)

WEBHOOKS = Webhooks(
    verify=verify,
    read=read,
    types=(*ASKABLE, AUTOMATION),
    signed=False,
    parse=parse,
    ensure=ENSURE_WEBHOOK.key,
    setup=(
        "The hub registers the webhook itself, by this connection's key, for what workflows listen to.",
        "To have an automation ask, add its action “Webhook” and paste this address there.",
        "Keep the address to yourself: ActiveCampaign signs nothing, so who knows it is believed.",
    ),
    source="webhook guide, developers.activecampaign.com/page/webhooks, and the OpenAPI of version 3",
)
