"""`manage.py quota`: what is used and by whom, and what something would cost."""

from __future__ import annotations

from typing import Any

from integrations.models import Budget
from tests.hub import Hub


def test_what_is_used_is_told_by_window_lane_and_spender(ask: Any, hub: Hub) -> None:
    hub.issue()
    hub.run_all()
    (told,) = ask("quota", "GHL", "--json").json
    ten, day = told["windows"]
    assert (ten["seconds"], ten["limit"], day["limit"]) == (10, 100, 200_000)
    assert day["used"] == sum(day["lanes"].values()) == sum(row["calls"] for row in told["spenders"])
    assert told["spenders"][0]["label"] == "Follow up"
    text = ask("quota", "GHL").out
    assert text.startswith("GHL\n")
    assert f"{day['used']} of 200,000 calls in a day (" in text
    assert "in the last day: Follow up" in text


def test_without_a_name_all_that_were_called_are_told_of(ask: Any, hub: Hub) -> None:
    assert {row["connection"] for row in ask("quota", "--json").json} == {"GHL", "Accredible"}
    Budget.objects.all().delete()
    assert ask("quota").out == "Nothing was called yet.\n"


def test_what_events_would_cost_is_told_by_connection_with_the_looks(ask: Any, hub: Hub) -> None:
    told = ask("quota", "--workflow", "Follow up", "--events", "150", "--json").json
    assert [(row["connection"], row["calls"]) for row in told] == [
        ("GHL", 750),
        ("Accredible", 150),
        ("Accredible", 288),
    ]
    assert all(row["enough"] for row in told)
    only = ask("quota", "GHL", "--workflow", "Follow up", "--events", "150").out
    assert only.startswith(
        "150 events of “Follow up” (5 calls each, counted from its steps): about 750 calls"
    )
    assert only.count("\n") == 1


def test_what_so_many_calls_would_take(ask: Any, hub: Hub) -> None:
    (told,) = ask("quota", "GHL", "--calls", "5000", "--json").json
    assert (told["calls"], told["enough"]) == (5_000, True)


def test_the_count_can_be_begun_anew(ask: Any, hub: Hub) -> None:
    assert (
        ask("quota", "GHL", "--forget").out
        == "What GHL calls is counted anew, from the lowest limit known.\n"
    )
    assert not Budget.objects.filter(scope__startswith="ghl").exists()
    assert ask("quota", "GHL", "--forget").out == "What GHL calls had not been counted.\n"


def test_wrong_use_is_one_sentence(ask: Any, hub: Hub) -> None:
    for argv, sentence in {
        ("quota", "--forget"): "Name the connection that --forget is about.",
        ("quota", "--calls", "5"): "Name the connection that --calls is about.",
        ("quota", "Nobody"): "There is no connection “Nobody”; choose one of: Accredible, GHL.",
    }.items():
        said = ask(*argv)
        assert (said.status, said.err) == (2, sentence)
    assert ask("quota", "GHL", "--calls", "none").status == 2
