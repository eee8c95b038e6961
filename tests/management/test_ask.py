"""Questions from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hub import Hub, answering

PLENTY = pytest.mark.usefixtures("plenty")


def test_a_live_workflow_is_asked(ask: Any, hub: Hub) -> None:
    answering(hub)
    said = ask("ask", "Times", "--set", "time_zone=Europe/Berlin", "--json")
    assert (said.status, said.json["status"]) == (0, 200)
    assert said.json["answer"]["zone"] == "Europe/Berlin"
    plain = ask("ask", "Times")
    assert json.loads(plain.out)["calendar"] == "Certificate review"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["Times", "--set", "day"], 2, "is no FIELD=VALUE"),
        (["Times", "--set", "day=1"], 2, "choose one of"),
        (["Times", "--set", "calendar=Another"], 1, "one calendar only"),
        (["Follow up"], 2, "answers no questions"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(
    ask: Any, hub: Hub, words: list[str], status: int, says: str
) -> None:
    answering(hub)
    said = ask("ask", *words)
    assert said.status == status
    assert says in said.err


def test_a_draft_on_sandbox_connections_is_run_with_a_question_and_with_a_choice(
    ask: Any, hub: Hub, tmp_path: Path
) -> None:
    answering(hub, deploy=False)
    question = ask("run", "Times", "--json")
    assert (question.status, question.json["status"]) == (0, "succeeded")
    live = answering(hub, "Live")
    slot = ask("ask", live.name, "--json").json["answer"]["days"][-1]["slots"][0]
    file = tmp_path / "choice.json"
    file.write_text(json.dumps({"start": slot["start"], "name": "Ada Lovelace", "email": "ada@example.org"}))
    choice = ask("run", "Times", "--event", str(file), "--event-type", "slots.picked", "--json")
    assert (choice.status, choice.json["status"]) == (0, "succeeded"), choice.err
    (booked,) = hub.appointments()
    assert booked["startTime"] == slot["start"]
