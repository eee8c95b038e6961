"""The kill switches from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Stop, Workflow, WorkflowState
from tests.hub import Hub


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (["--team", "Acme"], "The team Acme"),
        (["--connection", "GHL"], "The connection GHL"),
        (["--hub"], "The whole hub"),
    ],
)
def test_a_switch_is_pulled_and_released(ask: Any, hub: Hub, what: list[str], name: str) -> None:
    stopped = ask("stop", *what, "--why", "Wrong texts.")
    assert (stopped.status, Stop.objects.get().why) == (0, "Wrong texts.")
    assert stopped.out.startswith(f"{name} is stopped")
    assert ask("stop", *what).status == 2

    assert ask("resume", *what, "--json").json == {"resumed": name}
    assert not Stop.objects.exists()
    assert ask("resume", *what).err == f"{name} is not stopped."


def test_a_workflow_is_paused(ask: Any, hub: Hub) -> None:
    assert ask("stop", "Follow up").out.startswith("“Follow up” is stopped")
    assert Workflow.objects.get().state == WorkflowState.PAUSED
    assert ask("resume", "Follow up").status == 0


@pytest.mark.parametrize("argv", [[], ["Follow up", "--hub"], ["--team", "Nobody"], ["--connection", "GHLL"]])
def test_it_has_to_be_said_what(ask: Any, hub: Hub, argv: list[str]) -> None:
    assert ask("stop", *argv).status == 2
