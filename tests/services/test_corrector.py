"""A draft that follows a public guide is told what it means, and put right by one call or one flag."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.freeze import thaw
from integrations.engine.spec import FieldMapping
from integrations.models import AuditEntry, Run, Workflow
from integrations.services import config, corrector, drafts, lifecycle
from integrations.services.config_import import import_config
from integrations.services.drain import drain_once
from tests.hub import Hub

pytestmark = pytest.mark.django_db

GUIDE = """
teams:
  - name: Acme
    workflows:
      - name: Guide
        connections: {certificates: Accredible, crm: GHL}
        roles: {certificates: accredible, crm: ghl}
        trigger: {role: certificates, key: credentials.changed}
        steps:
          - {id: event, title: Create the event, kind: write, role: crm, operation: POST /calendars,
             when: "trigger.type == 'certificate.issued'"}
        mappings:
          event:
            - {target: title, source: event.name}
            - {target: start_time, default: "2030-11-25T10:00:00-06:00"}
            - {target: attendees, source: event.recipient_email}
            - {target: calendarName, default: Certificate review}
            - {target: color, default: red}
"""


def imported(text: str = GUIDE, **more: Any) -> Any:
    return import_config(config.parse(text), **more)


def guide() -> Workflow:
    return Workflow.objects.get(name="Guide")


def operations(workflow: Workflow) -> list[str]:
    return [step.operation for step in drafts.compile_draft(workflow).steps]


def test_a_guides_line_is_the_operation_and_its_words_are_answered(hub: Hub) -> None:
    done = imported()

    assert operations(guide()) == ["calendars.create"]
    assert done.made == ["workflow “Guide”"]
    (note,) = done.notes
    assert "In workflow “Guide”: Create the event: POST /calendars/ makes a calendar" in note
    assert note.endswith("Import it with --convert to have it so.")
    assert "title" in " ".join(lifecycle.problems(guide()))


def test_with_the_flag_the_draft_books_appointments_and_says_what_it_left_out(hub: Hub) -> None:
    done = imported(convert=True)

    assert operations(guide()) == ["find_calendar", "contacts.upsert", "appointments.create"]
    assert done.notes[0] == "In workflow “Guide”: Create the event was converted."
    assert "`color` was left out: it is `eventColor` of calendars.create" in done.notes[1]
    assert lifecycle.problems(guide(), with_test=False) == []


def test_the_converted_draft_really_books(hub: Hub) -> None:
    imported(convert=True)
    hub.issue()

    run = lifecycle.sandbox_test(guide(), event_type="certificate.issued")
    drain_once([run.pk], for_s=20)

    assert Run.objects.get(pk=run.pk).state == "succeeded"
    (booked,) = hub.appointments()
    (contact,) = [row for row in hub.contacts() if row["id"] == booked["contactId"]]
    assert contact["email"] == "ada@example.org"


def test_importing_it_again_changes_nothing(hub: Hub) -> None:
    imported(convert=True)

    again = imported(convert=True)

    assert (again.made, again.changed) == ([], [])


def test_a_converted_draft_is_exported_with_its_steps_and_imported_the_same(hub: Hub) -> None:
    imported(convert=True)
    document = config.export()
    (exported,) = [row for row in document["teams"][0]["workflows"] if row["name"] == "Guide"]
    Workflow.objects.filter(name="Guide").delete()

    assert [step["operation"] for step in exported["steps"]] == [
        "find_calendar",
        "contacts.upsert",
        "appointments.create",
    ]
    assert exported["trigger"] == {"role": "certificates", "key": "credentials.changed"}
    import_config({"teams": [{"name": "Acme", "workflows": [exported]}]})
    assert config.export() == document


def test_one_click_converts_the_saved_step_and_is_noted(hub: Hub) -> None:
    imported()

    told = corrector.convert(guide(), "event")

    assert operations(guide())[-1] == "appointments.create"
    assert len(told) == 1
    assert AuditEntry.objects.get(action="workflow.converted").details == {"step": "event"}
    with pytest.raises(WrongUse, match="carries no words of the guides"):
        corrector.convert(guide(), "event")


def test_a_step_of_a_recipe_that_was_converted_stays_so_in_the_export(hub: Hub) -> None:
    contact = drafts.compile_draft(hub.workflow).step("contact").mappings
    drafts.save_mappings(
        hub.workflow, {"contact": (*contact, FieldMapping(target="tagList", default=["certified"]))}
    )

    (found,) = corrector.corrections(drafts.compile_draft(hub.workflow))
    assert [word.field for word in found.words] == ["tags"]
    corrector.convert(hub.workflow, "contact")

    assert "tags" in [m.target for m in drafts.compile_draft(hub.workflow).step("contact").mappings]
    (row,) = config.export()["teams"][0]["workflows"]
    assert "steps" not in row


WRONG = [
    ({"recipe": None, "roles": None}, "A workflow without a recipe needs “roles”; add it"),
    ({"trigger": {"role": "shop", "key": "credentials.changed"}}, "There is no role “shop”"),
    ({"trigger": {"role": "certificates", "key": "nothing"}}, "There is no trigger of Accredible “nothing”"),
    ({"roles": {"certificates": "accredible", "crm": "hubspot"}}, "There is no app “hubspot”"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_a_workflow_without_a_recipe_says_what_it_lacks(
    hub: Hub, change: dict[str, Any], sentence: str
) -> None:
    document = config.parse(GUIDE)
    document["teams"][0]["workflows"][0].update(change)

    with pytest.raises(WrongUse) as refused:
        import_config(document)

    assert sentence in refused.value.sentence
    assert refused.value.sentence.startswith("In workflow “Guide”: ")
    assert not Workflow.objects.filter(name="Guide").exists()


STEPS = [
    ({"kind": "read"}, "calendars.create is a write; write “kind: write”."),
    ({"operation": "calendars.readonly"}, "is a scope (what a token may do), not an endpoint"),
    ({"operation": "calendars.crate"}, "calendars.create, calendars.delete"),
    ({"kind": "procedure", "operation": "find_slots"}, "There is no procedure of GoHighLevel “find_slots”"),
    ({"kind": "answer", "colour": "red"}, "There is no word in a step “colour”"),
]


@pytest.mark.parametrize(("change", "sentence"), STEPS)
def test_a_step_that_does_not_fit_is_refused_in_words(
    hub: Hub, change: dict[str, Any], sentence: str
) -> None:
    document = config.parse(GUIDE)
    document["teams"][0]["workflows"][0]["steps"][0].update(change)

    with pytest.raises(WrongUse) as refused:
        import_config(document)

    assert sentence in refused.value.sentence


ONE_STEP = [
    ("opportunities.create", {"pipelineId": "p", "name": "n", "status": "open", "contactId": "c"}),
    ("block_slots.create", {"calendarId": "c", "startTime": "2030-11-25T10:00:00Z"}),
    ("contacts.delete", {"contactId": "nobody"}),
    ("users.list", {}),
]


@pytest.mark.parametrize(("key", "values"), ONE_STEP)
def test_any_operation_of_the_catalogue_can_be_a_step(hub: Hub, key: str, values: dict[str, Any]) -> None:
    kind = "read" if key == "users.list" else "write"
    step = {"id": "one", "title": "One", "kind": kind, "role": "crm", "operation": key}
    document = config.parse(GUIDE)
    document["teams"][0]["workflows"][0].update(
        steps=[step], mappings={"one": [{"target": k, "default": v} for k, v in values.items()]}
    )

    import_config(document)

    assert operations(guide()) == [key]
    assert lifecycle.problems(guide(), with_test=False) == []


def test_what_answers_with_a_token_is_no_step(hub: Hub) -> None:
    step = {"id": "one", "title": "Get a token", "kind": "read", "role": "crm", "operation": "oauth.token"}
    document = config.parse(GUIDE)
    document["teams"][0]["workflows"][0].update(steps=[step], mappings={})
    import_config(document)

    assert "Get a token: oauth.token answers with a secret, which no run may keep" in " ".join(
        lifecycle.problems(guide(), with_test=False)
    )


def test_a_frozen_workflow_says_the_same_after_it_was_made_without_a_recipe(hub: Hub) -> None:
    imported(convert=True)

    spec = drafts.compile_draft(guide())

    assert thaw(config.freeze(spec)) == spec
