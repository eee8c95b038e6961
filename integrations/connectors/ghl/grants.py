"""What GoHighLevel's token answers hold, whoever they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.errors import VendorTrouble
from integrations.engine.spec import Grant

DAY_S = 86_399  # what the documents give for `expires_in`


def bearer(body: Mapping[str, Any], settings: Mapping[str, Any]) -> Grant:
    """The pair in a token answer; unknown keys are left alone. VendorTrouble: there is no token."""
    access_token = body.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise VendorTrouble("GoHighLevel answered the sign-in without an access token.")
    company = body.get("companyId")
    return Grant(
        access_token=access_token,
        refresh_token=str(body.get("refresh_token") or ""),
        expires_in_s=_seconds(body.get("expires_in")),
        scopes=_scopes(body.get("scope")),
        settings={**settings, **({"company_id": company} if isinstance(company, str) and company else {})},
    )


def _seconds(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return DAY_S


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()
