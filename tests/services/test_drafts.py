"""A workflow while it is edited."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Team, Workflow
from integrations.recipes import ALL
from integrations.services import drafts
from tests.hub import RECIPE, Hub, connected, make_hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Hub:
    return make_hub(deploy=False)


def make(hub: Hub, **more: Any) -> Workflow:
    given = {
        "recipe_key": RECIPE,
        "name": "Second",
        "bindings": {"crm": hub.ghl, "certificates": hub.accredible},
        "options": {},
    }
    return drafts.make_draft(hub.team, **{**given, **more})


def elsewhere(hub: Hub) -> Connection:
    return connected(Team.objects.create(name="Others"), "ghl", "Theirs")


def real(hub: Hub) -> Connection:
    return Connection.objects.create(
        team=hub.team, connector="accredible", name="Real", environment="production", auth="api_key"
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda hub: {"recipe_key": "nothing"}, "There is no recipe “nothing”; choose one of: "),
        (lambda hub: {"name": " "}, "Give the workflow a name."),
        (lambda hub: {"name": " Follow up "}, "There is a workflow “Follow up” already"),
        (lambda hub: {"bindings": {"shop": hub.ghl}}, "There is no role “shop”; choose one of: certificates"),
        (lambda hub: {"bindings": {"crm": hub.accredible}}, "“crm” needs a connection to GoHighLevel"),
        (lambda hub: {"bindings": {"crm": elsewhere(hub)}}, "of this team; Theirs is none."),
        (
            lambda hub: {"bindings": {"crm": hub.ghl, "certificates": real(hub)}},
            "either in the sandbox or in production",
        ),
        (lambda hub: {"options": {"colour": "red"}}, "There is no option “colour”"),
        (lambda hub: {"options": {"start": "whenever"}}, "choose one of: dictated, first_free"),
        (lambda hub: {"options": {"days_after": "soon"}}, "must be a whole number"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_and_leaves_nothing_behind(
    draft: Hub, wrong: Any, says: str
) -> None:
    with pytest.raises(WrongUse) as told:
        make(draft, **wrong(draft))
    assert says in told.value.sentence
    assert Workflow.objects.count() == 1


def test_a_draft_has_the_recipes_steps_and_every_option(draft: Hub) -> None:
    workflow = make(draft, options={"days_after": "5", "notify": "off", "zone": ""})
    spec = drafts.compile_draft(workflow)
    assert spec.steps == ALL[RECIPE].workflow.steps
    assert spec.options["days_after"] == 5
    assert spec.options["notify"] is False
    assert spec.options["reminder_channel"] == "email"
    assert set(spec.options) == {field.key for field in ALL[RECIPE].options}


def test_one_role_alone_cannot_be_bound_to_another_environment(draft: Hub) -> None:
    with pytest.raises(WrongUse, match="either in the sandbox or in production"):
        drafts.bind(draft.workflow, {"certificates": real(draft)})
    assert drafts.bound(draft.workflow)["certificates"] == draft.accredible


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"target": "title", "source": "event.name"}, {"target": "title"}], "`title` is mapped more than"),
        ([{"source": "event.name"}], "A field mapping needs “target”"),
        ([{"target": "title", "from": "event.name"}], "There is no word in a field mapping “from”"),
        ([{"target": "title", "transforms": "trim"}], "“transforms” has to be a list."),
        (["title"], "A field mapping is written as words with values"),
    ],
)
def test_mappings_that_cannot_be_kept_leave_the_old_ones(draft: Hub, rows: list[Any], says: str) -> None:
    before = drafts.compile_draft(draft.workflow)
    with pytest.raises(WrongUse) as told:
        drafts.save_mappings_json(draft.workflow, "booking", rows)
    assert says in told.value.sentence
    assert drafts.compile_draft(draft.workflow) == before


def test_an_unknown_step_is_answered_with_those_there_are(draft: Hub) -> None:
    with pytest.raises(WrongUse, match="There is no step “book”; choose one of: booking"):
        drafts.save_mappings_json(draft.workflow, "book", [])


def test_mappings_are_kept_in_order_with_all_they_say(draft: Hub) -> None:
    rows = [
        {"target": "title", "source": "event.name", "transforms": [{"name": "trim", "args": {}}]},
        {"target": "address", "default": False, "required": True},
    ]
    drafts.save_mappings_json(draft.workflow, "booking", rows)
    kept = drafts.compile_draft(draft.workflow).step("booking").mappings
    assert [(m.target, m.source, m.default, m.required) for m in kept] == [
        ("title", "event.name", None, False),
        ("address", "", False, True),
    ]
    assert kept[0].transforms[0].name == "trim"


def rename_mapping(hub: Hub) -> None:
    hub.workflow.mappings.filter(step="contact", target="source").update(default="Certificates")


def other_days(hub: Hub) -> None:
    drafts.save_options(hub.workflow, {"days_after": 9})


def other_groups(hub: Hub) -> None:
    drafts.save_trigger_settings(hub.workflow, {"group_ids": ["1"]})


def other_account(hub: Hub) -> None:
    """Numbers of many digits: the whole of them counts."""
    other = Connection.objects.create(
        pk=hub.ghl.pk + 10_000_000_000, team=hub.team, connector="ghl", name="GHL 2", environment="sandbox"
    )
    drafts.bind(hub.workflow, {"crm": other})


@pytest.mark.parametrize("change", [rename_mapping, other_days, other_groups, other_account])
def test_the_hash_of_a_draft_changes_with_every_word_of_it(draft: Hub, change: Any) -> None:
    before = drafts.draft_hash(draft.workflow)
    assert drafts.draft_hash(draft.workflow) == before
    assert len(before) <= 64
    change(draft)
    assert drafts.draft_hash(draft.workflow) != before
