"""Renewing a key from the command line, and being told in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Credential, Team
from tests import madeup


@pytest.fixture
def site(db: None, monkeypatch: pytest.MonkeyPatch) -> madeup.Site:
    site = madeup.settle(monkeypatch)
    madeup.add(Team.objects.create(name="Acme"))
    return site


def test_it_asks_first(ask: Any, site: madeup.Site) -> None:
    said = ask("renew_key", "Site")
    assert said.status == 2
    assert "give --yes to go on" in said.err
    assert site.asked == []


def test_it_renews_and_says_so(ask: Any, site: madeup.Site) -> None:
    said = ask("renew_key", "Site", "--yes", "--json")
    assert said.status == 0
    assert said.json == {
        "connection": "Site",
        "ok": True,
        "sentence": "The key is renewed. Connected as Ada.",
    }
    assert Credential.objects.get().value == "second-key"


def test_without_a_key_in_the_answer_it_did_not_hold(ask: Any, site: madeup.Site) -> None:
    site.renewed = {}
    said = ask("renew_key", "Site", "--yes")
    assert said.status == 1
    assert "The old key is kept" in said.err


@pytest.mark.parametrize(("days", "reminded"), [(100, False), (160, True)])
def test_verifying_reminds_of_a_key_that_ends(ask: Any, site: madeup.Site, days: int, reminded: bool) -> None:
    Credential.objects.update(entered_at=timezone.now() - timedelta(days=days))
    assert ("ends in 20 days" in ask("verify", "Site").out) is reminded
    assert bool(ask("verify", "Site", "--json").json["reminder"]) is reminded
