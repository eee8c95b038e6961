"""The whole way of AccessAlly's recipes: somebody does something on the site, GoHighLevel follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Connection, Notice, Run, RunState, Team, Workflow
from integrations.recipes import recipe
from integrations.sandbox import Sandbox
from integrations.services import (
    asking,
    connect,
    decisions,
    deliveries,
    drafts,
    hearing,
    lifecycle,
    verification,
)
from integrations.services.clients import sandbox
from integrations.services.drain import Drain, drain_once
from integrations.services.journeys import story_of
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

CALENDARS, GROUPS, SLOTS = (
    "accessally.offering_to_calendar",
    "accessally.team_to_group",
    "accessally.slots",
)

EVENING, COURSES = "ExampleCalendar00001", "ExampleGroup00000001"


@dataclass
class Site:
    """A site and a location, joined by one live workflow."""

    site: Connection
    ghl: Connection
    workflow: Workflow
    sandbox: Sandbox

    def do(self, action: str, **values: Any) -> str:
        return str(self.sandbox.act("accessally", action, values).get("id", ""))

    def go(self) -> Run:
        """What is on its way arrives, is looked into and run; the newest run as it then stands."""
        deliveries.within(datetime.now(UTC) + timedelta(days=1))
        hearing.hear_once()
        drain_once(for_s=30)
        run = Run.objects.order_by("id").last()
        assert run is not None
        return run

    def done(self, action: str, **values: Any) -> str:
        """The same, and its run went well."""
        record = self.do(action, **values)
        run = self.go()
        assert run.state == RunState.SUCCEEDED, run.reason
        return record

    def documents(self, collection: str) -> list[dict[str, Any]]:
        store = self.sandbox.apps()["ghl"].store
        assert store is not None
        with store.reading("ghl") as tx:
            return list(tx.all(collection))

    def named(self, collection: str, name: str) -> list[dict[str, Any]]:
        return [row for row in self.documents(collection) if row["name"] == name]

    def reminders(self) -> list[tuple[str, int, str]]:
        return sorted(
            (row["channel"], before["timeOffset"], before["unit"])
            for row in self.documents("notifications")
            for before in row["beforeTime"]
        )

    def why_skipped(self, step: str) -> str:
        run = Run.objects.order_by("id").last()
        assert run is not None
        return next(story.reason for story in story_of(run)[0] if story.step.id == step)


def joined(key: str, **options: Any) -> Site:
    team = Team.objects.create(name="Acme")
    for app in ("ghl", "accessally"):
        sandbox().act(app, "examples", {})
    site, ghl = connected(team, "accessally", "application_password"), connected(team, "ghl", "pit")
    workflow = drafts.make_draft(
        team, key, name=recipe(key).title, bindings={"site": site, "crm": ghl}, options=options
    )
    proved(workflow)
    lifecycle.deploy(workflow)
    return Site(site, ghl, workflow, sandbox())


def connected(team: Team, app: str, auth: str) -> Connection:
    secrets, given = connect.sandbox_secrets(app, auth)
    connection = connect.add(
        team, app, name=app, environment="sandbox", auth=auth, settings_=given, secrets=secrets
    )
    verified = verification.verify(connection)
    assert verified.ok, verified.sentence
    return connection


# --- offerings ------------------------------------------------------------------------------------

EVENINGS: dict[str, Any] = {
    "calendar_name": "Coaching evenings",
    "color": "#2E7D32",
    "reminders": ["1440 email", "60 sms"],
}


def test_an_offering_becomes_a_calendar_and_the_calendar_follows_it() -> None:
    hub = joined(CALENDARS, group_id=COURSES)
    offering = hub.done("make_offering", **EVENINGS)
    (calendar,) = hub.named("calendars", "Coaching evenings")
    assert (calendar["eventColor"], calendar["groupId"], calendar["isActive"]) == ("#2e7d32", COURSES, True)

    hub.done("change_offering", offering=offering, calendar_name="Late evenings", color="#c62828")
    (changed,) = hub.named("calendars", "Late evenings")
    assert (changed["id"], changed["eventColor"]) == (calendar["id"], "#c62828")
    assert not hub.named("calendars", "Coaching evenings")


def test_reminders_that_people_made_in_gohighlevel_stay_and_ours_follow_the_offering() -> None:
    hub = joined(CALENDARS)
    offering = hub.done("make_offering", **EVENINGS)
    assert hub.reminders() == [("email", 1, "days"), ("sms", 1, "hours")]
    theirs = {
        "receiverType": "contact",
        "channel": "email",
        "notificationType": "reminder",
        "isActive": True,
        "beforeTime": [{"timeOffset": 10, "unit": "mins"}],
    }
    (calendar,) = hub.named("calendars", "Coaching evenings")
    with hub.sandbox.apps()["ghl"].store.transaction("ghl") as tx:  # type: ignore[union-attr]
        tx.put("notifications", "theirs", {**theirs, "_id": "theirs", "deleted": False}, [calendar["id"]])

    hub.done("change_offering", offering=offering, reminders=["1440 email", "90 whatsapp"])
    after = [("email", 1, "days"), ("email", 10, "mins"), ("whatsapp", 90, "mins")]
    assert hub.reminders() == after

    hub.done("change_offering", offering=offering, calendar_name="Late evenings")
    assert hub.reminders() == after, "what the event does not speak of stays"


def test_a_calendar_of_the_same_name_is_linked_and_never_deleted() -> None:
    hub = joined(CALENDARS, on_delete="remove")
    offering = hub.done("make_offering", calendar_name=" evening CLASS ", color="#c62828")
    (linked,) = [row for row in hub.documents("calendars") if row["id"] == EVENING]
    assert (linked["eventColor"], linked["name"]) == ("#c62828", "evening CLASS")
    hub.done("delete_offering", offering=offering)
    (kept,) = [row for row in hub.documents("calendars") if row["id"] == EVENING]
    assert kept["isActive"] is False


def test_another_one_of_the_same_name_is_made_where_the_operator_says_so() -> None:
    hub = joined(CALENDARS, same_name="make")
    hub.done("make_offering", calendar_name="Evening class")
    assert len(hub.named("calendars", "Evening class")) == 2


def test_two_of_the_same_name_are_for_a_person_to_tell_apart() -> None:
    hub = joined(CALENDARS)
    with hub.sandbox.apps()["ghl"].store.transaction("ghl") as tx:  # type: ignore[union-attr]
        twin = {**(tx.get("calendars", EVENING) or {}), "id": "Twin", "slug": "twin"}
        tx.put("calendars", "Twin", twin, [twin["locationId"]])
    hub.do("make_offering", calendar_name="Evening class")
    run = hub.go()
    assert run.state == RunState.FAILED
    assert "There are 2 calendars named “Evening class”" in run.reason


@pytest.mark.parametrize(("on_delete", "left"), [("inactive", [False]), ("remove", []), ("nothing", [True])])
def test_a_deleted_offering_leaves_what_the_operator_wants(on_delete: str, left: list[bool]) -> None:
    hub = joined(CALENDARS, on_delete=on_delete)
    offering = hub.done("make_offering", calendar_name="Coaching evenings")
    hub.do("delete_offering", offering=offering)
    assert hub.go().state in (RunState.SUCCEEDED, RunState.SKIPPED)
    assert [row["isActive"] for row in hub.named("calendars", "Coaching evenings")] == left


def test_a_calendar_deleted_in_gohighlevel_is_made_again() -> None:
    hub = joined(CALENDARS)
    offering = hub.done("make_offering", calendar_name="Coaching evenings")
    with hub.sandbox.apps()["ghl"].store.transaction("ghl") as tx:  # type: ignore[union-attr]
        tx.delete("calendars", hub.named("calendars", "Coaching evenings")[0]["id"])
    hub.done("change_offering", offering=offering, color="#c62828")
    assert [row["eventColor"] for row in hub.named("calendars", "Coaching evenings")] == ["#c62828"]


def test_a_zone_without_a_schedule_is_kept_in_the_run_with_a_word() -> None:
    hub = joined(CALENDARS)
    hub.done("make_offering", calendar_name="Coaching evenings", time_zone="Europe/Berlin")
    assert "no schedule is tied to the calendar" in hub.why_skipped("zone")
    run = Run.objects.get()
    assert run.event.payload["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize(("zone", "after"), [("Europe/Berlin", "Europe/Berlin"), ("UTC", "America/New_York")])
def test_a_zone_goes_to_the_schedule_tied_to_the_calendar_if_gohighlevel_takes_it(
    zone: str, after: str
) -> None:
    hub = joined(CALENDARS)
    user = hub.documents("users")[0]["id"]
    with hub.sandbox.apps()["ghl"].store.transaction("ghl") as tx:  # type: ignore[union-attr]
        calendar = tx.get("calendars", EVENING) or {}
        changed = {**calendar, "teamMembers": [{"userId": user}], "calendarType": "round_robin"}
        tx.put("calendars", EVENING, changed, [calendar["locationId"]])
        schedule = {
            "id": "Sched", "locationId": calendar["locationId"], "userId": user, "name": "Week",
            "timezone": "America/New_York", "rules": [], "calendarIds": [EVENING], "deleted": False,
        }  # fmt: skip
        tx.put("schedules", "Sched", schedule, [calendar["locationId"]])
    hub.done("make_offering", calendar_name="Evening class", time_zone=zone)
    assert {row["id"]: row["timezone"] for row in hub.documents("schedules")}["Sched"] == after


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time_zone": "Mars/Base"}, "time zone “Mars/Base”"),
        ({"color": "greenish"}, "is no colour"),
        ({"reminders": [{"minutes_before": "soon", "channel": "email"}]}, "minutes_before"),
        ({"reminders": [{"minutes_before": 60, "channel": "pigeon"}]}, "cannot be sent by “pigeon”"),
    ],
)
def test_what_cannot_be_read_fails_in_words_before_anything_is_made(
    given: dict[str, Any], words: str
) -> None:
    hub = joined(CALENDARS)
    before = hub.documents("calendars")
    hub.do("make_offering", calendar_name="Coaching evenings", **given)
    run = hub.go()
    assert (run.state, words in run.reason) == (RunState.FAILED, True), run.reason
    assert hub.documents("calendars") == before


# --- teams ----------------------------------------------------------------------------------------


def test_a_team_becomes_a_group_with_a_slug_that_is_free() -> None:
    hub = joined(GROUPS, same_name="make")
    team = hub.done("make_team", name="Evening courses", status="active")
    (made,) = [row for row in hub.named("calendar_groups", "Evening courses") if row["id"] != COURSES]
    assert (made["slug"], made["description"]) == ("evening-courses-2", "AccessAlly team Evening courses")
    hub.done("change_team", team=team, status="disabled", description="After work.")
    (now,) = [row for row in hub.documents("calendar_groups") if row["id"] == made["id"]]
    assert (now["slug"], now["description"], now["isActive"]) == ("evening-courses-2", "After work.", False)
    hub.done("change_team", team=team, slug="late-courses", status="Active")
    (now,) = [row for row in hub.documents("calendar_groups") if row["id"] == made["id"]]
    assert (now["slug"], now["isActive"]) == ("late-courses", True)


def test_a_name_without_latin_letters_still_gets_a_slug() -> None:
    hub = joined(GROUPS)
    team = hub.done("make_team", name="夜間講座")
    assert [row["slug"] for row in hub.named("calendar_groups", "夜間講座")] == [f"team-{team}"]


def test_an_unknown_status_is_refused_before_a_group_is_made() -> None:
    hub = joined(GROUPS)
    hub.do("make_team", name="Coaches", status="resting")
    run = hub.go()
    assert (run.state, "neither yes nor no" in run.reason) == (RunState.FAILED, True)
    assert not hub.named("calendar_groups", "Coaches")


def test_a_group_that_was_there_is_linked_and_only_set_inactive() -> None:
    hub = joined(GROUPS, on_delete="delete")
    team = hub.done("make_team", name="evening courses")
    hub.done("delete_team", team=team)
    (kept,) = [row for row in hub.documents("calendar_groups") if row["id"] == COURSES]
    assert (kept["slug"], kept["isActive"]) == ("evening-courses", False)


@pytest.mark.parametrize("yes", [True, False])
def test_a_group_the_hub_made_is_deleted_once_somebody_has_confirmed_it(yes: bool) -> None:
    hub = joined(GROUPS, on_delete="delete")
    team = hub.done("make_team", name="Coaches")
    hub.do("delete_team", team=team)
    run = hub.go()
    assert run.state == RunState.WAITING
    assert hub.named("calendar_groups", "Coaches")
    decisions.approve(run.steps.get(step="asked"), yes, None)
    drain_once(for_s=30)
    assert bool(hub.named("calendar_groups", "Coaches")) is not yes


def test_a_group_with_calendars_is_set_inactive_in_place_of_deleted() -> None:
    hub = joined(GROUPS, on_delete="delete")
    team = hub.done("make_team", name="Coaches")
    (group,) = hub.named("calendar_groups", "Coaches")
    with hub.sandbox.apps()["ghl"].store.transaction("ghl") as tx:  # type: ignore[union-attr]
        calendar = tx.get("calendars", EVENING) or {}
        tx.put("calendars", EVENING, {**calendar, "groupId": group["id"]}, [calendar["locationId"]])
    hub.do("delete_team", team=team)
    decisions.approve(hub.go().steps.get(step="asked"), True, None)
    drain_once(for_s=30)
    assert [row["isActive"] for row in hub.named("calendar_groups", "Coaches")] == [False]


# --- trouble --------------------------------------------------------------------------------------


def told(hub: Site) -> None:
    deliveries.within(datetime.now(UTC) + timedelta(days=1))
    hearing.hear_once()


def to_the_end(hub: Site) -> Run:
    """As time goes by, for the hub and the apps: a minute between drains, until nothing waits any more."""
    for minute in range(8):
        later_s = 60.0 * minute
        for app in hub.sandbox.apps().values():
            assert app.store is not None
            app.store.move_clock(later_s, app.slug)
        Drain(clock=lambda later_s=later_s: datetime.now(UTC) + timedelta(seconds=later_s)).run(for_s=20)
        run = Run.objects.get()
        if run.finished_at or run.state == RunState.HELD:
            break
    return run


@pytest.mark.parametrize("fault", ["throttle", "server_error", "lost_answer"])
@pytest.mark.parametrize("call", ["GET /calendars/groups", "POST /calendars/groups", "PUT /calendars/groups"])
def test_a_team_gets_one_group_whatever_passing_trouble_there_is(fault: str, call: str) -> None:
    hub = joined(GROUPS)
    hub.sandbox.set_fault("ghl", fault, match=call)
    hub.do("make_team", name="Coaches", status="inactive")
    told(hub)
    run = to_the_end(hub)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "")
    assert [row["isActive"] for row in hub.named("calendar_groups", "Coaches")] == [False]


@pytest.mark.parametrize("fault", ["throttle", "server_error", "lost_answer"])
@pytest.mark.parametrize("call", ["GET /calendars/", "PUT /calendars/", "notifications"])
def test_a_linked_calendar_gets_its_reminders_once(fault: str, call: str) -> None:
    hub = joined(CALENDARS)
    hub.sandbox.set_fault("ghl", fault, match=call)
    hub.do("make_offering", **{**EVENINGS, "calendar_name": "Evening class"})
    told(hub)
    run = to_the_end(hub)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "")
    assert hub.reminders() == [("email", 1, "days"), ("sms", 1, "hours")]


def test_a_new_calendar_whose_answer_was_lost_is_for_a_person_and_made_once() -> None:
    """A calendar carries nothing to tell ours by, so nobody makes it again without looking."""
    hub = joined(CALENDARS)
    hub.sandbox.set_fault("ghl", "lost_answer", match="POST /calendars/")
    hub.do("make_offering", **EVENINGS)
    told(hub)
    run = to_the_end(hub)
    assert run.state == RunState.HELD
    (calendar,) = hub.named("calendars", "Coaching evenings")
    decisions.decide_held(run.effects.get(), True, calendar["id"], None)
    assert to_the_end(hub).state == RunState.SUCCEEDED
    assert len(hub.named("calendars", "Coaching evenings")) == 1
    assert len(hub.reminders()) == 2


def test_the_same_event_twice_is_run_once() -> None:
    hub = joined(GROUPS)
    hub.sandbox.set_fault("accessally", "webhook_doubled")
    hub.done("make_team", name="Coaches")
    assert (Run.objects.count(), len(hub.named("calendar_groups", "Coaches"))) == (1, 1)


def test_an_event_without_a_good_signature_is_not_taken() -> None:
    hub = joined(GROUPS)
    hub.sandbox.introduce("accessally", str(hub.site.pk), _target(hub), {"inbound_secret": "d3Jvbmc="})
    hub.do("make_team", name="Coaches")
    deliveries.within(datetime.now(UTC) + timedelta(days=1))
    assert not Notice.objects.exists()


def _target(hub: Site) -> str:
    hub.site.refresh_from_db()
    return f"/hooks/sandbox/accessally/{hub.site.hook_key}"


# --- questions ------------------------------------------------------------------------------------


def ask(hub: Site, **given: Any) -> asking.Told:
    asked = asking.asked(Workflow.objects.get(pk=hub.workflow.pk))
    return asking.told(asking.ask(asked, asking.question(asked.trigger, given, {})))


def test_a_question_for_an_offering_is_answered_from_its_calendar() -> None:
    hub = joined(SLOTS, calendar_id=EVENING, calendars={"900421": EVENING}, zone="America/New_York")
    answer = ask(hub, offering_id="900421", time_zone="Europe/Berlin").document
    assert (answer["time_zone"], answer["offering_id"]) == ("Europe/Berlin", "900421")
    assert answer["count"] == len(answer["slots"]) > 0
    assert set(answer["slots"][0]) == {"start", "end"}
    assert ask(hub).document["time_zone"] == "America/New_York"


def test_a_range_of_more_than_31_days_is_asked_for_in_pieces() -> None:
    hub = joined(SLOTS, calendar_id=EVENING)
    first = datetime.now(UTC).date() + timedelta(days=1)
    last = first + timedelta(days=89)
    answer = ask(hub, start_date=first.isoformat(), end_date=last.isoformat())
    assert answer.status == 200, answer.document
    assert answer.document["slots"][-1]["start"][:10] > (first + timedelta(days=62)).isoformat()
    assert len(hub.sandbox.requests("ghl", "GET", "/free-slots")) == 3


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"time_zone": "Mars/Base"}, 422, "Mars/Base"),
        ({"start_date": "2026-12-24", "end_date": "2026-12-01"}, 422, "before it begins"),
        ({"calendar_id": "NoSuchCalendar000000"}, 422, ""),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(
    given: dict[str, str], status: int, words: str
) -> None:
    hub = joined(SLOTS, calendar_id=EVENING)
    answer = ask(hub, **given)
    assert answer.status == status, answer.document
    assert words in answer.document["message"]


# --- the connection -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        (
            "application_password",
            "Connected to Harbour Academy (https://academy.example.com). Signed in as hub (administrator).",
        ),
        ("address", "Connected to Harbour Academy (https://academy.example.com)."),
        ("wp_fusion", "Connected to Harbour Academy (https://academy.example.com)."),
    ],
)
def test_each_way_to_sign_in_proves_what_it_can(auth: str, says: str) -> None:
    team = Team.objects.create(name="Acme")
    assert connected(team, "accessally", auth).verified_text == says


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"rest_api": "off"}, "switched off, as some security plugins do"),
        ({"rest_api": "page"}, "Settings → Permalinks"),
        ({"application_passwords": "off"}, "did not look at an application password"),
    ],
)
def test_what_a_site_keeps_closed_is_said_in_words(knobs: dict[str, str], says: str) -> None:
    team = Team.objects.create(name="Acme")
    connection = connected(team, "accessally", "application_password")
    sandbox().turn("accessally", knobs)
    verified = verification.verify(connection)
    assert (verified.ok, says in verified.sentence) == (False, True), verified.sentence


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("http://academy.example.com", "must begin with https://"),
        ("https://10.0.0.8/members", "private"),
        ("https://127.0.0.1", "private"),
        ("", "needs Address of the site"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_when_it_is_typed(typed: str, says: str) -> None:
    team = Team.objects.create(name="Acme")
    with pytest.raises(WrongUse, match=says):
        connect.add(
            team,
            "accessally",
            name="Real",
            environment="production",
            auth="address",
            settings_={"site_url": typed},
        )


def test_an_operation_at_a_private_address_is_refused_when_it_is_typed() -> None:
    team = Team.objects.create(name="Acme")
    with pytest.raises(WrongUse, match="private"):
        connect.add(
            team,
            "accessally",
            name="Real",
            environment="production",
            auth="address",
            settings_={"site_url": "https://1.1.1.1", "operations": {"Release": "https://192.168.0.1/x"}},
        )
