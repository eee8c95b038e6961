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
from integrations.services import drafts, lifecycle
from integrations.services.drill import blank, footprint, gate, server, stage, verdicts
from integrations.services.drill.driver import drill
from integrations.services.drill.footprint import Footprint
from integrations.services.drill.lane import Subject
from integrations.services.drill.verdicts import judge
from tests import processes
from tests.hub import Hub, make_hub
from tests.services.connections import give_consent, oauth_connection
from tests.services.test_own_triggers import live

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
        ("order", "in_order", 2, "lost"),
    ],
)
def test_the_drill_fails_where_a_guard_is_taken_out(
    tmp_path: Path, guard: str, fault: str, events: int, comes_to: str
) -> None:
    orders = tmp_path / "orders.json"
    orders.write_text(json.dumps({"subjects": [{"recipe": RECIPE}], "events": events, "troubles": [fault]}))
    environment = processes.env(tmp_path, DATABASE_URL="", REDIS_URL="")
    blank.bring(tmp_path, environment)
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutant", guard, "drill", "--lane", str(orders)],
        cwd=processes.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    trials = [json.loads(line) for line in done.stdout.splitlines()]
    found = {key for key in ("lost", "doubled", "stuck") if sum(row[key] for row in trials)}
    assert found == ({comes_to} if comes_to else set()), trials


@pytest.mark.skipif(server.programs() is None, reason="initdb and pg_ctl are not installed")
def test_a_recipe_holds_while_its_database_is_restarted(tmp_path: Path) -> None:
    environment = processes.env(tmp_path, DATABASE_URL="", REDIS_URL="")
    with processes.start_hub(tmp_path, migrate=False, **environment) as hub:
        faults = "database_restarted,answer_lost"
        done = hub.manage("drill", RECIPE, "--postgres", "--faults", faults, "--events", "8", "--json")

    said = json.loads(done.stdout)
    assert said["faults"] == ["answer_lost", "database_restarted"]
    assert (said["events"], said["lost"], said["doubled"], said["stuck"]) == (8, 0, 0, 0), said["problems"]


def test_a_drill_that_is_cancelled_ends_what_it_has_started(tmp_path: Path) -> None:
    heard: list[int] = []

    report = drill(
        [Subject(recipe=RECIPE)],
        events=50,
        troubles=["told_twice"],
        progress=lambda done, row: heard.append(done),
        cancelled=lambda: bool(heard),
    )

    assert report.cancelled
    assert len(report.trials) < 50
    assert not [one for one in Path("/proc").glob("[0-9]*") if "drill\0--lane" in words_of(one)]


def words_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ((), "Name a workflow or a recipe, or say --all."),
        ((RECIPE, "--all"), "Name a workflow or a recipe, or say --all."),
        ((RECIPE, "--faults", "slo"), "slow"),
        (
            (RECIPE, "--faults", "database_restarted"),
            "SQLite has no server for database_restarted; add --postgres.",
        ),
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
    assert {row["trouble"] for row in [*report.trials, *report.unfit]} == set(gate.IN_PROCESS)
    assert len(report.trials) == len({row["trouble"] for row in report.trials}) >= 7, "one event in each"
    assert hub.sandbox.dump() == before
    assert not Run.objects.exists() and not Event.objects.exists()


def test_a_workflow_that_follows_another_ones_finish_is_drilled_too(hub: Hub) -> None:
    live(hub, "hub.by_hand", {}, name="First")
    second = live(hub, "hub.finished", {"workflow": "First"}, name="Second")

    report = gate.drilled(second, events=2, keys=("told_twice", "slow"))

    assert (report.problems, report.workflows) == ([], ["Second"])
    assert len(report.trials) == 2


def test_a_draft_whose_account_was_signed_in_to_by_consent_is_drilled_too(ask: Any) -> None:
    hub = make_hub(deploy=False)
    signed_in = oauth_connection(hub.team, "Signed in")
    assert give_consent(signed_in).ok
    drafts.bind(hub.workflow, {"crm": signed_in})

    report = gate.drilled(hub.workflow, events=2, keys=("told_twice", "revoked"))

    assert (report.problems, len(report.trials)) == ([], 2)


def test_the_gate_from_the_command_line_remembers_who_came_through(ask: Any) -> None:
    hub = make_hub(deploy=False)
    lifecycle.note_test(hub.workflow, True)
    assert ask("deploy", "Follow up").err.startswith("Drill this draft")

    said = ask("drill", "Follow up", "--gate")

    assert (said.status, said.out) == (0, "“Follow up” came through its drill.\n")
    assert f"{len(gate.IN_PROCESS)} of {len(gate.IN_PROCESS)}: " in said.err
    assert ask("deploy", "Follow up").status == 0
    assert ask("drill", "--all", "--gate").status == 2


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


@pytest.mark.parametrize(("record", "stuck"), [("the same", 0), ("another", 1)])
def test_what_waits_behind_a_held_run_of_its_record_waits_for_the_same_person(
    monkeypatch: pytest.MonkeyPatch, record: str, stuck: int
) -> None:
    monkeypatch.setattr(verdicts, "without_proof", lambda run: True)
    runs = [Run(pk=1, state="held", record="the same"), Run(pk=2, state="queued", record=record)]

    verdict = judge(runs, footprint.compare(RIGHT, RIGHT), waits=False)

    assert (verdict.held, verdict.stuck) == (1, stuck)
