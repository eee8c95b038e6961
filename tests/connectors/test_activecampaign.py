"""What is particular to ActiveCampaign. Payloads are those of the vendor's OpenAPI (version 3) and webhook
guide (developers.activecampaign.com/page/webhooks), unless another source is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integrations.connectors.activecampaign import CONNECTOR, address, pages, triggers
from integrations.connectors.activecampaign.errors import failure, refusal
from integrations.connectors.activecampaign.hooks import WEBHOOKS, ensure_webhook
from integrations.engine.errors import (
    AccountSuspended,
    CredentialRefused,
    Duplicate,
    HubError,
    NotFound,
    Refused,
    Throttled,
    VendorTrouble,
    WrongUse,
)
from integrations.engine.paginate import collect
from integrations.engine.spec import (
    Account,
    Answer,
    Attempt,
    Outcome,
    Page,
    Read,
    Since,
    Situation,
    Write,
)
from integrations.engine.transport import Transport
from tests.connectors.driving import Command, drive

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HERE = Situation(now=NOW, settings={})
SYNC = CONNECTOR.operation("contacts.sync")
SCHEMAS = CONNECTOR.operation("schemas.list")


def account(**settings: Any) -> Account:
    return Account(
        connector="activecampaign",
        environment="production",
        name="Main",
        base_url="https://acme.api-us1.com",
        settings=settings,
        secrets={"api_key": "a" * 72, "event_key": "e" * 40},
    )


def called(
    operation: str, values: Mapping[str, Any], answer: httpx.Response, **settings: Any
) -> tuple[Outcome, httpx.Request]:
    """The outcome of one call, and the request that went out."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    transport = Transport(httpx.Client(transport=httpx.MockTransport(handle)), lambda: NOW)
    found = CONNECTOR.operation(operation)
    result = transport.call(CONNECTOR, found, account(**settings), values)
    return result.outcome, requests[0]


# --- the account's address ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "https://acme.api-us1.com",
        "https://acme.api-us1.com/",
        "https://acme.api-us1.com/api/3",
        "https://acme.api-us1.com/api/3/",
        "  acme.api-us1.com  ",
        "ACME.api-us1.com/api/3",
        "http://acme.api-us1.com",
        "https://acme.api-us1.com:443/api/3",
    ],
)
def test_an_address_is_taken_with_and_without_its_path(typed: str) -> None:
    assert address.read(typed) == "https://acme.api-us1.com"


def test_an_account_of_another_host_of_the_vendors_is_taken() -> None:
    assert address.read("acme.activehosted.com") == "https://acme.activehosted.com"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "acme",
        "https://api-us1.com.example.com",
        "https://127.0.0.1/api/3",
        "https://evil-api-us1.com",
        "https://user@acme.api-us1.com",
        "https://acme.api-us1.com:8443",
        "https://acme.api-us1.com:x",
        "ftp://acme.api-us1.com",
    ],
)
def test_a_key_is_sent_to_no_other_host(typed: str) -> None:
    with pytest.raises(WrongUse) as refused:
        address.read(typed)
    assert "Settings → Developer" in refused.value.sentence


# --- calls ----------------------------------------------------------------------------------------


def test_a_contact_is_sent_under_its_resources_name_with_the_key_in_a_header() -> None:
    documented = {
        "fieldValues": [
            {"contact": "113", "field": "1", "value": "The Value for First Field", "id": "11797"}
        ],
        "contact": {"email": "johndoe@example.com", "firstName": "John", "id": "113", "udate": "x"},
    }
    values = {
        "email": "johndoe@example.com",
        "fieldValues": [{"field": "1", "value": "The Value for First Field"}],
    }
    outcome, request = called("contacts.sync", values, httpx.Response(201, json=documented))

    assert str(request.url) == "https://acme.api-us1.com/api/3/contact/sync"
    assert request.headers["Api-Token"] == "a" * 72
    assert json.loads(request.content) == {"contact": values}
    assert outcome.record_id == "113"
    assert outcome.value["fieldValues"][0]["value"] == "The Value for First Field"


