"""A call by hand goes the way every step goes: prepared, entered, sent, looked up, told."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import catalog
from integrations.engine.errors import HubError, StopRun, WrongUse
from integrations.models import ApiCall, Connection, ConnectionState, Effect, EffectState, Run, StepRun
from integrations.services import decisions, explore, orders
from integrations.services.explore import Sent
from integrations.services.orders import GuideWords, Order
from integrations.services.shown import masked
from tests.hub import Hub, calendar_of

pytestmark = pytest.mark.django_db

START = "2030-11-25T10:00:00-06:00"


def order(hub: Hub, name: str, texts: dict[str, str] | None = None, **more: Any) -> Order:
    return orders.order(Connection.objects.get(pk=hub.ghl.pk), name, texts or {}, **more)


def sent(hub: Hub, name: str, texts: dict[str, str], timeout_s: float = 10.0) -> Sent:
    return explore.follow(explore.start(order(hub, name, texts), None), timeout_s)


def contact(hub: Hub, email: str) -> dict[str, Any]:
    return next(row for row in hub.contacts() if row["email"] == email)


def test_the_answer_and_the_record_are_told(hub: Hub) -> None:
    done = sent(hub, "contacts.upsert", {"email": "ada@example.org", "firstName": "Ada"})

    assert not done.refused
    assert not done.open
    assert done.value["firstName"] == "Ada"
    assert done.record_id == done.value["id"] == contact(hub, "ada@example.org")["id"]
    assert [(call.purpose, call.status) for call in done.calls] == [("as it was", 200), ("step", 200)]


def test_a_repeat_after_a_lost_answer_finds_what_was_made(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match="/contacts/upsert")
    first = sent(hub, "contacts.upsert", {"email": "ada@example.org"}, timeout_s=0.5)
    assert first.open
    Effect.objects.update(landing_by="2020-01-01T00:00:00Z")
    Run.objects.update(due_at="2020-01-01T00:00:00Z")

    assert first.run is not None
    again = explore.follow(first.run, 10.0)

    assert not again.refused
    effect = Effect.objects.get()
    assert (effect.state, effect.adopted, effect.sends) == (EffectState.DONE, True, 1)
    assert len([row for row in hub.contacts() if row["email"] == "ada@example.org"]) == 1


def test_a_write_that_nobody_can_look_up_is_held_for_a_person(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match="POST /calendars/")

    held = sent(hub, "calendars.create", {"name": "Yoga"})

    assert held.open
    assert held.run is not None
    assert held.run.state == "held"
    decisions.decide_held(Effect.objects.get(), True, "cal-1", None)
    assert explore.follow(held.run, 10.0).record_id == "cal-1"


def test_what_is_refused_says_why(hub: Hub) -> None:
    refused = sent(hub, "contacts.update", {"contactId": "nobody", "firstName": "Ada"})

    assert "no such record" in refused.refused
    assert Effect.objects.get().state == EffectState.REFUSED


def test_a_connection_that_is_not_connected_ends_the_call_and_does_not_make_it_later(hub: Hub) -> None:
    Connection.objects.filter(pk=hub.ghl.pk).update(state=ConnectionState.NEEDS_RECONNECT)

    refused = sent(hub, "contacts.upsert", {"email": "ada@example.org"})

    assert refused.run is not None
    assert (refused.run.state, refused.open) == ("failed", False)
    assert refused.refused
    assert not ApiCall.objects.filter(operation="contacts.upsert").exists()


def test_a_call_of_another_kind_of_account_is_refused_before_anything_is_stored(hub: Hub) -> None:
    with pytest.raises(HubError, match="is a matter of the agency"):
        explore.start(order(hub, "locations.create", {"name": "Pier"}), None)

    assert not Run.objects.exists()


def test_a_write_refused_before_it_is_sent_ends_its_run_and_no_other(hub: Hub) -> None:
    """Found by calling an agency's operation with a location's key: the whole turn broke over it."""
    run = explore.start(order(hub, "contacts.upsert", {"email": "ada@example.org"}), None)
    other = explore.start(order(hub, "contacts.upsert", {"email": "bob@example.org"}), None)
    settings = {key: value for key, value in hub.ghl.settings.items() if key != "location_id"}
    Connection.objects.filter(pk=hub.ghl.pk).update(settings=settings)

    refused = explore.follow(run, 10.0)

    assert "location id" in refused.refused
    assert not Effect.objects.exists()
    Connection.objects.filter(pk=hub.ghl.pk).update(settings=hub.ghl.settings)
    assert not explore.follow(other, 10.0).refused


def test_a_read_that_fails_stands_in_the_result(hub: Hub) -> None:
    failed = explore.look(order(hub, "contacts.get", {"contactId": "nobody"}))

    assert isinstance(failed.error, StopRun)
    assert failed.refused
    assert [call.operation for call in failed.calls] == ["contacts.get"]


def test_what_an_answer_holds_as_a_secret_is_not_shown() -> None:
    operation = catalog.connector("ghl").operation("oauth.location_token")

    shown = masked({"access_token": "abc", "rows": [{"access_token": "def"}]}, [operation])

    assert shown == {"access_token": "[hidden]", "rows": [{"access_token": "[hidden]"}]}


def test_a_password_does_not_stay_with_the_run(hub: Hub) -> None:
    location = hub.ghl.settings["location_id"]
    texts = {
        "firstName": "Terry",
        "lastName": "Coach",
        "email": "terry2@example.org",
        "password": "Correct-horse-1",
        "type": "account",
        "role": "user",
        "locationIds": location,
    }

    done = sent(hub, "users.create", texts)

    assert not done.refused
    assert done.run is not None
    kept = [str(row) for rows in (StepRun, ApiCall, Run) for row in rows.objects.values()]
    assert not [row for row in kept if "Correct-horse-1" in row]
    done.run.event.refresh_from_db()
    assert done.run.event.payload["password"] == "[hidden]"


# --- dry runs -------------------------------------------------------------------------------------


def test_a_plan_tells_an_upsert_of_a_known_contact_as_the_update_it_is(hub: Hub) -> None:
    sent(hub, "contacts.upsert", {"email": "ada@example.org", "firstName": "Ada"})
    runs = Run.objects.count()

    known = explore.plan(order(hub, "contacts.upsert", {"email": "ADA@example.org", "firstName": "Augusta"}))
    new = explore.plan(order(hub, "contacts.upsert", {"email": "bob@example.org"}))

    assert [write.kind for write in known.writes] == ["update"]
    assert ("firstName", "Ada", "Augusta") in [(c.field, c.before, c.after) for c in known.writes[0].changes]
    assert [write.kind for write in new.writes] == ["create"]
    assert Run.objects.count() == runs
    assert contact(hub, "ada@example.org")["firstName"] == "Ada"


def test_a_plan_of_an_update_shows_what_would_be_different(hub: Hub) -> None:
    sent(hub, "contacts.upsert", {"email": "ada@example.org", "tags": "old"})
    number = contact(hub, "ada@example.org")["id"]

    plan = explore.plan(order(hub, "contacts.add_tags", {"contactId": number, "tags": "vip"}))

    (write,) = plan.writes
    assert (write.kind, plan.reads) == ("update", 1)
    assert [(c.field, c.before, c.after) for c in write.changes] == [("tags", ["old"], ["vip"])]


def test_a_plan_says_where_there_is_nothing_to_change(hub: Hub) -> None:
    (write,) = explore.plan(order(hub, "contacts.update", {"contactId": "nobody", "firstName": "A"})).writes
    (gone,) = explore.plan(order(hub, "calendar_groups.delete", {"groupId": "none"})).writes

    assert write.note == gone.note == "There is no such record (any more)."


def test_what_cannot_be_read_beforehand_is_said_and_does_not_stop_the_plan(hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "server_error", match="GET /contacts/")

    plan = explore.plan(order(hub, "contacts.update", {"contactId": "c1", "firstName": "A"}))

    assert plan.holds
    assert plan.writes[0].note.startswith("What it is now could not be read:")


def test_a_plan_of_a_procedure_reads_and_does_not_write(hub: Hub) -> None:
    texts = {"calendarId": calendar_of(hub.ghl), "timeOffset": "24"}

    plan = explore.plan(order(hub, "ensure_reminder", texts))

    assert [write.operation for write in plan.writes] == ["notifications.create"]
    assert not hub.documents("ghl", "notifications")


# --- what is asked twice --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "texts", "asks"),
    [
        ("contacts.upsert", {"email": "ada@example.org"}, False),
        ("calendars.list", {}, False),
        ("messages.send", {"type": "SMS", "contactId": "c", "message": "Hi"}, True),
    ],
)
def test_what_reaches_people_is_asked_twice(hub: Hub, name: str, texts: dict[str, str], asks: bool) -> None:
    assert bool(explore.asks_twice(order(hub, name, texts))) is asks


def test_on_a_real_account_every_write_is_asked_twice_and_no_read(hub: Hub) -> None:
    Connection.objects.update(environment="production")

    assert "real account" in explore.asks_twice(order(hub, "contacts.upsert", {"email": "a@b.org"}))
    assert explore.asks_twice(order(hub, "calendars.list")) == ""


# --- words of the guides --------------------------------------------------------------------------


def test_a_guides_words_are_refused_with_what_they_give_away(hub: Hub) -> None:
    with pytest.raises(GuideWords) as refused:
        order(hub, "POST /calendars/", {"title": "Review", "start_time": START})

    assert refused.value.chain is not None
    assert refused.value.chain.key == "book"


def test_words_without_a_real_field_are_not_taken_even_when_asked(hub: Hub) -> None:
    with pytest.raises(WrongUse, match="a contact has none"):
        order(hub, "contacts.upsert", {"status": "new"}, convert=True)


def test_what_a_chain_still_needs_is_named(hub: Hub) -> None:
    with pytest.raises(WrongUse, match=r"appointments\.create needs `calendarId`; give it"):
        order(hub, "calendars.create", {"start_time": START, "attendees": "a@b.org"}, convert=True)
