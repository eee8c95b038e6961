"""The rate-limit headers of GoHighLevel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.connectors.ghl import CONNECTOR
from integrations.connectors.ghl.quota import DAILY_RESET
from integrations.engine.quota import Lane, Made, State, reserve, settle, usage
from integrations.engine.spec import Account, Reading

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LIVE = {
    "x-ratelimit-limit-daily": "200000",
    "x-ratelimit-daily-remaining": "199998",
    "x-ratelimit-interval-milliseconds": "10000",
    "x-ratelimit-max": "100",
    "x-ratelimit-remaining": "97",
    "x-ratelimit-daily-reset": "49013000",
}


@pytest.mark.parametrize(
    ("headers", "readings"),
    [
        ({}, []),
        (
            LIVE,
            [
                Reading(window_s=10, limit=100, remaining=97),
                Reading(window_s=86_400, limit=200_000, remaining=199_998, resets_in_s=49_013),
            ],
        ),
        ({"x-ratelimit-max": "25"}, [Reading(window_s=10, limit=25)]),
    ],
)
def test_the_rate_headers_are_read(headers: dict[str, str], readings: list[Reading]) -> None:
    assert CONNECTOR.quota.read(headers, {}) == readings


@pytest.mark.parametrize(
    ("unit", "header", "resets_in_s"),
    [
        ("milliseconds", "49013000", 49_013),
        ("", "49013000", 49_013),
        ("seconds", "49013", 49_013),
        ("seconds", "49013000", 86_400),  # never longer than a day
        ("unknown", "49013000", None),
    ],
)
def test_the_unit_of_the_daily_reset_is_what_the_operator_says(
    unit: str, header: str, resets_in_s: float | None
) -> None:
    headers = {**LIVE, "x-ratelimit-daily-reset": header}
    _, day = CONNECTOR.quota.read(headers, {"daily_reset_unit": unit})
    assert day.resets_in_s == resets_in_s


def test_it_is_said_where_the_unit_is_chosen_that_nobody_documented_it() -> None:
    assert DAILY_RESET in CONNECTOR.settings
    assert "not document" in DAILY_RESET.help


def test_the_lower_limits_of_sandbox_accounts_are_learned_from_the_headers() -> None:
    told: dict[str, Any] = {"x-ratelimit-max": "25", "x-ratelimit-limit-daily": "10000"}
    limits = CONNECTOR.quota.limits
    given = reserve(State(), limits, NOW, 1, Lane.REQUEST)
    made = Made(
        ticket=given.tickets[0],
        begun_at=NOW,
        answered_at=NOW,
        readings=CONNECTOR.quota.read(told, {}),
    )
    assert [row.count for row in usage(settle(given.state, limits, [made], NOW), limits, NOW)] == [25, 10_000]


def test_two_locations_have_separate_budgets_and_so_have_two_apps() -> None:
    def scope(location: str, **secrets: str) -> str:
        account = Account(
            connector="ghl",
            environment="sandbox",
            name="GHL",
            base_url="",
            settings={"location_id": location},
            secrets=secrets,
        )
        return CONNECTOR.quota.scope(account)

    scopes = [scope("a"), scope("b"), scope("a", client_id="one"), scope("a", client_id="two")]
    assert len(set(scopes)) == 4