def test_event_tracking_goes_elsewhere_with_a_key_of_its_own() -> None:
    values = {"event": "Booked", "visit": '{"email": "rosa@example.com"}'}
    answer = httpx.Response(200, json={"success": 1, "message": "Event spawned"})
    outcome, request = called("events.track", values, answer, event_actid="123")

    assert outcome.error is None
    assert str(request.url) == "https://trackcmp.net/event"
    assert "Api-Token" not in request.headers
    sent = dict(httpx.QueryParams(request.content.decode()))
    assert (sent["key"], sent["actid"], sent["event"]) == ("e" * 40, "123", "Booked")


def test_the_calls_below_the_facts_are_all_there() -> None:
    lines = {f"{o.method} {o.path.removeprefix('/api/3')}" for o in CONNECTOR.operations.values()}
    assert lines >= {
        "GET /users/me", "POST /contact/sync", "PUT /contacts/{id}", "GET /contacts", "GET /tags",
        "POST /tags", "POST /contactTags", "DELETE /contactTags/{id}", "GET /contacts/{id}/contactTags",
        "GET /lists", "POST /contactLists", "GET /fields", "POST /fields", "POST /fieldRels",
        "POST /fieldValues", "POST /notes", "POST /dealTasks", "PUT /dealTasks/{id}", "GET /dealTasks",
        "GET /dealTasktypes", "GET /automations", "POST /contactAutomations", "POST /import/bulk_import",
        "GET /import/info", "POST /customObjects/schemas", "POST /customObjects/records/{schemaId}",
        "GET /calendars", "POST /calendars", "PUT /calendars/{id}", "DELETE /calendars/{id}", "POST /event",
        "GET /webhooks", "POST /webhooks", "PUT /webhooks/{id}", "DELETE /webhooks/{id}",
        "GET /webhook/events",
    }  # fmt: skip


# --- refusals -------------------------------------------------------------------------------------

DUPLICATE = {
    "errors": [
        {
            "title": "Email address already exists in the system",
            "detail": "",
            "code": "duplicate",
            "source": {"pointer": "/data/attributes/email"},
        }
    ]
}
SLUG_TAKEN = {
    "errors": [
        {
            "title": 'Invalid value for field "schema.slug"',
            "detail": "Schema slug must be unique",
            "source": {"type": "pointer", "value": "/data/attributes/schema/slug"},
        }
    ]
}
FIELD_MISSING = {
    "errors": [{"title": "The taskOutcome title was not provided.", "detail": "", "code": "field_missing"}]
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (403, {"message": "Forbidden"}, CredentialRefused, "does not accept the key"),
        (401, None, CredentialRefused, "does not accept the key"),
        (402, None, AccountSuspended, "payment"),
        (404, {"message": "No Result found for Subscriber with id 1"}, NotFound, "Subscriber with id 1"),
        (422, DUPLICATE, Duplicate, "already exists"),
        (422, SLUG_TAKEN, Duplicate, "must be unique"),
        # The database's own words, as verbb/formie 1389 quotes them.
        (500, {"message": "Duplicate entry 'contact-vip' for key 'typetag'"}, Duplicate, "typetag"),
        (422, FIELD_MISSING, Refused, "title was not provided"),
        (400, {}, Refused, "without saying why"),
        (400, "<html>Bad</html>", Refused, "status 400"),
    ],
)
def test_a_refusal_is_told_in_words(status: int, body: Any, kind: type[HubError], words: str) -> None:
    error = refusal(Answer(status=status, headers={}, body=body), SYNC)

    assert type(error) is kind
    assert words in error.sentence


def test_custom_objects_that_the_plan_lacks_do_not_park_the_connection() -> None:
    error = refusal(Answer(status=403, headers={}, body={}), SCHEMAS)

    assert type(error) is Refused
    assert "Enterprise" in error.sentence


def test_a_refusal_as_plain_text_is_read_like_any_other() -> None:
    answer = httpx.Response(422, text=json.dumps(SLUG_TAKEN))
    outcome, _ = called("schemas.create", {"slug": "x", "labels": {}, "fields": [{}]}, answer)

    assert isinstance(outcome.error, Duplicate)


