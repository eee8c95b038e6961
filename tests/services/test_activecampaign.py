"""ActiveCampaign's recipes in the whole hub: what is told, in whichever way, is done once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from integrations.models import (
    Connection,
    Event,
    EventSource,
    Run,
    RunState,
    SeenRow,
    StepRun,
    Team,
    Workflow,
)
from integrations.sandbox import Sandbox
from integrations.services import (
    connect,
    decisions,
    deliveries,
    doors,
    drafts,
    hearing,
    lifecycle,
    sweeps,
    verification,
)
from integrations.services.clients import sandbox
from integrations.services.drain import Drain, drain_once
from tests.hub import connected
from tests.proving import proved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plenty")]

APP = "activecampaign"
CALENDAR = "ExampleCalendar00001"
ADA = "9001"


@dataclass
class Both:
    """A team with both apps connected, and what is done and seen in the simulated ones."""

    team: Team
    ghl: Connection
    app: Connection
    sandbox: Sandbox

    def live(self, recipe: str, trigger: dict[str, Any] | None = None, **options: Any) -> Workflow:
        """The recipe deployed, and what stands there already known to it. What has an opposite goes by the
        newest."""
        bindings = {"crm": self.ghl, "marketing": self.app}
        workflow = drafts.make_draft(
            self.team, f"activecampaign.{recipe}", name=recipe, bindings=bindings, options=options
        )
        drafts.save_trigger_settings(workflow, trigger or {})
        workflow.owners = {"*": "newest"} if recipe == "record_to_calendar" else {}
        workflow.save()
        proved(workflow)
        lifecycle.deploy(workflow)
        self.look(workflow)
        return workflow

    def look(self, workflow: Workflow) -> sweeps.Swept:
        """The next look, long after the last."""
        SeenRow.objects.update(checked_at=datetime.now(UTC) - timedelta(hours=1))
        return sweeps.sweep(Workflow.objects.select_related("live").get(pk=workflow.pk))

    def look_and_work(self, *workflows: Workflow) -> list[Run]:
        for workflow in workflows:
            self.look(workflow)
        drain_once(for_s=30)
        return list(Run.objects.order_by("pk"))

    def rows(self, app: str, collection: str) -> list[dict[str, Any]]:
        store = self.sandbox.apps()[app].store
        assert store is not None
        with store.reading(app) as tx:
            return list(tx.all(collection))

    def calendar(self) -> dict[str, Any]:
        return next(row for row in self.rows("ghl", "calendars") if row["id"] == CALENDAR)

    def record(self) -> dict[str, str]:
        found = next(row for row in self.rows(APP, "records") if row["externalId"] == CALENDAR)
        return {row["id"]: row["value"] for row in found["fields"]}

    def rename_in_ghl(self, name: str) -> None:
        self.sandbox.act("ghl", "change_calendar", {"calendar": CALENDAR, "name": name})

    def rename_in_app(self, name: str) -> None:
        self.sandbox.act(APP, "change_record", {"record": CALENDAR, "field": "name", "value": name})

    def tag(self, contact: str = ADA, tag: str = "wants times") -> dict[str, Any]:
        return self.sandbox.act(APP, "tag_contact", {"contact": contact, "tag": tag})

    def automations(self) -> list[str]:
        return [row["contact"] for row in self.rows(APP, "contactAutomations")]


@pytest.fixture
def both(transactional_db: None) -> Both:
    team = Team.objects.create(name="Acme")
    ghl = connected(team, "ghl", "GHL")
    sandbox().turn(APP, {"rate_limit": 10_000})
    secrets, settings = connect.sandbox_secrets(APP, "api_key")
    app = connect.add(
        team, APP, name="Main", environment="sandbox", auth="api_key", settings_=settings, secrets=secrets
    )
    assert verification.verify(app).ok
    sandbox().act("ghl", "examples", {})
    return Both(team, ghl, app, sandbox())


# --- calendars, either way ------------------------------------------------------------------------


@pytest.fixture
def calendars(both: Both) -> tuple[Workflow, Workflow]:
    """Both directions live, and the calendar has its record."""
    there = both.live("calendar_to_record")
    both.rename_in_ghl("Evening school")
    both.look_and_work(there)
    back = both.live("record_to_calendar")
    return there, back


def test_a_calendar_is_found_by_looking_and_kept(both: Both, calendars: Any) -> None:
    assert both.record()["name"] == both.record()["synced-name"] == "Evening school"


def test_a_change_there_comes_over_and_goes_no_further(
    both: Both, calendars: tuple[Workflow, Workflow]
) -> None:
    both.rename_in_app("Night school")
    for _ in range(3):
        both.look_and_work(*calendars)

    assert both.calendar()["name"] == "Night school"
    assert both.record()["synced-name"] == "Night school"
    assert Run.objects.filter(workflow=calendars[1]).count() == 1
    assert Run.objects.filter(workflow=calendars[0]).count() == 1, "its own write did not come back"


def test_a_change_here_comes_over_and_goes_no_further(
    both: Both, calendars: tuple[Workflow, Workflow]
) -> None:
    both.rename_in_ghl("Night school")
    for _ in range(3):
        both.look_and_work(*calendars)

    assert both.record()["name"] == both.record()["synced-name"] == "Night school"
    assert not Run.objects.filter(workflow=calendars[1]).exists()


@pytest.mark.parametrize(("yes", "name"), [(True, "Theirs"), (False, "Ours")])
def test_where_both_sides_were_changed_a_person_decides(
    both: Both, calendars: tuple[Workflow, Workflow], yes: bool, name: str
) -> None:
    both.rename_in_ghl("Ours")
    both.rename_in_app("Theirs")
    both.look_and_work(calendars[1])

    run = Run.objects.get(workflow=calendars[1])
    assert (run.state, run.due_at) == (RunState.WAITING, None)
    assert "both changed" in run.reason
    assert both.calendar()["name"] == "Ours"

    decisions.approve(StepRun.objects.get(run=run, done=False), yes, None)
    drain_once(for_s=30)
    assert both.calendar()["name"] == name


def test_here_too_what_people_changed_there_is_not_written_over_unasked(
    both: Both, calendars: tuple[Workflow, Workflow]
) -> None:
    both.rename_in_app("Theirs")
    both.rename_in_ghl("Ours")
    both.look_and_work(calendars[0])

    assert Run.objects.filter(workflow=calendars[0], state=RunState.WAITING).count() == 1
    assert both.record()["name"] == "Theirs"


def test_a_record_of_a_calendar_nobody_knows_is_an_error_and_makes_none(
    both: Both, calendars: tuple[Workflow, Workflow]
) -> None:
    before = len(both.rows("ghl", "calendars"))
    values = {"record": CALENDAR, "field": "calendar-id", "value": "NobodyKnowsThisCal01"}
    both.sandbox.act(APP, "change_record", values)
    both.rename_in_app("Night school")
    both.look_and_work(calendars[1])

    run = Run.objects.get(workflow=calendars[1])
    assert run.state == RunState.FAILED
    assert len(both.rows("ghl", "calendars")) == before


# --- times ----------------------------------------------------------------------------------------


@pytest.fixture
def times(both: Both) -> Workflow:
    """Live, with ActiveCampaign told where to send; only then Ada is there."""
    workflow = both.live(
        "tag_to_times", {"tag": "wants times"}, calendar_id=CALENDAR, automation="1", untag=False
    )
    both.sandbox.act(APP, "add_contact", {"email": "ada@example.org", "firstName": "Ada"})
    hook = {
        "name": "Hub",
        "url": doors.path_of(both.app),
        "events": ["contact_tag_added"],
        "sources": ["public", "admin", "system"],
        "state": "1",
        "id": "1",
    }
    store = both.sandbox.apps()[APP].store
    assert store is not None
    with store.transaction(APP) as tx:
        tx.put("webhooks", "1", hook)
    return workflow


def hear(both: Both) -> None:
    deliveries.within(datetime.now(UTC) + timedelta(days=1))
    hearing.hear_once()
    drain_once(for_s=30)


def test_a_tag_is_told_by_webhook_and_answered_once_though_it_comes_twice(
    both: Both, times: Workflow
) -> None:
    both.sandbox.set_fault(APP, "webhook_doubled")
    both.tag("ada@example.org")
    hear(both)
    both.look_and_work(times)

    (event,) = Event.objects.all()
    assert (event.type, event.source) == ("contact.tagged", EventSource.WEBHOOK)
    assert len(both.automations()) == 1


def test_a_webhook_that_was_lost_is_found_by_looking(both: Both, times: Workflow) -> None:
    both.sandbox.set_fault(APP, "webhook_dropped")
    both.tag("ada@example.org")
    hear(both)
    assert both.automations() == []

    both.look_and_work(times)
    (event,) = Event.objects.all()
    assert event.source == EventSource.RECOVERED
    assert len(both.automations()) == 1


def test_who_asks_again_is_answered_again(both: Both, times: Workflow) -> None:
    for _ in range(2):
        both.tag("ada@example.org")
        hear(both)
        both.sandbox.act(APP, "untag_contact", {"contact": "ada@example.org", "tag": "wants times"})

    assert len(both.automations()) == 2


def test_another_tag_asks_nothing(both: Both, times: Workflow) -> None:
    both.tag("ada@example.org", tag="wants times later")
    hear(both)
    both.look_and_work(times)

    assert not Run.objects.exists()


FAULTS = [
    ("throttle", "POST /api/3/contact/sync"),
    ("server_error", "GET /api/3/fields"),
    ("lost_answer", "POST /api/3/contact/sync"),
    ("lost_answer", "POST /api/3/contactAutomations"),
    ("lost_answer", "POST /api/3/fieldRels"),
]


@pytest.mark.parametrize(("fault", "match"), FAULTS)
def test_trouble_on_the_way_neither_loses_nor_doubles(
    both: Both, times: Workflow, fault: str, match: str
) -> None:
    both.sandbox.set_fault(APP, fault, match=match)
    both.tag("ada@example.org")
    hear(both)
    patiently(both)

    assert Run.objects.get().state == RunState.SUCCEEDED
    assert len(both.automations()) == 1
    titles = [row["perstag"] for row in both.rows(APP, "fields")]
    assert len(titles) == len(set(titles))


def later(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def patiently(both: Both) -> None:
    """As time goes by: a minute between drains, the apps' clocks going on as well."""
    for minute in range(1, 8):
        for app in both.sandbox.apps().values():
            assert app.store is not None
            app.store.move_clock(60.0 * minute, app.slug)
        Drain(clock=partial(later, minute)).run(for_s=20)
        if not Run.objects.filter(finished_at=None).exists():
            break
