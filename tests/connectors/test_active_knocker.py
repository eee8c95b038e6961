"""What is particular to Active Knocker.

Nothing is published by the vendor. Payloads are as customers' code has them: alma29v1/big-beautiful-server
at bf45186 (main_window.py, workers/activeknocker_automation_worker.py,
att_fiber_tracker/services/activeknocker_service.py) and anchorpointmen/nsr-sales-report
(src/activeknocker.js, scripts/probe-activeknocker.js). Fields that neither shows are marked as guesses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integrations.connectors.active_knocker import CONNECTOR
from integrations.connectors.active_knocker.addresses import read_base
from integrations.connectors.active_knocker.field_paths import lead_of, read_paths
from integrations.connectors.active_knocker.operations import STATUSES, find_visit
from integrations.connectors.active_knocker.pins import LEADS, happenings
from integrations.engine import standard_webhooks
from integrations.engine.addresses import check_base_url
from integrations.engine.errors import (
    ContractBroken,
    CredentialRefused,
    FieldsMissing,
    HubError,
    NotFound,
    OutcomeUnknown,
    Refused,
    StopRun,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.spec import Account, Answer, Attempt, JsonObject, Outcome, Page, Since, Situation
from integrations.engine.transport import CallResult, Transport
from tests.connectors.driving import drive

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KEY = "abcdef0123456789"

# GET /knock-pins, one row (big-beautiful-server): every field of it that was seen.
SEEN: JsonObject = {
    "id": 90210,
    "pin_id": 2,
    "notes": "Fiber is available.",
    "created_at": "2026-11-20 14:05:00",
    "address": {"street": "12 Mill Lane", "city": "Austin", "state": "Texas", "postalCode": "78701"},
    "latitude": 30.2672,
    "longitude": -97.7431,
    "created_user_id": 7,
}


def account(auth: str = "x_api_key", **settings: Any) -> Account:
    return Account(
        connector="active_knocker",
        environment="production",
        name="Doors",
        base_url="https://api.activeknocker.com",
        auth=auth,
        settings=settings,
        secrets={"api_key": KEY},
    )


def call(
    operation: str, values: Mapping[str, Any], body: Any, who: Account | None = None, status: int = 200
) -> tuple[CallResult, httpx.Request]:
    """How the call ended when the app answered so, and what was sent."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if isinstance(body, str):
            return httpx.Response(status, html=body)
        return httpx.Response(status, json=body)

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: NOW)
    made = transport.call(CONNECTOR, CONNECTOR.operation(operation), who or account(), values)
    return made, sent[0]


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("https://api.activeknocker.com", "https://api.activeknocker.com"),
        ("https://api.activeknocker.com/", "https://api.activeknocker.com"),
        (" api.activeknocker.com ", "https://api.activeknocker.com"),
        ("https://api.activeknocker.com/knock-pins?page=1&limit=100", "https://api.activeknocker.com"),
        ("https://api.activeknocker.com/knock-pin/applyTags/5", "https://api.activeknocker.com"),
        ("https://gate.example.com/knocker/v2/pins/", "https://gate.example.com/knocker/v2"),
        ("https://gate.example.com/pinsetter", "https://gate.example.com/pinsetter"),
    ],
)
def test_an_address_copied_with_too_much_behind_it_is_put_right(typed: str, base: str) -> None:
    assert read_base(typed) == base


@pytest.mark.parametrize("typed", ["", "https://", "not an address"])
def test_what_is_no_address_is_answered_with_one(typed: str) -> None:
    with pytest.raises(WrongUse, match=r"https://api\.activeknocker\.com"):
        read_base(typed)


@pytest.mark.parametrize(
    "typed", ["https://192.168.1.4/knock-pins", "10.0.0.8", "http://api.activeknocker.com"]
)
def test_a_private_address_or_one_without_tls_is_refused(typed: str) -> None:
    with pytest.raises(WrongUse):
        check_base_url(read_base(typed), (), lambda host: [host] if host[0].isdigit() else ["93.184.216.34"])


def test_paths_are_the_accounts_own() -> None:
    _, sent = call("visits.list", {}, [], account(path_visits="/v2/knocks"))
    assert sent.url.path == "/v2/knocks"
    assert dict(sent.url.params) == {"page": "1", "limit": "100", "date": "Last 30 days"}