@pytest.mark.parametrize(
    "body",
    [
        {"success": 0, "message": "Invalid key"},
        {"Success": 0, "message": "Nothing was imported."},
        {"success": "0", "failureReasons": [{"failureReason": "The email is not valid."}]},
        {"result_code": 0, "result_message": "Nothing."},
        {"errors": [{"title": "The email is not valid."}]},
    ],
)
def test_a_no_inside_a_success_is_a_no(body: Any) -> None:
    error = failure(Answer(status=200, headers={}, body=body), SYNC)

    assert isinstance(error, Refused)
    assert error.sentence.rstrip("”").endswith(".")


@pytest.mark.parametrize(
    "body", [None, [], "ok", {}, {"success": 1}, {"Success": 1}, {"errors": []}, {"contact": {}}]
)
def test_a_yes_is_a_yes(body: Any) -> None:
    assert failure(Answer(status=200, headers={}, body=body), SYNC) is None


def test_an_import_that_failed_inside_a_success_fails() -> None:
    answer = httpx.Response(200, json={"Success": 0, "message": "Nothing was imported."})
    outcome, _ = called("contacts.import", {"contacts": [{"email": "x"}]}, answer)

    assert isinstance(outcome.error, Refused)


# --- quota ----------------------------------------------------------------------------------------


def test_five_a_second_are_the_whole_accounts() -> None:
    (limit,) = CONNECTOR.quota.limits
    assert (limit.count, limit.window_s) == (5, 1.0)
    assert CONNECTOR.quota.scope(account()) == "account:acme.api-us1.com"


def test_the_headers_tell_what_other_tools_have_left() -> None:
    (reading,) = CONNECTOR.quota.read({"ratelimit-limit": "5", "ratelimit-remaining": "2"}, {})
    assert (reading.window_s, reading.limit, reading.remaining) == (1.0, 5, 2)


def test_it_waits_as_long_as_the_app_asked() -> None:
    outcome, _ = called("lists.list", {}, httpx.Response(429, headers={"Retry-After": "7"}))

    assert isinstance(outcome.error, Throttled)
    assert outcome.error.after_s == 7


# --- pages ----------------------------------------------------------------------------------------


def test_a_list_is_read_to_its_last_page_a_hundred_rows_at_a_time() -> None:
    rows = [{"id": str(number), "tagType": "contact", "tag": f"tag {number}"} for number in range(250)]

    def answer(command: Command) -> Any:
        offset = command.values["offset"]
        return {"tags": rows[offset : offset + command.values["limit"]], "meta": {"total": "250"}}

    found, asked = drive(collect(pages.listed("tags.list", {}, "tags")), answer)
    assert found == rows
    assert [command.values["offset"] for command in asked] == [0, 100, 200]


def test_contacts_go_on_from_the_last_id_though_rows_vanish_between() -> None:
    ids = list(range(1, 151))

    def answer(command: Command) -> Any:
        assert command.values["orders[id]"] == "ASC"
        if command.values["id_greater"]:
            ids.remove(100)  # an offset would now leave one out
        page = [{"id": str(i)} for i in ids if i > command.values["id_greater"]][:100]
        return {"contacts": page}

    found, _ = drive(collect(pages.contacts({})), answer)
    assert [row["id"] for row in found] == [str(i) for i in range(1, 151)]


def test_a_page_that_repeats_itself_ends_the_reading() -> None:
    same = {"contacts": [{"id": str(number)} for number in range(1, 101)]}

    with pytest.raises(VendorTrouble, match="same page twice"):
        drive(collect(pages.contacts({})), lambda command: same)


def test_every_list_that_is_picked_from_is_read_to_its_end() -> None:
    assert all(reference.pages for reference in CONNECTOR.references.values())


# --- webhooks -------------------------------------------------------------------------------------

TAGGED = (
    b"type=contact_tag_added&date_time=2026-07-14T09%3A30%3A00-05%3A00&initiated_from=admin"
    b"&initiated_by=admin&list=0&contact%5Bid%5D=19&contact%5Bemail%5D=rosa%40example.com"
    b"&contact%5Bfirst_name%5D=Rosa&contact%5Blast_name%5D=Diaz&contact%5Bphone%5D=&contact%5Bip%5D=0.0.0.0"
    b"&contact%5Btags%5D=vip%2C+wants+times&contact%5Borgname%5D=&contact%5Bfields%5D%5B39%5D=Berlin"
    b"&tag=wants+times"
)
FORM = "application/x-www-form-urlencoded"


