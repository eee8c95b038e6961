"""Linked records compared three-way, and brought in line: every drift is found and healed, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.module_loading import import_string
from django_q.models import Schedule

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.engine.spec import FieldMapping, StepKind, TransformUse
from integrations.models import Finding, Reconcile, RecordLink, Run, SlotHold, Workflow
from integrations.services import healing, owners, reconciling, ways_back
from integrations.services.drain import drain_once
from tests.hub import Hub, make_hub
from tests.services.handmade import happen, live, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def person(hub: Hub, number: int) -> str:
    """A certificate whose contact and appointment have been made."""
    return hub.issue(recipient_name=f"Person{number} Hart", recipient_email=f"person{number}@example.org")


def made_for(hub: Hub, count: int) -> list[str]:
    hub.sandbox.set_setting("ghl", "burst_limit", 1_000_000)
    found = [person(hub, number) for number in range(count)]
    assert {run.state for run in hub.run_all()} == {"succeeded"}
    return found


@pytest.fixture
def hub(db: None) -> Hub:
    return make_hub(reminder_channel="none")


def fresh(hub: Hub) -> Workflow:
    return Workflow.objects.select_related("live", "team").get(pk=hub.workflow.pk)


def compared(hub: Hub, **more: Any) -> Reconcile:
    made = reconciling.start(fresh(hub), **more)
    while made.state == "running":
        made = reconciling.step(made)
    assert made.state == "done", made.reason
    return made


def link(record: str, name: str = "contact") -> RecordLink:
    return RecordLink.objects.get(record=record, name=name)


def told(made: Reconcile) -> list[tuple[str, str, str, str]]:
    rows = made.findings.exclude(kind__in=("in_sync", "excluded"))
    return [(row.record, row.kind, row.field, row.side) for row in rows]


def counts(made: Reconcile) -> tuple[int, int, int, int]:
    return made.in_sync, made.excluded, made.failing, made.drifted


def rename(hub: Hub, record: str, name: str = "Somebody") -> None:
    given = {"contact": link(record).record_id, "firstName": name}
    hub.sandbox.act("ghl", "change_contact", given)


def test_what_was_just_made_is_in_sync(hub: Hub) -> None:
    made_for(hub, 2)
    made = compared(hub)
    assert told(made) == []
    assert made.in_sync == 2


def test_a_field_changed_in_the_app_is_told_with_what_it_was_and_waits_for_a_person(hub: Hub) -> None:
    first, _ = made_for(hub, 2)
    rename(hub, first)
    made = compared(hub)
    assert told(made) == [(first, "field", "firstName", "right")]
    row = made.findings.get(kind="field")
    assert (row.agreed, row.left, row.right) == (
        {"value": "Person0"},
        {"value": "Person0"},
        {"value": "Somebody"},
    )
    assert (row.state, list(reconciling.conflicts(hub.team))) == ("ask", [row])


def healed(hub: Hub, made: Reconcile) -> list[Run]:
    found = healing.heal(made, actor=None)
    drain_once(for_s=30)
    for run in found.runs:
        run.refresh_from_db()
        assert run.state == "succeeded", run.reason
    return found.runs


def contact(hub: Hub, record: str) -> dict[str, Any]:
    (found,) = [row for row in hub.contacts() if row["id"] == link(record).record_id]
    return found


def appointment(hub: Hub, record: str) -> dict[str, Any]:
    (found,) = [row for row in hub.appointments() if row["id"] == link(record, "appointment").record_id]
    return found


def test_where_the_workflow_owns_a_field_it_is_written_again_and_nothing_else(hub: Hub) -> None:
    first, second = made_for(hub, 2)
    owners.save(fresh(hub), {"contact.firstName": "left"})
    rename(hub, first)
    hub.sandbox.act("ghl", "change_contact", {"contact": link(first).record_id, "city": "Bern"})
    before = contact(hub, second)
    (run,) = healed(hub, compared(hub))
    assert (contact(hub, first)["firstName"], contact(hub, first)["city"]) == ("Person0", "Bern")
    assert contact(hub, second) == before
    assert [e.operation for e in run.effects.all()] == ["contacts.update"]
    assert told(compared(hub)) == []
    assert hub.look().events == 0, "our own write is no news"


def test_where_the_app_owns_it_what_it_holds_is_taken_and_not_told_again(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    owners.save(fresh(hub), {"contact.*": "right"})
    rename(hub, first)
    assert healed(hub, compared(hub)) == []
    assert contact(hub, first)["firstName"] == "Somebody"
    assert told(compared(hub)) == []
    rename(hub, first, "Else")
    assert told(compared(hub)) == [(first, "field", "firstName", "right")]


def test_a_change_at_the_source_that_nobody_noticed_is_found_and_written(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    owners.save(fresh(hub), {"*": "newest"})
    hub.sandbox.act("accredible", "change_certificate", {"certificate": first, "name": "Second Aid"})
    made = compared(hub)
    assert {(field, side) for _, _, field, side in told(made)} == {("title", "left"), ("description", "left")}
    healed(hub, made)
    assert appointment(hub, first)["title"] == "Certificate: Second Aid"
    assert told(compared(hub)) == []


def test_a_record_that_is_gone_in_the_app_is_made_again_and_linked(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    owners.save(fresh(hub), {"appointment.*": "left"})
    was = appointment(hub, first)
    hub.sandbox.act("ghl", "delete_appointment", {"appointment": was["id"]})
    SlotHold.objects.all().delete()  # it was booked more than minutes ago
    made = compared(hub)
    assert told(made) == [(first, "gone", "", "right")]
    healed(hub, made)
    again = appointment(hub, first)
    assert again["id"] != was["id"]
    assert again["title"] == was["title"]
    assert told(compared(hub)) == []


def test_where_the_app_owns_it_a_record_that_is_gone_stays_gone(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    owners.save(fresh(hub), {"*": "right"})
    hub.sandbox.act("ghl", "delete_contact", {"contact": link(first).record_id})
    made = compared(hub)
    assert (first, "gone", "", "right") in told(made)
    healing.heal(made, actor=None)
    assert link(first).ended_at is not None
    assert "gone" not in {kind for _, kind, _, _ in told(compared(hub))}


def test_a_lost_link_is_put_back_from_the_ledger_without_a_call(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    was = link(first)
    RecordLink.objects.filter(pk=was.pk).delete()
    made = compared(hub)
    assert told(made) == [(first, "lost", "", "")]
    assert healed(hub, made) == []
    assert (link(first).record_id, link(first).connection) == (was.record_id, was.connection)
    assert told(compared(hub)) == []


def test_a_plan_that_is_stale_is_refused_whole(hub: Hub) -> None:
    first, second = made_for(hub, 2)
    owners.save(fresh(hub), {"*": "left"})
    rename(hub, first)
    rename(hub, second)
    made = compared(hub)
    rename(hub, second, "Later")
    with pytest.raises(WrongUse, match=rf"1 record has moved .*{second}"):
        healing.heal(made, actor=None)
    assert contact(hub, first)["firstName"] == "Somebody"
    assert not Run.objects.filter(event__source="reconcile").exists()
    assert healing.heal(made, actor=None, moved_is_passed_over=True).passed_over == 1


def test_both_sides_moved_goes_to_a_person_who_decides(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    hub.sandbox.act("accredible", "change_certificate", {"certificate": first, "name": "Second Aid"})
    row_now = appointment(hub, first)
    api = hub.sandbox.apps()["ghl"].store
    assert api is not None
    with api.transaction("ghl") as tx:
        tx.put("appointments", row_now["id"], {**row_now, "title": "Mine"})
    made = compared(hub)
    row = made.findings.get(field="title")
    assert (row.side, row.state) == ("both", "ask")
    healing.decide(row, "left", None)
    healed(hub, made)
    assert appointment(hub, first)["title"] == "Certificate: Second Aid"
    assert made.findings.get(field="description").state == "ask", "it was not decided"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"contact.email": "mine"}, "policy"),
        ({"kontact.email": "left"}, "contact"),
        ({"contact": "left"}, "contact.*"),
    ],
)
def test_an_owner_that_means_nothing_is_refused(hub: Hub, given: dict[str, str], says: str) -> None:
    with pytest.raises(WrongUse) as refused:
        owners.save(fresh(hub), given)
    assert says in refused.value.sentence


def test_failing_and_excluded_records_say_why(hub: Hub) -> None:
    first, second = made_for(hub, 2)
    Run.objects.filter(record=first).update(state="failed", reason="The calendar is full.")
    Run.objects.filter(record=second).update(state="queued")
    made = compared(hub)
    why = dict(made.findings.values_list("record", "why"))
    assert why[first] == "The calendar is full."
    assert "is about it just now" in why[second]
    assert counts(made)[1:] == (made.excluded, 1, 0)


def test_it_can_be_cancelled_between_two_batches(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "BATCH", 1)
    made_for(hub, 2)
    made = reconciling.step(reconciling.start(fresh(hub)))
    assert (made.state, made.seen) == ("running", 1)
    with pytest.raises(WrongUse, match="already"):
        reconciling.start(fresh(hub))
    reconciling.cancel(fresh(hub))
    assert reconciling.step(made).state == "cancelled"
    assert Finding.objects.count() == 1


NAMED = step(
    "person",
    StepKind.WRITE,
    role="crm",
    operation="contacts.upsert",
    link="contact",
    mappings=(
        FieldMapping(target="email", source="event.recipient_email"),
        FieldMapping(target="companyName", source="event.name"),
        FieldMapping(target="city", source="event.name", transforms=(TransformUse(name="upper"),)),
    ),
)


@pytest.fixture
def named(hub: Hub) -> tuple[Workflow, str]:
    """A workflow that takes a certificate's name as it stands, with one record in sync."""
    workflow, record = live(hub, NAMED, name="Names"), hub.issue()
    row = certificate(hub, record)
    happen(hub, workflow, record, recipient_email=row["recipient_email"], name=row["name"])
    drain_once(for_s=20)
    made = all_of(workflow)
    assert told(made) == [], list(made.findings.values("why"))
    return workflow, record


