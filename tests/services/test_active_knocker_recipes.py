"""The recipes with Active Knocker, whole, in the sandbox: what people type, what is taken, who decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from integrations.models import Connection, Event, Run, RunState, StepRun, Team, Workflow
from integrations.recipes import ALL as RECIPES
from integrations.sandbox import Sandbox
from integrations.services import (
    byhand,
    connect,
    decisions,
    deliveries,
    drafts,
    hearing,
    lifecycle,
    sweeps,
    verification,
)
from integrations.services.clients import sandbox
from integrations.services.drain import drain_once
from tests.hub import calendar_of, connected
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

TUESDAY = "2031-03-04"
LEAD: dict[str, Any] = {
    "lead_id": "5",
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "start": f"{TUESDAY} 10:00",
}


@dataclass
class Doors:
    """A team that knocks on doors: both apps connected, one recipe live."""

    team: Team
    ghl: Connection
    knocker: Connection
    workflow: Workflow
    sandbox: Sandbox

    def tell(self, kind: str, **data: Any) -> Run | None:
        """What somebody told through the bridge, and the run that came of it, as far as it got."""
        told = byhand.deliver(self.knocker, kind, data)
        drain_once(for_s=30)
        return Run.objects.get(pk=told.runs[0].pk) if told.runs else None

    def approve(self, run: Run, yes: bool = True) -> Run:
        decisions.approve(StepRun.objects.get(run=run, done=False), yes, None)
        drain_once(for_s=30)
        return Run.objects.get(pk=run.pk)

    def look(self) -> sweeps.Swept:
        swept = sweeps.sweep(Workflow.objects.select_related("live").get(pk=self.workflow.pk))
        drain_once(for_s=30)
        return swept

    def documents(self, app: str, collection: str) -> list[dict[str, Any]]:
        return self.sandbox.dump()[app].get(collection, [])

    def appointments(self) -> list[dict[str, Any]]:
        return self.documents("ghl", "appointments")

    def contact(self) -> dict[str, Any]:
        (made,) = self.documents("ghl", "contacts")
        return made

    def taken(self, start: str) -> None:
        calendar = calendar_of(self.ghl)
        self.sandbox.act("ghl", "book_appointment", {"calendar": calendar, "start": start})


def doors(recipe: str, **options: Any) -> Doors:
    """The recipe live. It books in the usual calendar and reminds nobody, unless told otherwise."""
    team = Team.objects.create(name="Doors")
    ghl = connected(team, "ghl", "GHL")
    known = {field.key for field in RECIPES[recipe].options}
    usual = {"calendar_id": calendar_of(ghl), "reminder_channel": "none"}
    chosen = {**{key: value for key, value in usual.items() if key in known}, **options}
    secrets, settings = connect.sandbox_secrets("active_knocker", "x_api_key")
    knocker = connect.add(
        team,
        "active_knocker",
        name="Knocker",
        environment="sandbox",
        auth="x_api_key",
        settings_=settings,
        secrets=secrets,
    )
    assert verification.verify(knocker).ok
    workflow = drafts.make_draft(
        team, recipe, name="Doors", bindings={"crm": ghl, "knocker": knocker}, options=chosen
    )
    proved(workflow)
    lifecycle.deploy(workflow)
    return Doors(team, ghl, knocker, workflow, sandbox())


def bridged(**options: Any) -> Doors:
    return doors("active_knocker.lead_to_appointment", **options)


# --- what people type -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ({"start": f"{TUESDAY} 10:00"}, "10:00:00-05:00"),  # the location's zone
        ({"start": f"{TUESDAY}T10:00:00", "timezone": "America/Chicago"}, "11:00:00-05:00"),
        ({"start": f"{TUESDAY}T15:00:00Z", "timezone": "America/Chicago"}, "10:00:00-05:00"),
        ({"start": "03/04/2031 10:00 AM"}, "10:00:00-05:00"),
        ({"start": None, "date": TUESDAY, "time": "10:30"}, "10:30:00-05:00"),
        ({"start": 1930402800}, "10:00:00-05:00"),
        ({"start": TUESDAY}, "09:00:00-05:00"),  # a date without a clock: the day's first free time
        ({"start": None, "date": TUESDAY}, "09:00:00-05:00"),
    ],
)
def test_a_time_is_read_however_it_is_written(told: dict[str, Any], start: str) -> None:
    made = bridged()
    made.tell("lead.booked", **{**LEAD, **told})
    (booked,) = made.appointments()
    assert booked["startTime"] == f"{TUESDAY}T{start}"


@pytest.mark.parametrize(
    ("told", "first", "last"),
    [
        ({"name": "Grace Brewster Hopper"}, "Grace Brewster", "Hopper"),
        ({"name": "Grace"}, "Grace", ""),
        ({"name": None, "first_name": "Mary Ann", "last_name": "Van Dyke"}, "Mary Ann", "Van Dyke"),
        ({"name": "Somebody Else", "first_name": "Grace", "last_name": "Hopper"}, "Grace", "Hopper"),
    ],
)
def test_a_name_in_one_field_or_in_two_is_a_first_and_a_last_one(
    told: dict[str, Any], first: str, last: str
) -> None:
    made = bridged()
    made.tell("lead.booked", **{**LEAD, **told})
    contact = made.contact()
    assert (contact["firstName"], contact.get("lastName", "")) == (first, last)


@pytest.mark.parametrize(
    ("phone", "country", "written"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+49 30 5550100", "US", "+49305550100"),
        (2125550123, "US", "+12125550123"),
        ("call me", "US", None),  # there is an e-mail: the phone is left out
    ],
)
def test_a_phone_without_a_country_gets_the_one_chosen(phone: Any, country: str, written: str | None) -> None:
    made = bridged(country=country)
    made.tell("lead.booked", **LEAD, phone=phone)
    assert made.contact().get("phone") == written


def test_a_phone_that_cannot_be_read_stops_a_lead_that_has_nothing_else() -> None:
    made = bridged()
    run = made.tell("lead.booked", **{**LEAD, "email": None}, phone="call me")
    assert run is not None
    assert (run.state, "not a phone number" in run.reason) == (RunState.FAILED, True)
    assert made.documents("ghl", "contacts") == []


# --- who cannot be reached ------------------------------------------------------------------------

NOBODY = {**LEAD, "email": None, "address": {"street": "12 Mill Lane", "city": "Austin"}}


def test_a_lead_with_neither_email_nor_phone_waits_for_a_person() -> None:
    made = bridged()
    run = made.tell("lead.booked", **NOBODY)
    assert run is not None
    assert (run.state, made.appointments()) == (RunState.WAITING, [])

    run = made.approve(run)

    assert run.state == RunState.SUCCEEDED
    assert made.contact()["address1"] == "12 Mill Lane"
    assert len(made.appointments()) == 1


@pytest.mark.parametrize(
    ("choice", "state", "contacts"), [("create", RunState.SUCCEEDED, 1), ("skip", RunState.SKIPPED, 0)]
)
def test_or_what_was_chosen_for_such_leads_is_done(choice: str, state: RunState, contacts: int) -> None:
    made = bridged(unreachable=choice)
    run = made.tell("lead.booked", **NOBODY)
    assert run is not None
    assert (run.state, len(made.documents("ghl", "contacts"))) == (state, contacts)


# --- times that are taken, or not named -----------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "start"), [("next", f"{TUESDAY}T10:30:00-05:00"), ("book", f"{TUESDAY}T10:00:00-05:00")]
)
def test_a_time_that_is_taken_is_handled_as_chosen(choice: str, start: str) -> None:
    made = bridged(if_taken=choice)
    made.taken(f"{TUESDAY}T10:00:00-05:00")
    made.tell("lead.booked", **LEAD)
    assert made.appointments()[-1]["startTime"] == start


@pytest.mark.parametrize(("yes", "count"), [(True, 2), (False, 1)])
def test_or_a_person_decides(yes: bool, count: int) -> None:
    made = bridged()
    made.taken(f"{TUESDAY}T10:00:00-05:00")
    run = made.tell("lead.booked", **LEAD)
    assert run is not None
    assert run.state == RunState.WAITING
    made.approve(run, yes)
    assert len(made.appointments()) == count


def test_a_lead_without_a_time_waits_where_that_was_chosen() -> None:
    made = bridged(no_start="hold")
    run = made.tell("lead.booked", **{**LEAD, "start": None})
    assert run is not None
    assert (run.state, made.appointments()) == (RunState.WAITING, [])


# --- rebooked, changed, cancelled -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lead.updated", "lead.booked"])
def test_a_lead_that_is_rebooked_moves_its_appointment(kind: str) -> None:
    made = bridged()
    made.tell("lead.booked", **LEAD)
    made.tell(kind, **{**LEAD, "start": f"{TUESDAY} 14:00", "notes": "Ring twice."})
    (booked,) = made.appointments()
    assert booked["startTime"] == f"{TUESDAY}T14:00:00-05:00"
    assert "Ring twice." in booked["description"]
    assert made.sandbox.requests("ghl", "PUT", "/calendars/events/appointments")


def test_details_that_change_leave_the_time_alone_and_done_is_showed() -> None:
    made = bridged()
    made.tell(
        "lead.booked",
        **LEAD,
        notes="Ring the bell.",
        address={"street": "12 Mill Lane", "postal_code": 78701},
    )
    assert made.appointments()[0]["address"] == "12 Mill Lane, 78701"
    made.tell("lead.updated", lead_id="5", status="Sold")
    (booked,) = made.appointments()
    assert "Ring the bell." in booked["description"]
    assert (booked["startTime"], booked["appointmentStatus"]) == (f"{TUESDAY}T10:00:00-05:00", "showed")


def test_a_lead_that_was_cancelled_and_books_again_gets_a_new_appointment() -> None:
    made = bridged()
    for kind, clock in (("booked", "10:00"), ("cancelled", "10:00"), ("booked", "11:00")):
        run = made.tell(f"lead.{kind}", **{**LEAD, "start": f"{TUESDAY} {clock}"})
        assert run is not None
        assert run.state == RunState.SUCCEEDED, run.reason
    assert [row["appointmentStatus"] for row in made.appointments()] == ["cancelled", "confirmed"]


def test_what_happens_to_a_lead_nobody_booked_changes_nothing() -> None:
    made = bridged()
    for kind in ("lead.updated", "lead.cancelled"):
        run = made.tell(kind, **LEAD)
        assert run is not None
        assert run.state == RunState.SKIPPED
    assert made.documents("ghl", "contacts") == []


# --- attendees, groups, calendars -----------------------------------------------------------------


@pytest.mark.parametrize(
    "attendees", [["sam@example.org", {"email": "kim@example.org"}], "sam@example.org, kim@example.org"]
)
def test_each_attendee_may_have_an_appointment_and_all_are_cancelled(attendees: Any) -> None:
    made = bridged(attendees="each")
    made.tell("lead.booked", **LEAD, attendees=attendees)
    assert len(made.appointments()) == 3
    assert {row["startTime"] for row in made.appointments()} == {f"{TUESDAY}T10:00:00-05:00"}
    made.tell("lead.cancelled", lead_id="5")
    assert {row["appointmentStatus"] for row in made.appointments()} == {"cancelled"}


def test_the_team_may_be_a_group_that_the_calendar_joins() -> None:
    made = bridged(group="join")
    made.tell("lead.booked", **LEAD, team="North")
    made.tell("lead.booked", **{**LEAD, "lead_id": "6", "start": f"{TUESDAY} 11:00"}, team="North")
    (group,) = [row for row in made.documents("ghl", "calendar_groups") if row["name"] == "North"]
    calendar = next(row for row in made.documents("ghl", "calendars") if row["id"] == calendar_of(made.ghl))
    assert calendar["groupId"] == group["id"]


# --- by looking -----------------------------------------------------------------------------------


LEAD_TYPED = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "(212) 555-0123"}


def looked(**options: Any) -> Doors:
    return doors("active_knocker.pin_to_appointment", **options)


def test_over_ten_thousand_old_visits_are_a_baseline_and_fire_nothing() -> None:
    made = looked()
    connect.change_settings(made.knocker, {**made.knocker.settings, "page_size": 5_000})
    made.sandbox.turn("active_knocker", {"most_a_page": 5_000})
    made.sandbox.act("active_knocker", "add_old_visits", {"count": 10_050})
    swept = made.look()
    assert (swept.baseline, swept.rows, swept.events) == (True, 10_055, 0)
    assert Event.objects.count() == 0
    assert made.appointments() == []


def test_a_visit_that_is_booked_changed_and_cancelled_is_followed() -> None:
    made = looked()
    made.look()
    visit = made.sandbox.act("active_knocker", "book_visit", {**LEAD_TYPED, "start": f"{TUESDAY} 10:00"})[
        "id"
    ]
    assert made.look().events == 1
    assert made.look().events == 0
    made.sandbox.act("active_knocker", "change_visit", {"visit": visit, "start": f"{TUESDAY} 13:00"})
    made.look()
    (booked,) = made.appointments()
    assert booked["startTime"] == f"{TUESDAY}T13:00:00-05:00"
    made.sandbox.act("active_knocker", "lose_visit", {"visit": visit})
    made.look()
    assert made.appointments()[0]["appointmentStatus"] == "confirmed", "lost is not cancelled"


def test_fields_elsewhere_are_found_once_their_paths_are_put_right() -> None:
    made = looked()
    made.sandbox.turn("active_knocker", {"shape": "nested"})
    connect.change_settings(
        made.knocker, {**made.knocker.settings, "field_paths": {"start": "appointment.date"}}
    )
    made.look()
    made.sandbox.act("active_knocker", "book_visit", {**LEAD_TYPED, "start": f"{TUESDAY} 10:00"})
    made.look()
    assert made.appointments()[0]["startTime"] == f"{TUESDAY}T10:00:00-05:00"


# --- availability ---------------------------------------------------------------------------------

BUSY: dict[str, Any] = {
    "rep_email": "nora.quist@example.com",
    "date": TUESDAY,
    "busy": [{"start": f"{TUESDAY}T10:00", "end": f"{TUESDAY}T12:00"}],
}


def busy(**options: Any) -> Doors:
    made = doors("active_knocker.availability_to_schedule", **options)
    made.sandbox.act("ghl", "examples", {})
    booked_at(made, "10:00")
    return made


def booked_at(made: Doors, clock: str) -> None:
    """The first of the team, who is the rep, has an appointment there."""
    calendar = calendar_of(made.ghl, "Advice call")
    start = f"{TUESDAY}T{clock}:00-05:00"
    values = {"calendar": calendar, "start": start, "contact": "ExampleContactAda001"}
    made.sandbox.act("ghl", "book_appointment", values)


def moved(made: Doors) -> str:
    return next(row["startTime"] for row in made.appointments() if not row["id"].startswith("Example"))


@pytest.mark.parametrize(("yes", "start"), [(True, "12:00:00-05:00"), (False, "10:00:00-05:00")])
def test_a_booking_in_a_busy_time_moves_when_a_person_agrees(yes: bool, start: str) -> None:
    made = busy()
    run = made.tell("availability.updated", **BUSY)
    assert run is not None
    assert (run.state, moved(made)) == (RunState.WAITING, f"{TUESDAY}T10:00:00-05:00")
    assert len(made.documents("ghl", "block_slots")) == 1, (
        "blocked at once, so that nobody books it meanwhile"
    )
    made.approve(run, yes)
    assert moved(made) == f"{TUESDAY}T{start}"


def test_a_proposal_that_is_taken_by_then_is_made_anew() -> None:
    made = busy()
    run = made.tell("availability.updated", **BUSY)
    assert run is not None
    booked_at(made, "12:00")
    run = made.approve(run)
    assert (run.state, moved(made)) == (RunState.WAITING, f"{TUESDAY}T10:00:00-05:00")
    made.approve(run)
    assert moved(made) == f"{TUESDAY}T12:30:00-05:00"


def test_told_again_nothing_is_blocked_twice_and_what_is_over_is_lifted() -> None:
    made = busy(conflicts="leave")
    made.tell("availability.updated", **BUSY)
    made.tell("availability.updated", **BUSY, note="again")
    assert len(made.documents("ghl", "block_slots")) == 1
    made.tell("availability.updated", **{**BUSY, "busy": [{"start": "15:00", "end": "16:00"}]})
    (block,) = made.documents("ghl", "block_slots")
    assert block["startTime"] == f"{TUESDAY}T15:00:00-05:00"


def test_or_the_schedule_has_the_busy_time_taken_out() -> None:
    made = busy(write="schedule", conflicts="leave")
    run = made.tell("availability.updated", **BUSY)
    assert run is not None
    assert run.state == RunState.SUCCEEDED, run.reason
    rules = [rule for row in made.documents("ghl", "schedules") for rule in row["rules"]]
    (dated,) = [rule for rule in rules if rule["type"] == "date" and rule["date"] == TUESDAY]
    assert {"from": "12:00", "to": "17:00"} in dated["intervals"]
    assert made.documents("ghl", "block_slots") == []


def test_a_rep_who_is_nobody_here_is_said() -> None:
    made = busy()
    run = made.tell("availability.updated", **{**BUSY, "rep_email": "stranger@example.com"})
    assert run is not None
    assert (run.state, "no user" in run.reason) == (RunState.SKIPPED, True)


# --- teams and groups -----------------------------------------------------------------------------


def groups(made: Doors) -> list[dict[str, Any]]:
    return [row for row in made.documents("ghl", "calendar_groups") if "North" in row["name"]]


def teams(**options: Any) -> Doors:
    return doors("active_knocker.teams_to_groups", **options)


def test_a_team_is_made_renamed_switched_off_and_removed() -> None:
    made = teams()
    made.tell("team.created", team_id="T-3", name="North", permissions=["book"])
    made.tell("team.updated", team_id="T-3", name="North side", active="inactive")
    (group,) = groups(made)
    assert (group["name"], group["isActive"]) == ("North side", False)
    made.tell("team.deleted", team_id="T-3")
    assert groups(made) == []


def test_a_group_that_was_there_is_taken_over_and_never_deleted() -> None:
    made = teams()
    location = made.ghl.settings["location_id"]
    made.sandbox.act("ghl", "create_group", {"location": location, "name": "North"})
    made.tell("team.updated", team_id="T-3", name="North", permissions=["book"])
    (group,) = groups(made)
    assert "Permissions in Active Knocker: book" in group["description"]
    made.tell("team.deleted", team_id="T-3")
    assert [row["isActive"] for row in groups(made)] == [False]


def test_permissions_may_stay_in_the_hub() -> None:
    made = teams(permissions="hub")
    made.tell("team.created", team_id="T-3", name="North", permissions=["book"])
    assert "book" not in groups(made)[0]["description"]
    assert Event.objects.get().payload["permissions"] == ["book"]


def test_a_group_is_a_tag_on_the_visits_booked_in_it() -> None:
    made = doors("active_knocker.groups_to_teams", way="tag")
    made.sandbox.act("ghl", "examples", {})
    made.sandbox.act("active_knocker", "examples", {})
    token = made.sandbox.apps()["ghl"].credentials()["private_integration_token"]
    httpx.Client(transport=made.sandbox.transport("ghl")).put(
        "https://services.leadconnectorhq.com/calendars/events/appointments/ExampleAppointment01",
        json={"description": "Roof.\n\nActive Knocker lead 95001"},
        headers={"Authorization": f"Bearer {token}", "Version": "2021-04-15"},
    ).raise_for_status()
    made.look()
    made.sandbox.act("ghl", "change_group", {"group": "ExampleGroup00000001", "description": "New"})
    made.look()
    visit = next(row for row in made.documents("active_knocker", "visits") if row["id"] == 95001)
    assert visit["tag_ids"] == [12]


# --- from the door to the calendar ----------------------------------------------------------------


def test_what_happens_at_the_door_comes_signed_through_the_bridge() -> None:
    made = bridged()
    told = {**LEAD_TYPED, "start": f"{TUESDAY} 10:00", "rep": 7}
    visit = made.sandbox.act("active_knocker", "book_visit", told)["id"]
    hear()
    (booked,) = made.appointments()
    assert booked["startTime"] == f"{TUESDAY}T10:00:00-05:00"
    made.sandbox.act("active_knocker", "cancel_visit", {"visit": visit})
    hear()
    assert made.appointments()[0]["appointmentStatus"] == "cancelled"
    assert made.sandbox.requests("active_knocker", path_contains="knock") == [], (
        "the bridge needs no call to the app"
    )


def hear() -> None:
    assert deliveries.within() == 1
    hearing.hear_once()
    drain_once(for_s=30)
