"""Two workflows that copy the same people between two apps, one each way: one hop and it is over.

Through webhooks, as the app sends them, and through looks: the simulated app is GoHighLevel at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.engine.spec import Step
from integrations.models import Effect, Event, Run, RunState, Workflow
from integrations.services import echoes, hops, sweeps
from integrations.services.drain import drain_once
from tests.services.telling import COPY, Pair, listening, mapped, pair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

Told = Callable[[Pair], int]
NAME: Step = replace(COPY, mappings=mapped(email="event.email", firstName="event.firstName"))


@pytest.fixture
def two(db: None) -> Pair:
    """Both ways, with what was there before seen."""
    found = pair()
    listening(found, "contacts.changed", NAME, name="There")
    listening(found, "contacts.changed", NAME, name="And back", source=found.target, target=found.source)
    return found


def by_webhook(two: Pair) -> int:
    """How many events that brings."""
    return two.hear().events


def by_looks(two: Pair) -> int:
    return sum(sweeps.sweep(workflow).events for workflow in Workflow.objects.select_related("live"))


TOLD = pytest.mark.parametrize("told", [by_webhook, by_looks], ids=["webhooks", "looks"])


def rounds(two: Pair, told: Told, most: int = 4) -> list[int]:
    """How many writes each round of telling and running brings."""
    made = []
    for _ in range(most):
        before = Effect.objects.count()
        told(two)
        open_ = Run.objects.filter(state__in=(RunState.QUEUED, RunState.WAITING))
        while open_.exists():
            open_.update(due_at=datetime.now(UTC))
            drain_once(for_s=20)
        made.append(Effect.objects.count() - before)
    return made


def names(two: Pair) -> list[list[str]]:
    return [[row["firstName"] for row in two.contacts(end)] for end in (two.source, two.target)]


@TOLD
def test_what_one_has_written_the_other_does_not_write_back(two: Pair, told: Told) -> None:
    two.create("Rosa")

    assert rounds(two, told) == [1, 0, 0, 0]
    assert names(two) == [["Rosa"], ["Rosa"]]
    assert set(Event.objects.values_list("hops", flat=True)) == {0}


@TOLD
def test_an_edit_by_a_person_right_afterwards_goes_across_once(two: Pair, told: Told) -> None:
    contact = two.create("Rosa")
    assert rounds(two, told, 1) == [1]

    two.change(contact, firstName="Rosalind")

    assert rounds(two, told) == [1, 0, 0, 0]
    assert names(two) == [["Rosalind"], ["Rosalind"]]


@TOLD
def test_so_does_one_at_the_other_end_of_the_very_record_that_was_just_written(two: Pair, told: Told) -> None:
    """Between our write and the word of it: the person's value wins over the echo's."""
    two.create("Rosa")
    assert rounds(two, told, 1) == [1]
    (copy,) = two.contacts(two.target)

    answer = two.sandbox.act("ghl", "change_contact", {"contact": copy["id"], "firstName": "Rosetta"})

    assert answer
    assert rounds(two, told) == [1, 0, 0, 0]
    assert names(two) == [["Rosetta"], ["Rosetta"]]


@TOLD
def test_where_nothing_is_recognised_it_goes_round_no_more_often_than_the_cap(
    two: Pair, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each end writes another value every time, and no echo is known: only the hops are left."""
    monkeypatch.setattr(echoes, "ours", lambda *asked: set())
    for workflow in Workflow.objects.select_related("live"):
        assert workflow.live is not None
        workflow.live.spec["steps"][0]["mappings"][1]["source"] = "now"
        type(workflow.live).objects.filter(pk=workflow.live.pk).update(spec=workflow.live.spec)
    two.create("Rosa")

    made = rounds(two, told, 2 * hops.CAP)

    assert sum(made) <= 2 * (hops.CAP + 1)
    assert made[-1] == 0, "it has come to rest"
    held = Run.objects.filter(state=RunState.HELD)
    assert held.exists()
    assert all(f"After {hops.CAP} in a row a run is held" in run.reason for run in held)
