"""Versions from the command line."""

from __future__ import annotations

from typing import Any

from tests.hub import Hub
from tests.proving import proved


def changed(hub: Hub, source: str = "'Course'") -> None:
    hub.workflow.mappings.filter(step="contact", target="source").update(source=source, default=None)
    proved(hub.workflow)


def test_a_deploy_that_changes_nothing_says_so(ask: Any, hub: Hub) -> None:
    said = ask("deploy", "Follow up")

    assert (said.status, said.out) == (0, "Nothing has changed: “Follow up” stays live as version 1.\n")
    assert ask("deploy", "Follow up", "--json").json["unchanged"] is True


def test_the_history_is_listed_with_its_reasons(ask: Any, hub: Hub) -> None:
    changed(hub)
    ask("deploy", "Follow up", "--why", "A better source.")

    said = ask("versions", "Follow up")
    newest, first = ask("versions", "Follow up", "--json").json

    assert "A better source." in said.out
    assert "The first one." in said.out
    assert (newest["version"], newest["live"], newest["why"]) == (2, True, "A better source.")
    assert newest["changes"][0]["says"].endswith("→ `'Course'`.")
    assert (first["version"], first["changes"]) == (1, None)


def test_any_two_are_compared(ask: Any, hub: Hub) -> None:
    changed(hub)

    assert "→ `'Course'`." in ask("versions", "Follow up", "--diff", "live", "draft").out
    assert ask("versions", "Follow up", "--diff", "1", "live").out == "“1” and “live” say the same.\n"
    assert ask("versions", "Follow up", "--diff", "1", "9").status == 2


def test_a_rollback_is_one_command(ask: Any, hub: Hub) -> None:
    assert ask("rollback", "Follow up").status == 2
    changed(hub)
    ask("deploy", "Follow up")

    done = ask("rollback", "Follow up", "--json").json

    assert done == {"workflow": "Follow up", "version": 3, "says": 1, "draft_replaced": False}
    assert ask("rollback", "Follow up", "--to", "2").out.startswith("“Follow up” is live as version 4")