def heard(body: bytes) -> Any:
    assert WEBHOOKS.parse is not None
    (notice,) = WEBHOOKS.read(WEBHOOKS.parse(body, FORM), {})
    return notice


def test_a_form_with_brackets_becomes_the_object_it_means() -> None:
    notice = heard(TAGGED)

    assert notice.type == "contact_tag_added"
    assert notice.record == "19:wants times"
    assert notice.payload["contact"]["fields"] == {"39": "Berlin"}
    assert notice.payload["contact"]["tags"] == "vip, wants times"
    assert notice.at == datetime(2026, 7, 14, 14, 30, tzinfo=UTC)


def test_the_same_delivery_has_the_same_id_and_another_has_not() -> None:
    assert heard(TAGGED).id == heard(TAGGED).id
    assert heard(TAGGED).id != heard(TAGGED.replace(b"09%3A30", b"09%3A31")).id
    assert heard(TAGGED).id != heard(TAGGED.replace(b"5D=19", b"5D=20")).id


@pytest.mark.parametrize(
    ("body", "kind", "record"),
    [
        (b"type=subscribe&list=2&contact[id]=19", "subscribe", "19"),
        (b"type=unsubscribe&list[0][id]=2&contact[id]=19&active_subscriptions[0]=3", "unsubscribe", "19"),
        (b"type=list_add&list[id]=2&list[name]=News", "list_add", "2"),
        (b"type=deal_add&deal[id]=6&deal[title]=x", "deal_add", "6"),
        (b"type=contact_task_add&contact[id]=19&task[id]=1&task[type_title]=Meeting", "contact_task_add",
         "19"),
        # The step "Webhook" of an automation: no type, its series, fields by their tags.
        (b"seriesid=3&contact[id]=19&contact[ip4]=203.0.113.7&contact[fields][GHL]=x", "automation_webhook",
         "19"),
        (b"type=something_new&contact[id]=19", "something_new", "19"),
        (b"contact=broken", "automation_webhook", ""),
    ],
)  # fmt: skip
def test_every_kind_of_delivery_says_what_it_is_about(body: bytes, kind: str, record: str) -> None:
    notice = heard(body)
    assert (notice.type, notice.record) == (kind, record)


@pytest.mark.parametrize(("body", "content_type"), [(b"{}", "application/json"), (b"a=\xff", FORM)])
def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    assert WEBHOOKS.parse is not None
    with pytest.raises(WrongUse):
        WEBHOOKS.parse(body, content_type)


def test_a_time_without_a_zone_is_not_taken_for_one() -> None:
    assert heard(b"type=update&contact[id]=19&date_time=2026-07-14+09:30:00").at is None


URL = "https://hub.example.com/hooks/activecampaign/1/key"
OURS = {"id": "4", "url": URL, "events": ["contact_tag_added"], "sources": ["public", "admin", "system"]}
LOOPED = {**OURS, "sources": ["public", "admin", "api", "system"]}


@pytest.mark.parametrize(
    ("there", "wanted", "written"),
    [
        ([], ["contact_tag_added"], "webhooks.create"),
        ([{**OURS, "url": f"{URL}2"}], ["contact_tag_added"], "webhooks.create"),
        ([OURS], ["contact_tag_added"], ""),
        ([OURS], ["contact_tag_added", "update"], "webhooks.update"),
        ([LOOPED], ["contact_tag_added"], "webhooks.update"),
    ],
)
def test_one_webhook_is_registered_and_never_for_what_the_hub_itself_does(
    there: list[Any], wanted: list[str], written: str
) -> None:
    def answer(command: Command) -> Any:
        return {"webhooks": there} if isinstance(command, Read) else {**command.values, "id": "4"}

    script = ensure_webhook({"url": URL, "events": [*wanted, "automation_webhook"]}, HERE)
    found, asked = drive(script, answer)

    writes = [command for command in asked if isinstance(command, Write)]
    assert [command.operation for command in writes] == ([written] if written else [])
    assert set(found["webhook"]["events"]) >= set(wanted)
    assert "automation_webhook" not in found["webhook"]["events"], "an automation is told where by hand"
    assert "api" not in found["webhook"]["sources"]


