"""Versions: what each changed, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.engine.errors import WrongUse
from integrations.models import AuditEntry, Run, Workflow
from integrations.services import connect, drafts, lifecycle, versions
from integrations.services.drain import drain_once
from tests.hub import Hub, calendar_of, connected
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


def fresh(hub: Hub) -> Workflow:
    found: Workflow = Workflow.objects.select_related("team", "live").get(pk=hub.workflow.pk)
    return found


def remap(hub: Hub, source: str) -> None:
    assert hub.workflow.mappings.filter(step="contact", target="source").update(source=source, default=None)


def deployed(hub: Hub, **more: Any) -> Workflow:
    workflow = fresh(hub)
    proved(workflow)
    lifecycle.deploy(workflow, **more)
    return workflow


def sentences(workflow: Workflow, before: str, after: str) -> list[str]:
    found = versions.between(versions.named(workflow, before), versions.named(workflow, after))
    return [change.sentence for change in found]


def test_the_history_tells_who_changed_what_and_why(hub: Hub) -> None:
    ada = User.objects.create_user("ada")
    remap(hub, "'Course'")
    deployed(hub, actor=ada, why="They ask where contacts come from.")

    newest, first = versions.history(fresh(hub))

    assert (newest.version.number, first.version.number) == (2, 1)
    assert (newest.version.made_by, newest.version.why) == (ada, "They ask where contacts come from.")
    assert len(newest.changes) == 1
    assert "`source`: " in newest.changes[0].says
    assert newest.changes[0].says.endswith("→ `'Course'`.")
    assert first.first


def test_choices_and_connections_are_told_by_their_names(hub: Hub) -> None:
    other = connected(hub.team, "ghl", "Second GHL")
    options = {**hub.workflow.draft["options"], "calendar_id": calendar_of(other, "Advice call")}
    calendar_of(hub.ghl)
    drafts.bind(hub.workflow, {"crm": other})
    drafts.save_options(hub.workflow, options)

    told = sentences(fresh(hub), "live", "draft")

    assert "Connections: “GoHighLevel (crm)”: GHL → Second GHL." in told
    assert "Choices: “Calendar to book in”: Certificate review → Advice call." in told


def test_an_unchanged_draft_is_the_version_that_is_live(hub: Hub) -> None:
    assert versions.unchanged(fresh(hub))
    assert deployed(hub).live == hub.workflow.live
    assert sentences(fresh(hub), "draft", "live") == []


def test_a_rollback_is_a_new_version_that_says_what_the_old_one_said(hub: Hub) -> None:
    remap(hub, "'Course'")
    deployed(hub)
    remap(hub, "'Third thought'")

    made = versions.rollback(fresh(hub))

    assert (made.number, made.why) == (3, "Back to version 1.")
    assert sentences(fresh(hub), "1", "3") == []
    assert fresh(hub).live == made
    assert hub.workflow.mappings.get(step="contact", target="source").source == "'Third thought'"
    assert not lifecycle.tested(fresh(hub))  # what the draft says has not been tested
    assert AuditEntry.objects.filter(action="workflow.deployed").first().details["version"] == 3  # type: ignore[union-attr]


def test_the_draft_is_replaced_when_asked(hub: Hub) -> None:
    remap(hub, "'Course'")
    deployed(hub)

    versions.rollback(fresh(hub), replace_draft=True)

    assert versions.unchanged(fresh(hub))
    assert lifecycle.tested(fresh(hub))


def test_an_older_version_goes_through_the_gate_like_any_other(hub: Hub) -> None:
    remap(hub, "'Course'")
    deployed(hub)
    connect.disconnect(hub.ghl)

    with pytest.raises(WrongUse, match="GHL is not connected"):
        versions.rollback(fresh(hub))

    assert fresh(hub).live.number == 2  # type: ignore[union-attr]
    assert hub.workflow.mappings.get(step="contact", target="source").source == "'Course'"


@pytest.mark.parametrize(
    ("go_back", "says"),
    [
        (lambda w: versions.rollback(w), "has no earlier version"),
        (lambda w: versions.rollback(w, versions.numbered(w, "1")), "says what is live already"),
        (lambda w: versions.numbered(w, "7"), "There is no version “7”"),
    ],
)
def test_there_has_to_be_something_to_go_back_to(hub: Hub, go_back: Any, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        go_back(fresh(hub))


def test_a_run_says_which_version_made_it(hub: Hub) -> None:
    hub.issue()
    hub.look()
    remap(hub, "'Course'")
    deployed(hub)
    hub.issue(recipient_email="bob@example.org")
    hub.look()
    drain_once(for_s=30)

    assert [run.version.number for run in Run.objects.order_by("id")] == [1, 2]
    assert {row["source"] for row in hub.contacts()} >= {"Course"}
