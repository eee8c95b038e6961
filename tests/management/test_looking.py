"""Commands that show what there is."""

from __future__ import annotations

from typing import Any

from integrations import catalog
from integrations.models import Credential, Run
from tests.hub import RECIPE, Hub


def test_the_catalog_is_the_same_as_text_and_as_json(ask: Any) -> None:
    entries = ask("catalog", "--json").json

    assert entries == catalog.entries()
    lines = ask("catalog").out.splitlines()
    assert sorted(line.split()[0] for line in lines if line.startswith("  ")) == sorted(
        entry["key"] for entry in entries
    )


def test_the_catalog_of_one_app_has_that_app_only(ask: Any) -> None:
    entries = ask("catalog", "--connector", "accredible", "--json").json

    assert {entry["connector"] for entry in entries} == {"accredible"}
    assert {entry["kind"] for entry in entries} == {"action", "trigger"}


def test_recipes_say_what_they_need(ask: Any) -> None:
    recipe = next(entry for entry in ask("recipes", "--json").json if entry["key"] == RECIPE)

    assert recipe["apps"] == ["accredible", "ghl"]
    assert recipe["capability"] == "polled"
    assert "calendars/events.write" in recipe["scopes"]["ghl"]
    assert RECIPE in ask("recipes").out


def test_without_runs_the_list_says_so(ask: Any) -> None:
    assert ask("runs").out == "No runs.\n"
    assert ask("runs", "--json").json == []


def test_runs_are_listed_newest_first_and_shown_whole(ask: Any, hub: Hub) -> None:
    for name in ("ada@example.org", "grace@example.org"):
        hub.issue(recipient_email=name)
        runs = hub.run_all()  # one after the other: together they would wait for each other's reminder
    first, second = runs

    listed = ask("runs", "--json").json
    assert [run["id"] for run in listed] == [second.pk, first.pk]
    assert listed[0]["status"] == "succeeded"
    assert {effect["operation"] for effect in listed[0]["effects"]} >= {
        "contacts.upsert",
        "appointments.create",
    }
    assert len(ask("runs", "--limit", "1", "--json").json) == 1
    assert ask("runs", "--state", "failed", "--json").json == []
    assert len(ask("runs", "--workflow", "Follow up").out.splitlines()) == 3

    whole = ask("runs", str(first.pk))
    assert "Find or make the contact: done" in whole.out
    assert "ada@example.org" in whole.out
    assert "Every recomputed value is the one that was sent." in whole.out
    assert ask("runs", str(first.pk), "--json").json["id"] == first.pk


def test_verify_says_what_the_app_answered(ask: Any, hub: Hub) -> None:
    assert "Connected to Harbour Academy" in ask("verify", "GHL").out
    assert ask("verify", "Accredible", "--json").json["ok"] is True


def test_a_connection_that_does_not_work_is_status_one(ask: Any, hub: Hub) -> None:
    Credential.objects.filter(connection=hub.accredible).update(value="0" * 32)

    said = ask("verify", "Accredible", "--json")

    assert said.status == 1
    assert said.json["ok"] is False
    assert said.json["sentence"] == said.err


def test_the_sandbox_can_be_looked_at_broken_and_put_back(ask: Any, hub: Hub) -> None:
    secret = hub.sandbox.apps()["accredible"].credentials()["api_key"]
    assert "Esther Vance" in ask("sandbox", "dump").out
    assert secret not in ask("sandbox", "dump", "--json").out

    fault = ask("sandbox", "fault", "throttle", "--app", "ghl", "--match", "/contacts", "--count", "2")
    assert fault.out == "ghl: refuses with 429 (throttle), 2 times, where “/contacts” is in the request\n"
    assert ask("sandbox", "--json", "fault").json[0]["remaining"] == 2
    assert ask("sandbox", "clear").out == "All faults are off.\n"
    assert ask("sandbox", "fault").out == "No fault is on.\n"

    assert "issue_certificate" in ask("sandbox", "act", "accredible").out
    assert "create_contact" in ask("sandbox", "act", "ghl").out
    assert "burst_limit" in ask("sandbox", "set", "ghl").out
    turned = ask("sandbox", "set", "ghl", "burst_limit=25", "whole_task_webhooks=yes", "--json").json
    assert (turned["burst_limit"], turned["whole_task_webhooks"]) == (25, True)
    given = ("--set", "recipient_name=Ada Lovelace", "--set", "recipient_email=ada@example.org")
    made = ask(
        "sandbox", "act", "accredible", "issue_certificate", *given, "--set", "approve=no", "--json"
    ).json
    assert made["approve"] is False
    assert "Ada Lovelace" in ask("sandbox", "dump").out
    ask("sandbox", "reset")
    assert "Ada Lovelace" not in ask("sandbox", "dump").out
    assert ask("sandbox", "set", "ghl", "--json").json["burst_limit"] == 100


def test_looking_changes_nothing(ask: Any, hub: Hub) -> None:
    hub.issue()
    hub.run_all()
    before = list(Run.objects.values_list("pk", "state", "starts"))

    for command in (["runs"], ["recipes"], ["catalog"], ["config_export"], ["sandbox", "dump"]):
        assert ask(*command).status == 0

    assert list(Run.objects.values_list("pk", "state", "starts")) == before


def test_a_sandbox_that_is_switched_off_stays_off(ask: Any, settings: Any) -> None:
    settings.HUB_SANDBOX_ENABLED = False

    assert ask("sandbox", "dump").err == "The sandbox is switched off; set HUB_SANDBOX_ENABLED to yes."
