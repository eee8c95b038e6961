"""Every entry of the mission documents' lists, one by one, through `manage.py call` in the sandbox.

The guides' own lines name the calls; what each call needs before, and what is true afterwards, stands in
`tests/connectors/ghl_cases`. An entry that is a scope is answered as the scope it is.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.engine.spec import Kind, Outcome
from integrations.engine.transport import Transport
from integrations.models import Effect, EffectState, Team
from integrations.services import clients
from tests.connectors.ghl_cases import CASES
from tests.connectors.ghl_cases.case import Values
from tests.connectors.ghl_cases.world import APP, World
from tests.connectors.test_ghl_operations import (
    CALENDAR_ENTRIES,
    CALENDAR_SCOPES,
    CONNECTOR,
    CONTACT_ENTRIES,
)
from tests.hub import connected

# Beside the guides' lists: what their patterns really need.
NEIGHBOURS = [
    "appointments.create",
    "appointments.update",
    "block_slots.create",
    "contacts.bulk_tags",
    "contacts.duplicate",
    "contacts.search",
    "contacts.upsert",
    "custom_fields.create",
    "notifications.create",
    "opportunities.create",
    "resources.create",
    "schedules.create",
    "users.list",
]


@pytest.fixture
def world(db: None) -> World:
    connected(Team.objects.create(name="Acme"), "ghl", "GHL")
    sandbox = clients.sandbox()
    client = httpx.Client(transport=sandbox.transport(APP))
    return World(sandbox, Transport(client, lambda: datetime.now(UTC)))


def call_all(ask: Any, world: World, name: str, key: str, folder: Path) -> None:
    """Every case of an operation, sent as somebody would send it from the command line."""
    cases = [case for case in CASES if case.operation == key]
    assert cases

    def send(values: Values) -> Outcome:
        file = folder / "values.json"
        file.write_text(json.dumps(values))
        said = ask("call", "GHL", name, "--json-body", str(file), "--yes", "--json")
        assert said.status == 0, said.err
        assert said.json["operation"] == key
        return Outcome(said.json["value"], said.json["record_id"])

    for case in cases:
        case.run(world, send)
    writes = 0 if CONNECTOR.operation(key).kind is Kind.READ else len(cases)
    assert Effect.objects.filter(operation=key, state=EffectState.DONE).count() == writes


@pytest.mark.parametrize(("entry", "key"), [*CALENDAR_ENTRIES.items(), *CONTACT_ENTRIES.items()])
def test_an_entry_of_the_guides_is_called_by_its_own_line(
    ask: Any, world: World, entry: str, key: str, tmp_path: Path
) -> None:
    call_all(ask, world, entry, key, tmp_path)


@pytest.mark.parametrize("key", NEIGHBOURS)
def test_what_the_guides_leave_out_is_called_by_its_key(
    ask: Any, world: World, key: str, tmp_path: Path
) -> None:
    call_all(ask, world, key, key, tmp_path)


@pytest.mark.parametrize(("scope", "keys"), CALENDAR_SCOPES.items())
def test_an_entry_that_is_a_scope_is_told_with_the_calls_that_need_it(
    ask: Any, world: World, scope: str, keys: tuple[str, ...]
) -> None:
    said = ask("call", "GHL", scope)

    assert said.status == 2
    assert "is a scope (what a token may do), not an endpoint" in said.err
    for key in keys:
        assert key in said.err


def test_the_lists_hold_sixteen_entries_each_and_the_note() -> None:
    assert len(CALENDAR_ENTRIES) + len(CALENDAR_SCOPES) >= 16
    assert len(CONTACT_ENTRIES) == 16 + 1
