"""`manage.py drill`: real workers really killed, and a drill that fails where a guard is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Environment, Event, Run
from integrations.services.drill import footprint, gate, stage
from integrations.services.drill.footprint import Footprint
from integrations.services.drill.verdicts import judge
from tests import processes
from tests.hub import Hub

RECIPE = "accredible.certificate_to_appointment"


def test_a_recipe_holds_in_every_trouble(tmp_path: Path) -> None:
    environment = processes.env(tmp_path, DATABASE_URL="", REDIS_URL="")
    with processes.start_hub(tmp_path, migrate=False, **environment) as hub:
        done = hub.manage(
            "drill", RECIPE, "--events", "6", "--faults", "killed_after_send,answer_lost", "--json"
        )

    said = json.loads(done.stdout)
    assert (said["workflows"], said["events"]) == (1, 6)
    assert said["faults"] == ["answer_lost", "killed_after_send"]
    assert (said["lost"], said["doubled"], said["stuck"], said["held"]) == (0, 0, 0, 0)
    assert said["seconds"] > 0
    assert f"6 of 6: {RECIPE}, " in done.stderr, "its progress is told"


@pytest.mark.parametrize(
    ("guard", "fault", "events", "comes_to"),
    [
        ("nothing", "killed_after_send", 4, ""),
        ("claim", "killed_after_send", 8, "doubled"),
        ("look-up", "answer_lost", 3, "doubled"),
        ("settle", "slow", 1, "stuck"),
    ],
)
def test_the_drill_fails_where_a_guard_is_taken_out(
    tmp_path: Path, guard: str, fault: str, events: int, comes_to: str
) -> None:
    orders = tmp_path / "orders.json"
    orders.write_text(json.dumps({"subjects": [{"recipe": RECIPE}], "events": events, "troubles": [fault]}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutant", guard, "drill", "--lane", str(orders)],
        cwd=processes.ROOT,
        env=processes.env(tmp_path, DATABASE_URL="", REDIS_URL=""),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    trials = [json.loads(line) for line in done.stdout.splitlines()]
    found = {key for key in ("lost", "doubled", "stuck") if sum(row[key] for row in trials)}
    assert found == ({comes_to} if comes_to else set()), trials


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ((), "Name a workflow or a recipe, or say --all."),
        ((RECIPE, "--all"), "Name a workflow or a recipe, or say --all."),
        ((RECIPE, "--faults", "slo"), "slow"),
        (("Nix",), "no workflow"),
        ((RECIPE, "--events", "0"), "a whole number from 1 is needed"),
    ],
)
def test_wrong_usage_is_a_sentence(ask: Any, argv: tuple[str, ...], says: str) -> None:
    said = ask("drill", *argv)

    assert said.status == 2
    assert says in said.err


def test_without_the_examples_all_is_refused_in_a_sentence(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "EXAMPLES", tmp_path)

    said = ask("drill", "--all")

    assert (said.status, "There are no examples in" in said.err) == (2, True)


# --- the gate --------------------------------------------------------------------------------------


def test_the_gate_drills_the_draft_and_leaves_the_hub_as_it_is(hub: Hub) -> None:
    hub.issue()
    before = hub.sandbox.dump()

    report = gate.drilled(hub.workflow)

    assert report.problems == []
    assert len({row["trouble"] for row in report.trials}) == len(gate.IN_PROCESS)
    assert hub.sandbox.dump() == before
    assert not Run.objects.exists() and not Event.objects.exists()


def test_real_accounts_are_not_drilled(hub: Hub) -> None:
    hub.ghl.environment = Environment.PRODUCTION
    hub.ghl.save()

    with pytest.raises(WrongUse, match="connected to real accounts"):
        gate.gate(hub.workflow)


# --- what counts as lost, doubled, stuck -------------------------------------------------------------

PLACE = ("ghl", "contacts")
ONE = {"ghl": {"contacts": [{"id": "a1", "tags": ["x"]}]}}


def left(**rows: Any) -> Footprint:
    return footprint.footprint(ONE, {"ghl": {"contacts": list(rows.values())}})


OLD = {"id": "a1", "tags": ["x"]}
RIGHT = left(old={**OLD, "tags": ["x", "y"]}, new={"id": "b2", "name": "Ada", "at": "2026-01-01"})


@pytest.mark.parametrize(
    ("found", "lost", "doubled"),
    [
        (left(old={**OLD, "tags": ["x", "y"]}, new={"id": "c3", "name": "Ada", "at": "2027-02-02"}), 0, 0),
        (left(old={**OLD, "tags": ["x", "y"]}), 1, 0),
        (left(old=OLD, new={"id": "b2", "name": "Ada", "at": "2026-01-01"}), 1, 0),
        (left(old={**OLD, "tags": ["x", "y"]}, new={"id": "b2", "name": "Bob", "at": "2026-01-01"}), 1, 0),
        (left(new={"id": "b2", "name": "Ada", "at": "2026-01-01"}), 1, 0),
        (
            left(
                old={**OLD, "tags": ["x", "y"]},
                new={"id": "b2", "name": "Ada", "at": "2026-01-01"},
                twin={"id": "c3", "name": "Ada", "at": "2026-01-01"},
            ),
            0,
            1,
        ),
    ],
    ids=["the same", "a record missing", "a change missing", "another name", "an old one gone", "made twice"],
)
def test_what_is_left_is_held_against_an_undisturbed_run(found: Footprint, lost: int, doubled: int) -> None:
    differs = footprint.compare(RIGHT, found)

    assert (differs.lost, differs.doubled) == (lost, doubled)
    assert bool(differs.words) == bool(lost or doubled)


def test_only_own_records_count_where_somebody_else_makes_some() -> None:
    after = {"ghl": {"contacts": [OLD, {"id": "b2"}, {"id": "stranger"}]}}

    assert footprint.made_by({"a1", "b2"}, ONE, after).made == {PLACE: Counter({"": 1})}


@pytest.mark.parametrize(
    ("state", "waits", "stuck"),
    [
        ("succeeded", False, 0),
        ("parked", False, 1),
        ("queued", False, 1),
        ("waiting", True, 0),
        ("held", False, 1),
    ],
)
def test_a_run_that_does_not_end_is_stuck(hub: Hub, state: str, waits: bool, stuck: int) -> None:
    hub.issue()
    (run,) = hub.run_all()
    run.state, run.due_at = state, None

    verdict = judge([run], footprint.compare(RIGHT, RIGHT), waits=waits)

    assert (verdict.stuck, verdict.passed) == (stuck, not stuck)
