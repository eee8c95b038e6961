"""A sandbox file of its own for every test, and clients that reach it in this process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.sandbox import Sandbox

GHL_URL = "https://services.leadconnectorhq.com"
ACCREDIBLE_URL = "https://api.accredible.com"
CREDLY_URL = "https://api.credly.com"
ACTIVECAMPAIGN_URL = "https://youraccount.api-us1.com"


class Ghl:
    """The simulated GHL as an app with a private integration token sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.known = sandbox.apps()["ghl"].credentials()
        self.location = self.known["location_id"]
        self.client = self.client_with(self.known["private_integration_token"])

    def client_with(self, token: str, version: str = "2021-07-28") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}", "Version": version}
        return httpx.Client(transport=self.sandbox.transport("ghl"), base_url=GHL_URL, headers=headers)

    def other_location(self) -> str:
        locations = self.sandbox.dump()["ghl"]["locations"]
        return next(row["id"] for row in locations if row["id"] != self.location)

    def calendar(self, name: str = "Certificate review", location: str = "") -> dict[str, Any]:
        rows = self.sandbox.dump()["ghl"]["calendars"]
        wanted = location or self.location
        return next(row for row in rows if row["name"] == name and row["locationId"] == wanted)

    def contact(self, email: str = "ada@example.com", **more: Any) -> dict[str, Any]:
        body = {"locationId": self.location, "email": email, "name": "Ada Moreno", **more}
        return self.client.post("/contacts/upsert", json=body).json()["contact"]

    def slots(self, calendar_id: str, start: datetime, end: datetime, **more: Any) -> httpx.Response:
        params = {"startDate": int(start.timestamp() * 1000), "endDate": int(end.timestamp() * 1000), **more}
        return self.client.get(f"/calendars/{calendar_id}/free-slots", params=params)

    def book(self, start: str, **more: Any) -> httpx.Response:
        body = {
            "calendarId": self.calendar()["id"],
            "locationId": self.location,
            "contactId": self.contact()["id"],
            "startTime": start,
            **more,
        }
        return self.client.post("/calendars/events/appointments", json=body)


def listed(answer: httpx.Response) -> list[str]:
    """The slots of a free-slots answer, in order."""
    assert answer.status_code == 200, answer.text
    days = answer.json()
    return [slot for day in sorted(days) if day != "traceId" for slot in days[day]["slots"]]


def set_clock(sandbox: Sandbox, moment: str) -> None:
    wanted = datetime.fromisoformat(moment)
    sandbox.store.move_clock((wanted - sandbox.store.now()).total_seconds())


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path / "sandbox.sqlite3")
    yield made
    made.store.close()


@pytest.fixture
def ghl(sandbox: Sandbox) -> Ghl:
    """On a Monday morning, long before either zone changes its clocks."""
    set_clock(sandbox, "2027-02-01T06:00:00+00:00")
    return Ghl(sandbox)


@pytest.fixture
def accredible(sandbox: Sandbox) -> httpx.Client:
    key = sandbox.apps()["accredible"].credentials()["api_key"]
    headers = {"Authorization": f"Token token={key}"}
    return httpx.Client(transport=sandbox.transport("accredible"), base_url=ACCREDIBLE_URL, headers=headers)


class Credly:
    """The simulated Credly as an app with its organization's token sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        known = sandbox.apps()["credly"].credentials()
        self.token, self.organization = known["token"], known["organization_id"]

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        """`path` below the organization."""
        client = httpx.Client(transport=self.sandbox.transport("credly"), base_url=CREDLY_URL)
        auth = (self.token if token is None else token, "")
        return client.request(method, f"/v1/organizations/{self.organization}{path}", auth=auth, **more)

    def rows(self, path: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def template(self, name: str) -> str:
        return str(next(row["id"] for row in self.rows("/badge_templates") if row["name"] == name))

    def issue(self, template: str = "Volunteer", **more: Any) -> httpx.Response:
        body = {
            "recipient_email": "zoe@example.com",
            "issued_to_first_name": "Zoe",
            "issued_to_last_name": "Hart",
            "badge_template_id": self.template(template),
            "issued_at": "2026-02-03 14:05:00 -0500",
            **more,
        }
        return self.ask("POST", "/badges", json={k: v for k, v in body.items() if v is not None})

    def told(self) -> list[str]:
        """The types of the events, oldest first."""
        return [row["event_type"] for row in self.rows("/events")][::-1]


@pytest.fixture
def credly(sandbox: Sandbox) -> Credly:
    return Credly(sandbox)


@pytest.fixture
def activecampaign(sandbox: Sandbox) -> httpx.Client:
    """With a limit that no test reaches by accident."""
    sandbox.turn("activecampaign", {"rate_limit": 10_000})
    key = sandbox.apps()["activecampaign"].credentials()["api_key"]
    return httpx.Client(
        transport=sandbox.transport("activecampaign"),
        base_url=f"{ACTIVECAMPAIGN_URL}/api/3",
        headers={"Api-Token": key},
    )