def test_a_path_that_lost_its_place_for_the_visit_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(StopRun, match=r"\{id\}"):
        call("tags.apply", {"id": 5, "tag_ids": "1,2"}, {}, account(path_apply_tags="/tag"))


# --- signing in -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "where"),
    [
        ("x_api_key", {"x-api-key": KEY}),
        ("bearer", {"authorization": f"Bearer {KEY}"}),
        ("query", {}),
        ("none", {}),
    ],
)
def test_the_key_goes_where_the_chosen_way_puts_it(auth: str, where: dict[str, str]) -> None:
    _, sent = call("statuses.list", {}, STATUSES, account(auth, auth_name="token"))
    found = {name: sent.headers[name] for name in ("x-api-key", "authorization") if name in sent.headers}
    assert found == where
    assert dict(sent.url.params) == ({"token": KEY} if auth == "query" else {})


def test_a_key_in_the_address_is_not_kept_in_the_record() -> None:
    made, _ = call("statuses.list", {}, STATUSES, account("query"))
    assert made.error is None
    assert KEY not in repr(made.record)


# --- answers --------------------------------------------------------------------------------------

PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("operation", "body", "kind", "words"),
    [
        ("visits.create", {"status": False, "msg": "Invalid address"}, Refused, "Invalid address"),
        ("visits.create", {"status": "false"}, Refused, "without saying why"),
        ("visits.create", {"status": False, "msg": "Invalid API key"}, CredentialRefused, "API Key"),
        ("visits.create", PAGE, ContractBroken, "a page"),
        ("tags.apply", PAGE, ContractBroken, "a page"),
        ("statuses.list", PAGE, CredentialRefused, "base address"),
        ("statuses.list", {"message": "hello"}, CredentialRefused, "an object in place of a list"),
        ("visits.list", {"status": False, "msg": "Invalid date"}, Refused, "Invalid date"),
        ("visits.list", None, CredentialRefused, "nothing"),
    ],
)
def test_a_no_inside_status_200_is_a_no(operation: str, body: Any, kind: type[HubError], words: str) -> None:
    values = {"id": 5, "tag_ids": "1"} if operation == "tags.apply" else {}
    where = {"latitude": 30.2, "longitude": -97.7} if operation == "visits.create" else {}
    made, _ = call(operation, {**values, **where}, body)
    assert type(made.error) is kind
    assert words in made.error.sentence


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("visits.create", {"id": 90210}),
        ("visits.create", {"status": True, "id": 90210, "msg": "Created"}),
        ("tags.apply", {"status": True, "msg": "Tags applied"}),
        ("statuses.list", []),
    ],
)
def test_a_yes_is_a_yes(operation: str, body: Any) -> None:
    values = {"id": 5, "tag_ids": "1"} if operation == "tags.apply" else {}
    where = {"latitude": 30.2, "longitude": -97.7} if operation == "visits.create" else {}
    assert call(operation, {**values, **where}, body)[0].error is None


def test_a_visit_made_without_its_id_in_the_answer_is_looked_for() -> None:
    made, _ = call(
        "visits.create", {"latitude": 30.2, "longitude": -97.7}, {"status": True, "msg": "Created"}
    )
    assert type(made.error) is OutcomeUnknown
    attempt = Attempt(values={}, mark="GHL-Hub-0123456789ab", claimed_at=NOW)
    rows = [{**SEEN, "notes": "other"}, {**SEEN, "id": 5, "notes": "Hello\n\nGHL-Hub-0123456789ab"}]
    found, _ = drive(find_visit(attempt), lambda command: rows)
    assert found["id"] == 5


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"message": "Unauthorized"}, CredentialRefused),
        (403, "Forbidden", CredentialRefused),
        (404, "<html>Not found</html>", NotFound),
        (422, {"msg": "limit is too high"}, Refused),
    ],
)
def test_a_refusal_says_what_to_check(status: int, body: Any, kind: type[HubError]) -> None:
    error = CONNECTOR.refusal(
        Answer(status=status, headers={}, body=body), CONNECTOR.operation("visits.list")
    )
    assert type(error) is kind
    assert "<" not in error.sentence


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (STATUSES, "Connected: 4 pin statuses; those that mean booked: Appointment Set."),
        ([], "Connected: 0 pin statuses; those that mean booked: none by its name; choose in the workflow."),
    ],
)
def test_the_test_says_which_statuses_it_takes_for_a_booking(answer: Any, sentence: str) -> None:
    assert CONNECTOR.verify.say(answer) == sentence


