"""The bridge: signed webhooks in and out, for whatever speaks HTTP and is no app of its own here."""

from __future__ import annotations

from integrations.connectors.bridge.incoming import EVENT, WEBHOOKS
from integrations.connectors.bridge.outgoing import (
    OPERATIONS,
    nothing_to_prove,
    ping,
    refusal,
    say,
    sign_body,
)
from integrations.engine.spec import Auth, Connector, Field, Limit, Quota, Verify

CONNECTOR = Connector(
    slug="bridge",
    title="Bridge",
    summary="Signed webhooks in and out: for anything that can send or take one.",
    hosts={"": "https://receiver.example"},
    auths=(
        Auth(
            key="signed",
            title="Signed webhooks",
            sign=lambda secrets: {},
            sign_body=sign_body,
            hears=True,
            setup=(
                "Enter where events are to be sent; leave it empty if the hub is only to receive.",
                "The hub makes the two secrets: one for what comes in, one for what goes out. Each is shown "
                "once; copy it to the other side then.",
            ),
        ),
    ),
    verify=Verify(operation="target.ping", say=say, values=lambda settings: ping(), unless=nothing_to_prove),
    refusal=refusal,
    quota=Quota(
        limits=(Limit(count=50, window_s=1.0),),
        scope=lambda account: f"target:{account.settings.get('target_url', '')}",
        source="the hub's own measure: receivers tell of no limit, but with 429 and Retry-After",
    ),
    operations=OPERATIONS,
    triggers={EVENT.key: EVENT},
    webhooks=WEBHOOKS,
    settings=(
        Field(
            key="target_url",
            label="Where events are sent",
            format="url",
            help="An https address that takes Standard Webhooks. Empty: nothing is sent.",
        ),
    ),
)
