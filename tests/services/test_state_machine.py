"""Whatever happens in whatever order: effects equal events, and each record's come in its events' order.

Hypothesis plays the world (events, workers that are killed, answers that are lost, refusals, pauses, replays,
people who decide); when all is said and done, the shop has what it should have.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from integrations.models import OPEN, Effect, EffectState, Run, RunState, Workflow, WorkflowState
from integrations.services import decisions
from integrations.services.drain import Drain
from integrations.services.ingest import Arrival, accept
from tests.services.shop import Desk, open_desk
from tests.services.test_ledger_proofs import Killed

RECORDS = ("ada", "bob", "cem")
OPERATIONS = ("notes.create", "jobs.create", "letters.create")
TROUBLES = ("lost", "dropped", "late", "broken", "busy", "refused")


class World(RuleBasedStateMachine):
    """One desk, a workflow for each kind of proof. What ran is counted by what the shop has in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.desk: Desk = open_desk(self.patch)
        self.desk.shop.late_s = 15.0
        self.workflows = {key: self.desk.workflow(key, key) for key in OPERATIONS}
        self.count = 0

    # --- what the world does ------------------------------------------------------------------------

    @rule(record=st.sampled_from(RECORDS), operation=st.sampled_from(OPERATIONS))
    def something_happens(self, record: str, operation: str) -> None:
        self.count += 1
        name = f"{record} {self.count:03}"
        self.desk.happen(self.workflows[operation], name, record=record)

    @precondition(lambda self: self.count > 0)
    @rule(data=st.data())
    def something_is_told_again(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(list(Run.objects.order_by("pk"))))
        event = run.event
        told = Arrival(type="e", key=event.dedupe_key, record=event.record, payload=event.payload)
        assert accept(self.desk.connection, "told", [told], [run.workflow], event.source) == []

    @rule(trouble=st.sampled_from(TROUBLES))
    def trouble_is_coming(self, trouble: str) -> None:
        self.desk.shop.troubles.append(trouble)

    @rule(
        record=st.sampled_from(RECORDS),
        operation=st.sampled_from(OPERATIONS),
        trouble=st.sampled_from(TROUBLES),
    )
    def something_happens_and_goes_wrong(self, record: str, operation: str, trouble: str) -> None:
        self.desk.shop.troubles[:] = [trouble]
        self.something_happens(record, operation)
        self.desk.drain()

    @rule()
    def a_worker_drains(self) -> None:
        self.desk.drain()

    @rule(sent=st.integers(min_value=1, max_value=3))
    def a_worker_is_killed_after_its_calls(self, sent: int) -> None:
        worker, left = Drain(clock=self.desk.shop.now), {"turns": sent}
        take_back = worker.wave.take_back

        def die(came_back: Any) -> None:
            left["turns"] -= bool(came_back)
            if came_back and left["turns"] <= 0:
                raise Killed
            take_back(came_back)

        with (
            mock.patch.object(worker.wave, "take_back", die),
            mock.patch.object(worker, "_let_go"),
            suppress(Killed),
        ):
            worker.run(for_s=10)

    @rule(commits=st.integers(min_value=1, max_value=4))
    def a_worker_is_killed_between_its_commit_and_its_calls(self, commits: int) -> None:
        worker, left = Drain(clock=self.desk.shop.now), {"commits": commits}
        turn_done = worker.wave.turn_done

        def die() -> None:
            left["commits"] -= 1
            if left["commits"] <= 0:
                raise Killed
            turn_done()

        with (
            mock.patch.object(worker.wave, "turn_done", die),
            mock.patch.object(worker, "_let_go"),
            suppress(Killed),
        ):
            worker.run(for_s=10)

    @rule(seconds=st.sampled_from((1, 30, 61, 600)))
    def time_passes(self, seconds: int) -> None:
        self.desk.shop.later(seconds)

    @rule()
    def the_key_is_revoked(self) -> None:
        self.desk.shop.keys = {"revoked"}

    @rule()
    def somebody_reconnects(self) -> None:
        self.desk.reconnect()

    @rule(operation=st.sampled_from(OPERATIONS))
    def somebody_pauses(self, operation: str) -> None:
        Workflow.objects.filter(name=operation).update(state=WorkflowState.PAUSED)

    @rule()
    def somebody_resumes(self) -> None:
        Workflow.objects.update(state=WorkflowState.LIVE)

    @precondition(lambda self: Run.objects.filter(state=RunState.FAILED).exists())
    @rule()
    def somebody_replays(self) -> None:
        self._replay_all()

    @precondition(lambda self: Effect.objects.filter(state=EffectState.HELD).exists())
    @rule()
    def somebody_looks_and_decides(self) -> None:
        self._decide_all()

    # --- what must hold -----------------------------------------------------------------------------

    @invariant()
    def nothing_is_made_twice(self) -> None:
        for rows in self.desk.shop.rows.values():
            names = [row["name"] for row in rows]
            assert len(names) == len(set(names)), names

    @invariant()
    def of_a_record_one_run_is_under_way(self) -> None:
        running = Run.objects.filter(state=RunState.RUNNING).values_list("workflow", "record")
        assert len(running) == len(set(running))

    @invariant()
    def one_write_is_open_for_each_target(self) -> None:
        still_open = Effect.objects.filter(state__in=OPEN).values_list("connection", "target")
        assert len(still_open) == len(set(still_open))

    def teardown(self) -> None:
        try:
            self._all_is_put_right()
            self._effects_equal_events()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.patch.undo()

    def _all_is_put_right(self) -> None:
        self.desk.shop.troubles.clear()
        self.desk.reconnect()
        self.somebody_resumes()
        for _ in range(40):
            self.desk.drain()
            self._replay_all()
            self._decide_all()
            if not Run.objects.exclude(state__in=(RunState.SUCCEEDED, RunState.FAILED)).exists():
                self.desk.drain()
                break
            self.desk.shop.later(61)

    def _effects_equal_events(self) -> None:
        events = {
            (key, run.event.payload["name"])
            for key, workflow in self.workflows.items()
            for run in Run.objects.filter(workflow=workflow, replay=0).select_related("event")
        }
        made = [
            (f"{collection}.create", row["name"])
            for collection, rows in self.desk.shop.rows.items()
            for row in rows
        ]
        assert len(events) == self.count
        assert sorted(made) == sorted(events), list(Run.objects.values_list("state", "reason"))
        self._in_order(made)

    def _in_order(self, made: list[tuple[str, str]]) -> None:
        """A record's writes stand in the shop as its events came, but for what failed and was replayed."""
        replayed = set(Run.objects.filter(replay__gt=0).values_list("event__payload__name", flat=True))
        for operation in OPERATIONS:
            for record in RECORDS:
                names = [n for key, n in made if key == operation and n.startswith(record)]
                names = [name for name in names if name not in replayed]
                assert names == sorted(names)

    # --- what people do -----------------------------------------------------------------------------

    def _replay_all(self) -> None:
        for run in Run.objects.filter(state=RunState.FAILED):
            if not Run.objects.filter(event=run.event, workflow=run.workflow, replay__gt=run.replay).exists():
                decisions.replay(run, None, behind=True)

    def _decide_all(self) -> None:
        """A person looks in the shop: a letter is there, or it is not (also not any more, on its way)."""
        self.desk.shop.later(21)
        for effect in Effect.objects.filter(state=EffectState.HELD).select_related("run__event"):
            assert effect.run is not None
            name, rows = effect.run.event.payload["name"], self.desk.shop.rows
            there = [row for row in rows.get(effect.operation.split(".")[0], []) if row["name"] == name]
            decisions.decide_held(effect, bool(there), there[0]["id"] if there else "", None)


@pytest.mark.django_db
@pytest.mark.usefixtures("plenty")
def test_effects_equal_events_and_each_record_keeps_its_order() -> None:
    run_state_machine_as_test(
        World,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),  # to shorten a failing story takes many minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
