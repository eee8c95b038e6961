"""`reconcile`, `conflicts` and `lint`: compared, decided and brought in line without a screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from integrations.models import Reconcile
from integrations.services import picklists, reconciling
from tests.hub import Hub, make_hub
from tests.services.conftest import plenty
from tests.services.test_reconcile import contact, fresh, made_for, rename

__all__ = ["plenty"]

pytestmark = pytest.mark.usefixtures("plenty")

NAME = "Follow up"


@pytest.fixture
def drifted(db: None) -> tuple[Hub, str]:
    hub = make_hub(reminder_channel="none")
    (record,) = made_for(hub, 1)
    rename(hub, record)
    return hub, record


def test_a_difference_that_nobody_owns_fails_the_command_and_is_decided_by_another(
    ask: Any, drifted: tuple[Hub, str]
) -> None:
    hub, record = drifted
    said = ask("reconcile", NAME)
    assert said.status == 1
    assert f"{record}: contact.firstName: 'Somebody' there, 'Person0' here (a person decides)" in said.out
    assert "1 difference waits for a person" in said.err
    (row,) = ask("conflicts", "--json").json
    assert (row["field"], row["left"], row["right"], row["side"]) == (
        "firstName", "Person0", "Somebody", "right",
    )  # fmt: skip
    assert ask("conflicts", "--decide", str(row["id"])).status == 2
    assert ask("conflicts", "--decide", str(row["id"]), "--winner", "left").status == 0
    assert contact(hub, record)["firstName"] == "Person0"
    assert ask("conflicts").out.strip() == "No difference waits for a person."


def test_with_an_owner_it_is_healed_at_once(ask: Any, drifted: tuple[Hub, str]) -> None:
    hub, record = drifted
    said = ask("reconcile", NAME, "--owner", "contact.*=left", "--heal", "--json")
    assert said.status == 0
    assert len(said.json["healed"]["runs"]) == 1
    assert contact(hub, record)["firstName"] == "Person0"
    again = ask("reconcile", NAME, "--json").json
    assert (again["in_sync"], again["drifted"]) == (1, 0)


@pytest.mark.parametrize("wrong", [["--owner", "contact"], ["--owner", "contact.email=mine"], ["--cancel"]])
def test_what_makes_no_sense_is_wrong_use(ask: Any, hub: Hub, wrong: list[str]) -> None:
    assert ask("reconcile", NAME, *wrong).status == 2


def test_it_is_begun_by_itself_when_its_hours_are_over(ask: Any, drifted: tuple[Hub, str]) -> None:
    hub, _ = drifted
    reconciling.every(fresh(hub), 24, heals=True)
    now = datetime.now(UTC)
    (made,) = reconciling.start_due(now)
    assert made.heals
    assert reconciling.start_due(now) == [], "one at a time"
    while reconciling.anything_due(datetime.now(UTC)):
        reconciling.step_all()
    assert Reconcile.objects.get().state == "done"
    assert reconciling.start_due(now + timedelta(hours=23)) == []
    assert len(reconciling.start_due(now + timedelta(hours=25))) == 1


def test_lint_fails_where_a_calendar_is_gone(ask: Any, hub: Hub) -> None:
    assert ask("lint", NAME).out.strip() == "Follow up: all it names is there."
    assert hub.workflow.live is not None
    hub.sandbox.act("ghl", "delete_calendar", {"calendar": hub.workflow.live.spec["options"]["calendar_id"]})
    cache.delete(picklists.key_of(hub.ghl, "calendars"))
    said = ask("lint", "--json")
    assert said.status == 1
    (row,) = said.json
    assert row["broken"][0]["label"] == "Certificate review"
