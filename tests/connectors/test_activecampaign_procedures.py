"""What ActiveCampaign's procedures do, each driven against the simulated app through the transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.connectors.activecampaign import CONNECTOR
from integrations.engine.errors import CredentialRefused, HubError, MappingFailed, Refused
from integrations.engine.spec import Account, Outcome, Situation, Write
from integrations.engine.transport import Transport
from integrations.sandbox import Sandbox, faults

APP = "activecampaign"
CALENDAR: dict[str, Any] = {
    "calendarId": "cal0000000000000001",
    "name": "Review call",
    "timezone": "America/New_York",
    "slug": "review-call",
    "isActive": True,
    "groupId": "grp0000000000000001",
}


class App:
    """The simulated app, called as the hub calls it; `written` are the writes that were made."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        known = sandbox.apps()[APP].credentials()
        client = httpx.Client(transport=sandbox.transport(APP))
        self.transport = Transport(client, lambda: datetime.now(UTC))
        self.account = Account(
            connector=APP,
            environment="sandbox",
            name="Main",
            base_url=CONNECTOR.hosts[""],
            settings={"event_actid": known["event_actid"]},
            secrets=known,
        )
        self.written: list[str] = []

    def run(self, procedure: str, **values: Any) -> Any:
        found = CONNECTOR.procedure(procedure)
        script = found.run(values, Situation(now=datetime.now(UTC), settings={}))
        answer: Callable[[], Any] = lambda: next(script)  # noqa: E731
        try:
            while True:
                command = answer()
                assert command.operation in found.operations, "what a procedure uses, it names"
                outcome = self.call(command.operation, command.values)
                self.written += [command.operation] if isinstance(command, Write) else []
                answer = self._next(script, outcome)
        except StopIteration as stop:
            return stop.value

    def _next(self, script: Any, outcome: Outcome) -> Callable[[], Any]:
        error = outcome.error
        return (lambda: script.throw(error)) if error else (lambda: script.send(outcome))

    def call(self, operation: str, values: Mapping[str, Any]) -> Outcome:
        found = CONNECTOR.operation(operation)
        return self.transport.call(CONNECTOR, found, self.account, values).outcome

    def rows(self, collection: str, **wanted: str) -> list[dict[str, Any]]:
        found = self.sandbox.dump()[APP].get(collection, [])
        return [row for row in found if all(row.get(key) == value for key, value in wanted.items())]

    def act(self, key: str, **values: Any) -> dict[str, Any]:
        return self.sandbox.act(APP, key, values)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
    sandbox.turn(APP, {"rate_limit": 10_000})
    yield App(sandbox)
    sandbox.store.close()


def fields(record: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["value"] for row in record["fields"]}


# --- calendars ------------------------------------------------------------------------------------


def test_a_calendar_becomes_a_record_of_an_object_that_is_made_once(app: App) -> None:
    app.run("keep_calendar", how="auto", **CALENDAR)
    app.run("keep_calendar", how="auto", **{**CALENDAR, "calendarId": "cal2", "slug": "other"})

    assert app.written == ["schemas.create", "records.upsert", "records.upsert"]
    (record,) = app.rows("records", externalId=CALENDAR["calendarId"])
    assert fields(record) == {
        "calendar-id": "cal0000000000000001",
        "name": "Review call",
        "timezone": "America/New_York",
        "slug": "review-call",
        "is-active": "yes",
        "group-id": "grp0000000000000001",
        "synced-name": "Review call",
        "synced-timezone": "America/New_York",
    }


def test_what_is_so_already_is_not_written_again(app: App) -> None:
    first = app.run("keep_calendar", how="object", **CALENDAR)
    app.written.clear()
    again = app.run("keep_calendar", how="object", **CALENDAR)

    assert app.written == []
    assert (again["id"], again["written"]) == (first["id"], False)


def test_two_calendars_with_one_slug_are_kept_apart(app: App) -> None:
    app.run("keep_calendar", how="object", **CALENDAR)
    other = {**CALENDAR, "calendarId": "cal0000000000abcdef"}
    app.run("keep_calendar", how="object", **other)
    app.written.clear()
    app.run("keep_calendar", how="object", **other)

    (record,) = app.rows("records", externalId="cal0000000000abcdef")
    assert fields(record)["slug"] == "review-call-abcdef"
    assert app.written == [], "and its longer slug stays"


