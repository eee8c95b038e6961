"""A plan that was kept is applied exactly, once, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.engine.errors import Conflict, WrongUse
from integrations.engine.plan import moved, stray
from integrations.models import Effect, Event, Plan, PlanState, Run, Workflow
from integrations.services import drafts, explore, lifecycle, orders, planning, plans
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def certificate_row(hub: Hub, **values: Any) -> dict[str, Any]:
    made = hub.issue(**values)
    return next(row for row in hub.documents("accredible", "certificates") if str(row["id"]) == made)


def kept(hub: Hub, row: dict[str, Any], event: str = "certificate.issued") -> Plan:
    workflow = Workflow.objects.select_related("live", "team").get(pk=hub.workflow.pk)
    made = planning.plan(workflow, event, row)
    return plans.keep(workflow, made, drafts.bound(workflow))


def known_contact(hub: Hub, **values: str) -> str:
    values = {"email": "ada@example.org", "firstName": "Ada", **values}
    return by_hand(hub, "contacts.upsert", values)


def by_hand(hub: Hub, operation: str, values: dict[str, Any]) -> str:
    made = explore.follow(explore.start(orders.order(hub.ghl, operation, values), None), 10.0)
    assert not made.refused, made.refused
    return made.record_id


def test_an_unchanged_plan_makes_exactly_its_writes() -> None:
    hub = make_hub(reminder_channel="none")
    plan = kept(hub, certificate_row(hub))
    assert {read["operation"] for read in plan.reads} >= {"credentials.get"}
    assert all(len(read["fingerprint"]) == 64 for read in plan.reads)

    run = plans.apply(plan, None)
    drain_once(for_s=20)

    run.refresh_from_db()
    assert (run.state, run.reason) == ("succeeded", "")
    made = [(e.address, e.operation) for e in run.effects.order_by("pk")]
    assert made == [(row["address"], row["operation"]) for row in plan.writes]
    sent = {step.address: step.values for step in run.steps.exclude(operation="")}
    assert sent[plan.writes[1]["address"]]["startTime"] == plan.writes[1]["values"]["startTime"]
    assert [a["startTime"] for a in hub.appointments()]


def test_a_plan_that_is_applied_twice_is_applied_once() -> None:
    hub = make_hub(reminder_channel="none")
    plan = kept(hub, certificate_row(hub))
    again = Plan.objects.get(pk=plan.pk)  # the second click has read the row before the first was through

    first, second = plans.apply(plan, None), plans.apply(again, None)
    drain_once(for_s=20)

    assert first == second == Run.objects.get()
    assert Effect.objects.count() == len(plan.writes)
    assert plans.apply(Plan.objects.get(pk=plan.pk), None) == first


def test_the_event_of_an_applied_plan_is_not_had_again_when_a_look_finds_it() -> None:
    hub = make_hub(reminder_channel="none")
    plans.apply(kept(hub, certificate_row(hub)), None)

    hub.run_all()

    assert Run.objects.count() == Event.objects.count() == len(hub.appointments()) == 1


def test_a_stale_plan_is_refused_with_the_record_and_the_field_that_moved() -> None:
    hub = make_hub(reminder_channel="none")
    contact = known_contact(hub)
    plan = kept(hub, certificate_row(hub))
    by_hand(hub, "contacts.update", {"contactId": contact, "lastName": "King"})
    before = hub.sandbox.dump()["ghl"]

    with pytest.raises(Conflict) as refused:
        plans.apply(plan, None)

    assert f'({contact}): lastName was nothing and is "King" now' in refused.value.sentence
    assert "nothing was written" in refused.value.sentence
    assert hub.sandbox.dump()["ghl"] == before
    plan.refresh_from_db()
    assert (plan.state, plan.run) == (PlanState.STALE, None)
    assert not Run.objects.filter(workflow=hub.workflow).exists()
    with pytest.raises(WrongUse, match=r"was refused: .*lastName"):
        plans.apply(plan, None)


def test_a_plan_whose_source_has_moved_is_refused() -> None:
    hub = make_hub(reminder_channel="none")
    row = certificate_row(hub)
    plan = kept(hub, row)
    hub.sandbox.act("accredible", "delete_certificate", {"certificate": str(row["id"])})

    with pytest.raises(Conflict, match="It would fail: Accredible has no such record"):
        plans.apply(plan, None)

    assert not Run.objects.exists()


def test_a_plan_waits_for_what_is_under_way_for_its_record() -> None:
    hub = make_hub(reminder_channel="none")
    row = certificate_row(hub)
    plan = kept(hub, row)
    hub.look()

    with pytest.raises(Conflict, match="of the same record is not over yet"):
        plans.apply(plan, None)

    drain_once(for_s=20)
    with pytest.raises(Conflict, match="nothing was written"):  # by then the contact is there
        plans.apply(plan, None)
    assert len(hub.appointments()) == 1


def test_a_plan_of_another_draft_is_not_applied_on_other_connections() -> None:
    hub = make_hub(deploy=False, reminder_channel="none")
    plan = kept(hub, certificate_row(hub))
    hub.workflow.bindings.filter(role="crm").delete()

    with pytest.raises(WrongUse, match="has other connections by now"):
        plans.apply(plan, None)


def test_a_draft_s_plan_is_applied_as_a_test_in_the_sandbox() -> None:
    hub = make_hub(deploy=False, reminder_channel="none")
    plan = kept(hub, certificate_row(hub))

    run = plans.apply(plan, User.objects.create(username="olga"))
    drain_once(for_s=20)

    run.refresh_from_db()
    assert (run.mode, run.state) == ("test", "succeeded")
    assert lifecycle.passed(run) and len(hub.appointments()) == 1


def test_a_plan_that_would_fail_is_not_kept() -> None:
    hub = make_hub(deploy=False)
    row = certificate_row(hub)
    made = planning.plan(hub.workflow, "certificate.issued", {**row, "id": 404_404})

    with pytest.raises(WrongUse, match="It would fail"):
        plans.keep(hub.workflow, made, drafts.bound(hub.workflow))


def test_a_write_beside_the_plan_ends_the_run_with_a_sentence() -> None:
    hub = make_hub(reminder_channel="none")
    run = plans.apply(kept(hub, certificate_row(hub)), None)
    (booking,) = [
        at for at, row in run.begun_with["planned"].items() if row["operation"] != "contacts.upsert"
    ]
    del run.begun_with["planned"][booking]
    run.save()

    drain_once(for_s=20)

    run.refresh_from_db()
    assert run.state == "failed"
    assert "The plan has no such write (appointments.create)" in run.reason
    assert hub.appointments() == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": None}, {"a": 1, "b": ""}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", 2, 3)]),
        ({"tags": ["x", "y"]}, {"tags": ["y", "x"]}, []),
        ({"own": [{"id": "f1", "value": 1}]}, {"own": [{"id": "f1", "value": 2}]}, [("own.f1", 1, 2)]),
        (None, {"a": 1}, [("", None, {"a": 1})]),
    ],
)
def test_what_has_moved_is_named_by_its_path(before: Any, after: Any, told: list[Any]) -> None:
    assert [(m.path, m.before, m.after) for m in moved(before, after)] == told


@pytest.mark.parametrize(
    ("planned", "actual", "fits"),
    [
        ("(new 1)", "c-17", True),
        ("Contact (new 1) of Ada", "Contact c-17 of Ada", True),
        ("Contact (new 1) of Ada", "Contact c-17 of Bob", False),
        ("Hello\n\nGHL-Hub-0123456789ab", "Hello\n\nGHL-Hub-ba9876543210", True),
        ("(new 1)", None, False),
        (["(new 1)", "x"], ["c-17", "x"], True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ("***", "a secret", False),
    ],
)
def test_a_write_is_the_plan_s_when_it_says_the_same(planned: Any, actual: Any, fits: bool) -> None:
    told = stray({"s//0/0": {"operation": "x", "values": {"f": planned}}}, "s//0/0", "x", {"f": actual})
    assert (told == "") is fits


def test_a_run_that_nobody_planned_may_write_what_it_likes() -> None:
    assert stray(None, "s//0/0", "x", {}) == ""
