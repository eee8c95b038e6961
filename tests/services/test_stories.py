"""Why every value is what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.engine.traces import Trace
from integrations.engine.transforms import Hop
from integrations.models import Event, Run, StepRun
from integrations.services.stories import explain, lineage_holds, run_json, view_of
from tests.hub import Hub, make_hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def done(hub: Hub) -> Run:
    hub.issue(recipient_name="Ada Lovelace", recipient_email=" Ada@Example.org ")
    (run,) = hub.run_all()
    assert run.state == "succeeded", run.reason
    return run


def trace_of(run: Run, step: str, target: str) -> Trace:
    view = next(view for view in view_of(run).steps if view.story.step.id == step)
    return next(trace for trace in view.story.traces if trace.target == target)


def test_a_written_field_tells_its_whole_way(done: Run) -> None:
    trace = trace_of(done, "contact", "email")
    assert trace.source == "event.recipient_email"
    assert trace.source_value == done.event.payload["recipient_email"]
    assert [hop.transform for hop in trace.hops] == ["trim", "email"]
    sent = done.steps.get(step="contact").values
    assert sent["email"] == trace.value
    assert explain(trace)[0].startswith("Taken from event.recipient_email: “")


def test_an_empty_field_tells_where_it_was_lost(done: Run) -> None:
    trace = trace_of(done, "booking", "address")
    assert (trace.value, trace.lost_at) == (None, "source")
    assert explain(trace)[-1] == "The source held nothing here, so nothing was sent."
    assert "address" not in done.steps.get(step="booking").values


def test_a_skipped_step_tells_why(done: Run) -> None:
    views = {view.story.step.id: view.story for view in view_of(done).steps}
    assert views["dictated"].reason == "Its condition did not hold."
    assert views["booking"].status.value == "done"


def test_each_step_shows_its_calls_and_its_write(done: Run) -> None:
    view = next(view for view in view_of(done).steps if view.story.step.id == "booking")
    assert [call.operation for call in view.calls] == ["appointments.create"]
    assert [effect.operation for effect in view.effects] == ["appointments.create"]
    assert view.app == "GoHighLevel"
    calls = sum(len(view.calls) for view in view_of(done).steps)
    assert calls == done.calls.count()


def test_an_exact_story_holds(done: Run) -> None:
    assert lineage_holds(done) == []


def change_event(run: Run) -> None:
    payload = {**run.event.payload, "recipient_name": "Somebody Else"}
    Event.objects.filter(pk=run.event_id).update(payload=payload)


def empty_event(run: Run) -> None:
    payload = {**run.event.payload, "recipient_name": ""}
    Event.objects.filter(pk=run.event_id).update(payload=payload)


def change_what_was_sent(run: Run) -> None:
    step = run.steps.get(step="contact")
    StepRun.objects.filter(pk=step.pk).update(values={**step.values, "lastName": "Lovelace-Byron"})


def drop_what_was_sent(run: Run) -> None:
    step = run.steps.get(step="contact")
    values = {key: value for key, value in step.values.items() if key != "lastName"}
    StepRun.objects.filter(pk=step.pk).update(values=values)


@pytest.mark.parametrize("spoil", [change_event, empty_event, change_what_was_sent, drop_what_was_sent])
def test_a_story_that_does_not_fit_what_was_sent_says_so(done: Run, spoil: Any) -> None:
    spoil(done)
    assert "contact//0" in lineage_holds(Run.objects.get(pk=done.pk))


def test_a_story_that_cannot_be_recomputed_says_so(done: Run) -> None:
    done.version.spec["steps"][0]["kind"] = "dance"
    type(done.version).objects.filter(pk=done.version_id).update(
        spec=done.version.spec, made_at=done.version.made_at.replace(year=2020)
    )
    view = view_of(Run.objects.get(pk=done.pk))
    assert view.steps == []
    assert "There is no kind of step “dance”" in view.problem


def test_a_run_as_json_has_what_the_command_line_promises(done: Run) -> None:
    told = json.loads(json.dumps(run_json(done)))
    assert {"id", "workflow", "version", "mode", "status", "event", "steps", "effects", "error"} <= set(told)
    assert told["error"] is None
    assert {effect["operation"] for effect in told["effects"]} >= {"contacts.upsert", "appointments.create"}


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (
            Trace(
                target="a",
                source="b",
                source_value=" x ",
                value="x",
                hops=(hop := Hop("trim", {}, " x ", "x"),),
            ),
            ["Taken from b: “ x ”.", "trim: “ x ” became “x”."],
        ),
        (Trace(target="a", value=True, used_default=True), ["A fixed value: true."]),
        (
            Trace(target="a", source="b", value="c", used_default=True, lost_at="source"),
            ["Taken from b: nothing.", "Nothing came of it, so the default was used: “c”."],
        ),
        (
            Trace(target="a", source="b", source_value="x", lost_at="transform:digits"),
            ["Taken from b: “x”.", "It was lost at the transform digits; nothing was sent."],
        ),
        (
            Trace(target="a", source="b", problem="`a` needs a value."),
            ["Taken from b: nothing.", "`a` needs a value."],
        ),
    ],
)
def test_a_trace_in_sentences(trace: Trace, told: list[str]) -> None:
    assert explain(trace) == told


def test_the_hubs_own_mark_is_no_difference() -> None:
    hub = make_hub("Other", attendees="none")
    hub.issue()
    (run,) = hub.run_all()
    sent = run.steps.get(step="booking").values["description"]
    assert "GHL-Hub-" in sent
    assert lineage_holds(run) == []
    StepRun.objects.filter(run=run, step="booking").update(
        values={**run.steps.get(step="booking").values, "description": sent.replace("Ada", "Eve")}
    )
    assert lineage_holds(run) == ["booking//0"]
