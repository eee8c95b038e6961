"""Credly's thin webhooks and the hub's looks tell one thing once, whichever of them comes first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from integrations.engine.spec import Incoming
from integrations.models import Connection, Event, Notice, Team, Workflow
from integrations.sandbox import Sandbox
from integrations.services import deliveries, doors, drafts, hearing, hooks, lifecycle, sweeps
from integrations.services.clients import sandbox
from tests.hub import connected
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

RECIPE = "credly.badge_to_notes_and_tags"


class Listening:
    """A live workflow that listens to Credly's badges."""

    def __init__(self) -> None:
        team = Team.objects.create(name="Acme")
        self.credly: Connection = connected(team, "credly", "Credly")
        workflow = drafts.make_draft(
            team,
            RECIPE,
            name="Tell of badges",
            bindings={"crm": connected(team, "ghl", "GHL"), "badges": self.credly},
            options={},
        )
        proved(workflow)
        lifecycle.deploy(workflow)
        self.workflow = workflow
        self.sandbox: Sandbox = sandbox()
        self.look()

    def look(self) -> int:
        return sweeps.sweep(Workflow.objects.select_related("live").get(pk=self.workflow.pk)).events

    def hear(self) -> int:
        deliveries.within()
        return hearing.hear_once().events

    def issue(self) -> str:
        given = {"name": "Zoe Hart", "email": "zoe@example.com"}
        return str(self.sandbox.act("credly", "issue_badge", given)["id"])

    def deliver(self, **body: Any) -> int:
        """What somebody posts to the connection's own address; the answer's status."""
        door = doors.own("credly", "sandbox", self.credly.hook_key)
        assert door is not None
        content = json.dumps(body).encode()
        incoming = Incoming(headers={}, query={}, body=content, received_at=datetime.now(UTC))
        return hooks.take(door, incoming).status


@pytest.fixture
def listening(db: None) -> Listening:
    return Listening()


def told() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("pk").values_list("type", "source"))


def test_old_badges_are_no_news(listening: Listening) -> None:
    assert told() == []


def test_a_webhook_tells_first_and_the_look_tells_nothing_more(listening: Listening) -> None:
    listening.issue()
    assert (listening.hear(), listening.look()) == (1, 0)
    assert told() == [("badge.pending", "webhook")]


def test_a_look_tells_first_and_the_webhook_tells_nothing_more(listening: Listening) -> None:
    listening.issue()
    assert (listening.look(), listening.hear()) == (1, 0)
    assert [kind for kind, _ in told()] == ["badge.pending"]


def test_the_event_is_about_the_badge_and_not_about_the_webhook(listening: Listening) -> None:
    badge = listening.issue()
    listening.hear()
    event = Event.objects.get()
    assert (event.record, event.payload["id"], event.payload["state"]) == (badge, badge, "pending")


def test_every_state_is_told_in_turn(listening: Listening) -> None:
    badge = listening.issue()
    listening.hear()
    for action in ("accept_badge", "revoke_badge", "delete_badge"):
        listening.sandbox.act("credly", action, {"badge": badge})
        listening.hear()
    assert [kind for kind, _ in told()] == [
        "badge.pending",
        "badge.accepted",
        "badge.revoked",
        "badge.deleted",
    ]


def test_two_webhooks_of_one_badge_heard_at_once_tell_its_last_state(listening: Listening) -> None:
    badge = listening.issue()
    listening.sandbox.store.move_clock(5)
    listening.sandbox.act("credly", "accept_badge", {"badge": badge})
    assert listening.hear() == 1
    assert [kind for kind, _ in told()] == ["badge.accepted"]
    assert listening.look() == 0


def test_the_same_webhook_twice_is_taken_once(listening: Listening) -> None:
    listening.sandbox.set_fault("credly", "webhook_doubled")
    listening.issue()
    assert listening.hear() == 1
    assert Notice.objects.count() == 1


def test_a_change_that_no_webhook_told_is_found_by_the_look(listening: Listening) -> None:
    listening.sandbox.set_fault("credly", "webhook_dropped")
    listening.issue()
    assert (listening.hear(), listening.look()) == (0, 1)
    assert told() == [("badge.pending", "recovered")]


def thin(organization: str, event: str = "e2bcb651-563c-4ad9-a3f2-0c36ff61c1f1") -> dict[str, str]:
    return {
        "id": event,
        "organization_id": organization,
        "event_type": "badge.created",
        "occurred_at": "2026-02-03T14:05:00.000Z",
    }


def test_another_organizations_event_is_refused_and_a_made_up_one_means_nothing(listening: Listening) -> None:
    assert listening.deliver(**thin("bc39eefb-c33e-4605-a702-424d188068b1")) == 401
    assert listening.deliver(**thin(str(listening.credly.settings["organization_id"]))) == 200
    assert hearing.hear_once().events == 0, "the fetch found no such event"
    assert told() == []


def test_an_event_whose_fetch_fails_is_tried_again(listening: Listening) -> None:
    badge = listening.issue()
    listening.sandbox.set_fault("credly", "server_error", count=1)
    assert listening.hear() == 0
    notice = Notice.objects.get()
    assert notice.state == "new"
    Notice.objects.update(due_at=datetime.now(UTC))
    assert hearing.hear_once().events == 1
    assert Event.objects.get().record == badge


def test_the_address_answers_exactly_200(listening: Listening, client: Any) -> None:
    address = reverse("hook-own-sandbox", args=["credly", listening.credly.hook_key])
    body = json.dumps(thin(str(listening.credly.settings["organization_id"])))
    for _ in range(2):
        assert client.post(address, body, content_type="application/json").status_code == 200
