"""Credly: digital badges. Token in HTTP Basic, thin webhooks that are fetched, polling.

Credly has no contacts, tasks, notes or tags: what the recipes make of these is said there. Its second way to
sign in, OAuth 2.0 with client credentials, has no consent page and is not offered: the hub's OAuth is that of
a person.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from integrations.connectors.credly import badges, templates
from integrations.connectors.credly.errors import refusal
from integrations.connectors.credly.issuing import PROCEDURES
from integrations.connectors.credly.operations import OPERATIONS
from integrations.connectors.credly.paging import pages
from integrations.connectors.credly.webhooks import ENSURE, RAW, WEBHOOKS
from integrations.connectors.credly.workforce import UPSERT
from integrations.engine.errors import ContractBroken
from integrations.engine.spec import (
    Auth,
    Connector,
    Field,
    Limit,
    Quota,
    Reference,
    Renewal,
    Sweep,
    Verify,
)

SHORTEST_TOKEN = 16


def sign(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The token is the user name, and the password is empty (YourAcclaim/block_acclaim 6fa0488)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{secrets['token']}:".encode()).decode()}


def say(organization: Any) -> str:
    organization = organization if isinstance(organization, dict) else {}
    name = organization.get("name")
    name = name if isinstance(name, str) and name else "an organization without a name"
    hook = organization.get("webhook_url")
    where = f"its webhooks go to {hook}" if isinstance(hook, str) and hook else "it sends no webhooks yet"
    return f"Connected to {name}; {where}."


def new_token(answer: Any) -> str:
    """The token in the answer to a rotation, whose shape is not documented; in the list of tokens it is
    `token`."""
    inner = answer.get("data") if isinstance(answer, Mapping) else None
    rows = inner if isinstance(inner, list) else [inner, answer]
    for row in rows:
        for key in ("token", "authorization_token", "new_token"):
            found = row.get(key) if isinstance(row, Mapping) else row
            if isinstance(found, Mapping):
                found = found.get("token")
            if isinstance(found, str) and len(found) >= SHORTEST_TOKEN and not found.isspace():
                return found
    raise ContractBroken(
        "Credly made a new token and the hub does not find it in the answer; copy it in Credly under "
        "Developers → "
        "Authorization tokens and enter it here."
    )


def _pages_of_templates(values: Mapping[str, Any]) -> Sweep:
    yield from pages("templates.list", values)


CONNECTOR = Connector(
    slug="credly",
    title="Credly",
    summary="Digital badges: issue them, know when they are accepted, keep contacts right.",
    hosts={"production": "https://api.credly.com", "sandbox": "https://sandbox-api.credly.com"},
    host_setting="place",
    auths=(
        Auth(
            key="token",
            title="Authorization token",
            sign=sign,
            secrets=(Field(key="token", label="Authorization token", required=True, secret=True),),
            lasts_days=180,
            warn_days=(30, 14, 3),
            renewal=Renewal(
                key="token",
                operation="tokens.rotate",
                read=new_token,
                source="openedx/credentials PR 3000; the answer's shape is not documented",
            ),
            hears=True,
            setup=(
                "In Credly, open your organization's administration, and there Developers.",
                "Copy the organization ID from the top of that page.",
                "Under Authorization tokens, make a token that may read and write; it ends after 180 days.",
                "Enter both here. The hub reminds you before the token ends, and can have it renewed.",
            ),
        ),
    ),
    verify=Verify(operation="organization.get", say=say),
    refusal=refusal,
    quota=Quota(
        limits=(Limit(count=100, window_s=60.0),),
        scope=lambda account: f"organization:{account.settings.get('organization_id', '')}",
        throttled_wait_s=60.0,
        source=(
            "Credly publishes no limit: 100 a minute is the hub's own; clients wait for the next minute "
            "after a 429"
        ),
    ),
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in (*PROCEDURES, UPSERT, ENSURE)},
    triggers={trigger.key: trigger for trigger in (badges.CHANGED, templates.CHANGED, *RAW)},
    references={
        "templates": Reference(
            key="templates",
            title="Badge templates",
            operation="templates.list",
            rows="data",
            values={"filter": "state::active", "sort": "name"},
            pages=_pages_of_templates,
        ),
    },
    webhooks=WEBHOOKS,
    settings=(
        Field(
            key="organization_id",
            label="Organization ID",
            required=True,
            help="In Credly under Developers; such as bc39eefb-c33e-4605-a702-424d188068b1.",
        ),
        Field(
            key="place",
            label="Place",
            choices=(("production", "Credly"), ("sandbox", "Credly's sandbox")),
            default="production",
        ),
    ),
    account_setting="organization_id",
)
