"""A workflow put together by hand, from blank to a run."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine import conditions
from integrations.engine.errors import WrongUse
from integrations.engine.spec import FieldMapping
from integrations.models import Run, RunState, Workflow
from integrations.services import building, config, drafts, lifecycle
from integrations.services.config_import import import_config
from integrations.services.drain import drain_once
from tests.hub import Hub, connected


@pytest.fixture
def blank(hub: Hub) -> Workflow:
    return building.start_blank(
        hub.team, name="By hand", source=hub.accredible, trigger="credentials.changed"
    )


def ids(workflow: Workflow) -> list[str]:
    return [step.id for step in drafts.compile_draft(workflow).steps]


def test_a_blank_workflow_says_that_it_does_nothing_yet(blank: Workflow) -> None:
    assert lifecycle.problems(blank) == ["Add a step: as yet it does nothing."]


def test_a_step_brings_the_role_of_its_connection_with_it_once(hub: Hub, blank: Workflow) -> None:
    building.add_call(blank, hub.ghl, "contacts.upsert")
    building.add_call(blank, hub.ghl, "POST /contacts/{contactId}/tags")

    spec = drafts.compile_draft(blank)
    assert dict(spec.roles) == {"accredible": "accredible", "ghl": "ghl"}
    assert drafts.bound(blank)["ghl"] == hub.ghl
    assert [(s.id, s.kind.value) for s in spec.steps] == [
        ("contacts_upsert", "write"),
        ("contacts_add_tags", "write"),
    ]


def test_two_accounts_of_one_app_are_two_roles(hub: Hub, blank: Workflow) -> None:
    building.add_call(blank, hub.ghl, "contacts.get")
    building.add_call(blank, connected(hub.team, "ghl", "Other"), "contacts.get")

    assert set(drafts.compile_draft(blank).roles) == {"accredible", "ghl", "ghl_2"}
    assert ids(blank) == ["contacts_get", "contacts_get_2"]


def test_every_kind_of_step_can_be_added_and_the_draft_is_exported_and_imported_the_same(
    hub: Hub, blank: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("filter", "approve", "wait", "answer"):
        building.add_plain(blank, kind)
    building.add_call(blank, hub.ghl, "find_slot")
    exported = config.parse(config.export_text())
    Workflow.objects.filter(name="By hand").delete()

    import_config(exported)

    again = Workflow.objects.get(name="By hand")
    assert drafts.compile_draft(again) == drafts.compile_draft(blank)
    assert ids(again) == ["filter", "approve", "wait", "answer", "find_slot"]


def test_a_workflow_from_blank_runs_its_branches(hub: Hub, blank: Workflow) -> None:
    contact = building.add_call(blank, hub.ghl, "contacts.upsert", title="Known address")
    other = building.add_call(blank, hub.ghl, "contacts.upsert", title="Any other")
    mail = "event.recipient_email"
    drafts.save_mappings(
        blank,
        {
            contact.id: (FieldMapping(target="email", source=mail),),
            other.id: (
                FieldMapping(target="email", source=mail),
                FieldMapping(target="firstName", default="Else"),
            ),
        },
    )
    building.change_step(blank, contact.id, {"when": "contains(event.recipient_email || '', 'ada')"})
    building.change_step(blank, other.id, {"when": conditions.otherwise([contact.id])})
    run = lifecycle.sandbox_test(blank, payload={"recipient_email": "bob@example.org"})

    drain_once([run.pk], for_s=30)

    run = Run.objects.get(pk=run.pk)
    assert run.state == RunState.SUCCEEDED, run.reason
    assert [row["firstName"] for row in hub.contacts() if row["email"] == "bob@example.org"] == ["Else"]


@pytest.mark.parametrize("change", [building.remove_step, lambda row, step: building.move_step(row, step, 1)])
def test_a_step_that_another_takes_from_stays_before_it(hub: Hub, blank: Workflow, change: Any) -> None:
    building.add_call(blank, hub.ghl, "contacts.upsert")
    last = building.add_plain(blank, "filter")
    building.change_step(blank, last.id, {"when": "steps.contacts_upsert.id"})

    with pytest.raises(WrongUse, match="takes something from “contacts_upsert”"):
        change(blank, "contacts_upsert")
    blank.refresh_from_db()
    assert ids(blank) == ["contacts_upsert", "filter"]


def test_steps_move_and_stay_at_either_end(hub: Hub, blank: Workflow) -> None:
    for kind in ("filter", "wait", "answer"):
        building.add_plain(blank, kind)
    building.move_step(blank, "answer", -1)
    building.move_step(blank, "filter", -1)

    assert ids(blank) == ["filter", "answer", "wait"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [({"when": "a ||"}, "cannot be read"), ({"title": " "}, "title"), ({"for_each": "["}, "cannot be read")],
)
def test_what_cannot_be_read_is_refused(blank: Workflow, words: dict[str, str], sentence: str) -> None:
    step = building.add_plain(blank, "filter")

    with pytest.raises(Exception, match=sentence):
        building.change_step(blank, step.id, words)


def test_a_sandbox_and_a_real_account_never_meet(hub: Hub, blank: Workflow) -> None:
    hub.ghl.environment = "production"
    hub.ghl.save()

    with pytest.raises(WrongUse, match="either in the sandbox or in production"):
        building.add_call(blank, hub.ghl, "contacts.get")
    blank.refresh_from_db()
    assert list(blank.draft["roles"]) == ["accredible"]
