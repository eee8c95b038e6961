"""A run is undone by a plan of inverse writes; what cannot be taken back, or has moved since, is told."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from integrations.engine.errors import Conflict, WrongUse
from integrations.engine.spec import FieldMapping, StepKind
from integrations.models import Effect, Event, Plan, RecordLink, Run, Workflow
from integrations.services import decisions, explore, orders, plans, undoing
from integrations.services.drain import Drain, drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import happen, live, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub(reminder_channel="none")


def booked(hub: Hub) -> Run:
    """A certificate whose contact and appointment have been made."""
    hub.issue()
    (run,) = [run for run in hub.run_all() if run.mode == "live"]
    assert run.state == "succeeded", run.reason
    return run


def by_hand(hub: Hub, operation: str, values: dict[str, Any]) -> Run:
    run = explore.start(orders.order(hub.ghl, operation, values), None)
    sent = explore.follow(run, 10.0)
    assert not sent.refused, sent.refused
    run.refresh_from_db()
    return run


def known(hub: Hub, **values: str) -> str:
    made = by_hand(hub, "contacts.create", {"email": "ada@example.org", "firstName": "Ada", **values})
    return str(made.effects.get().record_id)


def undone(plan: Plan) -> Run:
    run = plans.apply(plan, None)
    drain_once(for_s=20)
    run.refresh_from_db()
    assert run.state == "succeeded", run.reason
    return run


def told(plan: Plan) -> list[tuple[str, str]]:
    return [(row["operation"], row["record"]) for row in plan.writes]


def contact(hub: Hub, pk: str) -> dict[str, Any]:
    return next(row for row in hub.contacts() if row["id"] == pk)


def live_contacts(hub: Hub) -> list[str]:
    return [row["id"] for row in hub.contacts() if not row.get("deleted")]


def live_appointments(hub: Hub) -> list[str]:
    return [row["id"] for row in hub.appointments() if not row.get("deleted")]


def test_what_a_run_made_is_deleted_the_latest_first_and_its_links_end(hub: Hub) -> None:
    run = booked(hub)
    links = {link.name: link.record_id for link in RecordLink.objects.all()}

    plan = undoing.plan(run, None)

    assert told(plan) == [
        ("appointments.delete", links["appointment"]),
        ("contacts.delete", links["contact"]),
    ]
    assert [(row["kind"], row["before"] is not None) for row in plan.writes] == [("delete", True)] * 2
    assert plan.left == [
        f"“Book an appointment” ({links['appointment']}): "
        "What GoHighLevel has already told people about the appointment has been told."
    ]
    assert len(live_contacts(hub)) == 1, "a plan writes nothing"

    back = undone(plan)

    assert (live_appointments(hub), live_contacts(hub)) == ([], [])
    assert not RecordLink.objects.filter(ended_at=None).exists()
    assert [(e.operation, e.state) for e in back.effects.order_by("pk")] == [
        ("appointments.delete", "done"),
        ("contacts.delete", "done"),
    ]
    assert undoing.applied(run) == [plan]


def test_applied_twice_it_is_undone_once(hub: Hub) -> None:
    plan = undoing.plan(booked(hub), None)
    second = Plan.objects.get(pk=plan.pk)  # read before the first click was through

    assert plans.apply(plan, None) == plans.apply(second, None)
    drain_once(for_s=20)

    assert Effect.objects.filter(operation__endswith=".delete").count() == 2


def test_our_own_taking_back_is_no_news(hub: Hub) -> None:
    run = booked(hub)
    undone(undoing.plan(run, None))
    had = Event.objects.count()

    hub.run_all()

    assert Event.objects.count() == had


def test_a_contact_that_was_there_before_gets_its_values_back(hub: Hub) -> None:
    pk = known(hub, firstName="Augusta", lastName="King", city="Bern")
    run = booked(hub)
    assert contact(hub, pk)["firstName"] == "Ada"

    plan = undoing.plan(run, None)
    (update,) = [row for row in plan.writes if row["operation"] == "contacts.update"]
    assert {c["field"]: (c["before"], c["after"]) for c in update["changes"] if c["differs"]} == {
        "firstName": ("Ada", "Augusta"),
        "lastName": ("Lovelace", "King"),
    }
    undone(plan)

    assert {key: contact(hub, pk)[key] for key in ("firstName", "lastName", "city")} == {
        "firstName": "Augusta",
        "lastName": "King",
        "city": "Bern",
    }
    assert live_contacts(hub) == [pk]


def test_a_record_that_moved_since_is_refused_by_itself_and_the_rest_is_planned(hub: Hub) -> None:
    pk = known(hub, firstName="Augusta", lastName="King")
    run = booked(hub)
    hub.sandbox.act("ghl", "change_contact", {"contact": pk, "firstName": "Somebody"})

    plan = undoing.plan(run, None)

    assert [operation for operation, _ in told(plan)] == ["appointments.delete"]
    assert any("firstName was Ada and is Somebody now" in sentence for sentence in plan.left)
    undone(plan)
    assert contact(hub, pk)["firstName"] == "Somebody"


def test_a_made_record_that_somebody_worked_on_is_not_deleted(hub: Hub) -> None:
    run = booked(hub)
    pk = RecordLink.objects.get(name="contact").record_id
    hub.sandbox.act("ghl", "change_contact", {"contact": pk, "lastName": "King"})

    plan = undoing.plan(run, None)

    assert ("contacts.delete", pk) not in told(plan)
    assert any("lastName was Lovelace and is King now" in sentence for sentence in plan.left)


def test_what_moves_between_the_plan_and_its_application_refuses_all_of_it(hub: Hub) -> None:
    plan = undoing.plan(booked(hub), None)
    pk = RecordLink.objects.get(name="contact").record_id
    hub.sandbox.act("ghl", "change_contact", {"contact": pk, "lastName": "King"})

    with pytest.raises(Conflict, match=r"lastName was .*Lovelace.* and is .*King"):
        plans.apply(plan, None)

    assert len(live_contacts(hub)) == len(live_appointments(hub)) == 1


def test_a_record_that_is_gone_is_told(hub: Hub) -> None:
    run = booked(hub)
    pk = RecordLink.objects.get(name="appointment").record_id
    hub.sandbox.act("ghl", "delete_appointment", {"appointment": pk})

    plan = undoing.plan(run, None)

    assert f"“Book an appointment” ({pk}): The record is not there any more." in plan.left


def test_what_a_later_run_has_built_on_is_left(hub: Hub) -> None:
    first = booked(hub)
    hub.issue(group=hub.group("coaching-2026"))
    second = hub.run_all()[-1]
    assert second.state == "succeeded"

    plan = undoing.plan(first, None)

    assert [operation for operation, _ in told(plan)] == ["appointments.delete"]
    assert any(f"Run {second.pk} has written to it since" in sentence for sentence in plan.left)
    undone(undoing.plan(second, None))
    again = undoing.plan(first, None)
    assert "contacts.delete" in [operation for operation, _ in told(again)], again.left


TAGS = step(
    "tags",
    StepKind.WRITE,
    role="crm",
    operation="contacts.add_tags",
    mappings=(
        FieldMapping(target="contactId", source="event.contact"),
        FieldMapping(target="tags", source="event.tags"),
    ),
)


def test_of_the_tags_that_were_added_only_those_that_were_not_there_are_taken_off(hub: Hub) -> None:
    pk = known(hub)
    by_hand(hub, "contacts.add_tags", {"contactId": pk, "tags": '["vip"]'})
    run = happen(hub, live(hub, TAGS), contact=pk, tags=["vip", "certified"])
    drain_once(for_s=10)
    run.refresh_from_db()
    assert sorted(contact(hub, pk)["tags"]) == ["certified", "vip"]

    undone(undoing.plan(run, None))

    assert contact(hub, pk)["tags"] == ["vip"]


def test_a_field_that_was_empty_before_is_left_for_a_person(hub: Hub) -> None:
    pk = known(hub)
    run = by_hand(hub, "contacts.update", {"contactId": pk, "city": "Bern", "firstName": "Augusta"})

    plan = undoing.plan(run, None)

    assert plan.left == [
        f"“Update a contact” ({pk}): city was empty before; the hub sends nothing empty, so that is for a "
        "person to clear."
    ]
    undone(plan)
    assert (contact(hub, pk)["firstName"], contact(hub, pk)["city"]) == ("Ada", "Bern")


def test_an_undo_is_itself_undone_as_far_as_anything_can_be_put_back(hub: Hub) -> None:
    pk = known(hub)
    run = by_hand(hub, "contacts.update", {"contactId": pk, "firstName": "Augusta"})
    back = undone(undoing.plan(run, None))
    assert contact(hub, pk)["firstName"] == "Ada"

    undone(undoing.plan(back, None))
    assert contact(hub, pk)["firstName"] == "Augusta"


def test_what_an_undo_deleted_stays_deleted(hub: Hub) -> None:
    gone = undone(undoing.plan(booked(hub), None))

    again = undoing.plan(gone, None)

    assert again.writes == []
    assert all("can only be made anew" in sentence for sentence in again.left)
    with pytest.raises(WrongUse, match="nothing to apply"):
        plans.apply(again, None)


def test_a_killed_worker_takes_nothing_back_twice(hub: Hub) -> None:
    run = plans.apply(undoing.plan(booked(hub), None), None)

    class Killed(BaseException):
        pass

    worker = Drain()

    def die(came_back: object) -> None:
        if came_back:
            raise Killed

    with (
        mock.patch.object(worker.wave, "take_back", die),
        mock.patch.object(worker, "_let_go"),
        pytest.raises(Killed),
    ):
        worker.run(for_s=10)
    Run.objects.filter(pk=run.pk).update(lease_until=run.made_at)
    Effect.objects.update(landing_by=run.made_at)
    drain_once(for_s=20)

    run.refresh_from_db()
    assert run.state == "succeeded", run.reason
    assert (live_appointments(hub), live_contacts(hub)) == ([], [])
    assert [e.operation for e in run.effects.all()] == ["appointments.delete", "contacts.delete"]


def test_two_undos_of_one_run_do_not_go_at_once(hub: Hub) -> None:
    run = booked(hub)
    first, second = undoing.plan(run, None), undoing.plan(run, None)
    plans.apply(first, None)

    with pytest.raises(Conflict, match=f"is undoing run {run.pk} just now"):
        plans.apply(second, None)


def test_an_undo_that_failed_is_not_run_again_but_planned_anew(hub: Hub) -> None:
    run = plans.apply(undoing.plan(booked(hub), None), None)
    Run.objects.filter(pk=run.pk).update(state="failed")
    run.refresh_from_db()

    with pytest.raises(WrongUse, match="plan the undo anew"):
        decisions.replay(run, None)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"state": "waiting"}, "is not over yet"),
        ({"begun_with": None}, "is no longer kept"),
    ],
)
def test_a_run_of_which_too_little_is_known_is_refused(hub: Hub, values: Any, says: str) -> None:
    run = booked(hub)
    Run.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()
    with pytest.raises(WrongUse, match=says):
        undoing.plan(run, None)


def test_a_run_that_wrote_nothing_has_nothing_to_undo(hub: Hub) -> None:
    run = booked(hub)
    run.effects.all().delete()
    with pytest.raises(WrongUse, match="has written nothing"):
        undoing.plan(run, None)


def test_what_stood_there_before_is_kept_with_every_change_and_forgotten_with_the_rest(hub: Hub) -> None:
    pk = known(hub, lastName="King")
    run = by_hand(hub, "contacts.update", {"contactId": pk, "lastName": "Byron"})
    assert run.effects.get().prior == {"record": {"lastName": "King"}}
    gone = by_hand(hub, "contacts.delete", {"contactId": pk})
    assert gone.effects.get().prior["record"]["lastName"] == "Byron"
    made = Effect.objects.get(operation="contacts.create")
    assert made.prior is None


def test_without_what_stood_there_before_nothing_is_guessed(hub: Hub) -> None:
    pk = known(hub, lastName="King")
    run = by_hand(hub, "contacts.update", {"contactId": pk, "lastName": "Byron"})
    run.effects.update(prior={"why": "The token may not read contacts."})

    plan = undoing.plan(run, None)

    assert plan.writes == []
    assert plan.left == [
        f"“Update a contact” ({pk}): What stood there before is not known (The token may not read contacts)."
    ]
    assert Workflow.objects.count() == 1, "nothing is made for it"
