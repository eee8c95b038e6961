"""The dry run tells what would happen, and nothing does."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import catalog
from integrations.engine.errors import NotFound, WrongUse
from integrations.models import Binding, Effect, Event, RecordLink, Run, Workflow
from integrations.services import explore, orders, planning
from integrations.services.config_import import import_config
from tests.hub import Hub, make_hub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def state_of(hub: Hub) -> Any:
    return {app: rows for app, rows in hub.sandbox.dump().items() if app in ("ghl", "accredible")}


def test_a_dry_run_writes_nothing_anywhere_and_names_every_write() -> None:
    hub = make_hub(deploy=False)
    before = state_of(hub)
    plan = planning.plan(hub.workflow)
    assert plan.holds
    assert state_of(hub) == before
    assert not any(row["method"] in ("PUT", "DELETE") for row in hub.sandbox.requests())
    assert not (Event.objects.exists() or Run.objects.exists() or Effect.objects.exists())
    assert [(w.step, w.operation, w.kind, w.app) for w in plan.writes] == [
        ("contact", "contacts.upsert", "create", "ghl"),
        ("reminder", "notifications.create", "create", "ghl"),
        ("booking", "appointments.create", "create", "ghl"),
    ]
    assert plan.writes[2].values["contactId"] == "(new 1)"
    assert planning.sentence_of(plan) == "It would make 3 writes: 3 to create."


def test_a_plan_shows_what_each_new_record_leads_to() -> None:
    hub = make_hub(deploy=False, attendees="each", reminder_channel="none")
    certificate = hub.issue(attendees="bob@example.org, cy@example.org")
    (row,) = [r for r in hub.documents("accredible", "certificates") if str(r["id"]) == certificate]
    plan = planning.plan(hub.workflow, "certificate.issued", row)
    bookings = [w.values["contactId"] for w in plan.writes if w.operation == "appointments.create"]
    assert len(bookings) == len(set(bookings)) == 3


@pytest.mark.parametrize(
    ("option", "operation", "sentence"),
    [
        ("cancel", "appointments.update", "It would make 1 write: 1 to update."),
        ("delete", "appointments.delete", "It would make 1 write: 1 to delete."),
        ("nothing", "", "Nothing would be written."),
    ],
)
def test_a_revocation_is_planned_from_the_links_there_are(option: str, operation: str, sentence: str) -> None:
    hub = make_hub(on_revoke=option)
    certificate = hub.issue()
    hub.run_all()
    hub.revoke(certificate)
    (row,) = [r for r in hub.documents("accredible", "certificates") if str(r["id"]) == certificate]
    plan = planning.plan(hub.workflow, "certificate.revoked", row)
    assert [w.operation for w in plan.writes] == [operation] * bool(operation)
    assert planning.sentence_of(plan) == sentence
    if operation:
        assert plan.writes[0].values["eventId"] == RecordLink.objects.get(name="appointment").record_id


def test_a_plan_that_would_fail_says_why() -> None:
    hub = make_hub(deploy=False)
    sample = catalog.connector("accredible").trigger("credentials.changed").sample["certificate.issued"]
    plan = planning.plan(hub.workflow, "certificate.issued", {**sample, "id": 404_404})
    assert not plan.holds
    assert planning.sentence_of(plan).startswith("It would fail: Accredible has no such record")
    assert plan.finish is not None and isinstance(plan.finish.error, NotFound)


def test_a_mistyped_event_is_answered_with_those_there_are() -> None:
    hub = make_hub(deploy=False)
    with pytest.raises(WrongUse, match=r"There is no event here “certificate\.lost”"):
        planning.plan(hub.workflow, "certificate.lost")


def test_a_draft_without_a_connection_is_not_planned() -> None:
    hub = make_hub(deploy=False)
    Binding.objects.filter(role="crm").delete()
    with pytest.raises(WrongUse, match="Choose a connection to GoHighLevel"):
        planning.plan(hub.workflow)


def test_a_one_step_workflow_without_a_recipe_is_planned_with_what_would_be_different() -> None:
    hub = make_hub(deploy=False)
    made = explore.follow(
        explore.start(orders.order(hub.ghl, "contacts.upsert", {"email": "ada@example.org"}), None), 10.0
    )
    step = {"id": "one", "title": "Rename", "kind": "write", "role": "crm", "operation": "contacts.update"}
    entry = {
        "name": "Rename",
        "connections": {"certificates": "Accredible", "crm": "GHL"},
        "roles": {"certificates": "accredible", "crm": "ghl"},
        "trigger": {"role": "certificates", "key": "credentials.changed"},
        "steps": [step],
        "mappings": {
            "one": [
                {"target": "contactId", "default": made.record_id},
                {"target": "firstName", "default": "Augusta"},
            ]
        },
    }
    import_config({"teams": [{"name": "Acme", "workflows": [entry]}]})

    plan = planning.plan(Workflow.objects.get(name="Rename"))

    (write,) = plan.writes
    assert (write.operation, write.kind, write.before is not None) == ("contacts.update", "update", True)
    assert [(c.field, c.before, c.after) for c in write.changes] == [("firstName", None, "Augusta")]


def test_a_known_contact_is_planned_as_an_update_and_later_steps_go_by_its_id() -> None:
    hub = make_hub(deploy=False, reminder_channel="none")
    texts = {"email": "ada@example.org", "firstName": "Ada"}
    made = explore.follow(explore.start(orders.order(hub.ghl, "contacts.upsert", texts), None), 10.0)
    certificate = hub.issue()
    (row,) = [r for r in hub.documents("accredible", "certificates") if str(r["id"]) == certificate]

    plan = planning.plan(hub.workflow, "certificate.issued", row)

    assert [(w.operation, w.kind) for w in plan.writes] == [
        ("contacts.upsert", "update"),
        ("appointments.create", "create"),
    ]
    assert plan.writes[1].values["contactId"] == made.record_id
    assert planning.sentence_of(plan) == "It would make 2 writes: 1 to create, 1 to update."
