"""Every operation of GoHighLevel, one by one: our client, our sandbox, and what is true afterwards.

The calls themselves stand in `ghl_cases`. The mission documents' own lists are here by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.spec import Outcome
from integrations.engine.transport import Transport
from integrations.sandbox import Sandbox
from tests.connectors.ghl_cases import CASES
from tests.connectors.ghl_cases.case import Case, Values
from tests.connectors.ghl_cases.world import APP, World

GUIDES = Path(__file__).resolve().parents[3] / "shared" / "mission"

# As the calendar guides list them, with what each is. Some of their entries are scopes.
CALENDAR_ENTRIES = {
    "POST /calendars": "calendars.create",
    "PUT /calendars/:calendarId": "calendars.update",
    "DELETE /calendars/:calendarId": "calendars.delete",
    "GET /calendars/": "calendars.list",
    "GET /calendars/:calendarId": "calendars.get",
    "GET /calendars/:calendarId/free-slots": "calendars.free_slots",
    "GET /calendars/groups": "calendar_groups.list",
    "POST /calendars/groups": "calendar_groups.create",
    "POST /calendars/groups/validate-slug": "calendar_groups.validate_slug",
    "DELETE /calendars/groups/:groupId": "calendar_groups.delete",
    "PUT /calendars/groups/:groupId": "calendar_groups.update",
    "PUT /calendars/groups/:groupId/status": "calendar_groups.set_status",
    "GET /calendars/resources/:resourceType": "resources.list",
}
CALENDAR_SCOPES = {
    "calendars.readonly": ("calendars.list", "calendars.get", "calendars.free_slots"),
    "calendars/groups.readonly": ("calendar_groups.list",),
    "calendars/groups.write": (
        "calendar_groups.create",
        "calendar_groups.update",
        "calendar_groups.set_status",
        "calendar_groups.delete",
    ),
    "calendars/resources.readonly": ("resources.list",),
}
# As the contact guide lists them, and the note that its patterns write.
CONTACT_ENTRIES = {
    "GET /contacts/:contactId": "contacts.get",
    "GET /contacts/:contactId/tasks": "contact_tasks.list",
    "GET /contacts/:contactId/tasks/:taskId": "contact_tasks.get",
    "GET /contacts/:contactId/notes": "contact_notes.list",
    "GET /contacts/:contactId/notes/:id": "contact_notes.get",
    "GET /contacts/:contactId/appointments": "contacts.appointments",
    "GET /contacts/": "contacts.list",
    "GET /contacts/business/:businessId": "contacts.list_by_business",
    "POST /contacts/": "contacts.create",
    "PUT /contacts/:contactId": "contacts.update",
    "DELETE /contacts/:contactId": "contacts.delete",
    "POST /contacts/:contactId/tasks": "contact_tasks.create",
    "PUT /contacts/:contactId/tasks/:taskId": "contact_tasks.update",
    "PUT /contacts/:contactId/tasks/:taskId/completed": "contact_tasks.complete",
    "DELETE /contacts/:contactId/tasks/:taskId": "contact_tasks.delete",
    "POST /contacts/:contactId/tags": "contacts.add_tags",
    "POST /contacts/:contactId/notes": "contact_notes.create",
}

CALL = r"\b(GET|POST|PUT|DELETE) (/[\w/:-]+)"
SCOPE = r"\bcalendars(?:[./]\w+)?\.(?:readonly|write)\b"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all: every case makes what it needs."""
    sandbox = Sandbox(tmp_path_factory.mktemp("ghl") / "sandbox.sqlite3")
    with httpx.Client(transport=sandbox.transport(APP)) as client:
        yield World(sandbox, Transport(client, lambda: datetime.now(UTC)))


def try_case(case: Case, world: World) -> None:
    def send(values: Values) -> Outcome:
        outcome = world.send(case.operation, values)
        if outcome.error:
            raise outcome.error
        return outcome

    case.run(world, send)


def test_every_operation_has_a_case() -> None:
    assert {case.operation for case in CASES} == set(CONNECTOR.operations)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_operation_does_what_it_says(case: Case, world: World) -> None:
    try_case(case, world)


@pytest.mark.parametrize(("entry", "key"), [*CALENDAR_ENTRIES.items(), *CONTACT_ENTRIES.items()])
def test_an_entry_of_the_guides_is_there_under_its_name(entry: str, key: str, world: World) -> None:
    method, path = entry.split(" ")
    operation = CONNECTOR.operation(key)
    parts = [f"{{{part[1:]}}}" if part.startswith(":") else part for part in path.split("/")]
    assert (operation.method, operation.path.rstrip("/")) == (method, "/".join(parts).rstrip("/"))
    for case in CASES:
        if case.operation == key:
            try_case(case, world)


@pytest.mark.skipif(not GUIDES.is_dir(), reason="the guides are not part of the project")
def test_the_entries_are_those_of_the_guides() -> None:
    """Each guide lists its endpoints in its third line."""
    lines = [path.read_text(encoding="utf-8").splitlines()[2] for path in sorted(GUIDES.glob("*.txt"))]
    calls = {f"{method} {path}" for line in lines for method, path in re.findall(CALL, line)}
    scopes = {scope.replace("s.g", "s/g") for line in lines for scope in re.findall(SCOPE, line)}
    ours = {*CALENDAR_ENTRIES, *CONTACT_ENTRIES} - {"POST /contacts/:contactId/notes"}
    assert len(lines) == 5
    assert {call.rstrip("/") for call in calls} == {entry.rstrip("/") for entry in ours}
    assert scopes == set(CALENDAR_SCOPES)


@pytest.mark.parametrize(("scope", "keys"), CALENDAR_SCOPES.items())
def test_an_entry_that_is_a_scope_is_what_its_operations_need(scope: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        assert CONNECTOR.operation(key).needed_scopes == (scope,)
