"""What a person decides about a run, without a screen."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.models import Effect, EffectState, Run, RunState, StepRun
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import ASK, CONTACT, happen, live


@pytest.fixture
def plain(db: None) -> Hub:
    return make_hub(deploy=False)


@pytest.fixture
def asking(plain: Hub) -> Run:
    """A run that waits until a person has said whether the contact may be made."""
    run = happen(plain, live(plain, ASK, CONTACT), email="ada@example.org")
    drain_once(for_s=10)
    run.refresh_from_db()
    return run


@pytest.fixture
def held(plain: Hub) -> Effect:
    """A contact that was made, whose answer never came, and that a person has to look for."""
    plain.sandbox.set_fault("ghl", "lost_answer", match="POST /contacts/upsert")
    run = happen(plain, live(plain, CONTACT), email="ada@example.org")
    drain_once(for_s=10)
    Effect.objects.filter(run=run).update(state=EffectState.HELD)
    Run.objects.filter(pk=run.pk).update(state=RunState.HELD, due_at=None)
    return Effect.objects.get(run=run)


@pytest.mark.parametrize(("answer", "state", "contacts"), [("--yes", "succeeded", 1), ("--no", "skipped", 0)])
def test_a_step_that_asks_is_answered(
    ask: Any, plain: Hub, asking: Run, answer: str, state: str, contacts: int
) -> None:
    assert ask("decide", str(asking.pk), answer).status == 0
    drain_once(for_s=10)

    asking.refresh_from_db()
    assert asking.state == state
    assert len(plain.contacts()) == contacts


def test_it_says_what_a_run_waits_for(ask: Any, asking: Run) -> None:
    said = ask("decide", str(asking.pk), "--json").json

    assert said == [{"kind": "step", "item": 1, "what": "ask", "about": "May this contact be made?"}]


def test_a_held_write_that_happened_is_taken_as_done(ask: Any, plain: Hub, held: Effect) -> None:
    (contact,) = plain.contacts()

    assert ask("decide", str(held.run_id), "--there", contact["id"]).status == 0
    drain_once(for_s=10)

    held.refresh_from_db()
    assert (held.state, held.record_id, Run.objects.get().state) == ("done", contact["id"], "succeeded")
    assert len(plain.contacts()) == 1


def test_a_held_write_that_did_not_happen_is_made(ask: Any, plain: Hub, held: Effect) -> None:
    ask("decide", str(held.run_id), "--not-there")
    drain_once(for_s=10)

    held.refresh_from_db()
    assert (held.state, held.sends, Run.objects.get().state) == ("done", 2, "succeeded")


def test_a_run_that_is_held_as_a_whole_goes_on(ask: Any, plain: Hub, asking: Run) -> None:
    StepRun.objects.filter(run=asking).update(done=True, outcome=True)
    Run.objects.filter(pk=asking.pk).update(state=RunState.HELD, reason="It stopped its worker three times.")

    ask("decide", str(asking.pk), "--go-on")
    drain_once(for_s=10)

    assert Run.objects.get().state == "succeeded"


def test_a_cancelled_run_does_nothing_any_more(ask: Any, plain: Hub, asking: Run) -> None:
    assert "cancelled" in ask("decide", str(asking.pk), "--cancel").out
    drain_once(for_s=10)

    assert (Run.objects.get().state, plain.contacts()) == ("cancelled", [])


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["999"], "There is no run 999"),
        (["RUN", "--there", "abc"], "No write of run"),
        (["RUN", "--yes", "--item", "2"], "there is no number 2"),
        (["RUN", "--go-on"], "not held"),
        (["RUN", "--yes", "--no"], "not allowed with"),
    ],
)
def test_what_cannot_be_decided_is_one_sentence(ask: Any, asking: Run, argv: list[str], told: str) -> None:
    said = ask("decide", *[str(asking.pk) if word == "RUN" else word for word in argv])

    assert said.status == 2
    assert told in said.err
    asking.refresh_from_db()
    assert asking.state == RunState.WAITING
