"""A write that cannot be found again is named before it goes live."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from integrations import catalog, recipes
from integrations.engine.freeze import thaw
from integrations.services.unproven import unproven
from tests.hub import Hub, make_hub
from tests.services.shop import PROOFS, open_desk
from tests.services.test_drain import unprovable

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("collection", PROOFS)
def test_a_write_without_a_look_up_is_named_and_no_other(
    collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = thaw(open_desk(monkeypatch).workflow(f"{collection}.create").draft)
    said = unproven(spec)
    assert said == unproven(spec, spec.steps[0])
    assert bool(said) == (collection == "letters")
    assert not said or said[0].startswith("Write: if the answer of Shop to “Make one of the letters” is lost")


def test_a_procedures_writes_count_too(hub: Hub) -> None:
    spec = thaw(hub.workflow.draft)
    assert "appointments.create" not in " ".join(unproven(spec))
    with unprovable():
        title = catalog.connector("ghl").operation("appointments.create").title
        assert title in " ".join(unproven(spec))


# What recipes write and their apps give no way to look up, connector and operation.
NOT_FOUND_AGAIN = [("accredible", "team_members.create"), ("ghl", "calendars.create")]


def test_every_other_write_of_every_recipe_can_be_looked_up_or_be_repeated() -> None:
    said = {sentence for recipe in recipes.ALL.values() for sentence in unproven(recipe.workflow)}
    titles = {catalog.connector(slug).operation(key).title for slug, key in NOT_FOUND_AGAIN}
    assert {sentence.partition("“")[2].partition("”")[0] for sentence in said} == titles


def test_deploying_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    hub = make_hub()
    with unprovable():
        call_command("deploy", hub.workflow.name)
    assert "The run is then held for a person, and the call is never repeated" in capsys.readouterr().out
