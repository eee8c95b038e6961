"""Registrations are looked at on a schedule, at the simulated apps: mended where lost, else told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import Alert, AlertKind, AuditEntry, Connection, ConnectionState, Team, Workflow
from integrations.services import alerts, doors, hook_checks, registering, stops
from integrations.services.clients import sandbox
from tests.services.test_selftests import bound, listens

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


class Credly:
    """It has one address for each organization."""

    slug = "credly"

    def known(self) -> list[str]:
        with sandbox().apps()["credly"].store.transaction("credly") as tx:  # type: ignore[union-attr]
            return [row["webhook_url"] for _, row in tx.rows("organizations") if row.get("webhook_url")]

    def lose(self) -> None:
        self.point_at(None)

    def point_at(self, url: str | None) -> None:
        with sandbox().apps()["credly"].store.transaction("credly") as tx:  # type: ignore[union-attr]
            for key, row in tx.rows("organizations"):
                tx.put("organizations", key, {**row, "webhook_url": url})


class ActiveCampaign:
    """It lists its webhooks."""

    slug = "activecampaign"

    def known(self) -> list[str]:
        with sandbox().apps()[self.slug].store.transaction(self.slug) as tx:  # type: ignore[union-attr]
            return [row["url"] for _, row in tx.rows("webhooks")]

    def lose(self) -> None:
        with sandbox().apps()[self.slug].store.transaction(self.slug) as tx:  # type: ignore[union-attr]
            for key, _ in list(tx.rows("webhooks")):
                tx.delete("webhooks", key)


APPS: list[Any] = [Credly(), ActiveCampaign()]
IDS = [app.slug for app in APPS]


def ours(connection: Connection) -> str:
    return doors.address_of(connection).replace("http://", "https://")


def noted(connection: Connection) -> list[bool]:
    """Each registration in the audit, oldest first: whether it was one that had been lost."""
    rows = AuditEntry.objects.filter(action=registering.REGISTERED, details__connection=connection.pk)
    return [row.details["again"] for row in rows.order_by("id")]


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_an_address_that_was_never_registered_is(team: Team, app: Any) -> None:
    connection = bound(team, app.slug)
    listens(connection)

    hook_checks.check(NOW)

    assert app.known() == [ours(connection)]
    assert noted(connection) == [False]
    assert not alerts.opened(team)


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_one_that_was_lost_is_registered_anew_and_that_is_noted(team: Team, app: Any) -> None:
    connection = bound(team, app.slug)
    listens(connection)
    hook_checks.check(NOW)
    app.lose()
    assert app.known() == []

    hook_checks.check(LATER)

    assert app.known() == [ours(connection)]
    assert noted(connection) == [False, True]


@pytest.mark.parametrize("app", APPS, ids=IDS)
def test_one_that_is_in_order_is_left_alone_and_not_noted_each_time(team: Team, app: Any) -> None:
    connection = bound(team, app.slug)
    listens(connection)
    for hours in (0, 6, 12):
        hook_checks.check(NOW + timedelta(hours=hours))

    assert app.known() == [ours(connection)]
    assert noted(connection) == [False]


def test_events_that_somebody_took_out_there_are_asked_for_again(team: Team) -> None:
    connection = bound(team, "activecampaign")
    listens(connection)
    hook_checks.check(NOW)
    with sandbox().apps()["activecampaign"].store.transaction("activecampaign") as tx:  # type: ignore[union-attr]
        ((key, row),) = tx.rows("webhooks")
        wanted = row["events"]
        tx.put("webhooks", key, {**row, "events": wanted[1:] or ["sent"]})

    hook_checks.check(LATER)

    with sandbox().apps()["activecampaign"].store.transaction("activecampaign") as tx:  # type: ignore[union-attr]
        ((_, row),) = tx.rows("webhooks")
    assert set(wanted) <= set(row["events"])


def test_where_the_app_sends_elsewhere_it_is_told_until_that_is_put_right(team: Team) -> None:
    credly = Credly()
    connection = bound(team, "credly")
    listens(connection)
    hook_checks.check(NOW)
    credly.point_at("https://elsewhere.example/in")

    hook_checks.check(LATER)

    (alert,) = alerts.opened(team)
    assert alert.kind == AlertKind.REGISTRATION
    assert alert.sentence.startswith(
        "credly: The address could not be registered: This Credly organization sends its webhooks elsewhere"
    )
    assert credly.known() == ["https://elsewhere.example/in"], "what is somebody else's is left alone"
    alerts.look(LATER + timedelta(minutes=1))
    assert Alert.objects.get(resolved_at=None) == alert, "it stays open between checks"

    credly.lose()
    hook_checks.check(LATER + timedelta(hours=6))
    assert not alerts.opened(team)


def test_what_is_stopped_not_connected_or_not_listened_to_is_not_asked(team: Team) -> None:
    app = ActiveCampaign()
    connection = bound(team, app.slug)
    hook_checks.check(NOW)
    assert app.known() == [], "nobody listens"
    listens(connection)
    Connection.objects.update(state=ConnectionState.SUSPENDED)
    hook_checks.check(NOW)
    assert app.known() == []
    Connection.objects.update(state=ConnectionState.CONNECTED)
    stops.stop(connection=connection)
    hook_checks.check(NOW)
    assert app.known() == []

    stops.resume(connection=connection)
    hook_checks.check(NOW)

    assert app.known() == [ours(connection)]
    assert Workflow.objects.count() == 1
