"""Real accounts, for tests: the apps of another world, which production connections reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.models import Connection, Environment, Team
from integrations.sandbox import Sandbox
from integrations.services import clients, connect, verification

ID = {"ghl": "pit", "accredible": "api_key"}


@dataclass
class World:
    """The vendors' own machines, as far as the hub is concerned."""

    apps: Sandbox

    def connect(self, team: Team, app: str, name: str) -> Connection:
        """A verified production connection by key."""
        known, way = self.apps.apps()[app].credentials(), ID[app]
        wanted = connect.sandbox_secrets(app, way)
        secrets, settings = ({key: known[key] for key in part} for part in wanted)
        made = connect.add(
            team, app, name=name, environment="production", auth=way, settings_=settings, secrets=secrets
        )
        verified = verification.verify(made)
        assert verified.ok, verified.sentence
        return made

    def calendar(self, name: str) -> str:
        """A calendar that was made there by hand."""
        location = self.apps.apps()["ghl"].credentials()["location_id"]
        made = self.apps.act("ghl", "create_calendar", {"location": location, "name": name})
        return str(made["id"])

    def swap_calendars(self, one: str, other: str) -> None:
        """Each has the other's name now."""
        ids = {row["name"]: row["id"] for row in self.documents("ghl", "calendars")}
        for name, id_ in ((f"{one} (old)", ids[one]), (one, ids[other]), (other, ids[one])):
            self.apps.act("ghl", "change_calendar", {"calendar": id_, "name": name})

    def without_calendar(self, name: str) -> None:
        for row in self.documents("ghl", "calendars"):
            if row["name"] == name:
                self.apps.act("ghl", "delete_calendar", {"calendar": row["id"]})

    def documents(self, app: str, collection: str) -> list[dict[str, Any]]:
        store = self.apps.apps()[app].store
        assert store is not None
        with store.reading(app) as tx:
            return list(tx.all(collection))

    def issue(self, **values: Any) -> str:
        given = {"recipient_name": "Grace Hopper", "recipient_email": "grace@example.org", **values}
        return str(self.apps.act("accredible", "issue_certificate", given)["id"])


def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """From here on production connections lead there. Its calendar for reviews has another id."""
    made = World(Sandbox(tmp_path / "real.sqlite3"))
    to_sandbox: Callable[[str, str], httpx.Client] = clients.http_client

    def client(connector: str, environment: str) -> httpx.Client:
        if environment == Environment.PRODUCTION:
            return httpx.Client(transport=made.apps.transport(connector))
        return to_sandbox(connector, environment)

    monkeypatch.setattr(clients, "http_client", client)
    made.swap_calendars("Certificate review", "Advice call")
    return made
