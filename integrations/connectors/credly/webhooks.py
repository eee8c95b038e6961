"""Credly's webhooks: thin, unsigned, and answered with exactly 200, or they come again for up to 25 days.

By www.credly.com/docs (webhooks). `badge.created`, `badge.deleted` and the three of templates are documented
there; `badge.state.changed` and `badge.privacy.changed` are known from public clients only. A name not known
here is kept and means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.credly import badges, templates
from integrations.connectors.credly.reading import event
from integrations.connectors.credly.rows import BADGE, TEMPLATE
from integrations.engine.errors import BadSignature, Refused, WrongUse
from integrations.engine.paginate import ask
from integrations.engine.spec import (
    Course,
    Field,
    FieldType,
    Incoming,
    JsonObject,
    Notice,
    Procedure,
    Script,
    Situation,
    Trigger,
    TriggerKind,
    Webhooks,
    Write,
)

TYPES = (*badges.HEARS, *templates.HEARS)
TITLES = {
    "badge.created": "Badge created",
    "badge.deleted": "Badge deleted",
    "badge.state.changed": "Badge's state changed",
    "badge.privacy.changed": "Badge made public or private",
    "badge_template.created": "Badge template created",
    "badge_template.changed": "Badge template changed",
    "badge_template.deleted": "Badge template deleted",
}
THIN: JsonObject = {
    "id": "e2bcb651-563c-4ad9-a3f2-0c36ff61c1f1",
    "organization_id": "bc39eefb-c33e-4605-a702-424d188068b1",
    "event_type": "badge_template.changed",
    "occurred_at": "2026-02-03T14:05:00.000Z",
}


def verify(incoming: Incoming, keys: Mapping[str, str]) -> None:
    """Nothing is signed: the address, the organization (`own`) and the fetch stand in for it."""


def read(body: Any, query: Mapping[str, str]) -> Sequence[Notice]:
    if not isinstance(body, dict):
        raise WrongUse("A Credly webhook is one JSON object.")
    kind, id = _text(body, "event_type") or _text(body, "type"), _text(body, "id")
    if not kind or not id:
        raise WrongUse("A Credly webhook names its event_type and its id.")
    return (
        Notice(
            type=kind,
            payload={**body, "event_type": kind},
            id=id,
            account=_text(body, "organization_id"),
            record=id,
            at=_moment(body.get("occurred_at")),
        ),
    )


def own(notice: Notice, settings: Mapping[str, Any]) -> None:
    if not notice.account or notice.account != str(settings.get("organization_id") or ""):
        raise BadSignature("This event is of another Credly organization than the connection is to.")


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# --- having Credly send them ----------------------------------------------------------------------


def ensure(values: Mapping[str, Any], situation: Situation) -> Course:
    """Set the organization's one address for webhooks; another that stands there belongs to somebody else."""
    organization = yield from ask("organization.get", {})
    now = str((organization or {}).get("webhook_url") or "")
    if now == values["url"]:
        return {"webhook_url": now, "changed": False}
    if now:
        raise Refused(
            "This Credly organization sends its webhooks elsewhere already, and has one address for them. "
            "Change it "
            "under Developers → Webhooks if that is no longer needed, or let the hub look for changes."
        )
    changed = yield Write("organization.update", {"webhook_url": values["url"]})
    return {"webhook_url": (changed.value or {}).get("webhook_url"), "changed": True}


ENSURE = Procedure(
    key="ensure_webhook",
    title="Have Credly send its events to the hub",
    run=ensure,
    fields=(
        Field(key="url", label="Address", required=True),
        Field(
            key="events",
            label="Events",
            type=FieldType.LIST,
            help="Which events it sends is chosen in Credly.",
        ),
    ),
    operations=("organization.get", "organization.update"),
    writes=True,
    sample={"webhook_url": "https://hub.example.com/hooks/credly/key", "changed": True},
)

WEBHOOKS = Webhooks(
    verify=verify,
    read=read,
    types=TYPES,
    signed=False,
    own=own,
    ensure=ENSURE.key,
    accepted=200,
    setup=(
        "In Credly, open your organization's administration, and there Developers → Webhooks.",
        "Enter this address. It has to be reachable over HTTPS with a valid certificate.",
        "Newer accounts choose events per OAuth application, after Credly's staff switched data services on.",
        "Credly signs nothing: the address is what keeps others out, so treat it like a password. The hub "
        "believes "
        "only what it then reads from Credly itself.",
    ),
    source="www.credly.com/docs, webhooks",
)


# --- every event as it comes ----------------------------------------------------------------------


def fetch(record: str, known: JsonObject, settings: Mapping[str, Any]) -> Script:
    return (yield from event(record))


def raw(kind: str) -> Trigger:
    """The trigger that hands a vendor's event on under its own name, completed by the fetch."""
    holds = {"badge": BADGE} if kind in badges.HEARS else {"badge_template": TEMPLATE}
    return Trigger(
        key=f"webhook.{kind.replace('.', '_')}",
        title=f"{TITLES[kind]} ({kind})",
        kind=TriggerKind.WEBHOOK,
        events=((kind, TITLES[kind]),),
        sample={kind: {**THIN, "event_type": kind, "type": kind, **holds}},
        hears=(kind,),
        fetch=fetch,
        operations=("events.get",),
    )


RAW = tuple(raw(kind) for kind in TYPES)
