"""`undo` plans what takes a run back, and with --apply does exactly that."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Run
from tests.hub import Hub
from tests.services.conftest import plenty

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


def booked(hub: Hub) -> int:
    hub.issue()
    (run,) = [run for run in hub.run_all() if run.mode == "live"]
    assert run.state == "succeeded", run.reason
    return int(run.pk)


def test_without_apply_it_only_tells_and_the_plan_is_applied_by_its_number(ask: Any, hub: Hub) -> None:
    said = ask("undo", str(booked(hub)))

    assert said.status == 0
    assert "Plan 1. It would make 3 writes: 3 to delete." in said.out
    assert "would delete by notifications.delete" in said.out
    assert "would delete by appointments.delete" in said.out
    assert "has already told people" in said.out
    assert "Exactly this is done by: manage.py apply 1" in said.out
    assert len(hub.contacts()) == 1

    assert ask("apply", "1").status == 0
    assert [row for row in hub.contacts() if not row.get("deleted")] == []


def test_with_apply_it_is_done_and_told_as_json(ask: Any, hub: Hub) -> None:
    run = booked(hub)

    said = ask("undo", str(run), "--apply", "--json")

    assert said.status == 0, said.err
    assert said.json["undoes"] == run
    deleted = [write["operation"] for write in said.json["writes"]]
    assert sorted(deleted) == ["appointments.delete", "contacts.delete", "notifications.delete"]
    assert said.json["run"]["status"] == "succeeded"
    assert [effect["state"] for effect in said.json["run"]["effects"]] == ["done"] * 3


def test_what_cannot_be_taken_back_is_exit_one_with_the_reasons(ask: Any, hub: Hub) -> None:
    run = booked(hub)
    assert ask("undo", str(run), "--apply").status == 0

    again = ask("undo", str(run))

    assert again.status == 1
    assert "Nothing of it can be taken back." in again.err
    assert again.out.count("The record is not there any more.") == 3


@pytest.mark.parametrize(("number", "says"), [("404", "There is no run 404"), ("x", "a whole number")])
def test_a_run_that_is_none_is_wrong_usage(ask: Any, hub: Hub, number: str, says: str) -> None:
    said = ask("undo", number)
    assert said.status == 2
    assert says in said.err


def test_a_run_under_way_is_refused_in_a_sentence(ask: Any, hub: Hub) -> None:
    run = booked(hub)
    Run.objects.update(state="waiting")
    said = ask("undo", str(run))
    assert (said.status, said.err) == (
        2,
        f"Run {run} is not over yet; cancel it, or wait for its end, and then undo it.",
    )
