"""Old records through a live workflow: foreseen, in batches, paused, gone on with, stopped by a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Backfill, Event, Run
from integrations.services import backfill, drafts, lifecycle
from integrations.services.drain import drain_once
from tests.services.bulk import PEOPLE, Bulk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def bulk(db: None) -> Bulk:
    made = Bulk()
    made.look()
    return made


def test_before_the_first_look_there_is_nothing_to_count(db: None) -> None:
    with pytest.raises(WrongUse, match="has not looked yet"):
        backfill.outlook(Bulk(people=1).workflow)


def test_the_forecast_counts_records_and_calls_and_does_nothing(bulk: Bulk) -> None:
    foreseen = backfill.outlook(bulk.workflow)
    assert foreseen.records == PEOPLE
    told = " ".join(foreseen.sentences)
    assert f"{PEOPLE} events of “A badge each”" in told
    assert f"Reading {PEOPLE} records again" in told
    assert "Credly" in told
    assert "GHL" in told
    assert (Event.objects.count(), Backfill.objects.count(), bulk.badges()) == (0, 0, [])


def test_old_records_go_twenty_at_a_time(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    first = bulk.step()
    assert (len(first.batch), first.taken, first.percent) == (20, 20, 90)
    assert set(Run.objects.values_list("lane", flat=True)) == {3}, "the least urgent"
    assert bulk.step().taken == 20, "the first batch is not over yet"
    made = bulk.to_the_end()
    assert (made.state, made.taken, made.succeeded, made.failed, made.left) == ("done", PEOPLE, PEOPLE, 0, 0)
    assert len(bulk.badges()) == PEOPLE
    assert set(Event.objects.values_list("source", flat=True)) == {"backfill"}


def test_a_record_is_taken_once_even_by_a_second_backfill(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    bulk.to_the_end()
    assert backfill.outlook(bulk.workflow).records == 0
    with pytest.raises(WrongUse, match="has had all records"):
        backfill.start(bulk.workflow)
    assert len(bulk.badges()) == PEOPLE


def test_who_has_the_badge_already_is_left_alone(bulk: Bulk) -> None:
    template = bulk.workflow.live.spec["options"]["template"]  # type: ignore[union-attr]
    given = {"name": "Person Hart", "email": "person3@example.com", "template": template}
    bulk.sandbox.act("credly", "issue_badge", given)
    backfill.start(bulk.workflow)
    made = bulk.to_the_end()
    assert (made.failed, made.skipped, made.succeeded) == (0, 1, PEOPLE - 1)
    assert len(bulk.badges()) == PEOPLE


def test_a_name_of_one_word_fails_by_itself_where_that_is_chosen(db: None) -> None:
    bulk = Bulk(people=3, one_word="ask")
    bulk.look()
    backfill.start(bulk.workflow)
    made = bulk.to_the_end()
    assert (made.state, made.succeeded, made.failed) == ("done", 2, 1)
    assert bulk.badges() == ["person1@example.com", "person2@example.com"]


def test_paused_it_takes_no_further_batch_and_goes_on_where_it_was(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    drain_once(bulk.step().batch)
    backfill.pause(bulk.workflow)
    assert bulk.step().state == "paused"
    assert len(bulk.badges()) == 20
    backfill.resume(bulk.workflow)
    assert bulk.to_the_end().state == "done"
    assert len(bulk.badges()) == PEOPLE


def test_a_paused_workflow_takes_no_batch(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    lifecycle.pause(bulk.workflow)
    assert bulk.step().taken == 0
    lifecycle.resume(bulk.workflow)
    assert bulk.to_the_end().state == "done"


@pytest.mark.parametrize(
    ("trouble", "values", "says"),
    [
        ("expire_token", {}, "does not accept the authorization token"),
        ("limit_token", {"write": False}, "token"),
    ],
)
def test_it_stops_at_the_first_refusal_of_the_token(
    bulk: Bulk, trouble: str, values: dict[str, Any], says: str
) -> None:
    backfill.start(bulk.workflow)
    drain_once(bulk.step().batch)
    bulk.sandbox.act("credly", trouble, values)
    drain_once(bulk.step().batch)
    made = bulk.step()
    assert (made.state, len(bulk.badges())) == ("stopped", 20)
    assert says in made.reason


def test_when_it_cannot_read_the_source_it_stops_before_anything_is_told(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    bulk.sandbox.set_fault("ghl", "revoke_token")
    made = bulk.step()
    assert (made.state, made.taken, Event.objects.count()) == ("stopped", 0, 0)
    assert made.reason


def test_what_is_new_meanwhile_is_no_old_record(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    bulk.person(99)
    bulk.look()
    drain_once()
    made = bulk.to_the_end()
    assert (made.total, made.taken) == (PEOPLE, PEOPLE)
    assert len(bulk.badges()) == PEOPLE + 1


def test_a_contact_that_is_gone_is_passed_over(bulk: Bulk) -> None:
    rows = bulk.documents("ghl", "contacts")
    backfill.start(bulk.workflow)
    bulk.sandbox.act("ghl", "delete_contact", {"contact": rows[-1]["id"]})
    made = bulk.to_the_end()
    assert (made.state, made.unread, made.succeeded) == ("done", 1, PEOPLE - 1)


def test_one_at_a_time(bulk: Bulk) -> None:
    backfill.start(bulk.workflow)
    with pytest.raises(WrongUse, match="being taken already"):
        backfill.start(bulk.workflow)
    with pytest.raises(WrongUse):
        backfill.resume(bulk.workflow)


def test_a_draft_has_no_old_records(bulk: Bulk) -> None:
    draft = drafts.make_draft(
        bulk.workflow.team, "credly.task_to_badge", name="Tasks", bindings={}, options={"rules": {"a": "b"}}
    )
    with pytest.raises(WrongUse, match="deploy it first"):
        backfill.outlook(draft)
