"""Least privilege: what the next consent address asks for, and what a token has too little or too much of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.engine.errors import StopRun, WrongUse
from integrations.engine.freeze import freeze
from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import (
    Binding,
    Connection,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import (
    consent,
    direct,
    drafts,
    installing,
    lifecycle,
    privileges,
    scopes,
    sub_accounts,
)
from integrations.services.clients import sandbox
from tests.hub import Hub, connected
from tests.services.connections import (
    STATE,
    agency_connection,
    give_consent,
    location,
    oauth_connection,
)

pytestmark = pytest.mark.django_db

GROUPS = "calendars/groups.write"
WRITES_GROUPS = Step(
    id="group",
    title="Make a group",
    kind=StepKind.WRITE,
    role="crm",
    operation="calendar_groups.create",
    mappings=(FieldMapping(target="name", source="event.name"),),
)
WRITES_CONTACTS = Step(
    id="contact",
    title="Keep the contact",
    kind=StepKind.WRITE,
    role="crm",
    operation="contacts.upsert",
    mappings=(FieldMapping(target="email", source="event.email"),),
)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


@pytest.fixture
def office(team: Team) -> Connection:
    return oauth_connection(team, "Office")


def workflow(office: Connection, name: str, *steps: Step, live: bool = True) -> Workflow:
    """One over this connection; drafted, and live where that is said."""
    source = Connection.objects.filter(team=office.team, connector="accredible").first()
    source = source or connected(office.team, "accredible", "Certificates")
    spec = WorkflowSpec(
        title=name,
        roles={"certificates": "accredible", "crm": "ghl"},
        trigger_role="certificates",
        trigger="credentials.changed",
        steps=steps,
    )
    made = Workflow.objects.create(team=office.team, name=name, draft=freeze(spec))
    Binding.objects.create(workflow=made, role="crm", connection=office)
    Binding.objects.create(workflow=made, role="certificates", connection=source)
    if live:
        made.live = WorkflowVersion.objects.create(
            workflow=made,
            number=1,
            spec=freeze(spec),
            bindings={"certificates": source.pk, "crm": office.pk},
        )
        made.state = WorkflowState.LIVE
        made.save()
    return made


def asked(connection: Connection, *also: Workflow) -> set[str]:
    """The scopes in the next consent address."""
    url = urlsplit(consent.consent_url(connection, STATE, also))
    return set(parse_qs(url.query)["scope"][0].split())


# --- what is asked for ----------------------------------------------------------------------------


def undeploy(made: Workflow) -> None:
    Workflow.objects.filter(pk=made.pk).update(state=WorkflowState.DRAFT, live=None)


def take_back(made: Workflow) -> None:
    """Not live any more, though its version is known."""
    Workflow.objects.filter(pk=made.pk).update(state=WorkflowState.DRAFT)


def point_the_draft_elsewhere(made: Workflow) -> None:
    lifecycle.pause(made)
    other = oauth_connection(made.team, f"Elsewhere of {made.name}")
    Binding.objects.filter(workflow=made, role="crm").update(connection=other)


DISABLE: list[Callable[[Workflow], Any]] = [
    lifecycle.pause,
    undeploy,
    take_back,
    point_the_draft_elsewhere,
]
EACH_WAY = pytest.mark.parametrize("disable", DISABLE, ids=lambda way: way.__name__)


@EACH_WAY
def test_disabling_the_last_workflow_that_writes_groups_removes_its_scope_from_the_consent_address(
    office: Connection, disable: Callable[[Workflow], Any]
) -> None:
    workflow(office, "Contacts", WRITES_CONTACTS)
    first = workflow(office, "Groups", WRITES_GROUPS)
    last = workflow(office, "Groups too", WRITES_GROUPS)
    assert GROUPS in asked(office)
    disable(first)
    assert GROUPS in asked(office)
    disable(last)
    assert GROUPS not in asked(office)
    assert "contacts.write" in asked(office)


@EACH_WAY
def test_it_does_so_too_when_no_other_workflow_is_left_though_drafts_and_recipes_are(
    office: Connection, disable: Callable[[Workflow], Any], team: Team
) -> None:
    only = workflow(office, "Groups", WRITES_GROUPS)
    workflow(office, "A draft", WRITES_GROUPS, WRITES_CONTACTS, live=False)
    assert GROUPS in asked(office)
    disable(only)
    assert asked(office) == {"locations.readonly"}


def test_what_is_enabled_again_is_asked_for_again(office: Connection) -> None:
    made = workflow(office, "Groups", WRITES_GROUPS)
    lifecycle.pause(made)
    lifecycle.resume(made)
    assert GROUPS in asked(office)


def test_before_anything_was_live_the_drafts_count_and_before_those_the_recipes(office: Connection) -> None:
    of_recipes = asked(office)
    assert {"contacts.write", "calendars/events.write"} <= of_recipes
    workflow(office, "Groups", WRITES_GROUPS, live=False)
    assert GROUPS in asked(office)
    assert "calendars/events.write" not in asked(office)


def test_each_connection_is_asked_for_its_own_workflows_only(office: Connection) -> None:
    other = oauth_connection(office.team, "Other")
    workflow(office, "Groups", WRITES_GROUPS)
    workflow(other, "Contacts", WRITES_CONTACTS)
    assert GROUPS in asked(office) and "contacts.write" not in asked(office)
    assert "contacts.write" in asked(other) and GROUPS not in asked(other)


def test_a_new_connection_is_asked_for_what_the_teams_workflows_use(office: Connection) -> None:
    workflow(office, "Groups", WRITES_GROUPS)
    assert GROUPS in asked(oauth_connection(office.team, "New"))


def test_a_draft_that_is_to_go_live_is_asked_for_where_a_person_says_so(office: Connection) -> None:
    workflow(office, "Contacts", WRITES_CONTACTS)
    draft = workflow(office, "Groups", WRITES_GROUPS, live=False)
    assert GROUPS not in asked(office)
    assert GROUPS in asked(office, draft)


def test_only_the_pick_lists_of_what_is_used_are_asked_for(office: Connection) -> None:
    workflow(office, "Groups", WRITES_GROUPS)
    assert "users.readonly" not in asked(office)


def test_what_the_files_leave_out_is_asked_for_as_well(office: Connection) -> None:
    """Recurring tasks and bulk tags declare no scope: the scopes page does."""
    tag = Step(id="tag", title="Tag", kind=StepKind.WRITE, role="crm", operation="contacts.bulk_tags")
    connector = scopes.connector_of(office)
    declared = [op for op in connector.operations.values() if op.scopes_override and not op.scopes]
    assert declared
    step = Step(id="it", title="It", kind=tag.kind, role="crm", operation=declared[0].key)
    workflow(office, "Overridden", step)
    assert set(declared[0].scopes_override) <= asked(office)


def test_an_agency_is_asked_for_what_is_used_under_it(team: Team) -> None:
    agency = agency_connection(team)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, [location()])
    installing.work()
    branch = agency.children.get()
    made = workflow(branch, "Groups", WRITES_GROUPS)
    assert GROUPS in asked(agency)
    assert scopes.wanted(branch) == scopes.wanted(agency)
    lifecycle.pause(made)
    assert GROUPS not in asked(agency)


# --- too little, too much -------------------------------------------------------------------------


def test_missing_and_surplus_scopes_are_told_with_the_workflows_they_are_of(office: Connection) -> None:
    made = workflow(office, "Groups", WRITES_GROUPS)
    idle = workflow(office, "Contacts", WRITES_CONTACTS)
    lifecycle.pause(idle)
    Connection.objects.filter(pk=office.pk).update(
        scopes=["contacts.write", "locations.readonly", "opportunities.write"]
    )
    office.refresh_from_db()
    told = {
        line.scope: (line.state, [row.name for row in line.workflows]) for line in privileges.lines(office)
    }
    assert told[GROUPS] == ("missing", [made.name])
    assert told["contacts.write"] == ("surplus", [idle.name])
    assert told["opportunities.write"] == ("surplus", [])
    assert told["locations.readonly"] == ("allowed", [])
    assert privileges.lines(office)[0].state == "missing"
    assert scopes.surplus(office) == ["contacts.write", "opportunities.write"]


def test_a_pick_list_counts_that_only_a_drafts_own_mapping_fills(office: Connection) -> None:
    writes = replace(WRITES_GROUPS, id="calendar", operation="calendars.create")
    draft = workflow(office, "Calendars", writes, live=False)
    before = asked(office)

    draft.mappings.create(step="calendar", target="name", source="event.name")
    draft.mappings.create(step="calendar", target="groupId", source="event.group")

    assert asked(office) - before == {"calendars/groups.readonly"}
    assert asked(office, draft) >= scopes.of_workflow(drafts.compile_draft(draft), "ghl")


def test_what_could_not_go_live_yet_is_offered_to_be_asked_for(office: Connection) -> None:
    draft = workflow(office, "Groups", WRITES_GROUPS, live=False)
    Connection.objects.filter(pk=office.pk).update(scopes=["locations.readonly"])
    office.refresh_from_db()
    assert [need.workflow for need in privileges.waiting_drafts(office)] == [draft]


def test_a_live_workflow_whose_draft_needs_more_is_offered_too(office: Connection) -> None:
    made = workflow(office, "Contacts", WRITES_CONTACTS)
    made.draft = {**made.draft, "steps": [*made.draft["steps"], *freeze_step(office)]}
    made.save()
    Connection.objects.filter(pk=office.pk).update(scopes=sorted(asked(office)))
    office.refresh_from_db()
    (need,) = privileges.waiting_drafts(office)
    assert GROUPS in need.scopes
    assert GROUPS not in asked(office)
    assert GROUPS in asked(office, made)


def freeze_step(office: Connection) -> list[Any]:
    spec = WorkflowSpec(
        title="x", roles={"crm": "ghl"}, trigger_role="crm", trigger="x", steps=(WRITES_GROUPS,)
    )
    return list(freeze(spec)["steps"])


def test_a_step_whose_scope_is_missing_is_refused_before_the_call(office: Connection) -> None:
    assert give_consent(office).ok
    Connection.objects.filter(pk=office.pk).update(scopes=["locations.readonly"])
    sent = len(sandbox().requests("ghl"))
    with pytest.raises(StopRun, match=r"Office may not do “.*”: it lacks calendars\.readonly"):
        direct.read(office, "calendars.list", {}, purpose="test")
    assert len(sandbox().requests("ghl")) == sent


def test_a_paused_workflow_whose_scope_went_meanwhile_is_not_resumed(office: Connection) -> None:
    made = workflow(office, "Groups", WRITES_GROUPS)
    lifecycle.pause(made)
    assert give_consent(office).ok
    with pytest.raises(WrongUse, match=r"Office lacks .*calendars/groups\.write; sign in again on"):
        lifecycle.resume(made)
    made.refresh_from_db()
    assert made.state == WorkflowState.PAUSED


def test_a_workflow_over_the_wrong_kind_of_account_does_not_go_live(hub: Hub) -> None:
    agency = agency_connection(hub.team)
    Binding.objects.filter(workflow=hub.workflow, role="crm").update(connection=agency)
    told = lifecycle.problems(Workflow.objects.get(pk=hub.workflow.pk))
    assert any("is connected to the whole agency, and “" in sentence for sentence in told)