# --- a visit as a lead ----------------------------------------------------------------------------


def lead(row: JsonObject, paths: Any = None, **settings: Any) -> JsonObject:
    return lead_of(row, read_paths(paths), settings)


def test_what_customers_code_shows_is_found() -> None:
    found = lead(SEEN, timezone="America/Chicago")
    assert (found["lead_id"], found["status_id"], found["notes"]) == ("90210", "2", "Fiber is available.")
    assert found["address"] == {
        "street": "12 Mill Lane",
        "city": "Austin",
        "state": "Texas",
        "postal_code": "78701",
        "country": None,
    }
    assert (found["lat"], found["lng"], found["rep_id"]) == (30.2672, -97.7431, 7)
    assert (found["name"], found["phone"], found["start"]) == (None, None, None)
    assert found["timezone"] == "America/Chicago"
    assert found["raw"] == SEEN


@pytest.mark.parametrize(
    ("row", "paths", "field", "value"),
    [
        ({"customer_name": "Ada"}, None, "name", "Ada"),
        ({"name": "", "contact": {"name": "Ada"}}, None, "name", "Ada"),
        ({"mobile": "555"}, None, "phone", "555"),
        ({"appointment_at": "2026-12-01"}, None, "start", "2026-12-01"),
        ({"appointment": {"date": "x"}}, {"start": "appointment.date"}, "start", "x"),
        ({"appointment": {"date": "x"}}, '{"start": "appointment.date"}', "start", "x"),
        ({"b": 2, "a": ""}, {"name": ["a", "b"]}, "name", 2),
        ({"b": 2}, {"name": "a, b"}, "name", 2),
        ({"phones": [{"number": "1"}]}, {"phone": "phones.0.number"}, "phone", "1"),
        ({"name": "guessed"}, {"name": "title"}, "name", None),
    ],
)
def test_guesses_are_tried_in_turn_and_the_operators_paths_replace_them(
    row: JsonObject, paths: Any, field: str, value: Any
) -> None:
    assert lead(row, paths)[field] == value


