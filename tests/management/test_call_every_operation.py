"""Every operation of GoHighLevel from the command line: shown without being sent, then sent.

A write is a run of its own, with a step and an entry in the ledger: so this is every operation as a
workflow's step, too. The values are those of the operation's first case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.spec import Outcome
from integrations.engine.transport import Transport
from integrations.models import Connection, Team
from integrations.services import connect
from integrations.services.clients import sandbox
from tests.connectors.ghl_cases import CASES
from tests.connectors.ghl_cases.case import Case, Values
from tests.connectors.ghl_cases.world import APP, EVERY_SCOPE, World
from tests.services.connections import agency_connection

FIRST = list({case.operation: case for case in reversed(CASES)}.values())[::-1]


@pytest.fixture
def world() -> Iterator[World]:
    sandbox().set_setting(APP, "pit_scopes", EVERY_SCOPE)
    with httpx.Client(transport=sandbox().transport(APP)) as client:
        yield World(sandbox(), Transport(client, lambda: datetime.now(UTC)))


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


def connection(team: Team, world: World, key: str) -> Connection:
    """A connection of the kind that the operation is for."""
    agency = CONNECTOR.operation(key).audiences[:1] == ("agency",)
    if agency and key.startswith("oauth."):  # what a private token of an agency may not do
        return agency_connection(team)
    settings = {"company_id": world.company_id, "connects": "agency" if agency else "location"}
    if not agency:
        settings["location_id"] = world.location_id
    token = world.known["agency_integration_token" if agency else "private_integration_token"]
    return connect.add(
        team,
        APP,
        name="Agency" if agency else "Harbour",
        environment="sandbox",
        auth="pit",
        settings_=settings,
        secrets={"private_integration_token": token},
    )


@pytest.mark.django_db
@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.operation)
def test_every_operation_can_be_called_by_hand(
    case: Case, world: World, team: Team, ask: Any, tmp_path: Path
) -> None:
    name = connection(team, world, case.operation).name

    def send(values: Values) -> Outcome:
        given = tmp_path / "values.json"
        given.write_text(json.dumps(values), encoding="utf-8")
        asked = ("call", name, case.operation, "--json-body", str(given), "--json")
        before = len(world.sandbox.requests())
        shown = ask(*asked, "--dry-run")
        assert (shown.status, len(world.sandbox.requests())) == (0, before), shown.err
        done = ask(*asked, "--yes")
        assert done.status == 0, done.err or done.out
        assert len(world.sandbox.requests()) > before
        return Outcome(value=done.json["value"], record_id=done.json["record_id"])

    case.run(world, send)
