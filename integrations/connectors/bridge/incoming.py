"""What comes in: any event, signed as Standard Webhooks, told on as it was sent."""

from __future__ import annotations

from integrations.connectors.bridge.outgoing import OUTGOING
from integrations.engine import bridged
from integrations.engine.spec import Field, FieldType, JsonObject, Trigger, TriggerKind

KEY = "bridge.event"
SAMPLE: JsonObject = {
    "event_id": "evt_00000001",
    "occurred_at": "2026-11-20T10:00:00+00:00",
    "source": "shop",
    "event": "order.paid",
    "data": {"id": "o-17", "email": "rosa@example.com", "name": "Rosa Diaz"},
    "type": KEY,
}
EVENT = Trigger(
    key=KEY,
    title="An event comes in",
    kind=TriggerKind.WEBHOOK,
    events=((KEY, "An event came in"),),
    sample={KEY: SAMPLE},
    record_id="data.id || event_id || event",
    hears=(KEY,),
    answer=(
        Field(key="event", label="Type, as it was sent"),
        Field(key="data", label="Its data", type=FieldType.OBJECT),
        Field(key="event_id", label="Id of the event"),
        Field(key="occurred_at", label="When it happened", type=FieldType.DATETIME),
        Field(key="source", label="Who says so"),
    ),
)

CURL = """\
# Needs bash, openssl and curl.
url='{url}'
secret='{secret}'
body='{"id":"evt_1","type":"order.paid","source":"shop","data":{"id":"o-17","email":"rosa@example.com"}}'
id="msg_$(date +%s%N)"
now="$(date +%s)"
key="$(printf %s "${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')"
signature="$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary \\
  | base64)"
curl "$url" -H 'content-type: application/json' \\
  -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" --data "$body"
"""

WEBHOOKS = bridged.webhooks(
    {},
    source="bridge",
    others=KEY,
    more_secrets=(Field(key=OUTGOING, label="Secret of what goes out", secret=True),),
    setup=(
        "Have the other side post JSON to this address, signed as Standard Webhooks with the secret for what "
        "comes in. There are libraries for most languages (standardwebhooks.com).",
        "An event is {id, type, occurred_at, source, data}; only the type is needed. An id is taken once.",
        "What cannot sign, such as Zapier, may post to the address as it is, once simple mode is switched on "
        "under “Change the account’s settings”. It is weaker: the address is then all that keeps others out.",
    ),
    snippets=(("Try it from a terminal", CURL),),
)
