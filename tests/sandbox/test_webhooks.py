"""What the simulated GHL sends the hub: signed, only where the app is installed, and again when it failed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.connectors.ghl.webhooks import read, verify
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.spec import Incoming
from integrations.sandbox import Sandbox
from integrations.sandbox.outbox import RETRIES
from tests.sandbox.conftest import Ghl


class Hub:
    """Whoever the deliveries come to; it answers with these statuses, the last of them for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses) or [200]
        self.came: list[tuple[str, Mapping[str, str], bytes]] = []

    def __call__(self, app: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        self.came.append((app, headers, body))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.came]


@pytest.fixture
def installed(ghl: Ghl) -> Ghl:
    """The app is in the first location, and nobody has heard of that."""
    ghl.sandbox.act("ghl", "install_app", {"location": ghl.location})
    ghl.sandbox.deliver(Hub())
    ghl.sandbox.set_setting("ghl", "burst_limit", 100_000)
    return ghl


def later(**more: float) -> datetime:
    return datetime.now(UTC) + timedelta(**more)


def states(ghl: Ghl, event: str = "ContactCreate") -> list[str]:
    return [row["state"] for row in ghl.sandbox.dump()["ghl"]["outbox"] if row["event"] == event]


def test_a_change_is_told_with_its_envelope_and_a_good_signature(installed: Ghl) -> None:
    hub = Hub()
    contact = installed.contact(email="ada@example.com")
    assert installed.sandbox.has_deliveries()
    installed.sandbox.deliver(hub)
    ((app, headers, body),) = hub.came
    (notice,) = read(json.loads(body), {})
    assert app == "ghl"
    assert (notice.type, notice.account, notice.record) == (
        "ContactCreate",
        installed.location,
        contact["id"],
    )
    assert notice.id
    assert notice.app == installed.known["client_id"].partition("-")[0]
    assert notice.at is not None
    assert abs(notice.at - datetime.now(UTC)) < timedelta(seconds=30)
    verify(incoming(headers, body), installed.sandbox.hook_keys("ghl"))
    assert not installed.sandbox.has_deliveries(later(days=1))


def incoming(headers: Mapping[str, str], body: bytes) -> Incoming:
    low = {name.lower(): value for name, value in headers.items()}
    return Incoming(headers=low, query={}, body=body, received_at=datetime.now(UTC))


def test_another_sandbox_signs_with_another_key(installed: Ghl, tmp_path: Path) -> None:
    hub = Hub()
    installed.contact()
    installed.sandbox.deliver(hub)
    ((_, headers, body),) = hub.came
    with pytest.raises(BadSignature):
        verify(incoming(headers, body), Sandbox(tmp_path / "another.sqlite3").hook_keys("ghl"))


def test_where_the_app_is_not_installed_nothing_is_told(ghl: Ghl) -> None:
    ghl.contact()
    assert not ghl.sandbox.has_deliveries(later(days=1))


def test_a_change_that_was_undone_is_not_told(installed: Ghl) -> None:
    installed.client.post("/contacts/", json={"locationId": installed.location, "nonsense": 1})
    assert not installed.sandbox.has_deliveries(later(days=1))


def test_the_key_to_sign_with_is_shown_nowhere(installed: Ghl) -> None:
    assert "webhook_key" not in json.dumps(installed.sandbox.dump())
    assert "webhook_key" not in installed.known


# --- again ----------------------------------------------------------------------------------------


def test_what_is_not_taken_is_sent_again_after_growing_gaps_and_given_up_in_the_end(installed: Ghl) -> None:
    installed.contact()
    hub, now, gaps = Hub(500), datetime.now(UTC), []
    for _ in range(RETRIES + 1):
        assert installed.sandbox.deliver(hub, now) == 1
        due = [row["due_at"] for row in installed.sandbox.dump()["ghl"]["outbox"] if row["due_at"]]
        if due:
            gaps.append(datetime.fromisoformat(due[0]) - now)
            now = datetime.fromisoformat(due[0])
    assert installed.sandbox.deliver(hub, now + timedelta(days=30)) == 0
    assert len(hub.came) == RETRIES + 1
    assert len({body for _, _, body in hub.came}) == 1  # what was sent at first
    assert all(later > 1.2 * gap for gap, later in zip(gaps, gaps[2:], strict=False))
    assert states(installed) == ["given up"]


