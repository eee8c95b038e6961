"""INSTALL and UNINSTALL: the app was let into a location or an agency, or put out of it.

Fields: official documentation. An agency's own notice has no locationId; one for a location that an agency
added later may lack the rest. It can come before the hub has any token (issue 294 of the docs repository).
"""

from __future__ import annotations

from integrations.connectors.ghl.operations import AGENCY, LOCATION
from integrations.engine.spec import Installation, Notice

TYPES = ("INSTALL", "UNINSTALL")


def installation(notice: Notice) -> Installation | None:
    if notice.type not in TYPES:
        return None
    location, company, app = (_text(notice, key) for key in ("locationId", "companyId", "appId"))
    return Installation(
        audience=LOCATION if location else AGENCY,
        account=location or company,
        within=company if location else "",
        app=app,
        removed=notice.type == "UNINSTALL",
    )


def _text(notice: Notice, key: str) -> str:
    value = notice.payload.get(key)
    return value if isinstance(value, str) else ""
