"""A simulated other side of the bridge: it takes signed events, and sends some.

It checks what it gets as the Standard Webhooks specification tells receivers to: the signature over id, time
and bytes, the time within five minutes, the same id once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from integrations.engine import standard_webhooks
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox import bridged, outbox
from integrations.sandbox.simulation import Action, Simulation, Table, fresh_id, tables
from integrations.sandbox.transaction import Tx

RECEIVED = "received"
SECRET = "outgoing_secret"  # noqa: S105 - the name of the field
TARGET = "https://receiver.example/hooks"
SETTINGS = (
    Field(
        key="answer",
        label="What it answers",
        type=FieldType.INTEGER,
        default=200,
        help="A status such as 200, 410 or 503; other than 2xx, nothing is kept.",
    ),
)
COLUMNS = ("id", "type", "source", "data", "times", "at")


def handle(tx: Tx, request: httpx.Request) -> httpx.Response:
    headers = {name.lower(): value for name, value in request.headers.items()}
    secrets = [address.secrets.get(SECRET, "") for address in outbox.addresses(tx)]
    try:
        standard_webhooks.verify(secrets, headers, request.content, tx.now)
    except BadSignature as error:
        return httpx.Response(401, json={"message": error.sentence})
    status = int(tx.setting("answer", 200))
    if not 200 <= status < 300:
        return httpx.Response(status, json={"message": "Not now."})
    _keep(tx, headers[standard_webhooks.ID], request.content)
    return httpx.Response(status, json={"accepted": True})


def _keep(tx: Tx, id: str, body: bytes) -> None:
    """The same id is the same event, however often it comes."""
    known = tx.get(RECEIVED, id)
    event = known or {**json.loads(body), "at": tx.now.isoformat(), "times": 0}
    tx.put(RECEIVED, id, {**event, "times": event["times"] + 1})


def throttled(tx: Tx, request: httpx.Request) -> httpx.Response:
    return httpx.Response(429, json={"message": "Later."}, headers={"Retry-After": "120"})


def emit(tx: Tx, values: Mapping[str, Any]) -> JsonObject:
    """Tell every address of the hub."""
    try:
        data = json.loads(values.get("data") or "{}")
    except ValueError:
        raise WrongUse("The data is no JSON, such as {“id”: “o-17”}.") from None
    if not isinstance(data, dict):
        raise WrongUse("The data is one object, such as {“id”: “o-17”}.")
    return bridged.tell(tx, str(values["type"]), data, source=str(values["source"]))


def summary(tx: Tx) -> list[Table]:
    return tables(tx, {"Events it got": (RECEIVED, COLUMNS)})


SIMULATION = Simulation(
    slug="bridge",
    title="The other side of the bridge",
    seed=lambda tx: None,
    handle=handle,
    new_credentials=lambda: {"target_url": f"{TARGET}/{fresh_id(12)}"},
    public_credentials=("target_url",),
    summary=summary,
    throttled=throttled,
    revoke=lambda tx, account: None,
    actions=(
        Action(
            key="emit",
            title="Send the hub an event",
            run=emit,
            fields=(
                Field(key="type", label="Type", required=True, default="order.paid"),
                Field(
                    key="data",
                    label="Data, as JSON",
                    default='{"id": "o-17", "email": "rosa@example.com", "name": "Rosa Diaz"}',
                ),
                Field(key="source", label="Who says so", default="shop"),
            ),
        ),
    ),
    settings=SETTINGS,
    sign=bridged.sign,
    sign_to=bridged.sign_to,
)