def all_of(workflow: Workflow) -> Reconcile:
    made = reconciling.start(Workflow.objects.select_related("live", "team").get(pk=workflow.pk))
    while made.state == "running":
        made = reconciling.step(made)
    assert made.state == "done", made.reason
    return made


def set_in_ghl(hub: Hub, record: str, **values: str) -> None:
    made = RecordLink.objects.get(record=record, name="contact", workflow__name="Names")
    hub.sandbox.act("ghl", "change_contact", {"contact": made.record_id, **values})


def certificate(hub: Hub, record: str) -> dict[str, Any]:
    return next(row for row in hub.documents("accredible", "certificates") if str(row["id"]) == record)


def test_where_the_app_wins_what_was_taken_as_it_stands_is_written_back_to_the_source(
    hub: Hub, named: tuple[Workflow, str]
) -> None:
    workflow, record = named
    owners.save(workflow, {"*": "right"})
    set_in_ghl(hub, record, companyName="First Aid II")
    made = all_of(workflow)
    assert [(row.field, row.winner, row.writes_back) for row in made.findings.filter(kind="field")] == [
        ("companyName", "right", True)
    ]

    (run,) = healed(hub, made)

    assert [(e.operation, e.connection) for e in run.effects.all()] == [
        ("credentials.update", hub.accredible)
    ]
    assert certificate(hub, record)["name"] == "First Aid II"
    (left,) = all_of(workflow).findings.filter(kind="field")
    assert (left.field, left.side, left.state) == ("city", "left", "ready"), "it is made of the same name"