@pytest.mark.parametrize(
    ("paths", "words"),
    [({"nme": "x"}, "name"), ("[1]", "JSON object"), ("{", "JSON object"), ({"name": ""}, "name")],
)
def test_a_wrong_map_of_fields_is_answered_with_what_is_right(paths: Any, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        read_paths(paths)


# --- looking --------------------------------------------------------------------------------------


def swept(pages: list[list[JsonObject]], **settings: Any) -> tuple[list[JsonObject], list[Any]]:
    """The leads of a sweep over these pages, and what it asked for."""
    assert LEADS.sweep is not None
    script = LEADS.sweep(Since(moment=None, settings=settings))
    rows: list[JsonObject] = []
    asked: list[Any] = []
    answer: Outcome | None = None
    while True:
        try:
            command = script.send(answer)
        except StopIteration:
            return rows, asked
        answer = None
        if isinstance(command, Page):
            rows += command.rows
        else:
            asked.append(command)
            listed = STATUSES if command.operation == "statuses.list" else pages[command.values["page"] - 1]
            answer = Outcome(listed)


def visit(number: int, status: int = 2, **more: Any) -> JsonObject:
    return {**SEEN, "id": number, "pin_id": status, **more}


@pytest.mark.parametrize(
    ("settings", "states"),
    [
        ({}, ["open", "booked", "open", "cancelled"]),
        ({"appointment_pin_ids": ["1", "2"]}, ["booked", "booked", "open", "cancelled"]),
        ({"appointment_pin_ids": "3", "cancel_pin_ids": [1]}, ["cancelled", "open", "booked", "open"]),
    ],
)
def test_statuses_mean_what_was_chosen_else_what_their_names_say(
    settings: dict[str, Any], states: list[str]
) -> None:
    rows, _ = swept([[visit(n, n) for n in (1, 2, 3, 4)]], **settings)
    assert [row["state"] for row in rows] == states
    assert rows[1]["status"] == "Appointment Set"


def test_a_look_reads_the_window_in_pages_of_the_chosen_size() -> None:
    rows, asked = swept([[visit(1), visit(2)], [visit(3)]], page_size=2, date_window="Last 7 days")
    assert [row["lead_id"] for row in rows] == ["1", "2", "3"]
    assert [command.values for command in asked[1:]] == [
        {"date": "Last 7 days", "page": page, "limit": 2} for page in (1, 2)
    ]


def test_a_page_that_repeats_itself_ends_the_look() -> None:
    page = [visit(1), visit(2)]
    with pytest.raises(VendorTrouble, match="same page twice"):
        swept([page, page], page_size=2)


def test_over_ten_thousand_visits_are_read_to_the_end() -> None:
    pages = [[visit(100 * n + m) for m in range(100)] for n in range(101)]
    rows, asked = swept([*pages, []])
    assert (len(rows), len(asked)) == (10_100, 103)


def row(state: str, **more: Any) -> JsonObject:
    return {**lead(SEEN), "state": state, **more}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, row("booked"), ["pin.booked"]),
        (None, row("open"), []),
        (None, row("cancelled"), []),
        (row("open"), row("booked"), ["pin.booked"]),
        (row("booked"), row("booked"), []),
        (row("booked"), row("booked", start="2026-12-02 11:00"), ["pin.updated"]),
        (row("booked"), row("booked", notes="Call first."), ["pin.updated"]),
        (row("booked"), row("open", status_id="5"), ["pin.updated"]),
        (row("booked"), row("cancelled"), ["pin.cancelled"]),
        (row("cancelled"), row("booked"), ["pin.booked"]),
        (row("open"), row("cancelled"), []),
        (row("booked"), None, []),
    ],
)
def test_what_changes_between_two_looks_is_told(
    before: JsonObject | None, after: JsonObject | None, told: list[str]
) -> None:
    assert [what.type for what in happenings(before, after, NOW)] == told


def test_a_booking_that_comes_back_is_told_again_and_the_first_time_only_once() -> None:
    first = happenings(None, row("booked"), NOW)
    again = happenings(row("cancelled"), row("booked"), NOW)
    assert first == happenings(None, row("booked"), NOW.replace(hour=11))
    assert first != again != happenings(row("cancelled"), row("booked"), NOW.replace(hour=11))


# --- writing --------------------------------------------------------------------------------------


def situation(**settings: Any) -> Situation:
    return Situation(now=NOW, settings=settings)


@pytest.mark.parametrize(
    ("style", "operation", "sent"),
    [
        ("json", "visits.create", {"latitude", "longitude", "notes", "address", "created_user_id"}),
        ("query", "visits.create_by_query", {"latitude", "longitude", "notes", "pin_id"}),
    ],
)
def test_a_visit_is_made_in_the_style_of_the_account(style: str, operation: str, sent: set[str]) -> None:
    values = {
        "latitude": 30.2,
        "longitude": -97.7,
        "notes": "Hi",
        "pin_id": 2,
        "address": {"city": "Austin"},
        "created_user_id": 7,
    }
    script = CONNECTOR.procedure("create_visit").run(values, situation(create_style=style))
    made, asked = drive(script, lambda command: {"id": 1})
    assert (made, asked[0].operation, set(asked[0].values)) == ({"id": 1}, operation, sent)


def test_parameters_go_into_the_address_and_nothing_into_the_body() -> None:
    values = {"latitude": 30.2, "longitude": -97.7, "pin_id": "2", "notes": "Hi"}
    _, sent = call("visits.create_by_query", values, {"id": 1})
    assert dict(sent.url.params) == {"latitude": "30.2", "longitude": "-97.7", "pin_id": "2", "notes": "Hi"}
    assert sent.content == b""


