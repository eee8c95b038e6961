"""What GoHighLevel sends: known to be its own by the signature, read whatever its shape.

Headers, keys and algorithms: the webhook integration guide as of 2026-08-30. Ed25519 over the raw body is the
present one; sending the RSA header was announced to end on 2026-09-01, so it counts only where it is switched
on, and never in the place of an Ed25519 signature that failed. The envelope lies flat among the event's own
fields; the guide's sample reads it from `data`, so both are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.ghl.installs import installation
from integrations.connectors.ghl.triggers import TOLD
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.signatures import ed25519_ok, rsa_ok
from integrations.engine.spec import Field, FieldType, Incoming, JsonObject, Notice, Webhooks

ED25519_HEADER = "x-ghl-signature"
RSA_HEADER = "x-wh-signature"
UNSIGNED = "N/A"

ED25519_PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----
"""
RSA_PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----
"""

ENVELOPE = {"type", "locationId", "companyId", "appId", "versionId", "timestamp", "webhookId"}
# As the pages of these events are called -> as they arrive (official documentation).
ALSO_CALLED = {
    "ConversationUnreadWebhook": "ConversationUnreadUpdate",
    "AppInstall": "INSTALL",
    "AppUninstall": "UNINSTALL",
    "PlanChange": "PLAN_CHANGE",
}
CHANNELS = {"SMS", "Email"}
UNTOLD = "untold"


def verify(incoming: Incoming, keys: Mapping[str, str]) -> None:
    """Raises BadSignature unless GoHighLevel has signed these bytes."""
    headers = incoming.headers
    if ED25519_HEADER in headers:
        _signed(headers[ED25519_HEADER])
        if not ed25519_ok(keys["ed25519_key"], headers[ED25519_HEADER], incoming.body):
            raise BadSignature("The signature in X-GHL-Signature is not GoHighLevel's for this body.")
    elif RSA_HEADER in headers:
        _signed(headers[RSA_HEADER])
        if keys.get("accept_rsa") != "yes":
            raise BadSignature(
                "It is signed in the old way only (X-WH-Signature), which GoHighLevel has ended; "
                "set HUB_HOOK_GHL_ACCEPT_RSA to yes to take it all the same."
            )
        if not rsa_ok(keys["rsa_key"], headers[RSA_HEADER], incoming.body):
            raise BadSignature("The signature in X-WH-Signature is not GoHighLevel's for this body.")
    else:
        raise BadSignature("It is not signed: neither X-GHL-Signature nor X-WH-Signature came with it.")


def _signed(header: str) -> None:
    if header.strip().upper() == UNSIGNED:
        raise BadSignature("GoHighLevel says itself that it has not signed this (N/A).")


def read(body: Any, query: Mapping[str, str]) -> list[Notice]:
    """One body, one notice. Raises WrongUse for what is no object."""
    if not isinstance(body, dict):
        raise WrongUse("A webhook of GoHighLevel is one JSON object.")
    payload = _flat(body)
    kind = _type(payload, query)
    return [
        Notice(
            type=kind,
            payload=payload,
            id=_text(payload, "webhookId"),
            account=_account(payload, kind),
            app=_text(payload, "appId"),
            record=_record(payload, kind),
            at=_moment(payload.get("timestamp")),
        )
    ]


def _flat(body: JsonObject) -> JsonObject:
    inner = body.get("data")
    if isinstance(inner, dict) and set(body) <= ENVELOPE | {"data"}:
        return {**inner, **{key: value for key, value in body.items() if key != "data"}}
    return body


def _type(payload: JsonObject, query: Mapping[str, str]) -> str:
    """Some events come without a type, as documented; their address may say it (`?type=RecordCreate`)."""
    kind = _text(payload, "type")
    kind = ALSO_CALLED.get(kind, kind)
    if kind in CHANNELS and payload.get("messageId"):
        return "ProviderOutboundMessage"  # its own `type` is the channel, as documented
    return kind if kind in TOLD else query.get("type") or kind or UNTOLD


def _account(payload: JsonObject, kind: str) -> str:
    """The location; the agency, where the event is one of the agency's."""
    own = _text(payload, "id") if kind == "LocationUpdate" else ""
    return _text(payload, "locationId") or own or _text(payload, "companyId")


def _record(payload: JsonObject, kind: str) -> str:
    told = TOLD.get(kind)
    for path in (*(told.record if told else ()), "id"):
        found: Any = payload
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, str | int) and found != "":
            return str(found)
    return ""


def _moment(value: Any) -> datetime | None:
    """`timestamp` is ISO in UTC; epoch milliseconds are taken too. None for anything else."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(payload: JsonObject, key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


WEBHOOKS = Webhooks(
    verify=verify,
    read=read,
    types=tuple(TOLD),
    installs=installation,
    # The documented examples of the other two say AppointmentCreate as well.
    doubted={"AppointmentCreate": ("AppointmentUpdate", "AppointmentDelete")},
    keys=(
        Field(key="ed25519_key", label="Ed25519 public key", default=ED25519_PUBLIC_KEY),
        Field(key="rsa_key", label="RSA public key", default=RSA_PUBLIC_KEY),
        Field(key="accept_rsa", label="Take the old RSA signature", type=FieldType.TEXT, default="no"),
    ),
    shared=True,
    setup=(
        "In the developer portal, open your app, and there Advanced settings → Webhooks.",
        "Enter this address as the default webhook URL: installs and uninstalls come to that one only.",
        "Switch on the events that the workflows here listen to; an app's scopes decide which it may have.",
        "Events of custom objects may arrive without their type. Give each of those an address of its own, "
        "such as this one with ?type=RecordCreate behind it.",
    ),
    source="webhook integration guide, 2026-08-30; docs repository, 2026-06-19",
)
