"""Accredible's recipes in trouble, and with the operator's other choices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.engine.errors import WrongUse
from integrations.models import Effect, EffectState, Run, RunState, StepRun, Workflow
from integrations.services import asking, byhand, decisions, drafts, lifecycle, sweeps
from integrations.services.drain import Drain, drain_once
from tests.hub import Hub, make_hub
from tests.proving import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

EXAMPLE_CALENDAR, EXAMPLE_GROUP = "ExampleCalendar00001", "ExampleGroup00000001"
APPOINTMENT: dict[str, Any] = {
    "id": "ExampleAppointment01",
    "calendarId": EXAMPLE_CALENDAR,
    "contactId": "ExampleContactAda001",
    "appointmentStatus": "showed",
    "startTime": "2026-11-24T10:00:00-05:00",
    "dateUpdated": "2026-11-24T15:45:00.000Z",
}


@pytest.fixture
def plain() -> Hub:
    hub = make_hub(deploy=False)
    for app in ("ghl", "accredible"):
        hub.sandbox.act(app, "examples", {})
    return hub


def live(
    hub: Hub, recipe: str, *, name: str = "", owners: dict[str, str] | None = None, **options: Any
) -> Workflow:
    roles = {"crm": hub.ghl, "certificates": hub.accredible}
    workflow = drafts.make_draft(hub.team, recipe, name=name or recipe, bindings=roles, options=options)
    workflow.owners = owners or {}
    workflow.save()
    proved(workflow)
    lifecycle.deploy(workflow)
    return workflow


def attended(hub: Hub, **options: Any) -> Workflow:
    table = {EXAMPLE_CALENDAR: str(hub.group("safety-2026"))}
    return live(hub, "accredible.showed_to_certificate", **{"groups": table, **options})


def come(hub: Hub, **more: Any) -> Run:
    """The appointment is told of, and its run driven as far as it goes."""
    emitted = byhand.emit(hub.ghl, "appointment.updated", {**APPOINTMENT, **more})
    drain_once(for_s=30)
    run = (emitted.runs or emitted.earlier)[0]
    run.refresh_from_db()
    return run


def later(hub: Hub, seconds: float) -> None:
    """The hub's clock and the app's go on; what waits goes on."""
    hub.sandbox.store.move_clock(seconds, "accredible")
    Drain(clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds)).run(for_s=30)


def made(hub: Hub) -> list[dict[str, Any]]:
    """Certificates for the appointment."""
    rows = hub.documents("accredible", "certificates")
    return [row for row in rows if row["meta_data"].get("ghl_appointment_id")]


# --- an attended appointment ----------------------------------------------------------------------


def test_an_appointment_has_one_certificate_whatever_becomes_of_it(plain: Hub) -> None:
    workflow = attended(plain)
    look(workflow)  # the baseline
    for status in ("showed", "confirmed", "showed"):
        change = {"appointment": APPOINTMENT["id"], "status": status}
        plain.sandbox.act("ghl", "change_status", change)
        look(workflow)
    runs = Run.objects.filter(workflow=workflow).order_by("pk")
    assert [run.state for run in runs] == ["succeeded", "skipped", "skipped"]
    assert runs[2].reason == "This appointment has its certificate."
    assert len(made(plain)) == 1


def test_a_certificate_that_another_workflow_issued_is_found_by_the_appointment(plain: Hub) -> None:
    come_first = attended(plain)
    come(plain)
    lifecycle.pause(come_first)
    table = {EXAMPLE_CALENDAR: str(plain.group("coaching-2026"))}  # where a second would be allowed
    workflow = attended(plain, name="The second", groups=table)
    emitted = byhand.emit(plain.ghl, "appointment.created", APPOINTMENT)
    drain_once(for_s=30)
    (run,) = Run.objects.filter(workflow=workflow)
    assert (run.event, run.state) == (emitted.event, "skipped"), run.reason
    assert len(made(plain)) == 1


def test_without_credits_it_waits_for_a_person_and_is_published_not_issued_again(plain: Hub) -> None:
    plain.sandbox.act("accredible", "set_credits", {"credits": 0})
    attended(plain)
    run = come(plain)
    assert (run.state, run.due_at) == (RunState.WAITING, None)
    assert run.reason.startswith("Accredible has no credits left")
    (held,) = made(plain)
    assert held["approve"] is False

    plain.sandbox.act("accredible", "set_credits", {"credits": 5})
    decisions.approve(StepRun.objects.get(run=run, step="credits"), True, None)
    drain_once(for_s=30)

    run.refresh_from_db()
    (published,) = made(plain)
    assert (run.state, published["id"], published["approve"]) == ("succeeded", held["id"], True)


@pytest.mark.parametrize("fault", ["throttle", "server_error"])
def test_a_stumbling_app_is_asked_again_and_issues_once(plain: Hub, fault: str) -> None:
    attended(plain)
    plain.sandbox.set_fault("accredible", fault, match="/credentials/search")
    run = come(plain)
    assert run.state in (RunState.WAITING, RunState.QUEUED)
    later(plain, 60)
    run.refresh_from_db()
    assert (run.state, len(made(plain))) == ("succeeded", 1), run.reason


@pytest.mark.parametrize("lag_s", [0, 30])
def test_a_lost_answer_is_found_by_our_mark_however_the_search_lags(plain: Hub, lag_s: int) -> None:
    attended(plain)
    plain.sandbox.turn("accredible", {"search_lag_s": lag_s})
    plain.sandbox.set_fault("accredible", "lost_answer", match="POST /v1/credentials")
    run = come(plain)
    for _ in range(3):
        later(plain, 300)
    run.refresh_from_db()
    (certificate,) = made(plain)
    effect = Effect.objects.get(operation="credentials.create")
    assert (run.state, effect.state) == ("succeeded", EffectState.DONE), run.reason
    assert effect.adopted
    assert effect.record_id == str(certificate["id"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"groups": {}}, "No Accredible group is set for this calendar."),
        ({"only_group": "Another"}, "The calendar belongs to another group, whose workflow it is."),
    ],
)
def test_calendars_of_others_are_left_alone(plain: Hub, options: dict[str, Any], says: str) -> None:
    if name := options.get("only_group"):
        given = {"location": plain.ghl.settings["location_id"], "name": name}
        options = {"only_group": str(plain.sandbox.act("ghl", "create_group", given)["id"])}
    attended(plain, **options)
    run = come(plain)
    assert (run.state, run.reason) == ("skipped", says)
    assert made(plain) == []


def test_every_other_calendar_may_have_a_group_too(plain: Hub) -> None:
    attended(plain, groups={}, default_group=str(plain.group("coaching-2026")))
    assert come(plain).state == "succeeded"
    assert made(plain)[0]["group"]["name"] == "coaching-2026"


def test_who_holds_a_certificate_of_the_group_already_keeps_that_one(plain: Hub) -> None:
    had = plain.issue(group=plain.group("safety-2026"))
    attended(plain)
    run = come(plain)
    assert run.state in ("succeeded", "skipped"), run.reason
    assert made(plain) == []
    rows = plain.documents("accredible", "certificates")
    assert [row["id"] for row in rows if row["group"]["name"] == "safety-2026"].count(int(had)) == 1


# --- groups ---------------------------------------------------------------------------------------


def test_the_two_recipes_for_groups_do_not_chase_each_other(plain: Hub) -> None:
    forth = live(plain, "accredible.calendar_groups_to_groups")
    with pytest.raises(WrongUse, match="Say who owns one of these fields"):
        live(plain, "accredible.groups_to_calendar_groups", name="Nobody's")
    back = live(plain, "accredible.groups_to_calendar_groups", owners={"*": "newest"})
    for workflow in (forth, back):
        look(workflow)  # the baseline
    plain.sandbox.act("accredible", "create_group", {"name": "Soldering"})
    for _ in range(4):
        for workflow in (forth, back):
            look(workflow)
    groups = [row for row in plain.documents("accredible", "groups") if row["name"] == "Soldering"]
    calendars = [row for row in plain.documents("ghl", "calendar_groups") if row["name"] == "Soldering"]
    assert (len(groups), len(calendars)) == (1, 1)
    assert groups[0]["meta_data"]["ghl_group_id"] == calendars[0]["id"]
    before = Run.objects.count()
    for workflow in (forth, back):
        look(workflow)
    assert Run.objects.count() == before


def look(workflow: Workflow) -> None:
    sweeps.sweep(Workflow.objects.select_related("live").get(pk=workflow.pk))
    drain_once(for_s=30)


def test_a_slug_that_is_taken_gets_the_groups_number(plain: Hub) -> None:
    live(plain, "accredible.groups_to_calendar_groups")
    group = {"id": 7, "name": "Evening courses", "course_description": "", "meta_data": {}}
    run = byhand.emit(plain.accredible, "group.created", group).runs[0]
    drain_once(for_s=30)
    run.refresh_from_db()
    slugs = [row["slug"] for row in plain.documents("ghl", "calendar_groups")]
    assert "evening-courses-7" in slugs, run.reason


# --- times asked for ------------------------------------------------------------------------------


def pick(hub: Hub, workflow: Workflow, email: str) -> Run:
    """Somebody picks the last time that is offered."""
    asked = asking.asked(workflow)
    answer = asking.ask(asked, asking.question(asked.trigger, {}, {})).answer
    start = answer["days"][-1]["slots"][-1]["start"]
    choice = {"start": start, "name": "Ada Lovelace", "email": email}
    run = byhand.emit(hub.ghl, "slots.picked", choice).runs[0]
    drain_once(for_s=30)
    run.refresh_from_db()
    return run


def test_who_picks_a_time_is_booked_under_their_certificate(plain: Hub) -> None:
    workflow = live(plain, "accredible.times_asked", calendar_id=EXAMPLE_CALENDAR)
    run = pick(plain, workflow, "ada@example.org")
    assert run.state == "succeeded", run.reason
    (booked,) = [row for row in plain.appointments() if not row["id"].startswith("Example")]
    assert booked["title"] == "Certificate: First Aid"
    assert booked["contactId"] == "ExampleContactAda001"


@pytest.mark.parametrize(
    ("who", "state", "titles"),
    [
        ("anybody", "succeeded", ["Certificate: Ada Lovelace"]),
        ("holders", "skipped", []),
    ],
)
def test_who_holds_no_certificate_is_booked_only_where_anybody_may(
    plain: Hub, who: str, state: str, titles: list[str]
) -> None:
    workflow = live(plain, "accredible.times_asked", calendar_id=EXAMPLE_CALENDAR, who=who)
    run = pick(plain, workflow, "nobody@example.org")
    assert run.state == state, run.reason
    rows = [row for row in plain.appointments() if not row["id"].startswith("Example")]
    assert [row["title"] for row in rows] == titles