# --- triggers -------------------------------------------------------------------------------------

TAGS = [
    {"id": "15", "tag": "wants times", "tagType": "template"},
    {"id": "16", "tag": "wants times", "tagType": "contact"},
    {"id": "17", "tag": "wants times later", "tagType": "contact"},
]


def association(id: str, contact: str, tag: str, at: str) -> dict[str, str]:
    return {"id": id, "contact": contact, "tag": tag, "cdate": at}


def swept(rows: list[dict[str, str]], moment: datetime | None, tag: str = "wants times") -> Any:
    asked: list[Read] = []
    found: list[Any] = []
    script, outcome = triggers.sweep_tagged(Since(moment=moment, settings={"tag": tag})), None
    while True:
        try:
            command = script.send(outcome)
        except StopIteration:
            return found, asked
        if isinstance(command, Page):
            found += command.rows
            outcome = None
            continue
        asked.append(command)
        if command.operation == "tags.list":
            outcome = Outcome({"tags": TAGS})
        else:
            offset = command.values["offset"]
            outcome = Outcome({"contactTags": rows[offset : offset + 100]})


def test_who_was_given_the_tag_is_found_newest_first_and_no_further_back_than_needed() -> None:
    new = [association(str(500 - n), str(n), "16", "2026-11-20T10:00:00+00:00") for n in range(100)]
    old = [association(str(300 - n), f"9{n}", "16", "2026-01-01T10:00:00+00:00") for n in range(150)]
    found, asked = swept(new + old, datetime(2026, 11, 20, tzinfo=UTC))

    lists = [read for read in asked if read.operation == "contact_tags.list"]
    assert [read.values["offset"] for read in lists] == [0, 100]
    assert all(read.values["filters[tagid]"] == "16" for read in lists)
    assert found[0]["record"] == "0:wants times"


def test_without_a_tag_chosen_every_contact_tag_counts_and_no_other() -> None:
    rows = [
        association("1", "19", "16", ""),
        association("2", "19", "15", ""),
        association("3", "19", "99", ""),
    ]
    found, _ = swept(rows, None, tag="")

    assert [row["tag_id"] for row in found] == ["16"]


def test_a_webhook_about_a_tag_reads_the_row_that_a_look_would_bring() -> None:
    def answer(command: Command) -> Any:
        if command.operation == "tags.list":
            return {"tags": TAGS}
        return {"contactTags": [association("7", "19", "16", "x"), association("8", "19", "16", "y")]}

    row, _ = drive(triggers.fetch_tagged("19:wants times", {}, {}), answer)
    (looked, *_), _ = swept([association("8", "19", "16", "y")], None)
    assert row == looked


def test_the_same_tag_given_again_is_told_again_and_else_never() -> None:
    first, again = ({"id": number, "contact": "19"} for number in ("7", "8"))

    def told(before: Any, after: Any) -> list[str]:
        return [what.key for what in triggers.tagged_happenings(before, after, NOW)]

    assert told(None, first) == ["contact.tagged:7"]
    assert told(first, dict(first)) == []
    assert told(first, again) == ["contact.tagged:8"]
    assert told(first, None) == ["contact.untagged:7"]


def test_only_the_chosen_tag_is_let_in() -> None:
    assert triggers.is_wanted({"tag": "Wants Times"}, {"tag": "wants times"})
    assert triggers.is_wanted({"tag": "vip"}, {})
    assert not triggers.is_wanted({"tag": "wants times later"}, {"tag": "wants times"})


def test_contacts_are_looked_for_by_their_change() -> None:
    script = triggers.sweep_contacts(Since(moment=NOW, settings={}))
    read = next(script)

    assert isinstance(read, Read)
    assert read.values["filters[updated_after]"] == NOW.isoformat()


def test_a_contacts_own_fields_are_compared_by_what_they_hold() -> None:
    stored = {"id": "19", "fieldValues": [
        {"id": "41", "field": "2", "value": "b", "udate": "x"},
        {"id": "40", "field": "1", "value": "a", "udate": "y"},
        {"id": "42", "field": "3", "value": ""},
    ]}  # fmt: skip
    row, _ = drive(triggers.fetch_contact("19", {}, {}), lambda command: stored)

    assert row["fieldValues"] == [{"id": "1", "value": "a"}, {"id": "2", "value": "b"}]


