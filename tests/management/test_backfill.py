"""`backfill`: the forecast first, then batch after batch."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Backfill, Event
from tests.services.bulk import PEOPLE, Bulk
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")

NAME = "A badge each"


@pytest.fixture
def bulk(db: None) -> Bulk:
    made = Bulk()
    made.look()
    return made


@pytest.mark.parametrize("how", [[], ["--dry-run"]])
def test_without_yes_there_is_only_a_forecast(ask: Any, bulk: Bulk, how: list[str]) -> None:
    said = ask("backfill", NAME, *how)
    assert said.status == 0
    assert said.out.splitlines()[0] == f"{PEOPLE} records were there before; they go 20 at a time."
    assert said.out.splitlines()[-1] == "Nothing was done; add --yes to take them."
    assert (Event.objects.count(), Backfill.objects.count()) == (0, 0)
    assert ask("backfill", NAME, *how, "--json").json["records"] == PEOPLE


def test_yes_takes_them_all_and_tells_how_far_it_is(ask: Any, bulk: Bulk) -> None:
    said = ask("backfill", NAME, "--yes")
    assert said.status == 0
    assert f"20 of {PEOPLE} (90 %)" in said.out
    assert said.out.splitlines()[-1].startswith(f"Done: {PEOPLE} taken, {PEOPLE} succeeded, 0 skipped")
    assert len(bulk.badges()) == PEOPLE
    assert "no old records" in ask("backfill", NAME).out
    again = ask("backfill", NAME, "--yes")
    assert (again.status, "has had all records" in again.err) == (2, True)


def test_a_refusal_stops_it_and_yes_goes_on_where_it_was(ask: Any, bulk: Bulk) -> None:
    bulk.sandbox.act("credly", "limit_token", {"write": False})
    said = ask("backfill", NAME, "--yes", "--json")
    assert (said.status, said.json["state"], said.json["taken"]) == (1, "stopped", 20)
    assert "token" in said.json["reason"]
    assert bulk.badges() == []


def test_it_is_paused_from_another_terminal(ask: Any, bulk: Bulk) -> None:
    assert ask("backfill", NAME, "--pause").status == 2, "nothing is under way"
    Backfill.objects.create(team=bulk.workflow.team, workflow=bulk.workflow, total=PEOPLE, last=10**9)
    assert ask("backfill", NAME, "--pause", "--json").json["state"] == "paused"
    assert ask("work", "--once").status == 0
    assert bulk.badges() == []


def test_workers_take_it_batch_after_batch(ask: Any, bulk: Bulk) -> None:
    Backfill.objects.create(team=bulk.workflow.team, workflow=bulk.workflow, total=PEOPLE, last=10**9)
    assert ask("work", "--once").status == 0
    assert len(bulk.badges()) == PEOPLE
    assert Backfill.objects.get().state == "done"
