"""Somebody asks and waits for the answer."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import Throttled, WrongUse
from integrations.models import Run, Workflow
from integrations.services import direct, lifecycle, requests
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import ANSWER, ASK, CONTACT, READ, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def hub() -> Hub:
    return make_hub(deploy=False)


def ask(hub: Hub, workflow: Workflow, **payload: Any) -> Run:
    return requests.answer(workflow, hub.accredible, "asked", payload)


def test_an_answer_is_read_at_once_and_kept(hub: Hub) -> None:
    certificate = hub.issue()
    run = ask(hub, live(hub, READ, ANSWER), id=certificate)
    assert (run.state, run.reason) == ("succeeded", "")
    assert run.answer == {"name": "Workplace Safety", "asked": certificate}
    kept = Run.objects.get()
    assert (kept.mode, kept.answer, kept.event.payload) == ("request", run.answer, {"id": certificate})
    assert [(s.address, s.operation) for s in kept.steps.all()] == [("certificate//0/0", "credentials.get")]
    assert kept.finished_at is not None


def test_what_is_not_there_fails_in_words(hub: Hub) -> None:
    run = ask(hub, live(hub, READ, ANSWER), id="404404")
    assert (run.state, run.error_kind) == ("failed", "not_found")
    assert run.reason.startswith("Accredible has no such record")


@pytest.mark.parametrize("step", [CONTACT, ASK])
def test_a_request_only_reads(hub: Hub, step: Any) -> None:
    run = ask(hub, live(hub, step, ANSWER), email="ada@example.org")
    assert run.state == "failed"
    assert "A request may only read" in run.reason
    assert hub.contacts() == []


def test_an_outage_is_an_answer_too(hub: Hub) -> None:
    hub.sandbox.set_fault("accredible", "server_error")
    run = ask(hub, live(hub, READ, ANSWER), id="1")
    assert (run.state, run.error_kind) == ("failed", "vendor_trouble")


def test_more_than_so_many_at_once_are_sent_away_and_leave_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow, inner = live(hub, READ, ANSWER), []
    certificate = hub.issue()
    real = direct.read

    def read(*args: Any, **more: Any) -> Any:
        inner.append(len(inner))
        if len(inner) <= requests.AT_ONCE:  # while this one is answered, another one asks
            with_more = len(inner) == requests.AT_ONCE
            if with_more:
                with pytest.raises(Throttled, match="as many requests as it can"):
                    ask(hub, workflow, id=certificate)
            else:
                ask(hub, workflow, id=certificate)
        return real(*args, **more)

    monkeypatch.setattr(direct, "read", read)
    ask(hub, workflow, id=certificate)
    assert Run.objects.filter(state="succeeded").count() == Run.objects.count() == requests.AT_ONCE
    assert ask(hub, workflow, id=certificate).state == "succeeded"


def test_a_break_in_the_hub_itself_is_no_run_that_stays_under_way(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **more: Any) -> Any:
        raise KeyError("a mistake")

    monkeypatch.setattr(direct, "read", broken)
    with pytest.raises(KeyError):
        ask(hub, live(hub, READ, ANSWER), id="1")
    run = Run.objects.get()
    assert (run.state, run.finished_at is not None) == ("failed", True)
    drain_once(for_s=5)
    assert Run.objects.get().state == "failed"


def test_only_what_is_live_answers(hub: Hub) -> None:
    workflow = live(hub, READ, ANSWER)
    lifecycle.pause(workflow)
    with pytest.raises(WrongUse, match="is not live"):
        ask(hub, workflow, id="1")
    with pytest.raises(WrongUse, match="is not live"):
        ask(hub, hub.workflow, id="1")
    assert not Run.objects.exists()
