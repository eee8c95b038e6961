"""manage.py alerts: what is wrong, and whom the hub tells, without a screen."""

from __future__ import annotations

from typing import Any

from integrations.engine.errors import CredentialRefused
from integrations.services import alerts, standing
from tests.hub import Hub


def test_it_looks_lists_and_says_so_by_its_status(hub: Hub, ask: Any) -> None:
    assert ask("alerts", "--look", "--check").out == "Nothing is wrong.\n"
    standing.trouble(hub.ghl, CredentialRefused("The key was refused."))

    said = ask("alerts", "--look", "--check", "--json")

    assert said.status == 1
    assert [(row["kind"], row["level"], row["count"]) for row in said.json] == [("connection", "warning", 1)]
    assert ask("alerts").status == 0


def test_whom_it_tells_is_set_and_tried(hub: Hub, ask: Any) -> None:
    said = ask("alerts", "--set", "--mails", "a@example.com,b@example.com", "--again", "6")

    assert said.status == 0, said.err
    own = alerts.settings_of(hub.team)
    assert (own.mails, own.again_h, own.by_mail) == (["a@example.com", "b@example.com"], 6, True)
    assert ask("alerts", "--set", "--mails", "none").out.startswith("No e-mails are sent")
    own.refresh_from_db()
    assert (own.mails, own.by_mail) == (["a@example.com", "b@example.com"], False)
    assert ask("alerts", "--test").status == 0


def test_what_is_wrong_use_is_said(hub: Hub, ask: Any) -> None:
    assert ask("alerts", "--team", "Acne").status == 2
    assert ask("alerts", "--set", "--mails", "nobody").err == "mails: “nobody” is no e-mail address."
    assert ask("alerts", "--set", "--over", "GHL").status == 2
