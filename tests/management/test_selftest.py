"""manage.py selftest: do webhooks still come in?"""

from __future__ import annotations

from typing import Any

import pytest

from integrations.services.clients import Said
from tests.bridges import bridge
from tests.hub import Hub
from tests.services.test_selftests import listens, network


def test_it_tries_what_is_listened_to_and_says_so_by_its_status(
    hub: Hub, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(monkeypatch)
    assert ask("selftest").out == "No live workflow listens to webhooks.\n"
    listens(bridge(hub.team))

    well = ask("selftest", "--json")
    network(monkeypatch, lambda path, headers, body: Said(502))
    badly = ask("selftest", "Shop")

    assert (well.status, [(row["connection"], row["ok"]) for row in well.json]) == (0, [("Shop", True)])
    assert badly.status == 1
    assert badly.out.startswith("Shop: ") and "in trouble" in badly.out
    assert badly.err == "1 of 1 did not come in."


def test_what_sends_nothing_or_is_not_there_is_wrong_use(hub: Hub, ask: Any) -> None:
    assert ask("selftest", "Accredible").status == 2
    assert "sends no webhooks" in ask("selftest", "Accredible").err
    assert ask("selftest", "Shoq").status == 2
