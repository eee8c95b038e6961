"""Two of our own flows never offer or book the same time, and nobody holds one for long."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from integrations.engine.spec import FieldMapping, Hold, Step, StepKind
from integrations.models import ApiCall, Connection, Run, RunState, SlotHold, Workflow
from integrations.services import decisions, holds, requests, retention
from integrations.services.drain import Drain
from integrations.services.holds import Wanted
from integrations.services.stories import view_of
from tests.hub import Hub, calendar_of
from tests.services.handmade import ANSWER, happen, live, mapped

NINE, TEN = "2027-03-01T09:00:00-05:00", "2027-03-01T10:00:00-05:00"
FIND = Step(
    id="slot",
    title="Slot",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="find_slot",
    mappings=mapped(calendarId="event.calendar", day="event.day"),
)
ASK = Step(id="ask", title="Ask", kind=StepKind.APPROVE, reason="Shall it be booked?")
CONTACT = Step(
    id="contact",
    title="Contact",
    kind=StepKind.WRITE,
    role="crm",
    operation="contacts.upsert",
    mappings=mapped(email="event.email"),
)
BOOK = Step(
    id="booking",
    title="Booking",
    kind=StepKind.WRITE,
    role="crm",
    operation="appointments.create",
    mappings=mapped(
        calendarId="event.calendar",
        contactId="steps.contact.id",
        startTime="steps.slot.startTime || event.start",
        endTime="steps.slot.endTime",
    ),
)
TOLD = Step(
    id="told",
    title="Told",
    kind=StepKind.ANSWER,
    mappings=(FieldMapping(target="start", source="steps.slot.startTime"),),
)


def drained(*runs: Run) -> list[RunState]:
    Drain().run(for_s=20)
    for run in runs:
        run.refresh_from_db()
    return [RunState(run.state) for run in runs]


def found(run: Run) -> str:
    """The time that `find_slot` gave it."""
    row = run.steps.filter(step="slot", operation="").get()
    (text,) = row.outcome
    return str(text)


def asking(hub: Hub, name: str, **payload: Any) -> Run:
    """A run that finds a time and then waits for a person."""
    given = {"day": "2027-03-01", "email": f"{name}@example.org", **payload}
    if "calendar" not in given:
        given["calendar"] = calendar_of(hub.ghl)
    return happen(hub, live(hub, CONTACT, FIND, ASK, BOOK, name=name), name, **given)


def approve(run: Run) -> None:
    decisions.approve(run.steps.get(step="ask"), True, None)


def refused_bookings() -> int:
    return ApiCall.objects.filter(operation="appointments.create").exclude(status=200).count()


# --- finding and booking --------------------------------------------------------------------------


def test_while_one_flow_holds_a_time_another_is_given_the_next(hub: Hub) -> None:
    ada = asking(hub, "ada")
    assert drained(ada) == [RunState.WAITING]
    grace = asking(hub, "grace")
    assert drained(grace) == [RunState.WAITING]
    assert (found(ada)[:16], found(grace)[:16]) == ("2027-03-01T09:00", "2027-03-01T09:30")
    assert [view.kept for view in view_of(ada).steps if view.kept] == [[found(ada)]]
    approve(ada)
    approve(grace)
    assert drained(ada, grace) == [RunState.SUCCEEDED] * 2
    assert refused_bookings() == 0
    assert len({row["startTime"] for row in hub.appointments()}) == 2


def test_runs_at_the_same_moment_get_times_of_their_own(hub: Hub, plenty: None) -> None:
    """Of two workflows over the same calendar; nothing is refused by the app."""
    payload = {"calendar": calendar_of(hub.ghl), "day": "2027-03-01"}
    flows = [live(hub, CONTACT, FIND, BOOK, name=name) for name in ("One", "Two")]
    for n in range(12):
        happen(hub, flows[n % 2], str(n), email=f"person{n}@example.org", **payload)
    Drain().run(for_s=20)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.SUCCEEDED}
    assert len({row["startTime"] for row in hub.appointments()}) == 12
    assert refused_bookings() == 0


def test_what_was_held_is_free_again_when_its_time_is_over(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        grace = asking(hub, "grace")
        drained(grace)
    assert found(grace) == found(ada)


def test_what_was_held_is_free_again_when_its_run_ends_without_booking(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    assert SlotHold.objects.count() == 1
    decisions.approve(ada.steps.get(step="ask"), False, None)
    assert drained(ada) == [RunState.SKIPPED]
    assert not SlotHold.objects.exists()


def test_a_booked_time_is_passed_over_as_long_as_an_older_list_may_be_shown(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    approve(ada)
    assert drained(ada) == [RunState.SUCCEEDED]
    (held,) = SlotHold.objects.all()
    assert held.run is None
    left_s = (held.until - datetime.now(UTC)).total_seconds()
    assert 30 < left_s <= 60


def test_a_booking_that_is_refused_gives_its_time_back(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    start = found(ada)
    hub.sandbox.set_fault("ghl", "slot_taken", match="/free-slots")
    hub.ghl.refresh_from_db()
    # Somebody outside takes it: the app refuses, and nothing is held for what cannot be had.
    happen(hub, live(hub, FIND, ANSWER, name="Looks"), "x", calendar=calendar_of(hub.ghl), day="2027-03-01")
    Drain().run(for_s=10)
    approve(ada)
    drained(ada)
    assert ada.state == RunState.FAILED
    assert "taken in the meantime" in ada.reason
    assert not SlotHold.objects.filter(start_at=datetime.fromisoformat(start), run=ada).exists()


def test_a_flow_that_books_a_dictated_time_waits_for_the_flow_that_holds_it(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    rosa = happen(
        hub,
        live(hub, CONTACT, BOOK, name="Dictated"),
        "rosa",
        calendar=calendar_of(hub.ghl),
        email="rosa@example.org",
        start=found(ada),
    )
    assert drained(rosa) == [RunState.WAITING]
    assert rosa.reason.startswith("Another flow of this hub is booking 2027-03-01 ")
    approve(ada)
    assert drained(ada) == [RunState.SUCCEEDED]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10)):
        drained(rosa)
    assert rosa.state == RunState.FAILED, "the app has the last word: it is taken"


def test_a_calendar_with_two_seats_gives_a_time_to_two_flows(hub: Hub) -> None:
    calendar = calendar_of(hub.ghl)
    store = hub.sandbox.apps()["ghl"].store
    assert store is not None
    with store.transaction("ghl") as tx:
        tx.put("calendars", calendar, {**(tx.get("calendars", calendar) or {}), "appoinmentPerSlot": 2})
    runs = [asking(hub, name) for name in ("ada", "grace", "rosa")]
    drained(*runs)
    assert sorted(found(run)[11:16] for run in runs) == ["09:00", "09:00", "09:30"]
    for run in runs:
        approve(run)
    assert drained(*runs) == [RunState.SUCCEEDED] * 3
    fourth = asking(hub, "emil", calendar=calendar)
    drained(fourth)
    assert found(fourth)[11:16] == "10:00", "for a minute a booked seat counts twice"
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        fifth = asking(hub, "nora", calendar=calendar)
        drained(fifth)
    assert found(fifth)[11:16] == "09:30"


# --- for somebody who asks ------------------------------------------------------------------------

OFFER = Step(
    id="times",
    title="Times",
    kind=StepKind.PROCEDURE,
    role="crm",
    operation="free_times",
    mappings=mapped(
        calendarId="event.calendar",
        from_day="event.day",
        to_day="event.day",
        hold_for="event.who",
        zone="event.zone",
    ),
)
OFFERED = Step(
    id="offered",
    title="Offered",
    kind=StepKind.ANSWER,
    mappings=(FieldMapping(target="times", source="steps.times.times[].startTime"),),
)


def offered(hub: Hub, **payload: str) -> list[str]:
    flow = Workflow.everything.filter(name="Offers").first() or live(hub, OFFER, OFFERED, name="Offers")
    given = {"calendar": calendar_of(hub.ghl), "day": "2027-03-01", **payload}
    run = requests.answer(flow, hub.accredible, "asked", given)
    assert run.reason == ""
    times: list[str] = (run.answer or {}).get("times", [])
    return times


def slot_reads() -> int:
    return ApiCall.objects.filter(operation="calendars.free_slots").count()


def test_what_is_offered_to_who_asks_is_kept_a_minute_and_never_what_others_hold(hub: Hub) -> None:
    before = offered(hub)
    assert len(before) == 16
    ada = asking(hub, "ada")
    drained(ada)
    reads = slot_reads()
    assert offered(hub) == [time for time in before if time != found(ada)]
    assert slot_reads() == reads, "the list is kept, the holds are not"
    offered(hub, zone="Europe/Berlin")
    assert slot_reads() == reads + 1, "another zone is another list"
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        offered(hub)
    assert slot_reads() == reads + 2


def test_a_run_that_books_never_goes_by_a_kept_list(hub: Hub) -> None:
    offered(hub)
    reads = slot_reads()
    drained(asking(hub, "ada"))
    assert slot_reads() == reads + 1


def test_what_is_held_for_somebody_is_offered_to_nobody_else_and_they_may_book_it(hub: Hub) -> None:
    ada = asking(hub, "ada")
    drained(ada)
    contact = ada.steps.get(operation="contacts.upsert").record_id
    mine = offered(hub, who=contact)
    assert len(mine) == 15
    assert offered(hub) == []
    assert offered(hub, who="somebody else") == []
    assert offered(hub, who=contact) == mine
    booking = happen(
        hub,
        live(hub, CONTACT, BOOK, name="Chosen"),
        "chosen",
        calendar=calendar_of(hub.ghl),
        email="ada@example.org",
        start=mine[3],
    )
    assert drained(booking) == [RunState.SUCCEEDED]


# --- by themselves --------------------------------------------------------------------------------


def wanted(hub: Hub, run: Run, step: str, seats: int = 1, **more: Any) -> Wanted:
    hold = Hold(what="k", times={NINE: seats, TEN: seats}, **more)
    return Wanted(connection_id=hub.ghl.pk, run=run, step=step, hold=hold)


def test_a_step_that_asks_again_is_given_what_it_holds(hub: Hub) -> None:
    run = happen(hub, live(hub, ANSWER))
    now = datetime.now(UTC)
    with transaction.atomic():
        assert holds.keep([wanted(hub, run, "a/")], now)[0].value == [NINE]
        assert holds.keep([wanted(hub, run, "b/")], now)[0].value == [TEN]
        assert holds.keep([wanted(hub, run, "b/"), wanted(hub, run, "a/")], now)[1].value == [NINE]
        assert holds.keep([wanted(hub, run, "c/")], now)[0].value == []
        assert holds.keep([wanted(hub, run, "c/", wanted=0)], now)[0].value == []
        assert holds.keep([wanted(hub, run, "c/", seats=2, wanted=2)], now)[0].value == [NINE, TEN]


def test_what_is_over_is_pruned(hub: Hub) -> None:
    run = happen(hub, live(hub, ANSWER))
    with transaction.atomic():
        holds.keep([wanted(hub, run, "a/")], datetime.now(UTC) - timedelta(hours=1))
    retention.prune(datetime.now(UTC))
    assert not SlotHold.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seats", [1, 3])
def test_of_many_that_want_the_same_seat_at_once_only_so_many_get_it(hub: Hub, seats: int) -> None:
    run = happen(hub, live(hub, ANSWER))
    begin, got = threading.Barrier(8), []

    def race(n: int) -> None:
        one = Wanted(
            connection_id=hub.ghl.pk, run=run, step=f"{n}/", hold=Hold(what="k", times={NINE: seats})
        )
        begin.wait()
        try:
            with transaction.atomic():
                got.extend(holds.keep([one], datetime.now(UTC))[0].value)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [NINE] * seats
    assert SlotHold.objects.count() == seats
    assert Connection.objects.filter(pk=hub.ghl.pk).exists()
