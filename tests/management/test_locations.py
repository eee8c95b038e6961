"""An agency's locations from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Connection
from tests.hub import Hub
from tests.services.connections import agency_connection, branches, location, other_location


@pytest.fixture
def agency(hub: Hub) -> Connection:
    return agency_connection(hub.team)


def test_they_are_listed_with_what_they_are_connected_by(ask: Any, agency: Connection) -> None:
    said = ask("locations", "Agency")
    assert said.status == 0
    assert "Harbour Academy New York" in said.out and "listed" in said.out
    listed = ask("locations", "Agency", "--json").json
    assert {row["id"] for row in listed} == {location(), other_location()}
    assert {row["connection"] for row in listed} == {None}


def test_those_named_are_connected(ask: Any, agency: Connection) -> None:
    said = ask("locations", "Agency", "--add", location())
    assert (said.status, said.out.splitlines()[-1]) == (0, "1 of 1 are connected; 1 were to be.")
    assert [row.account for row in agency.children.all()] == [location()]
    again = ask("locations", "Agency", "--add", location(), "--json").json
    assert [(row["state"], row["connection"]) for row in again] == [("connected", "Harbour Academy New York")]
    assert agency.children.count() == 1


def test_all_of_them_are_connected(ask: Any, agency: Connection) -> None:
    branches(3)
    said = ask("locations", "Agency", "--all")
    assert "5 of 5 are connected" in said.out
    assert agency.children.count() == 5


def test_one_that_cannot_be_connected_is_told_and_the_command_did_not_hold(
    ask: Any, agency: Connection
) -> None:
    said = ask("locations", "Agency", "--add", location(), "nowhere")
    assert said.status == 1
    assert "1 could not be connected. nowhere: " in said.err
    assert agency.children.count() == 1


def test_what_is_to_come_can_be_taken_back(ask: Any, agency: Connection) -> None:
    assert ask("locations", "Agency", "--cancel").out == "0 were taken back.\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("Nobody",), "There is no connection “Nobody”"),
        (("GHL",), "GHL is one account; there is nothing under it to choose."),
        (("Agency", "--all", "--add", "x"), "not allowed with argument"),
        (("Agency", "--add"), "xpected at least one argument"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(
    ask: Any, agency: Connection, argv: tuple[str, ...], says: str
) -> None:
    said = ask("locations", *argv)
    assert said.status == 2
    assert says in said.err


def test_an_agency_that_has_stopped_says_so(ask: Any, agency: Connection, hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "revoke_token", match="GET /oauth/installedLocations")
    said = ask("locations", "Agency")
    assert said.status == 1
    assert "does not accept the token (any more); connect it again" in said.err