def test_the_write_back_is_no_news_to_the_workflow(hub: Hub, named: tuple[Workflow, str]) -> None:
    workflow, record = named
    owners.save(workflow, {"*": "right"})
    hub.look()
    drain_once(for_s=20)
    had = Run.objects.exclude(event__source="reconcile").count()
    set_in_ghl(hub, record, companyName="First Aid II")
    healed(hub, all_of(workflow))

    assert hub.look().events == 0
    assert Run.objects.exclude(event__source="reconcile").count() == had


def test_where_there_is_no_way_back_it_says_so_and_takes_what_the_app_has(
    hub: Hub, named: tuple[Workflow, str]
) -> None:
    workflow, record = named
    owners.save(workflow, {"*": "right"})
    set_in_ghl(hub, record, city="Bern")
    made = all_of(workflow)
    row = made.findings.get(kind="field")
    assert (row.writes_back, row.back["why"]) == (
        False,
        "It is made from the source's values, and there is no way back from the result.",
    )
    assert healed(hub, made) == []
    assert certificate(hub, record)["name"] != "BERN"
    assert told(all_of(workflow)) == []


def test_what_right_wins_comes_to_is_told_before_it_is_chosen(hub: Hub, named: tuple[Workflow, str]) -> None:
    workflow, _ = named
    written, nested, derived = ways_back.told(workflow)
    assert written == "Written back to Accredible: contact.companyName."
    assert derived.startswith("Not written back to Accredible, only taken as it is: contact.city.")
    assert "contact.email" in nested and "Accredible has no call that changes recipient_email." in nested
    hub.accredible.read_only = True
    hub.accredible.save()
    assert not any(sentence.startswith("Written back") for sentence in ways_back.told(workflow))


@pytest.mark.parametrize(("policy", "winner"), [("newest", "right"), ("ask", "")])
def test_the_newest_wins_back_too_and_a_person_may_say_so(
    hub: Hub, named: tuple[Workflow, str], policy: str, winner: str
) -> None:
    workflow, record = named
    owners.save(workflow, {"*": policy})
    set_in_ghl(hub, record, companyName="First Aid II")
    made = all_of(workflow)
    row = made.findings.get(kind="field")
    assert row.winner == winner
    if policy == "ask":
        healing.decide(row, "right", None)
    healed(hub, made)
    assert certificate(hub, record)["name"] == "First Aid II"


def test_it_begins_by_itself_heals_and_does_not_begin_again_before_its_hours_are_over(hub: Hub) -> None:
    (first,) = made_for(hub, 1)
    owners.save(fresh(hub), {"*": "left"})
    reconciling.every(fresh(hub), 6, heals=True)
    rename(hub, first)
    queue.schedule_housekeeping()
    (row,) = Schedule.objects.filter(name="hub: reconcile")
    assert (row.func, row.minutes) == ("integrations.tasks.reconcile_due", 15)

    import_string(row.func)()
    for _ in range(3):  # a batch, the end, and one that finds nothing to do
        import_string(queue.RECONCILE)()
    drain_once(for_s=20)

    assert contact(hub, first)["firstName"] == "Person0"
    import_string(row.func)()
    assert Reconcile.objects.count() == 1
    Reconcile.objects.update(started_at=datetime.now(UTC) - timedelta(hours=6))
    import_string(row.func)()
    assert Reconcile.objects.count() == 2
