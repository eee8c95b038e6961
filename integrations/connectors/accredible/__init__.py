"""Accredible: digital certificates and badges. Key in a header, polling, no webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.connectors.accredible.certificates import CHANGED
from integrations.connectors.accredible.errors import refusal
from integrations.connectors.accredible.more_triggers import TRIGGERS
from integrations.connectors.accredible.operations import OPERATIONS
from integrations.connectors.accredible.procedures import PROCEDURES
from integrations.connectors.accredible.proofs import PAGE_SIZE
from integrations.engine.paginate import by_page
from integrations.engine.spec import Auth, Connector, Field, Limit, Quota, Reference, Sweep, Verify


def say(issuer: Any) -> str:
    """A recorded answer had `emil` for `email`, another neither: nothing here is relied upon."""
    issuer = issuer if isinstance(issuer, dict) else {}
    name = issuer.get("name") or "an issuer without a name"
    email = issuer.get("email") or issuer.get("emil")
    left = issuer.get("certificate_left")
    credits = f"{left} credits left" if left is not None else "credits unknown"
    return f"Connected to {name}{f' ({email})' if email else ''}, {credits}."


def left(issuer: Any) -> int | None:
    """How many credentials may still be published."""
    found = issuer.get("certificate_left") if isinstance(issuer, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def listed(key: str, title: str, rows: str) -> Reference:
    """Rows over all pages, by name."""
    operation = f"{key}.search"

    def pages(values: Mapping[str, Any]) -> Sweep:
        return by_page(operation, values, rows=rows, size=PAGE_SIZE, size_key="page_size")

    return Reference(key=key, title=title, operation=operation, rows=rows, pages=pages)


REFERENCES = (
    listed("groups", "Groups", "groups"),
    listed("departments", "Departments", "departments[]||[departments]"),
    listed("attribute_keys", "Attribute keys", "attribute_keys"),
)

CONNECTOR = Connector(
    slug="accredible",
    title="Accredible",
    summary="Certificates and badges: issued, revoked, about to expire; groups and the people behind them.",
    hosts={
        "us": "https://api.accredible.com",
        "eu": "https://eu.api.accredible.com",
        "sandbox": "https://sandbox.api.accredible.com",
    },
    host_setting="region",
    probe_hosts=True,
    auths=(
        Auth(
            key="api_key",
            title="API key",
            sign=lambda secrets: {"Authorization": f"Token token={secrets['api_key']}"},
            secrets=(Field(key="api_key", label="API key", required=True, secret=True),),
            setup=(
                "Open your region's dashboard (dashboard, eu.dashboard or sandbox.dashboard.accredible.com).",
                "Under API key management, make a key; one for a single department sees only its groups.",
                "Enter it here; the hub finds the region out unless you choose one.",
            ),
        ),
    ),
    verify=Verify(operation="issuer.details", say=say, stock="credits", left=left),
    refusal=refusal,
    quota=Quota(
        limits=(Limit(count=200, window_s=30.0),),
        scope=lambda account: f"address:{account.settings.get('region', '')}",
        throttled_wait_s=30.0,
        source="official OpenAPI: 2,000 in 5 minutes per IP address, counted in parts of 30 seconds",
    ),
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in PROCEDURES},
    triggers={trigger.key: trigger for trigger in (CHANGED, *TRIGGERS)},
    references={reference.key: reference for reference in REFERENCES},
    settings=(
        Field(
            key="region",
            label="Region",
            help="Left open: the hub finds out which one takes the key.",
            choices=(("us", "United States"), ("eu", "Europe"), ("sandbox", "Accredible's sandbox")),
        ),
    ),
)
