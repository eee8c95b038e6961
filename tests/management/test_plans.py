"""`run --dry-run` keeps its plan; `apply` does exactly that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hub import Hub
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


def planned(ask: Any, hub: Hub, tmp_path: Path) -> tuple[str, str]:
    number = hub.issue()
    row = next(row for row in hub.documents("accredible", "certificates") if str(row["id"]) == number)
    file = tmp_path / "event.json"
    file.write_text(json.dumps(row), encoding="utf-8")
    told = ask("run", "Follow up", "--event", str(file), "--dry-run", "--json")
    return number, str(told.json["plan"])


def test_a_plan_is_applied_by_its_number_and_a_second_time_nothing_more_happens(
    ask: Any, hub: Hub, tmp_path: Path
) -> None:
    _, plan = planned(ask, hub, tmp_path)

    first, again = ask("apply", plan, "--json"), ask("apply", plan, "--json")

    assert (first.status, again.status) == (0, 0), first.err
    assert first.json["run"]["id"] == again.json["run"]["id"]
    assert first.json["run"]["status"] == "succeeded"
    assert len(hub.appointments()) == 1


def test_a_stale_plan_is_refused_in_a_sentence(ask: Any, hub: Hub, tmp_path: Path) -> None:
    number, plan = planned(ask, hub, tmp_path)
    hub.sandbox.act("accredible", "delete_certificate", {"certificate": number})

    said = ask("apply", plan)

    assert said.status == 1
    assert f"Plan {plan} was not applied, and nothing was written." in said.err
    assert hub.appointments() == []


def test_an_unknown_plan_is_wrong_usage(ask: Any, hub: Hub) -> None:
    said = ask("apply", "404")

    assert (said.status, said.err) == (
        2,
        "There is no plan 404; run --dry-run and undo say the number of theirs.",
    )