@pytest.mark.parametrize("status", [0, 302, 401, 429, 500, 503])
def test_only_a_2xx_is_an_answer(installed: Ghl, status: int) -> None:
    hub = Hub(status, 200)
    installed.contact()
    installed.sandbox.deliver(hub)
    assert states(installed) == ["waiting"]
    installed.sandbox.deliver(hub, later(hours=1))
    assert states(installed) == ["delivered"]
    assert hub.told[0] == hub.told[1]


def test_two_who_deliver_at_once_do_not_send_the_same_thing(installed: Ghl) -> None:
    inner, outer = Hub(), Hub()

    def meanwhile(*given: Any) -> int:
        installed.sandbox.deliver(inner)
        return outer(*given)

    installed.contact()
    installed.sandbox.deliver(meanwhile)
    assert (len(outer.came), len(inner.came)) == (1, 0)


def test_old_deliveries_are_forgotten(installed: Ghl) -> None:
    for n in range(450):
        installed.contact(email=f"person{n}@example.com")
        installed.sandbox.deliver(Hub())
    assert len(installed.sandbox.dump()["ghl"]["outbox"]) <= 400


# --- troubles -------------------------------------------------------------------------------------


def test_some_are_never_sent(installed: Ghl) -> None:
    installed.sandbox.set_fault("ghl", "webhook_dropped", count=2, match="ContactCreate")
    for n in range(3):
        installed.contact(email=f"person{n}@example.com")
    hub = Hub()
    installed.sandbox.deliver(hub, later(days=30))
    assert len(hub.came) == 1
    assert states(installed) == ["dropped", "dropped", "delivered"]


def test_some_are_sent_twice(installed: Ghl) -> None:
    hub = Hub()
    installed.sandbox.set_fault("ghl", "webhook_doubled")
    installed.contact()
    installed.sandbox.deliver(hub)
    assert len(hub.came) == 2
    assert hub.told[0]["webhookId"] == hub.told[1]["webhookId"]


def test_some_come_late_and_in_another_order(installed: Ghl) -> None:
    installed.sandbox.set_setting("ghl", "chance_seed", 1)
    installed.sandbox.set_fault("ghl", "webhook_shuffled", count=100, seconds=600)
    made = [installed.contact(email=f"person{n}@example.com")["id"] for n in range(12)]
    installed.sandbox.set_fault("ghl", "webhook_late", count=1, seconds=3600)
    made.append(installed.contact(email="late@example.com")["id"])
    hub = Hub()
    installed.sandbox.deliver(hub, later(minutes=11))
    came = [told["id"] for told in hub.told]
    assert sorted(came) == sorted(made[:-1])
    assert came != made[:-1]
    installed.sandbox.deliver(hub, later(minutes=72))
    assert hub.told[-1]["id"] == made[-1]


@pytest.mark.parametrize("percent", [20, 80])
def test_of_a_hundred_about_so_many_are_hit_and_the_same_ones_again(
    installed: Ghl, tmp_path: Path, percent: int
) -> None:
    def dropped() -> list[bool]:
        installed.sandbox.reset()
        installed.sandbox.set_setting("ghl", "burst_limit", 100_000)
        installed.sandbox.set_setting("ghl", "chance_seed", 5)
        installed.sandbox.set_fault("ghl", "webhook_dropped", count=1000, percent=percent)
        for n in range(120):
            installed.contact(email=f"person{n}@example.com")
        return [state == "dropped" for state in states(installed)]

    first = dropped()
    assert abs(sum(first) / len(first) - percent / 100) < 0.12
    assert dropped() == first


@pytest.mark.parametrize("percent", [0, 101, -3])
def test_a_share_that_is_none_is_refused(ghl: Ghl, percent: int) -> None:
    with pytest.raises(WrongUse, match="from 1 to 100 percent"):
        ghl.sandbox.set_fault("ghl", "slow", percent=percent)


def test_a_trouble_of_requests_may_hit_some_of_them(ghl: Ghl) -> None:
    ghl.sandbox.set_setting("ghl", "chance_seed", 3)
    ghl.sandbox.set_fault("ghl", "server_error", match="GET /contacts", count=1000, percent=50)
    id = ghl.contact()["id"]
    statuses = [ghl.client.get(f"/contacts/{id}").status_code for _ in range(40)]
    assert 8 < statuses.count(500) < 32


def test_a_sandbox_of_an_older_hub_learns_of_shares(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    Sandbox(path).store.close()
    with sqlite3.connect(path) as old:
        old.execute("ALTER TABLE faults DROP COLUMN percent")
    old.close()
    sandbox = Sandbox(path)
    sandbox.set_fault("ghl", "slow", percent=50)
    assert sandbox.faults()[0]["percent"] == 50