def test_a_plan_without_custom_objects_keeps_calendars_as_tags(app: App) -> None:
    app.sandbox.turn(APP, {"custom_objects": "no"})
    made = app.run("keep_calendar", how="auto", **CALENDAR)
    again = app.run("keep_calendar", how="auto", **CALENDAR)
    renamed = app.run("keep_calendar", how="auto", **{**CALENDAR, "name": "Long call"})

    assert (made["how"], made["name"], made["written"]) == ("tag", "cal:review-call", True)
    assert (again["written"], renamed["written"]) == (False, True)
    (tag,) = app.rows("tags", tag="cal:review-call")
    assert tag["description"] == "Long call (cal0000000000000001, America/New_York)"


@pytest.mark.parametrize("how", ["auto", "object"])
def test_a_key_that_was_taken_back_is_not_taken_for_a_smaller_plan(app: App, how: str) -> None:
    """ActiveCampaign answers both with 403."""
    app.sandbox.set_fault(APP, faults.REVOKE_TOKEN)

    with pytest.raises(CredentialRefused):
        app.run("keep_calendar", how=how, **CALENDAR)

    assert app.written == []


def test_whoever_wants_custom_objects_and_has_none_is_told(app: App) -> None:
    app.sandbox.turn(APP, {"custom_objects": "no"})

    with pytest.raises(Refused, match="Enterprise"):
        app.run("keep_calendar", how="object", **CALENDAR)


def test_two_tags_of_one_slug_are_kept_apart(app: App) -> None:
    app.run("keep_calendar", how="tag", **CALENDAR)
    other = app.run("keep_calendar", how="tag", **{**CALENDAR, "calendarId": "cal0000000000abcdef"})

    assert other["name"] == "cal:review-call-abcdef"


def test_a_feed_of_the_same_title_is_made_once(app: App) -> None:
    first = app.run("keep_calendar", how="feed", **CALENDAR)
    again = app.run("keep_calendar", how="feed", **CALENDAR)

    assert (first["written"], again["written"]) == (True, False)
    assert first["id"] == again["id"]


def test_a_record_shows_what_people_changed_and_what_was_agreed(app: App) -> None:
    app.run("keep_calendar", how="object", **CALENDAR)
    app.act("change_record", record=CALENDAR["calendarId"], field="name", value="Talk")
    found = app.run("find_calendar", how="auto", calendarId=CALENDAR["calendarId"])

    assert (found["values"]["name"], found["values"]["synced_name"]) == ("Talk", "Review call")
    assert app.run("find_calendar", how="auto", calendarId="nothing")["record"] == {}


# --- contacts -------------------------------------------------------------------------------------


def test_own_fields_are_found_by_their_tag_or_made_and_shown(app: App) -> None:
    own = {"TIME_ZONE": "Asia/Tokyo", "GHL_CALENDAR_ID": "c1"}
    contact = app.run("keep_contact", email="rosa@example.com", firstName="Rosa", own=own)
    app.run("keep_contact", email="rosa@example.com", own={"GHL_CALENDAR_ID": "c2"})

    (made,) = app.rows("fields", perstag="GHL_CALENDAR_ID")
    assert made["title"] == "Ghl calendar id"
    assert app.rows("fieldRels", field=made["id"], relid="0"), "else nobody would see it"
    (value,) = app.rows("fieldValues", contact=contact["id"], field=made["id"])
    assert value["value"] == "c2"
    assert app.written.count("fields.create") == 1


def test_a_contacts_zone_is_that_of_its_field_where_it_holds_one(app: App) -> None:
    assert app.run("read_contact", contact="1", zone_field="1")["zone"] == "America/New_York"
    assert app.run("read_contact", contact="3", zone_field="1")["zone"] == ""
    app.act("change_contact", contact="3", field="TIME_ZONE", value="Mars/Olympus")
    assert app.run("read_contact", contact="3", zone_field="1")["zone"] == ""


TIMES = [{"startTime": "2026-03-08T06:30:00+00:00"}, {"startTime": "2026-03-08T07:30:00+00:00"}]


def offered(app: App, email: str = "ada.moreno@example.com") -> dict[str, str]:
    tags = {row["id"]: row["perstag"] for row in app.rows("fields")}
    return {tags[row["field"]]: row["value"] for row in app.rows("fieldValues", contact="1")}


def test_times_are_written_in_the_contacts_zone_across_a_clock_change(app: App) -> None:
    app.run(
        "offer_times",
        email="ada.moreno@example.com",
        times=TIMES,
        zone="America/New_York",
        most=3,
        url="https://example.com/book",
    )

    own = offered(app)
    assert (own["SLOT_1"], own["SLOT_2"]) == ("Sun 08 Mar 2026, 01:30", "Sun 08 Mar 2026, 03:30")
    assert (own["SLOT_3"], own["SLOTS_URL"]) == ("", "https://example.com/book")


