"""One operation from the command line: read, written, refused, shown without being sent."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.models import (
    ApiCall,
    AuditEntry,
    Connection,
    Effect,
    EffectState,
    Environment,
    Event,
    Run,
    RunMode,
    Workflow,
)
from integrations.services import clients
from tests.hub import Hub, calendar_of

START = "2030-11-25T10:00:00-06:00"


def requests(hub: Hub) -> int:
    return len(hub.sandbox.requests())


def test_a_read_just_runs_and_is_written_down(ask: Any, hub: Hub) -> None:
    said = ask("call", "GHL", "calendars.list", "--json")

    assert said.status == 0
    assert "Certificate review" in [row["name"] for row in said.json["value"]]
    assert [call["status"] for call in said.json["calls"]] == [200]
    assert (Run.objects.count(), Effect.objects.count()) == (0, 0)
    assert ApiCall.objects.latest("id").purpose == "by hand"


def test_over_a_read_only_connection_nothing_is_written(ask: Any, hub: Hub) -> None:
    Connection.objects.filter(pk=hub.ghl.pk).update(read_only=True)
    before = requests(hub)
    for more in ([], ["--dry-run"]):
        said = ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org", *more)
        assert said.status == 1
        assert "GHL is read-only, and “" in said.err
    assert requests(hub) == before
    assert not Run.objects.exists()


def test_a_write_is_a_run_of_its_own_entered_in_the_ledger(ask: Any, hub: Hub) -> None:
    said = ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org", "--set", "tags=vip, new")

    (contact,) = [row for row in hub.contacts() if row["email"] == "ada@example.org"]
    assert said.status == 0
    assert f"Record {contact['id']}." in said.out
    assert contact["tags"] == ["vip", "new"]
    run = Run.objects.get()
    assert (run.mode, run.state, run.event.type) == (RunMode.CALL, "succeeded", "contacts.upsert")
    effect = Effect.objects.get()
    assert (effect.state, effect.target, effect.record_id) == (
        EffectState.DONE,
        "contacts:ada@example.org",
        contact["id"],
    )
    assert AuditEntry.objects.get(action="operation.called").details == {
        "operation": "contacts.upsert",
        "run": run.pk,
    }


def test_what_calls_are_kept_under_is_no_workflow_of_anybody(ask: Any, hub: Hub) -> None:
    ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org")

    assert list(Workflow.objects.all()) == [hub.workflow]
    assert Workflow.everything.count() == 2
    assert "Calls by hand" not in ask("config_export").out


def test_two_calls_are_two_runs_under_one_workflow(ask: Any, hub: Hub) -> None:
    for name in ("Ada", "Augusta"):
        ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org", "--set", f"firstName={name}")

    assert Run.objects.values("workflow").distinct().count() == 1
    assert [row["firstName"] for row in hub.contacts() if row["email"] == "ada@example.org"] == ["Augusta"]


def test_a_dry_run_shows_the_request_and_sends_nothing(ask: Any, hub: Hub) -> None:
    before = requests(hub)

    said = ask(
        "call",
        "GHL",
        "contacts.update",
        "--set",
        "contactId=c1",
        "--set",
        "firstName=Ada",
        "--dry-run",
        "--json",
    )

    assert (said.json["method"], said.json["body"]) == ("PUT", {"firstName": "Ada"})
    assert said.json["url"] == "https://services.leadconnectorhq.com/contacts/c1"
    assert said.json["headers"]["Version"] == "2021-07-28"
    assert "Authorization" not in said.json["headers"]
    assert said.json["sent"] is False
    assert requests(hub) == before
    assert Run.objects.count() == 0


def test_a_dry_run_of_a_read_shows_its_address(ask: Any, hub: Hub) -> None:
    said = ask("call", "GHL", "contacts.duplicate", "--set", "email=a+b@example.org", "--dry-run")

    assert "GET https://services.leadconnectorhq.com/contacts/search/duplicate?" in said.out
    assert "email=a%2Bb%40example.org" in said.out
    assert said.out.endswith("Nothing was sent.\n")


def test_a_procedure_is_called_like_an_operation(ask: Any, hub: Hub) -> None:
    calendar = calendar_of(hub.ghl)

    said = ask(
        "call", "GHL", "find_slot", "--set", f"calendarId={calendar}", "--set", "day=2030-11-25", "--json"
    )

    assert said.status == 0, said.err
    assert said.json["value"]["startTime"].startswith("2030-11-25T")
    assert said.json["state"] == "succeeded"


def test_values_from_a_file_and_from_the_line_go_together(ask: Any, hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps({"name": "Yoga", "openHours": [{"daysOfTheWeek": [1], "hours": []}]}))

    said = ask(
        "call",
        "GHL",
        "calendars.create",
        "--json-body",
        str(file),
        "--set",
        "slug=yoga",
        "--dry-run",
        "--json",
    )

    assert said.json["body"]["slug"] == "yoga"
    assert said.json["body"]["openHours"] == [{"daysOfTheWeek": [1], "hours": []}]


def test_a_body_may_come_from_standard_input(ask: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"email": "ada@example.org"}'))

    said = ask("call", "GHL", "contacts.upsert", "--json-body", "-", "--dry-run", "--json")

    assert said.json["body"]["email"] == "ada@example.org"


REFUSED = [
    (["contacts.upsrt"], "There is no operation of GoHighLevel “contacts.upsrt”"),
    (
        ["contacts.upsert", "--set", "emial=a"],
        "There is no field of contacts.upsert “emial”; choose one of: email",
    ),
    (["contacts.update", "--set", "firstName=Ada"], "contacts.update needs `contactId`; give it."),
    (["contact_tasks.create"], "contact_tasks.create needs `contactId`, `title` and `dueDate`; give them."),
    (
        ["contacts.upsert", "--set", "locationId=x"],
        "`locationId` is filled in from the connection; leave it out.",
    ),
    (["contacts.upsert", "--set", "email=ada"], "`email` needs an e-mail address and got “ada”."),
    (["contacts.upsert", "--set", "email"], "“email” is no FIELD=VALUE"),
    (["contacts.upsert", "--set", "customFields=[{]"], "`customFields` is written as JSON, such as"),
    (["contacts.upsert", "--json-body", "/nowhere.json"], "/nowhere.json cannot be read"),
    (["calendars.groups.readonly"], "is a scope (what a token may do), not an endpoint"),
    (["/contacts/:contactId"], "may mean contacts.delete, contacts.get, contacts.update"),
    (["find_slot", "--set", "calender=x"], "There is no field of find_slot “calender”"),
    (
        ["contacts.upsert", "--set", "status=new"],
        "contacts.upsert has no field `status`: a contact has none.",
    ),
    (["contacts.upsert", "--set", "tagList=vip"], "What guides call `tagList` is `tags` in contacts.upsert."),
    (
        ["POST /calendars", "--set", "start_time=now"],
        "POST /calendars/ makes a calendar, a bookable schedule",
    ),
]


@pytest.mark.parametrize(("argv", "sentence"), REFUSED)
def test_bad_input_is_one_clear_sentence_and_nothing_is_sent(
    ask: Any, hub: Hub, argv: list[str], sentence: str
) -> None:
    before = requests(hub)

    said = ask("call", "GHL", *argv)

    assert said.status == 2
    assert sentence in said.err
    assert "\n" not in said.err
    assert requests(hub) == before


@pytest.mark.parametrize("body", ["[1, 2]", "3", "{"])
def test_a_file_that_holds_no_object_is_refused(ask: Any, hub: Hub, tmp_path: Path, body: str) -> None:
    (tmp_path / "body.json").write_text(body)

    said = ask("call", "GHL", "contacts.upsert", "--json-body", str(tmp_path / "body.json"))

    assert said.status == 2
    assert "body.json" in said.err


def test_what_the_app_refuses_is_status_one_with_its_words(ask: Any, hub: Hub) -> None:
    said = ask("call", "GHL", "contacts.get", "--set", "contactId=nobody", "--json")
    written = ask(
        "call", "GHL", "contacts.update", "--set", "contactId=nobody", "--set", "firstName=A", "--json"
    )

    assert said.status == written.status == 1
    assert said.json["error"]["kind"] == written.json["error"]["kind"] == "not_found"
    assert said.json["error"]["sentence"] in said.err


def test_what_reaches_people_is_asked_for_twice(ask: Any, hub: Hub) -> None:
    argv = [
        "call",
        "GHL",
        "messages.send",
        "--set",
        "type=SMS",
        "--set",
        "contactId=c",
        "--set",
        "message=Hi",
    ]
    before = requests(hub)

    said = ask(*argv)

    assert said.status == 2
    assert "sends something to somebody. Add --yes" in said.err
    assert requests(hub) == before
    assert ask(*argv, "--dry-run").status == 0


def test_a_write_to_a_real_account_is_asked_for_twice(
    ask: Any, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        clients, "http_client", lambda slug, environment: httpx.Client(transport=hub.sandbox.transport(slug))
    )
    Connection.objects.update(environment=Environment.PRODUCTION)
    argv = ["call", "GHL", "contacts.upsert", "--set", "email=ada@example.org"]

    refused = ask(*argv)

    assert refused.status == 2
    assert "GHL is a real account" in refused.err
    assert ask("call", "GHL", "calendars.list").status == 0
    assert ask(*argv, "--yes").status == 0


def test_a_scope_that_is_lacking_is_said_before_the_call(ask: Any, hub: Hub) -> None:
    Connection.objects.filter(name="GHL").update(scopes=["contacts.readonly"])
    before = requests(hub)

    said = ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org")

    assert said.status == 1
    assert "it lacks contacts.write" in said.err
    assert requests(hub) == before


def test_a_lost_answer_is_looked_up_and_never_repeated_blindly(ask: Any, hub: Hub) -> None:
    hub.sandbox.set_fault("ghl", "lost_answer", match="/contacts/upsert")

    said = ask("call", "GHL", "contacts.upsert", "--set", "email=ada@example.org", "--timeout", "1", "--json")

    assert said.status == 1
    assert said.json["state"] == "waiting"
    assert Effect.objects.get().state == EffectState.UNKNOWN
    assert len([row for row in hub.contacts() if row["email"] == "ada@example.org"]) == 1


def test_a_secret_that_was_given_is_let_go_of_once_the_call_is_over(ask: Any, hub: Hub) -> None:
    argv = ["--set", "firstName=Terry", "--set", "lastName=Coach", "--set", "email=terry2@example.org"]
    argv += ["--set", "password=Correct-horse-1", "--set", "type=account", "--set", "role=user"]

    said = ask("call", "GHL", "users.create", *argv, "--set", "locationIds=x", "--yes", "--json")
    assert (said.status, said.json["state"]) == (1, "failed")  # there is no such location
    assert Event.objects.get(type="users.create").payload["password"] == "[hidden]"
    assert "Correct-horse-1" not in said.out
    kept = json.dumps([list(ApiCall.objects.values()), list(Run.objects.values())], default=str)
    assert "Correct-horse-1" not in kept


# --- words of the guides --------------------------------------------------------------------------


def test_a_guides_line_names_its_operation(ask: Any, hub: Hub) -> None:
    said = ask("call", "GHL", "GET /calendars", "--json")

    assert said.json["operation"] == "calendars.list"


def test_a_guides_word_is_taken_when_one_says_so(ask: Any, hub: Hub) -> None:
    argv = ["--set", "email=a@b.org", "--set", "tagList=vip", "--convert", "--dry-run", "--json"]

    said = ask("call", "GHL", "contacts.upsert", *argv)

    assert said.json["body"]["tags"] == ["vip"]
    assert said.json["told"] == ["`tagList` is `tags` now."]


def test_the_guides_event_is_booked_as_an_appointment_for_each_attendee(ask: Any, hub: Hub) -> None:
    argv = ["call", "GHL", "POST /calendars", "--set", "title=First aid", "--set", f"start_time={START}"]
    argv += ["--set", 'attendees=["ada@example.org", "bob@example.org"]', "--set", "color=red"]
    argv += ["--set", "calendarName=First aid course"]

    refused = ask(*argv)
    planned = ask(*argv, "--convert", "--dry-run", "--json")
    said = ask(*argv, "--convert", "--json")

    assert refused.status == 2
    assert refused.err.endswith("Add --convert to take it so.")
    assert [write["operation"] for write in planned.json["writes"]] == [
        "contacts.upsert",
        "contacts.upsert",
        "appointments.create",
        "appointments.create",
    ]
    assert said.status == 0, said.err
    assert said.json["told"][0].startswith("`color` was left out")
    booked = hub.appointments()
    emails = {row["id"]: row["email"] for row in hub.contacts()}
    assert sorted(emails[row["contactId"]] for row in booked) == ["ada@example.org", "bob@example.org"]
    assert {row["title"] for row in booked} == {"First aid"}


# --- the account's own fields ---------------------------------------------------------------------


def test_one_of_the_accounts_own_fields_is_given_by_its_name(ask: Any, hub: Hub) -> None:
    argv = ["--set", "name=Shoe size", "--set", "dataType=NUMERICAL", "--set", "model=contact", "--json"]
    made = ask("call", "GHL", "custom_fields.create", *argv)
    field = made.json["record_id"]

    argv = ["--set", "email=a@b.org", "--set", "customFields.shoe SIZE=42", "--dry-run", "--json"]
    said = ask("call", "GHL", "contacts.upsert", *argv)

    assert made.status == 0, made.err
    assert said.json["body"]["customFields"] == [{"id": field, "field_value": 42}]
    wrong = ask("call", "GHL", "contacts.upsert", "--set", "customFields.Hat size=9")
    assert wrong.status == 2
    assert f"customFields.{field} (Shoe size)" in wrong.err
