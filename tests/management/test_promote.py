"""`manage.py promote`: what the screen does, by names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.models import Run, Workflow
from integrations.services import cycles, picklists, sweeps
from integrations.services.drain import drain_once
from tests.hub import Hub, calendar_of, make_hub
from tests.proving import proved
from tests.real import World, world

TO = ("--to", "crm=Real GHL", "--to", "certificates=Real Accredible")


@pytest.fixture
def real(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(tmp_path, monkeypatch)
    made.connect(hub.team, "ghl", "Real GHL")
    made.connect(hub.team, "accredible", "Real Accredible")
    return made


def test_it_prints_what_was_found_there_and_goes_live(ask: Any, hub: Hub, real: World) -> None:
    said = ask("promote", "Follow up", *TO)

    assert said.status == 0, said.err
    assert "Certificate review  Certificate review  Calendar to book in" in said.out
    assert (
        "“Follow up (production)” is live as version 1. Its first look only notes what is there." in said.out
    )
    assert "Promoted from “Follow up”, version 1." in ask("versions", "Follow up (production)").out
    again = ask("promote", "Follow up")
    assert "Nothing has changed: “Follow up (production)” stays live as version 1." in again.out


def test_a_dry_run_only_says_so(ask: Any, hub: Hub, real: World) -> None:
    said = ask("promote", "Follow up", *TO, "--dry-run", "--json")

    assert (said.status, said.json["promoted"], said.json["open"]) == (0, False, [])
    (row,) = said.json["references"]
    assert (row["list"], row["was"], row["is"]) == ("Calendars", "Certificate review", "Certificate review")
    assert row["is_id"] != row["was_id"]
    assert Workflow.objects.count() == 1


def test_what_is_left_to_choose_is_listed_and_it_did_not_hold(ask: Any, hub: Hub, real: World) -> None:
    real.without_calendar("Certificate review")

    said = ask("promote", "Follow up", *TO)

    assert said.status == 1
    assert "Certificate review  to be chosen: --pick" in said.out
    assert said.err.startswith("Calendars: nothing is called “Certificate review” in Real GHL")
    assert Workflow.objects.count() == 1

    done = ask("promote", "Follow up", *TO, "--pick", "Certificate review=Advice call", "--json")

    assert done.json["references"][0]["is_id"] == calendar_of(
        hub.team.connections.get(name="Real GHL"), "Advice call"
    )
    assert done.json["version"] == 1


def test_the_first_records_run_and_all_the_others_once_it_is_said(ask: Any, hub: Hub, real: World) -> None:
    said = ask("promote", "Follow up", *TO, "--first", "1", "--name", "For real", "--json")
    assert (said.json["first"], said.json["workflow"]) == (1, "For real")
    there = Workflow.objects.select_related("live").get(name="For real")
    sweeps.sweep(there)
    for name in ("one", "two", "three"):
        real.issue(recipient_email=f"{name}@example.org")
    sweeps.sweep(there)
    drain_once(for_s=20)
    assert Run.objects.filter(workflow=there, state="held").count() == 2

    done = ask("resume", "For real", "--all-records")

    assert done.out == "“For real” takes all records; 2 runs waited for that.\n"
    assert not Run.objects.filter(workflow=there, state="held").exists()
    assert ask("resume", "For real", "--all-records").status == 2


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("Follow up",), "Say which real connection to Accredible is “certificates” there."),
        (
            ("Follow up", "--to", "crm=Real GHL"),
            "Say which real connection to Accredible is “certificates” there.",
        ),
        (("Follow up", "--to", "crm"), "“crm” is no FIELD=VALUE."),
        (("Follow up", "--to", "crn=Real GHL"), "There is no role “crn”"),
        (("Follow up", "--to", "crm=Nobody"), "There is no connection “Nobody”"),
        (("Follow up", *TO, "--to", "crm=GHL"), "GHL is a sandbox; promoting leads to real accounts."),
        (("Follow up", *TO, "--first", "0"), "a whole number from 1 is needed"),
        (("Follow up", *TO, "--pick", "Nothing=Advice call"), "There is no thing that it names “Nothing”"),
        (("Nix",), "There is no workflow “Nix”"),
    ],
)
def test_wrong_usage_is_a_sentence(ask: Any, hub: Hub, real: World, argv: tuple[str, ...], says: str) -> None:
    said = ask("promote", *argv)

    assert said.status == 2
    assert says in said.err


def test_a_draft_that_would_go_round_is_refused_until_a_field_has_an_owner(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_hub(deploy=False)
    proved(made.workflow)
    monkeypatch.setattr(
        cycles, "problems", lambda row, spec: [] if row.owners else ["What it writes comes back to it."]
    )
    assert ask("deploy", "Follow up").err == "What it writes comes back to it."

    assert ask("reconcile", "Follow up", "--owner", "contact.*=left").status == 0

    assert ask("deploy", "Follow up").status == 0


def test_what_is_gone_at_the_account_keeps_a_draft_from_going_live(ask: Any) -> None:
    made = make_hub(deploy=False)
    proved(made.workflow)
    made.sandbox.act("ghl", "delete_calendar", {"calendar": calendar_of(made.ghl)})
    picklists.forget(made.ghl, "calendars")  # as a minute later

    said = ask("deploy", "Follow up", "--json")

    assert said.status == 1
    (problem,) = said.json["problems"]
    assert problem.startswith("Calendar to book in: “Certificate review” is not among the calendars of GHL")