def test_a_records_fields_can_be_named_by_a_mapping() -> None:
    row = triggers.plain({"id": "r", "fields": [{"id": "synced-name", "value": "Logic"}]}, "s")

    assert (row["values"], row["schemaId"]) == ({"synced_name": "Logic"}, "s")


def test_an_account_without_the_custom_object_has_no_records() -> None:
    def answer(command: Command) -> Any:
        return {"schemas": [{"id": "s", "slug": "something-else"}]}

    found, asked = drive(collect(triggers.sweep_records(Since(moment=None, settings={}))), answer)
    assert found == []
    assert [command.operation for command in asked] == ["schemas.list"]


# --- looking before repeating ---------------------------------------------------------------------


def looked_up(operation: str, values: Mapping[str, Any], answer: Any) -> Any:
    proof = CONNECTOR.operation(operation).proof
    assert proof is not None
    assert proof.look_up is not None
    attempt = Attempt(values=values, mark="hub-mark", claimed_at=NOW)
    found, asked = drive(proof.look_up(attempt), lambda command: answer)
    assert {command.operation for command in asked} <= set(proof.operations)
    return found


BEFORE, SINCE = "2026-11-20T03:00:00-06:00", "2026-11-20T04:00:05-06:00"


@pytest.mark.parametrize(
    ("operation", "values", "answer", "is_ours"),
    [
        ("tags.create", {"tag": "VIP"}, {"tags": [{"id": "1", "tag": "vip", "tagType": "contact"}]}, True),
        ("tags.create", {"tag": "vip"}, {"tags": [{"id": "1", "tag": "vip", "tagType": "template"}]}, False),
        ("contact_tags.create", {"contact": "19", "tag": "16"}, {"contactTags": [{"id": "7", "tag": "16"}]},
         True),
        ("contact_automations.create", {"contact": "19", "automation": "3"},
         {"contactAutomations": [{"id": "5", "automation": "3", "adddate": SINCE}]}, True),
        ("contact_automations.create", {"contact": "19", "automation": "3"},
         {"contactAutomations": [{"id": "5", "automation": "3", "adddate": BEFORE}]}, False),
        ("notes.create", {"relid": "19"}, {"notes": [{"id": "1", "note": "Text hub-mark"}]}, True),
        ("notes.create", {"relid": "19"}, {"notes": [{"id": "1", "note": "Text"}]}, False),
        ("deal_tasks.create", {"relid": "19"}, {"dealTasks": [{"id": "1", "note": "x hub-mark"}]}, True),
        ("fields.create", {"title": "A", "type": "text"},
         {"fields": [{"id": "1", "title": "A", "type": "text", "cdate": SINCE}]}, True),
        ("fields.create", {"title": "A", "type": "text"},
         {"fields": [{"id": "1", "title": "A", "type": "text", "cdate": BEFORE}]}, False),
        ("field_rels.create", {"field": "1", "relid": 0}, {"fieldRels": [{"field": "1", "relid": "0"}]},
         True),
        ("contacts.sync", {"email": "Rosa@example.com", "firstName": "Rosa"},
         {"contacts": [{"id": "19", "email": "rosa@example.com", "firstName": "Rosa"}]}, True),
        ("contacts.sync", {"email": "rosa@example.com", "firstName": "Rosa"},
         {"contacts": [{"id": "19", "email": "rosa@example.com", "firstName": "R."}]}, False),
        ("webhooks.create", {"url": URL}, {"webhooks": [{"id": "4", "url": URL}]}, True),
        ("schemas.create", {"slug": "ghl-calendar"}, {"schemas": [{"id": "s", "slug": "ghl-calendar"}]},
         True),
        ("calendar_feeds.create", {"title": "A", "type": "All"},
         {"calendars": [{"id": "1", "title": "A", "type": "All", "cdate": BEFORE}]}, False),
    ],
)  # fmt: skip
def test_only_what_can_be_ours_is_taken_for_it(
    operation: str, values: dict[str, Any], answer: Any, is_ours: bool
) -> None:
    assert (looked_up(operation, values, answer) is not None) is is_ours
