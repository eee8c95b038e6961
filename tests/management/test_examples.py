"""Every example of docs/examples/, done as its page says, with the network switched off.

A recipe's folder holds config.yaml, event.json and, where there is a way back, reverse.json; what they do to
the simulated apps stands in tests/examples/.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import pkgutil
import socket
from pathlib import Path
from typing import Any

import pytest

import tests.examples
from integrations.models import Connection, Team, Workflow
from integrations.recipes import ALL
from integrations.services import byhand, config, drafts, sweeps, verification
from integrations.services.clients import sandbox
from integrations.services.samples import trigger_of
from tests.examples import Case
from tests.hub import Hub
from tests.management.conftest import Said
from tests.proving import proved

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def cases() -> list[Case]:
    found: list[Case] = []
    for module in pkgutil.iter_modules(tests.examples.__path__):
        found += getattr(importlib.import_module(f"tests.examples.{module.name}"), "CASES", ())
    return found


CASES = cases()
each_case = pytest.mark.parametrize("case", CASES, ids=[case.recipe for case in CASES])


# --- no network -----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets reach this machine alone; another name is not even looked up."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def only_here(own: socket.socket, address: Any) -> None:
        if own.family != socket.AF_UNIX and not is_loopback(address[0]):
            raise AssertionError(f"Something wants to reach {address[0]}; examples need no network.")
        connect(own, address)

    def only_own_names(host: Any, *args: Any, **more: Any) -> Any:
        if host is not None and not is_loopback(host):
            raise AssertionError(f"Something looks {host} up; examples need no network.")
        return look_up(host, *args, **more)

    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setattr(socket.socket, "connect_ex", only_here)
    monkeypatch.setattr(socket, "getaddrinfo", only_own_names)


def is_loopback(host: Any) -> bool:
    if host in ("localhost", b"localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "api.accredible.com"])
def test_the_network_is_off(address: str) -> None:
    with pytest.raises(AssertionError, match="examples need no network"):
        socket.create_connection((address, 443), timeout=1)


def test_loopback_is_still_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


# --- the examples ---------------------------------------------------------------------------------


def folder(case: Case) -> Path:
    return EXAMPLES / case.recipe


def name_of(case: Case) -> str:
    return f"Example: {ALL[case.recipe].title}"


def put_in(ask: Any, case: Case) -> Hub:
    """The example's configuration, imported, and what the case needs beside it."""
    said = ask("config_import", str(folder(case) / "config.yaml"))
    assert said.status == 0, said.err
    team = Team.objects.get()
    workflow = Workflow.objects.get(name=name_of(case))
    hub = Hub(team, _connection("ghl"), _connection("accredible"), workflow, sandbox())
    case.arrange(hub)
    return hub


def _connection(app: str) -> Any:
    return Connection.objects.filter(connector=app).first()


def file_of(case: Case, name: str) -> tuple[Path, dict[str, Any]]:
    path = folder(case) / name
    return path, json.loads(path.read_text(encoding="utf-8"))


@each_case
def test_an_example_is_imported_twice_and_the_second_time_changes_nothing(ask: Any, case: Case) -> None:
    put_in(ask, case)
    before, held = config.export_text(), sandbox().dump()

    again = ask("config_import", str(folder(case) / "config.yaml"))

    assert again.out.splitlines()[0] == "Everything was so already."
    assert config.export_text() == before
    assert sandbox().dump() == held


@each_case
def test_an_example_names_the_simulated_apps_that_it_needs(case: Case) -> None:
    document = config.parse((folder(case) / "config.yaml").read_text(encoding="utf-8"))

    assert set(document["examples"]) >= set(ALL[case.recipe].workflow.roles.values()) & set(sandbox().apps())


@each_case
def test_an_example_runs_as_its_page_says(ask: Any, case: Case) -> None:
    hub = put_in(ask, case)
    event, _ = file_of(case, "event.json")
    chosen = ["--event-type", case.event_type] if case.event_type else []

    said = ask("run", name_of(case), "--event", str(event), *chosen, "--json")

    assert said.status == 0, said.err
    assert said.json["status"] == "succeeded", said.out
    case.done(hub)


@each_case
def test_an_example_takes_its_event_once_and_takes_it_back(ask: Any, case: Case) -> None:
    hub = live(ask, case)
    tell(ask, hub, case, "event.json", case.event_type)
    case.done(hub)
    before = watched(hub, case)

    tell(ask, hub, case, "event.json", case.event_type)
    assert watched(hub, case) == before

    if case.undone is not None:
        tell(ask, hub, case, "reverse.json", case.reverse_type)
        case.undone(hub)


def live(ask: Any, case: Case) -> Hub:
    """The example deployed; what stood in the apps before is known to it."""
    hub = put_in(ask, case)
    for connection in Connection.objects.all():
        assert verification.verify(connection).ok
    proved(hub.workflow)  # that it passes its test, the one above shows
    assert ask("deploy", name_of(case)).status == 0
    workflow = Workflow.objects.select_related("live").get(pk=hub.workflow.pk)
    if trigger_of(drafts.compile_draft(workflow)).sweep is not None:
        sweeps.sweep(workflow)
    return hub


def tell(ask: Any, hub: Hub, case: Case, name: str, event_type: str) -> None:
    """The event as if the app had told it, and the runs it starts, to their end."""
    path, payload = file_of(case, name)
    spec = drafts.compile_draft(hub.workflow)
    source = drafts.bound(hub.workflow)[spec.trigger_role]
    kind = event_type or byhand.event_type_of(hub.workflow, "", payload)
    told: Said = ask("emit", source.name, kind, str(path))
    assert told.status == 0, told.err
    assert ask("work", "--once").status == 0
    for run in hub.workflow.runs.all():
        assert run.state in ("succeeded", "skipped"), f"{run.state}: {run.reason}"


def watched(hub: Hub, case: Case) -> dict[tuple[str, str], Any]:
    return {place: hub.documents(*place) for place in case.watched}


def test_every_folder_of_examples_is_tried() -> None:
    folders = {path.parent.name for path in EXAMPLES.glob("*/config.yaml")}

    assert folders == {case.recipe for case in CASES}


@pytest.mark.parametrize("case", [c for c in CASES if c.undone], ids=lambda case: str(case.recipe))
def test_a_way_back_has_its_event(case: Case) -> None:
    assert (folder(case) / "reverse.json").is_file()


def test_an_example_of_an_app_that_has_none_is_refused(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("examples: [nix]\nteams: []", encoding="utf-8")

    said = ask("config_import", str(file))

    assert said.status == 2
    assert "There is no simulated app “nix”" in said.err
