"""Connections as tests need them: by OAuth, over the sandbox's own consent page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx

from integrations.models import Connection, Team
from integrations.services import connect, consent, verification
from integrations.services.clients import sandbox

STATE = "a state nobody guesses"


def oauth_connection(team: Team, name: str = "GHL", **more: Any) -> Connection:
    """Not consented to yet."""
    return connect.add(team, "ghl", name=name, environment="sandbox", auth="oauth", **more)


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


def agency_connection(team: Team, name: str = "Agency") -> Connection:
    """An agency that has let the app into all the locations it has."""
    made = oauth_connection(team, name, settings_={"connects": "agency"})
    verified = give_consent(made, location_id=location("company_id"))
    assert verified.ok, verified.sentence
    return made


def branches(count: int, *, install: bool = True) -> list[str]:
    """So many more locations under the agency; their ids."""
    before = {row["id"] for row in sandbox().dump()["ghl"]["locations"]}
    sandbox().act("ghl", "add_locations", {"count": count, "install": install})
    return [row["id"] for row in sandbox().dump()["ghl"]["locations"] if row["id"] not in before]


def minted() -> int:
    """How often an agency's token was exchanged."""
    return len(sandbox().requests("ghl", "POST", "/oauth/locationToken"))


def token_requests() -> int:
    return len(sandbox().requests("ghl", "POST", "/oauth/token"))
