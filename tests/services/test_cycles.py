"""Workflows that feed each other are found before they run."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.spec import FieldMapping, Step, StepKind, WorkflowSpec
from integrations.models import Connection, Team, Workflow, WorkflowState
from integrations.services import cycles, drafts, lifecycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made: Team = Team.objects.create(name="Acme")
    for app in ("ghl", "activecampaign", "accredible"):
        Connection.objects.create(team=made, connector=app, name=app, environment="sandbox", auth="x")
    return made


def workflow(
    team: Team, title: str, source: str, trigger: str, target: str, key: str, **mapped: str
) -> Workflow:
    """From one app into another: `mapped` is target -> source expression."""
    lines = tuple(FieldMapping(target=to, source=given) for to, given in mapped.items())
    step = Step(
        id="write", title="Write", kind=StepKind.WRITE, role="to", operation=key, link="copy", mappings=lines
    )
    spec = WorkflowSpec(
        title=title, roles={"from": source, "to": target}, trigger_role="from", trigger=trigger, steps=(step,)
    )
    rows = {row.connector: row for row in Connection.objects.of(team)}
    return drafts.make_plain(team, spec, bindings={"from": rows[source], "to": rows[target]})


def there(team: Team, **mapped: str) -> Workflow:
    return workflow(team, "There", "ghl", "contacts.changed", "activecampaign", "contacts.sync", **mapped)


def back(team: Team, trigger: str = "contacts.changed", **mapped: str) -> Workflow:
    return workflow(team, "Back", "activecampaign", trigger, "ghl", "contacts.upsert", **mapped)


def live(row: Workflow) -> Workflow:
    version = lifecycle.make_version(row, drafts.compile_draft(row), test=False, actor=None)
    row.live, row.state = version, WorkflowState.LIVE
    row.save()
    return row


def found(row: Workflow) -> list[str]:
    return cycles.problems(row, drafts.compile_draft(row))


NAME: dict[str, str] = {"firstName": "event.firstName"}


@pytest.mark.parametrize(
    ("one", "other", "rounds"),
    [
        (NAME, NAME, 1),
        ({"firstName": "upper(event.firstName)"}, {"firstName": "event.firstName || 'x'"}, 1),
        ({"lastName": "event.firstName"}, {"firstName": "event.lastName"}, 1),
        ({"lastName": "event.firstName"}, NAME, 0),
        (NAME, {"firstName": "'always the same'"}, 0),
        ({**NAME, "lastName": "event.lastName"}, {**NAME, "lastName": "event.lastName"}, 2),
    ],
)
def test_a_field_that_goes_round_is_found(
    team: Team, one: dict[str, str], other: dict[str, str], rounds: int
) -> None:
    live(back(team, **other))

    assert len(found(there(team, **one))) == rounds


def test_the_sentence_names_who_writes_what(team: Team) -> None:
    live(back(team, **NAME))

    assert found(there(team, **NAME)) == [
        "What it writes comes back to it: “There” writes `firstName` of activecampaign, from which “Back” "
        "writes `firstName` of ghl, which the first one listens to. Say who owns one of these fields, or "
        "take one of the mappings out."
    ]


@pytest.mark.parametrize("state", [WorkflowState.DRAFT, WorkflowState.PAUSED])
def test_only_what_is_live_counts(team: Team, state: WorkflowState) -> None:
    live(back(team, **NAME))
    Workflow.objects.update(state=state)

    assert found(there(team, **NAME)) == []


def test_another_trigger_hears_nothing_of_it(team: Team) -> None:
    live(back(team, "calendar_feeds.changed", **NAME))

    assert found(there(team, **NAME)) == []


@pytest.mark.parametrize("trigger", ["hub.by_hand", "hub.form", "hub.schedule"])
def test_what_the_hub_itself_begins_hears_of_no_write(team: Team, trigger: str) -> None:
    live(back(team, **NAME))
    row = workflow(
        team, "By hand", "ghl", trigger, "activecampaign", "contacts.sync", firstName="event.values.name"
    )

    assert found(row) == []


def test_a_round_over_three_workflows_is_found(team: Team) -> None:
    first, last = {"name": "event.firstName"}, {"firstName": "event.name"}
    live(workflow(team, "On", "activecampaign", "contacts.changed", "accredible", "groups.create", **first))
    closing = workflow(team, "Home", "accredible", "groups.changed", "ghl", "contacts.upsert", **last)
    row = there(team, **NAME)

    assert found(row) == []
    live(closing)
    assert len(found(row)) == 1


@pytest.mark.parametrize(
    ("owners", "open_rounds"),
    [({"copy.firstName": "left"}, 0), ({"copy.*": "newest"}, 0), ({"*": "right"}, 0), ({"*": "ask"}, 1)],
)
def test_an_owned_field_may_go_round(team: Team, owners: dict[str, Any], open_rounds: int) -> None:
    live(back(team, **NAME))
    row = there(team, **NAME)
    row.owners = owners

    assert len(found(row)) == open_rounds
