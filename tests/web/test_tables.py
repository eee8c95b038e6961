"""A table of an option, as an operator types it."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from integrations.forms.tables import PairTable
from integrations.services import drafts
from integrations.services.picklists import Pick
from tests.hub import Hub, calendar_of

CALENDARS = [Pick("c1", "Review"), Pick("c2", "Class"), Pick("c3", "Class"), Pick("c4", "1 = 1")]
GROUPS = [Pick("7", "Safety")]


def table(**more: Any) -> PairTable:
    return PairTable(sides=(CALENDARS, GROUPS), label="Groups", required=False, **more)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("Review = Safety", {"c1": "7"}),
        ("c2 = 7\n\n Review=Safety ", {"c2": "7", "c1": "7"}),
        ("", {}),
        ({"c1": "7"}, {"c1": "7"}),
    ],
)
def test_names_and_ids_become_ids(typed: Any, means: dict[str, str]) -> None:
    assert table().clean(typed) == means


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Review", "needs an equals sign"),
        ("Class = 7", "c2, c3"),
        ("Review = Safty", "choose one of: Safety"),
    ],
)
def test_what_cannot_be_read_is_said_under_the_field(typed: str, told: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        table().clean(typed)
    assert told in refused.value.messages[0]


def test_ids_are_shown_by_name_where_a_name_says_which() -> None:
    kept = {"c1": "7", "c2": "7", "c4": "7"}
    shown = table().prepare_value(kept)
    assert shown.splitlines() == ["Review = Safety", "c2 = Safety", "c4 = Safety"]
    assert table().clean(shown) == kept
    assert table().prepare_value({"gone": "8"}) == "gone = 8"


def test_a_side_that_nobody_can_read_is_taken_as_typed() -> None:
    plain = PairTable(sides=(None, None), label="Groups", required=False)
    assert plain.clean("a = b") == {"a": "b"}
    assert plain.prepare_value({"a": "b"}) == "a = b"


@pytest.mark.django_db
def test_a_recipe_with_a_table_is_set_up_by_names(hub: Hub, ada: Client) -> None:
    bindings = {"crm": hub.ghl, "certificates": hub.accredible}
    recipe = "accredible.showed_to_certificate"
    workflow = drafts.make_draft(hub.team, recipe, name="Attended", bindings=bindings, options={})
    where = reverse("workflow-settings", args=[workflow.pk])
    chosen = {
        "role_crm": hub.ghl.pk,
        "role_certificates": hub.accredible.pk,
        "option_groups": "Certificate review = safety-2026",
        "interval_min": "5",
    }

    assert ada.post(where, chosen).status_code == 302

    workflow.refresh_from_db()
    table = {calendar_of(hub.ghl): str(hub.group("safety-2026"))}
    assert workflow.draft["options"]["groups"] == table
    page = ada.get(where).content.decode()
    assert "Certificate review = safety-2026" in page
    assert "several are called" not in page
    refused = ada.post(where, {**chosen, "option_groups": "Certificate review = safety"})
    assert "There is no row in the list" in refused.content.decode()
