"""Webhooks from the command line: given by hand, counted, and made to fail in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.models import Event, Notice, Tally
from tests.management.conftest import ask
from tests.services.conftest import plenty
from tests.services.telling import COPY, Pair, listening, pair, payload

__all__ = ["plenty"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def given(tmp_path: Path, body: Any) -> str:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(body))
    return str(file)


def test_a_webhook_is_given_as_if_it_had_been_delivered(two: Pair, tmp_path: Path) -> None:
    listening(two, "contacts.changed", COPY)
    contact = two.create("Rosa")
    file = given(tmp_path, payload(two.source, "ContactCreate", id=contact))
    first, again = (ask("emit", "Source", "ContactCreate", file, "--json") for _ in range(2))
    assert first.status == again.status == 0
    assert first.json["state"] == "heard"
    assert (len(first.json["events"]), len(first.json["runs"])) == (1, 1)
    assert again.json == first.json
    assert Event.objects.get().source == "manual"


def test_it_says_in_words_what_became_of_it(two: Pair, tmp_path: Path) -> None:
    file = given(tmp_path, payload(two.source, "ContactDelete"))
    said = ask("emit", "Source", "ContactDelete", file)
    assert "No live workflow listens to it." in said.out
    assert "It brought no event." in said.out
    assert "nothing was done" in ask("emit", "Source", "ContactDelete", file).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Source", "ContactVanished"), "no event of GoHighLevel “ContactVanished”"),
        (("Nowhere", "ContactCreate"), "Nowhere"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(
    two: Pair, tmp_path: Path, arguments: tuple[str, str], says: str
) -> None:
    said = ask("emit", *arguments, given(tmp_path, {"id": "1"}))
    assert said.status == 2
    assert says in said.err
    assert said.err.count("\n") == 0


def test_what_came_is_counted_by_account_and_type(two: Pair) -> None:
    listening(two, "contacts.changed")
    contact = two.create("Rosa")
    two.change(contact, firstName="Rosie")
    two.hear()
    rows = {row["type"]: row for row in ask("notices", "--json").json}
    assert rows["ContactCreate"]["received"] == 1
    assert rows["ContactCreate"]["connections"] == ["Source"]
    assert rows["ContactCreate"]["account"] == two.source.account
    assert "ContactUpdate" in ask("notices", "Source").out
    assert ask("notices", "Target").out.startswith("Nothing came")


def test_only_the_days_asked_for_are_counted(two: Pair) -> None:
    two.create("Rosa")
    two.hear()
    Tally.objects.update(hour="2026-01-01T00:00:00Z")
    assert ask("notices", "--json").json == []
    assert ask("notices", "--days", "0").status == 2


def test_webhooks_of_the_sandbox_are_lost_on_demand(two: Pair) -> None:
    fault = ask("sandbox", "fault", "webhook_dropped", "--app", "ghl", "--count", "50", "--percent", "20")
    assert "20 of a hundred" in fault.out
    assert ask("sandbox", "fault", "webhook_dropped", "--app", "ghl", "--percent", "200").status == 2
    for n in range(30):
        two.create(f"Person{n}")
    two.deliver()
    assert 15 <= Notice.objects.count() < 30


def test_work_looks_into_what_came_and_makes_its_runs(two: Pair) -> None:
    listening(two, "contacts.changed", COPY)
    two.create("Rosa", lastName="Diaz")
    done = ask("work", "--once", "--json").json
    assert done["finished"] == 1
    assert two.contacts(two.target)[0]["lastName"] == "Diaz"
    assert not Notice.objects.filter(state="new").exists()
