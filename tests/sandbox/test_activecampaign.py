"""The simulated ActiveCampaign: as strict as the official OpenAPI of version 3 and public clients tell."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from integrations.engine.errors import WrongUse
from integrations.engine.form_bodies import parse_form
from integrations.sandbox import Sandbox

APP = "activecampaign"
NEWS, PARTNERS = "1", "2"
HOOK = "https://hub.example.com/hooks/activecampaign/1/key"
LABELS = {"singular": "Name", "plural": "Names"}
NAME_FIELD = {"id": "name", "labels": LABELS, "type": "text"}
SCHEMA = {"slug": "course", "labels": {"singular": "Course", "plural": "Courses"}, "fields": [NAME_FIELD]}


def act(sandbox: Sandbox, key: str, **values: Any) -> dict[str, Any]:
    return sandbox.act(APP, key, values)


def synced(client: httpx.Client, email: str = "rosa@example.com", **more: Any) -> dict[str, Any]:
    answer = client.post("contact/sync", json={"contact": {"email": email, **more}})
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()["contact"]
    return found


def hook(client: httpx.Client, *events: str, sources: tuple[str, ...] = ("public", "admin", "system")) -> str:
    given = {"name": "Hub", "url": HOOK, "events": list(events), "sources": list(sources)}
    answer = client.post("webhooks", json={"webhook": given})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["webhook"]["id"])


def sent(sandbox: Sandbox, status: int = 200) -> list[tuple[str, dict[str, str], bytes]]:
    found: list[tuple[str, dict[str, str], bytes]] = []

    def post(app: str, target: str, headers: Any, body: bytes) -> int:
        found.append((target, dict(headers), body))
        return status

    sandbox.deliver(post)
    return found


# --- the door -------------------------------------------------------------------------------------


def test_the_key_tells_its_user(activecampaign: httpx.Client) -> None:
    answer = activecampaign.get("users/me")

    assert answer.json()["user"]["email"] == "nora@example.com"
    assert answer.headers["RateLimit-Limit"] == "10000"


@pytest.mark.parametrize("headers", [{}, {"Api-Token": "wrong"}, {"Authorization": "Bearer x"}])
def test_a_bad_key_is_403_and_not_401(sandbox: Sandbox, headers: dict[str, str]) -> None:
    client = httpx.Client(transport=sandbox.transport(APP), base_url="https://acme.api-us1.com/api/3")

    assert client.get("users/me", headers=headers).status_code == 403


def test_the_sixth_call_in_a_second_is_too_many(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    sandbox.turn(APP, {"rate_limit": 5})
    answers = [activecampaign.get("users/me") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].headers["RateLimit-Remaining"] == "0"


def test_a_new_key_ends_the_old_one(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    act(sandbox, "new_api_key")

    assert activecampaign.get("users/me").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "contacts/999", 404),
        ("GET", "nothing", 404),
        ("DELETE", "contactTags/999", 404),
        ("GET", "contacts?limit=many", 400),
    ],
)
def test_what_is_not_there_is_refused(
    activecampaign: httpx.Client, method: str, path: str, status: int
) -> None:
    assert activecampaign.request(method, path).status_code == status


def test_a_missing_contact_is_told_in_the_documented_words(activecampaign: httpx.Client) -> None:
    assert activecampaign.get("contacts/999").json() == {
        "message": "No Result found for Subscriber with id 999"
    }


# --- contacts -------------------------------------------------------------------------------------


def test_a_sync_makes_a_contact_once_and_updates_it_then(activecampaign: httpx.Client) -> None:
    made = synced(activecampaign, firstName="Rosa")
    again = synced(activecampaign, "ROSA@example.com", lastName="Diaz")

    assert again["id"] == made["id"] == str(int(made["id"])), "ids are numbers as text"
    assert (again["firstName"], again["lastName"]) == ("Rosa", "Diaz")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("contact/sync", {"contact": {"email": "nobody"}}, 422, "email_invalid"),
        ("contact/sync", {"email": "rosa@example.com"}, 400, None),
        ("contacts", {"contact": {"email": "ada.moreno@example.com"}}, 422, "duplicate"),
        ("contactTags", {"contactTag": {"contact": "1"}}, 422, "field_missing"),
        ("contactLists", {"contactList": {"contact": "1", "list": "1", "status": 3}}, 422, "field_invalid"),
        ("dealTasks", {"dealTask": {"relid": "1", "title": "x"}}, 422, "field_missing"),
        ("calendars", {"calendar": {"title": "x", "type": "Some"}}, 422, "field_invalid"),
        ("webhooks", {"webhook": {"name": "x", "url": HOOK, "events": ["x"], "sources": ["api"]}}, 422,
         "field_invalid"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    activecampaign: httpx.Client, path: str, body: Any, status: int, code: str | None
) -> None:
    answer = activecampaign.post(path, json=body)

    assert answer.status_code == status
    assert answer.json() == {} if code is None else answer.json()["errors"][0]["code"] == code


def test_lists_have_twenty_rows_unless_asked_and_a_hundred_at_most(activecampaign: httpx.Client) -> None:
    def rows(path: str) -> int:
        return len(activecampaign.get(path).json()["tags"])

    assert (rows("tags"), rows("tags?limit=500"), rows("tags?limit=100&offset=100")) == (20, 100, 27)
    assert activecampaign.get("tags").json()["meta"] == {"total": "127"}


def test_the_search_for_a_tag_finds_parts_and_every_type(activecampaign: httpx.Client) -> None:
    found = activecampaign.get("tags", params={"search": "wants times"}).json()["tags"]

    assert [row["tag"] for row in found] == ["wants times", "wants times later"]
    assert {row["tagType"] for row in activecampaign.get("tags").json()["tags"]} == {"template", "contact"}


def test_a_tag_made_twice_is_refused_in_the_databases_words(activecampaign: httpx.Client) -> None:
    answer = activecampaign.post("tags", json={"tag": {"tag": "wants times", "tagType": "contact"}})

    assert answer.status_code == 422
    assert answer.json() == {"message": "Duplicate entry 'contact-wants times' for key 'typetag'"}


def test_contacts_go_on_from_an_id_and_are_found_by_their_change(activecampaign: httpx.Client) -> None:
    def ids(**asked: str) -> list[str]:
        return [row["id"] for row in activecampaign.get("contacts", params=asked).json()["contacts"]]

    assert ids(**{"orders[id]": "ASC", "id_greater": "1", "limit": "1"}) == ["2"]
    assert ids(**{"filters[updated_after]": "2020-01-01T00:00:00+00:00"}) == ["1", "2", "3"]
    assert ids(**{"filters[updated_after]": "2999-01-01T00:00:00+00:00"}) == []
    assert ids(email="ben.okafor@example.com") == ["2"]


def test_own_fields_are_written_by_number_and_read_with_the_contact(activecampaign: httpx.Client) -> None:
    field = activecampaign.post("fields", json={"field": {"title": "Next", "type": "text"}}).json()["field"]
    contact = synced(activecampaign, fieldValues=[{"field": field["id"], "value": "soon"}])

    (value,) = activecampaign.get(f"contacts/{contact['id']}").json()["fieldValues"]
    assert (value["field"], value["value"]) == (field["id"], "soon")


def test_who_has_a_tag_is_listed_newest_first(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    first = act(sandbox, "tag_contact", contact="1", tag="wants times")
    second = act(sandbox, "tag_contact", contact="2", tag="wants times")
    act(sandbox, "tag_contact", contact="2", tag="course 2001")

    asked = {"filters[tagid]": first["tag"], "orders[cdate]": "desc"}
    found = activecampaign.get("contactTags", params=asked).json()["contactTags"]
    assert [row["id"] for row in found] == [second["id"], first["id"]]


def test_a_tag_given_twice_is_one_row(activecampaign: httpx.Client) -> None:
    def give() -> str:
        answer = activecampaign.post("contactTags", json={"contactTag": {"contact": "1", "tag": "20"}})
        return str(answer.json()["contactTag"]["id"])

    assert give() == give()


# --- custom objects -------------------------------------------------------------------------------


def schema(client: httpx.Client) -> str:
    return str(client.post("customObjects/schemas", json={"schema": SCHEMA}).json()["schema"]["id"])


def test_a_record_is_updated_by_our_own_id_and_keeps_what_is_not_given(activecampaign: httpx.Client) -> None:
    path = f"customObjects/records/{schema(activecampaign)}"

    def put(fields: list[dict[str, str]]) -> dict[str, Any]:
        record = {"record": {"externalId": "c1", "fields": fields}}
        found: dict[str, Any] = activecampaign.post(path, json=record).json()["record"]
        return found

    made, kept = put([{"id": "name", "value": "Logic"}]), put([])

    assert made["id"] == kept["id"]
    assert kept["fields"] == [{"id": "name", "value": "Logic"}]
    assert activecampaign.get(f"{path}/external/c1").json()["record"]["id"] == made["id"]
    assert activecampaign.get(path).json()["meta"] == {"total": 1}


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ({**SCHEMA, "slug": "course"}, "Schema slug must be unique"),
        ({**SCHEMA, "slug": "other", "fields": [{"id": "x", "type": "text"}]}, "must provide labels"),
    ],
)
def test_a_schema_that_does_not_fit_is_refused_as_plain_text(
    activecampaign: httpx.Client, given: dict[str, Any], detail: str
) -> None:
    schema(activecampaign)
    answer = activecampaign.post("customObjects/schemas", json={"schema": given})

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/plain")
    assert detail in answer.json()["errors"][0]["detail"]


def test_a_plan_without_custom_objects_refuses_them_alone(
    sandbox: Sandbox, activecampaign: httpx.Client
) -> None:
    sandbox.turn(APP, {"custom_objects": "no"})

    assert activecampaign.get("customObjects/schemas").status_code == 403
    assert activecampaign.get("lists").status_code == 200


# --- failures inside a success --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, 1),
        ({"key": "wrong"}, 0),
        ({"event": "x" * 33}, 0),
        ({"visit": "rosa@example.com"}, 0),
    ],
)
def test_the_tracker_always_answers_200(sandbox: Sandbox, change: dict[str, str], says: int) -> None:
    known = sandbox.apps()[APP].credentials()
    form = {"key": known["event_key"], "actid": known["event_actid"], "event": "Booked"}
    form |= {"visit": '{"email": "rosa@example.com"}', **change}
    answer = httpx.Client(transport=sandbox.transport(APP)).post("https://trackcmp.net/event", data=form)

    assert (answer.status_code, answer.json()["success"]) == (200, says)


def test_an_import_of_nobody_fails_inside_a_success(activecampaign: httpx.Client) -> None:
    assert (
        activecampaign.post("import/bulk_import", json={"contacts": [{"email": "x"}]}).json()["Success"] == 0
    )
    done = activecampaign.post("import/bulk_import", json={"contacts": [{"email": "sam@example.com"}]}).json()
    assert done["queued_contacts"] == 1
    state = activecampaign.get("import/info", params={"batchId": done["batchId"]}).json()
    assert state["status"] == "completed"


# --- webhooks -------------------------------------------------------------------------------------


def test_a_tag_given_by_a_person_is_told_as_a_form(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    hook(activecampaign, "contact_tag_added")
    act(sandbox, "tag_contact", contact="ada.moreno@example.com", tag="wants times")

    ((target, headers, body),) = sent(sandbox)
    told = dict(parse_qsl(body.decode()))
    assert target == HOOK
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert told["type"] == "contact_tag_added"
    assert told["contact[id]"] == "1"
    assert told["contact[tags]"] == told["tag"] == "wants times"
    assert told["contact[fields][1]"] == "America/New_York"


def test_what_the_api_did_is_told_only_to_who_asked_for_it(
    sandbox: Sandbox, activecampaign: httpx.Client
) -> None:
    hook(activecampaign, "update")
    synced(activecampaign, "ada.moreno@example.com", phone="+15005550006")
    assert sent(sandbox) == []

    hook(activecampaign, "update", sources=("api",))
    synced(activecampaign, "ada.moreno@example.com", phone="+15005550007")
    assert len(sent(sandbox)) == 1


@pytest.mark.parametrize("status", [0, 500, 410])
def test_what_was_not_taken_never_comes_again(
    sandbox: Sandbox, activecampaign: httpx.Client, status: int
) -> None:
    hook(activecampaign, "update")
    act(sandbox, "change_contact", contact="1", phone="+15005550006")

    assert len(sent(sandbox, status)) == 1
    assert sent(sandbox) == []


def test_410_switches_a_webhook_off_for_good(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    number = hook(activecampaign, "update")
    act(sandbox, "change_contact", contact="1", phone="+15005550006")
    sent(sandbox, 410)

    activecampaign.put(f"webhooks/{number}", json={"webhook": {"events": ["update"]}})
    act(sandbox, "change_contact", contact="1", phone="+15005550007")
    assert sent(sandbox) == []


def test_imports_tell_nobody(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    hook(activecampaign, "subscribe", "update", sources=("public", "admin", "api", "system"))
    activecampaign.post("import/bulk_import", json={"contacts": [{"email": "sam@example.com"}]})

    assert sent(sandbox) == []


def test_an_automation_asks_without_a_type(sandbox: Sandbox) -> None:
    sandbox.introduce(APP, "1", HOOK, {})
    act(sandbox, "ask_in_automation", contact="1", automation="Offer times")

    ((target, _, body),) = sent(sandbox)
    told = parse_form(body)
    assert target == HOOK
    assert (told["seriesid"], told["contact"]["id"]) == ("1", "1")
    assert "type" not in told


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "values", "kind"),
    [
        ("tag_contact", {"contact": "1", "tag": "new tag"}, "contact_tag_added"),
        ("set_list", {"contact": "1", "list": "Course news"}, "subscribe"),
        ("set_list", {"contact": "1", "list": PARTNERS, "status": "2"}, "unsubscribe"),
        ("add_note", {"contact": "1", "note": "Called."}, "subscriber_note"),
        ("add_task", {"contact": "1", "title": "Call", "duedate": "2026-11-23T10:00:00-06:00"},
         "contact_task_add"),
        ("change_contact", {"contact": "1", "field": "TIME_ZONE", "value": "Asia/Tokyo"}, "update"),
    ],
)  # fmt: skip
def test_what_a_person_does_is_told(
    sandbox: Sandbox, activecampaign: httpx.Client, key: str, values: dict[str, Any], kind: str
) -> None:
    hook(activecampaign, "contact_tag_added", "subscribe", "unsubscribe", "subscriber_note",
         "contact_task_add", "update")  # fmt: skip
    act(sandbox, key, **values)

    ((_, _, body),) = sent(sandbox)
    assert parse_form(body)["type"] == kind


def test_a_tag_is_taken_and_may_be_given_again_under_another_number(sandbox: Sandbox) -> None:
    first = act(sandbox, "tag_contact", contact="1", tag="wants times")
    act(sandbox, "untag_contact", contact="1", tag="wants times")

    assert act(sandbox, "tag_contact", contact="1", tag="wants times")["id"] != first["id"]


def test_a_person_changes_a_record_and_a_feed(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    path = f"customObjects/records/{schema(activecampaign)}"
    activecampaign.post(path, json={"record": {"externalId": "c1", "fields": []}})
    feed = activecampaign.post("calendars", json={"calendar": {"title": "Old", "type": "All"}}).json()

    changed = act(sandbox, "change_record", record="c1", field="name", value="Logic")
    renamed = act(sandbox, "rename_feed", feed=feed["calendar"]["id"], title="New")

    assert changed["fields"] == [{"id": "name", "value": "Logic"}]
    assert renamed["title"] == "New"
    assert feed["calendar"]["notification"] == 0, "a number when it is made"
    assert activecampaign.get("calendars").json()["calendars"][0]["notification"] == "0", "and text later"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("add_contact", {"email": "ada.moreno@example.com"}),
        ("add_contact", {"email": "nobody"}),
        ("change_contact", {"contact": "999"}),
        ("change_contact", {"contact": "1", "field": "NOTHING"}),
        ("untag_contact", {"contact": "1", "tag": "wants times"}),
        ("set_list", {"contact": "1", "list": "No list"}),
        ("change_record", {"record": "nothing", "field": "name"}),
        ("rename_feed", {"feed": "999", "title": "x"}),
    ],
)
def test_what_a_person_cannot_do_is_told_in_words(sandbox: Sandbox, key: str, values: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        act(sandbox, key, **values)


def test_examples_are_put_in_once(sandbox: Sandbox) -> None:
    assert len(act(sandbox, "examples")["made"]) == 3
    assert act(sandbox, "examples")["made"] == []


def test_a_reset_keeps_the_key(sandbox: Sandbox, activecampaign: httpx.Client) -> None:
    sandbox.reset()

    assert activecampaign.get("users/me").status_code == 200