def test_old_times_are_emptied(app: App) -> None:
    common = {"email": "ada.moreno@example.com", "zone": "UTC", "most": 2}
    app.run("offer_times", times=TIMES, **common)
    app.run("offer_times", times=[], **common)

    assert (offered(app)["SLOT_1"], offered(app)["SLOT_2"]) == ("", "")


@pytest.mark.parametrize(
    "wrong", [{"most": 0}, {"most": 21}, {"most": "x"}, {"times": ["2026-03-08T06:30:00"]}]
)
def test_times_that_cannot_be_offered_are_told_before_anything_is_written(
    app: App, wrong: dict[str, Any]
) -> None:
    with pytest.raises(MappingFailed):
        app.run("offer_times", **{"email": "ada.moreno@example.com", "zone": "UTC", "times": TIMES, **wrong})
    assert app.written == []


# --- tables ---------------------------------------------------------------------------------------

WORDS = ["c1", "Review call", "review-call"]


@pytest.mark.parametrize("key", ["c1", "Review call", " REVIEW-CALL "])
def test_a_tables_row_begins_with_the_calendars_id_name_or_slug(app: App, key: str) -> None:
    told = app.run("segment_contact", contact="1", calendar=WORDS, tags={key: "wants times"})

    assert told["tags"] == ["wants times"]
    assert len(app.rows("contactTags", contact="1")) == 1


def test_a_tag_beyond_the_first_page_is_found_and_not_made_again(app: App) -> None:
    app.run("segment_contact", contact="1", calendar=WORDS, tags={"c1": "wants times"})

    assert app.written == ["contact_tags.create"]


def test_a_tag_that_is_not_there_is_made_and_given_once(app: App) -> None:
    for _ in range(2):
        app.run("segment_contact", contact="1", calendar=WORDS, tags={"c1": "booked"}, always="cal:x")

    assert app.written == ["tags.create", "contact_tags.create", "tags.create", "contact_tags.create"]


def test_a_calendar_that_stands_in_no_table_is_left_alone(app: App) -> None:
    tables = {name: {"another": "1"} for name in ("tags", "lists", "automations")}
    app.run("segment_contact", contact="1", calendar=WORDS, **tables)

    assert app.written == []


@pytest.mark.parametrize(
    ("contact", "state", "status"),
    [("1", "subscribed", "1"), ("3", "unsubscribed", "2")],
)
def test_whoever_has_unsubscribed_is_never_subscribed_again(
    app: App, contact: str, state: str, status: str
) -> None:
    told = app.run("segment_contact", contact=contact, calendar=WORDS, lists={"c1": "1"})

    assert told["list_state"] == state
    (row,) = app.rows("contactLists", contact=contact, list="1")
    assert row["status"] == status


def test_an_automation_is_entered(app: App) -> None:
    app.run("segment_contact", contact="1", calendar=WORDS, automations={"c1": "2"})

    assert app.rows("contactAutomations", contact="1", automation="2")


def test_tags_are_taken_away_and_lists_are_not(app: App) -> None:
    tables = {"tags": {"c1": "wants times"}, "lists": {"c1": "1"}}
    app.run("segment_contact", contact="1", calendar=WORDS, always="cal:x", **tables)
    told = app.run("unsegment_contact", contact="1", calendar=WORDS, tags=tables["tags"], always="cal:x")

    assert told["taken"] == ["wants times", "cal:x"]
    assert app.rows("contactTags", contact="1") == []
    assert app.rows("contactLists", contact="1", status="1")


def test_a_table_that_is_none_is_told(app: App) -> None:
    with pytest.raises(MappingFailed, match="table"):
        app.run("segment_contact", contact="1", calendar=WORDS, tags=["booked"])


# --- event tracking -------------------------------------------------------------------------------


def test_an_event_is_tracked_for_an_address(app: App) -> None:
    app.run("track_event", email="ada.moreno@example.com", event="Booked", eventdata="Review call")

    (event,) = app.rows("events")
    assert (event["event"], event["email"]) == ("Booked", "ada.moreno@example.com")


def test_a_tracker_that_says_no_inside_a_success_is_heard(app: App) -> None:
    app.account = Account(
        connector=APP,
        environment="sandbox",
        name="Main",
        base_url=app.account.base_url,
        settings={"event_actid": "another"},
        secrets=app.account.secrets,
    )
    with pytest.raises(HubError, match="Invalid key or account"):
        app.run("track_event", email="ada.moreno@example.com", event="Booked")


def test_an_events_name_has_an_end(app: App) -> None:
    with pytest.raises(MappingFailed, match="32"):
        app.run("track_event", email="ada.moreno@example.com", event="x" * 33)
