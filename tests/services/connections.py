"""Connections as tests need them: by OAuth, over the sandbox's own consent page."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx

from integrations.models import Connection, Team
from integrations.services import connect, consent, verification
from integrations.services.clients import sandbox

STATE = "a state nobody guesses"


def oauth_connection(team: Team, name: str = "GHL", **more: str) -> Connection:
    """Not consented to yet."""
    return connect.add(team, "ghl", name=name, environment="sandbox", auth="oauth", **more)  # type: ignore[arg-type]


def press(url: str, **choice: str) -> str:
    """Press a button of the consent page; the query of the address it sends the browser to."""
    request = httpx.Request(
        "POST",
        url,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        content=urlencode(choice).encode(),
    )
    answer = sandbox().handle("ghl", request)
    assert answer.status_code == 302, answer.text
    return httpx.URL(answer.headers["Location"]).query.decode()


def location(which: str = "location_id") -> str:
    return sandbox().apps()["ghl"].credentials()[which]


def other_location() -> str:
    rows = sandbox().dump()["ghl"]["locations"]
    return next(str(row["id"]) for row in rows if row["id"] != location())


def give_consent(connection: Connection, **choice: str) -> verification.Verified:
    """The whole way: to the page, a choice there (the first location), and back."""
    url = consent.consent_url(connection, STATE)
    return consent.finish_consent(connection, press(url, **choice or {"location_id": location()}), STATE)


def token_requests() -> int:
    return len(sandbox().requests("ghl", "POST", "/oauth/token"))
