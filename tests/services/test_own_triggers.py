"""Workflows that begin without an app telling: by hand, a form, a schedule, another's finish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.own_triggers import asked_fields
from integrations.engine.spec import FieldMapping
from integrations.models import Clock, Run, Workflow
from integrations.services import building, clocks, config, drafts, following, lifecycle, planning, starts
from integrations.services.config_import import import_config
from integrations.services.drain import drain_once
from tests.hub import Hub
from tests.proving import proved


def live(hub: Hub, trigger: str, settings: dict[str, Any], *, name: str = "Own") -> Workflow:
    """A live workflow whose one step answers with what came in."""
    made = building.start_blank(hub.team, name=name, source=hub.ghl, trigger=trigger)
    drafts.save_trigger_settings(made, settings)
    step = building.add_plain(made, "answer")
    drafts.save_mappings(made, {step.id: (FieldMapping(target="got", source="event.id"),)})
    proved(made)
    lifecycle.deploy(made)
    return made


def runs(workflow: Workflow) -> list[Run]:
    return list(Run.objects.filter(workflow=workflow, mode="live").select_related("event").order_by("id"))


@pytest.mark.parametrize(
    ("text", "key", "kind", "needed"),
    [
        ("Name*", "name", "text", True),
        ("E-mail* (email)", "e_mail", "email", True),
        ("Visits (number)*", "visits", "number", True),
        ("Anything else", "anything_else", "text", False),
    ],
)
def test_a_field_is_declared_in_words(text: str, key: str, kind: str, needed: bool) -> None:
    (field,) = asked_fields({"fields": [text]})

    assert (field.key, field.type.value, field.required) == (key, kind, needed)


@pytest.mark.parametrize("fields", [["Name (colour)"], ["Name", "name"], ["*"], ["a(b"]])
def test_a_field_that_cannot_be_read_is_refused(fields: list[str]) -> None:
    with pytest.raises(WrongUse):
        asked_fields({"fields": fields})


def test_somebody_starts_it_with_what_is_asked_for(hub: Hub) -> None:
    made = live(hub, "hub.by_hand", {"fields": ["Email* (email)", "Visits (number)"]})

    run = starts.by_hand(made, {"email": "rosa@example.com", "visits": 3})
    drain_once(for_s=30)

    run.refresh_from_db()
    assert run.state == "succeeded"
    assert run.event.payload["values"] == {"email": "rosa@example.com", "visits": 3}


@pytest.mark.parametrize("values", [{}, {"email": "nobody"}, {"email": "a@b.example", "colour": "red"}])
def test_what_does_not_fit_starts_nothing(hub: Hub, values: dict[str, str]) -> None:
    made = live(hub, "hub.by_hand", {"fields": ["Email* (email)"]})

    with pytest.raises(WrongUse):
        starts.by_hand(made, values)
    assert runs(made) == []


def test_a_form_sent_twice_starts_one_run_and_its_link_ends_with_the_address(hub: Hub) -> None:
    made = live(hub, "hub.form", {"title": "Tell us", "fields": ["Name*"]})
    link = starts.form_url(made).rstrip("/").rpartition("/")[2]
    shown = starts.form(link)

    first = starts.fill_in(shown, {"name": "Rosa"}, "same")
    assert starts.fill_in(shown, {"name": "Rosa"}, "same") == first
    assert len(runs(made)) == 1

    Workflow.objects.filter(pk=made.pk).update(ask_key="another-key-altogether")
    with pytest.raises(WrongUse, match="has ended"):
        starts.form(link)
    with pytest.raises(WrongUse, match="has ended"):
        starts.form("x" + link[1:])


def test_a_schedule_starts_a_run_a_stroke_and_once_however_often_it_is_noticed(hub: Hub) -> None:
    made = live(hub, "hub.schedule", {"how": "minutes", "minutes": 10})
    clock = Clock.objects.get(workflow=made)
    now = clock.next_at + timedelta(seconds=1)

    assert clocks.anything_due(now)
    assert clocks.strike_due(now) == 1
    assert clocks.strike_due(now) == 0
    Clock.objects.filter(pk=clock.pk).update(next_at=clock.next_at, done_until=clock.done_until)  # a restore
    assert clocks.strike_due(now) == 0
    assert [run.event.payload["at"] for run in runs(made)] == [clock.next_at.isoformat(timespec="seconds")]


@pytest.mark.parametrize(("missed", "count"), [("skip", 0), ("once", 1)])
def test_what_a_paused_workflow_missed_follows_the_policy(hub: Hub, missed: str, count: int) -> None:
    made = live(hub, "hub.schedule", {"how": "daily", "at": "09:00", "missed": missed})
    lifecycle.pause(made)
    begun = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
    Clock.objects.update(done_until=begun, next_at=begun + timedelta(hours=21))
    now = begun + timedelta(days=3)
    assert not clocks.anything_due(now)

    lifecycle.resume(made)

    assert clocks.strike_due(now) == count
    assert clocks.next_at(made) == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "wanted", "follows"),
    [
        ("succeeded", "succeeded", 1),
        ("succeeded", "failed", 0),
        ("failed", "failed", 1),
        ("failed", "any", 1),
    ],
)
def test_a_workflow_follows_anothers_finish(hub: Hub, outcome: str, wanted: str, follows: int) -> None:
    first = live(hub, "hub.by_hand", {}, name="First")
    second = live(hub, "hub.finished", {"workflow": "First", "outcome": wanted}, name="Second")
    if outcome == "failed":
        step = drafts.compile_draft(first).steps[0].id
        drafts.save_mappings(first, {step: (FieldMapping(target="got", source="event.none", required=True),)})
        proved(first)
        first.live.spec = {**first.live.spec, "steps": lifecycle.freeze(drafts.compile_draft(first))["steps"]}
        first.live.made_at = datetime.now(UTC)
        first.live.save()
    run = starts.by_hand(first, {})

    drain_once(for_s=30)

    run.refresh_from_db()
    assert run.state == outcome
    followed = runs(second)
    assert len(followed) == follows
    for one in followed:
        assert one.event.payload["outcome"] == outcome
        assert one.event.payload["event"]["id"] == run.event.payload["id"]
        assert one.event.payload["hops"] == 1
    assert following.tell([run]) == 0
    assert len(runs(second)) == follows


def test_a_chain_is_cut_after_so_many(hub: Hub) -> None:
    first = live(hub, "hub.by_hand", {}, name="First")
    second = live(hub, "hub.finished", {"workflow": "First"}, name="Second")
    live(hub, "hub.finished", {"workflow": "Second"}, name="Third")
    starts.by_hand(first, {})
    for _ in range(3):  # each finish brings the next run
        drain_once(for_s=30)
    (run,) = runs(second)
    third = Workflow.objects.get(name="Third")
    assert runs(third)[0].event.payload["hops"] == 2
    run.event.payload = {**run.event.payload, "hops": following.MOST_HOPS}

    Run.objects.filter(workflow=third).delete()
    assert following.tell([run]) == 0


def test_what_would_begin_itself_again_does_not_go_live(hub: Hub) -> None:
    first = live(hub, "hub.by_hand", {}, name="First")
    live(hub, "hub.finished", {"workflow": "First"}, name="Second")
    first.draft = {**first.draft, "trigger": "hub.finished", "trigger_settings": {"workflow": "Second"}}
    first.save()

    assert lifecycle.problems(first, with_test=False) == [
        "It would begin itself again: First → Second → First."
    ]
    drafts.save_trigger_settings(first, {"workflow": "Nobody"})
    assert "There is no workflow “Nobody” to follow" in lifecycle.problems(first, with_test=False)[0]


@pytest.mark.parametrize("key", ["hub.by_hand", "hub.form", "hub.schedule", "hub.finished"])
def test_every_own_trigger_has_its_dry_run_and_is_exported_and_imported_the_same(hub: Hub, key: str) -> None:
    settings = {"hub.finished": {"workflow": "Follow up"}, "hub.form": {"fields": ["Name*"]}}.get(key, {})
    made = live(hub, key, settings)
    assert planning.plan(made).holds
    exported = config.parse(config.export_text())
    spec = drafts.compile_draft(made)
    made.delete()

    import_config(exported)

    assert drafts.compile_draft(Workflow.objects.get(name="Own")) == spec