def test_a_tag_is_found_by_its_name_and_put_on_each_visit_once() -> None:
    texts = ["Roof.\n\nActive Knocker lead 5\nGHL-Hub-1", "nothing", "Active Knocker lead 6"]
    script = CONNECTOR.procedure("tag_leads").run(
        {"tag": "evening COURSES", "leads": ["5"], "texts": texts}, situation()
    )
    tags = [{"id": 11, "tag_caption_name": "Roof"}, {"id": 12, "tag_caption_name": "Evening courses"}]
    found, asked = drive(
        script, lambda command: tags if command.operation == "tags.list" else {"status": True}
    )
    assert found["leads"] == ["5", "6"]
    assert [command.values for command in asked[1:]] == [
        {"id": "5", "tag_ids": "12"},
        {"id": "6", "tag_ids": "12"},
    ]


def test_a_tag_that_is_not_there_has_to_be_made_by_a_person() -> None:
    script = CONNECTOR.procedure("tag_leads").run({"tag": "North", "leads": ["5"]}, situation())
    with pytest.raises(NotFound, match=r"Roof.*make it there"):
        drive(script, lambda command: [{"id": 11, "tag_caption_name": "Roof"}])


EVENT = {"id": "e1", "type": "team.updated", "data": {"team_id": "T-3"}}
HOOK = "https://hooks.example.com/catch/1?zap=2"


def test_an_event_goes_to_the_operators_address_signed_and_without_the_key() -> None:
    secret = standard_webhooks.new_secret()
    who = account(outbound_url=HOOK)
    who = replace(who, secrets={**who.secrets, "outbound_secret": secret})
    made, sent = call("events.send", EVENT, {"status": "success"}, who)
    assert made.error is None
    assert str(sent.url) == HOOK
    assert KEY not in str(sent.headers) + str(sent.url)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    standard_webhooks.verify([secret], headers, sent.content, NOW)
    assert (headers["webhook-id"], json.loads(sent.content)["type"]) == ("e1", "team.updated")


def test_without_a_secret_an_event_is_not_signed_and_calls_of_the_api_never_are() -> None:
    _, sent = call("events.send", EVENT, {}, account(outbound_url=HOOK))
    assert "webhook-signature" not in sent.headers
    signing = replace(account(), secrets={"api_key": KEY, "outbound_secret": "a password of ours"})
    _, sent = call("visits.create", {"latitude": 1.5, "longitude": 2.5}, {"id": 1}, signing)
    assert "webhook-signature" not in sent.headers


def test_an_event_without_an_address_says_where_to_enter_one() -> None:
    with pytest.raises(StopRun, match="Catch Hook"):
        call("events.send", EVENT, {})


# --- told through the bridge ----------------------------------------------------------------------


def test_a_lead_in_its_envelope_is_read() -> None:
    assert CONNECTOR.webhooks is not None
    data = {"lead_id": 90210, "name": "Ada Lovelace", "start": "2026-12-01T10:00:00-06:00"}
    body = {"id": "evt_1", "type": "lead.booked", "source": "active_knocker", "data": data}
    (notice,) = CONNECTOR.webhooks.read(body, {})
    assert (notice.type, notice.id, notice.record) == ("lead.booked", "evt_1", "90210")
    assert notice.payload["start"] == "2026-12-01T10:00:00-06:00"


def test_fields_alone_are_read_too_with_their_type_in_the_address() -> None:
    assert CONNECTOR.webhooks is not None
    (notice,) = CONNECTOR.webhooks.read({"lead_id": "5", "first_name": "Ada"}, {"type": "lead.booked"})
    assert (notice.type, notice.record) == ("lead.booked", "5")


@pytest.mark.parametrize(
    ("kind", "data", "lacking"),
    [
        ("lead.booked", {"name": "Ada"}, "lead_id"),
        ("lead.booked", {"lead_id": "5"}, "name or first_name"),
        ("lead.cancelled", {}, "lead_id"),
        ("availability.updated", {"date": "2026-12-01"}, "rep_id or rep_email"),
        ("availability.updated", {"rep_id": "7"}, "date or busy"),
        ("team.updated", {"team_id": "T-3"}, "name"),
        ("team.deleted", {"name": "North"}, "team_id"),
    ],
)
def test_what_an_event_lacks_is_named(kind: str, data: JsonObject, lacking: str) -> None:
    assert CONNECTOR.webhooks is not None
    with pytest.raises(FieldsMissing, match=lacking):
        CONNECTOR.webhooks.read({"id": "e", "type": kind, "data": data}, {})
