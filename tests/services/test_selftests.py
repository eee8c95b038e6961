"""The hub's own events at its addresses: they start nothing, and it is told when they do not come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as given
from django.test import Client

from integrations.engine.errors import WrongUse
from integrations.engine.freeze import freeze
from integrations.engine.spec import Step, StepKind, WorkflowSpec
from integrations.models import (
    AlertKind,
    Connection,
    Event,
    Notice,
    Run,
    SelfTest,
    Tally,
    Team,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)
from integrations.services import alerts, clients, connect, doors, own_events, selftests
from integrations.services.accounts import connector_of
from integrations.services.clients import Said
from tests.bridges import bridge
from tests.hub import Hub, connected
from tests.services.connections import give_consent, location, oauth_connection, other_location

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AWAY = Said(trouble="connection refused")

Post = Callable[[str, dict[str, str], bytes], Said]


def web(path: str, headers: Any, body: bytes) -> Said:
    """This hub's web server, as if it were on a network."""
    answer = Client().post(path, body, content_type=headers["content-type"], headers=headers)
    return Said(answer.status_code, answer.content)


def network(monkeypatch: pytest.MonkeyPatch, outside: Post = web, here: Post = web) -> list[str]:
    """What is posted where; the paths that were asked."""
    asked: list[str] = []

    def by_public_name(path: str, headers: Any, body: bytes) -> Said:
        asked.append(path)
        return outside(path, headers, body)

    monkeypatch.setattr(clients, "post_outside", by_public_name)
    monkeypatch.setattr(clients, "post_here", here)
    return asked


def away(path: str, headers: Any, body: bytes) -> Said:
    return AWAY


def bound(team: Team, app: str) -> Connection:
    """A sandbox connection to an app with an address of its own."""
    auth = connect.catalog.connector(app).auths[0].key
    secrets, settings = connect.sandbox_secrets(app, auth)
    return connect.add(
        team, app, name=app, environment="sandbox", auth=auth, settings_=settings, secrets=secrets
    )


def listens(connection: Connection) -> Workflow:
    """A live workflow to whatever its app tells by webhook."""
    triggers = connector_of(connection).triggers.values()
    trigger = next(t.key for t in triggers if t.hears)
    spec = WorkflowSpec(
        title="Listens",
        roles={"from": connection.connector},
        trigger_role="from",
        trigger=trigger,
        steps=(Step(id="look", title="Look", kind=StepKind.FILTER),),
    )
    made = Workflow.objects.create(
        team=connection.team,
        name=f"Listens to {connection.name}",
        draft=freeze(spec),
        state=WorkflowState.LIVE,
    )
    made.live = WorkflowVersion.objects.create(
        workflow=made, number=1, spec=freeze(spec), bindings={"from": connection.pk}
    )
    made.save()
    return made


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Acme")


@pytest.fixture
def ghl(team: Team) -> Connection:
    """One that hears at the address which all locations share."""
    made = oauth_connection(team, "GHL")
    give_consent(made, location_id=location())
    Notice.objects.all().delete()
    Tally.objects.all().delete()
    made.refresh_from_db()
    return made


def leaves_nothing() -> bool:
    return not any(model.objects.exists() for model in (Notice, Event, Run, Tally))


# --- it comes in, and starts nothing --------------------------------------------------------------


def test_at_an_address_of_its_own_it_comes_in_with_the_apps_signature(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(monkeypatch)
    shop = bridge(team)
    listens(shop)

    row = selftests.run(shop, NOW)

    assert (row.ok, row.near, row.failures) == (True, False, 0)
    assert row.sentence == f"An event of the hub's own came in at {given.HUB_BASE_URL}, with its signature."
    assert leaves_nothing()


@pytest.mark.parametrize("app", ["credly", "activecampaign", "accessally", "active_knocker"])
def test_it_comes_in_at_the_address_of_every_app(
    team: Team, monkeypatch: pytest.MonkeyPatch, app: str
) -> None:
    network(monkeypatch)

    assert selftests.run(bound(team, app), NOW).ok
    assert leaves_nothing()


def test_at_the_shared_address_it_comes_in_and_says_what_it_cannot_tell(
    ghl: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(monkeypatch)
    listens(ghl)

    row = selftests.run(ghl, NOW)

    assert row.ok
    assert "came in" in row.sentence and "unchanged" in row.sentence
    assert "Whether GoHighLevel's own signature is taken, its first event shows." in row.sentence
    assert leaves_nothing()


def test_an_app_that_sends_nothing_cannot_be_tried(hub: Hub) -> None:
    with pytest.raises(WrongUse, match="sends no webhooks"):
        selftests.run(hub.accredible, NOW)


# --- what is not it -------------------------------------------------------------------------------


def changed(path: str, headers: Any, body: bytes) -> Said:
    return web(path, headers, body + b" ")


def elsewhere(status: int) -> Post:
    return lambda path, headers, body: Said(status, b'{"accepted": true, "self_test": "yes"}')


def without_the_header(path: str, headers: Any, body: bytes) -> Said:
    return web(path, {k: v for k, v in headers.items() if k != own_events.HEADER}, body)


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        (changed, "answered with status 401: the hub there did not know its own event"),
        (without_the_header, "answered with status 401"),
        (elsewhere(200), "answered with status 200: it is not this hub that answers there"),
        (elsewhere(404), "answered with status 404: it is not this hub that answers there"),
        (elsewhere(301), "HUB_BASE_URL has to be the address itself"),
        (elsewhere(502), "the web server, or what stands before it, is in trouble"),
    ],
)
def test_what_happens_on_the_way_is_told(
    ghl: Connection, monkeypatch: pytest.MonkeyPatch, outside: Post, said: str
) -> None:
    network(monkeypatch, outside)

    row = selftests.run(ghl, NOW)

    assert (row.ok, row.failures) == (False, 1)
    assert said in row.sentence


def test_an_answer_to_an_earlier_event_is_none_to_this_one(
    ghl: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that answers for the hub from what it has seen before."""
    seen: list[Said] = []

    def remembers(path: str, headers: Any, body: bytes) -> Said:
        seen.append(web(path, headers, body))
        return seen[0]

    network(monkeypatch, remembers)

    assert [selftests.run(ghl, NOW).ok for _ in range(2)] == [True, False]


def test_nobody_else_can_make_one(ghl: Connection, team: Team) -> None:
    shop = bridge(team)
    path = doors.path_of(ghl)
    for_another = own_events.question(doors.of(shop, connector_of(shop).webhooks), None)  # type: ignore[arg-type]
    good = own_events.question(doors.of(ghl, connector_of(ghl).webhooks), None)  # type: ignore[arg-type]
    made_up = {**good.headers, own_events.HEADER: "e30:1abcde:c2lnbmF0dXJl"}

    assert web(path, good.headers, good.body).status == 200
    assert web(path, made_up, good.body).status == 401
    assert web(path, for_another.headers, for_another.body).status == 401
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        assert web(path, good.headers, good.body).status == 401
    assert leaves_nothing()


# --- where the public address is not reached from within ------------------------------------------


def test_a_network_that_does_not_lead_back_to_itself_is_no_trouble(
    ghl: Connection, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(monkeypatch, away)
    listens(ghl)

    rows = [selftests.run(ghl, NOW) for _ in range(3)]

    assert all(row.ok and row.near for row in rows)
    assert "is not reached (connection refused)" in rows[0].sentence
    assert not list(selftests.failing(team))


def test_once_the_public_way_has_worked_it_is(
    ghl: Connection, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens(ghl)
    network(monkeypatch)
    selftests.run(ghl, NOW)
    network(monkeypatch, away)

    assert [selftests.run(ghl, NOW + timedelta(minutes=n)).failures for n in (5, 10)] == [1, 2]
    (found,) = selftests.failing(team)
    assert "It worked last on 20 Nov, 12:00 UTC." in found.sentence


def test_a_web_server_that_is_down_is_asked_once_however_many_addresses_there_are(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = network(monkeypatch, away, away)
    for number in range(5):
        listens(bridge(team, f"Shop {number}"))

    rows = selftests.run_all(NOW)

    assert len(asked) == 1
    assert {row.sentence for row in rows} == {f"Nothing answers at {given.HUB_BASE_URL}: connection refused."}


# --- which, and what is told ----------------------------------------------------------------------


def test_those_that_a_live_workflow_listens_to_are_tried_and_a_shared_one_once(
    team: Team, ghl: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = oauth_connection(team, "Second")
    give_consent(second, location_id=other_location())
    second.refresh_from_db()
    shop, idle = bridge(team), bridge(team, "Idle")
    for connection in (ghl, second, shop):
        listens(connection)
    asked = network(monkeypatch)

    rows = selftests.run_all(NOW)

    assert [row.connection for row in rows] == [ghl, second, shop]
    assert asked == [doors.path_of(ghl), doors.path_of(shop)]
    assert not SelfTest.objects.filter(connection=idle).exists()


def test_it_is_an_alert_after_the_second_failure_and_over_with_the_next_that_comes_in(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = bridge(team)
    listens(shop)
    network(monkeypatch, elsewhere(404))
    told = []
    for minute in (0, 5, 10):
        selftests.run_all(NOW + timedelta(minutes=minute))
        alerts.look(NOW + timedelta(minutes=minute), works=True)
        told.append([row.kind for row in alerts.opened(team)])
    assert told == [[], [AlertKind.WEBHOOKS], [AlertKind.WEBHOOKS]]
    (alert,) = alerts.opened(team)
    assert alert.sentence.startswith("Webhooks for Shop do not come in: ")
    assert alert.path == f"/connections/{shop.pk}/"

    network(monkeypatch)
    selftests.run_all(NOW + timedelta(minutes=15))
    alerts.look(NOW + timedelta(minutes=15), works=True)

    assert not alerts.opened(team)


def test_one_shared_address_is_one_alert_however_many_accounts_use_it(
    team: Team, ghl: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = oauth_connection(team, "Second")
    give_consent(second, location_id=other_location())
    second.refresh_from_db()
    listens(ghl)
    listens(second)
    network(monkeypatch, elsewhere(404))
    for _ in range(2):
        selftests.run_all(NOW)

    (found,) = selftests.failing(team)

    assert (found.count, found.sentence.startswith("Webhooks for GHL (and 1 more)")) == (2, True)


def test_where_nobody_listens_any_more_nothing_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = bridge(team)
    workflow = listens(shop)
    network(monkeypatch, elsewhere(404))
    for _ in range(2):
        selftests.run_all(NOW)
    Workflow.objects.filter(pk=workflow.pk).update(state=WorkflowState.DRAFT)

    assert not list(selftests.failing(team))


def test_a_connection_by_a_token_that_hears_nothing_is_not_tried(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = network(monkeypatch)
    listens(connected(team, "ghl", "By token"))

    assert (selftests.run_all(NOW), asked) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_over_real_http_by_the_hubs_own_name(live_server: Any, settings: Any) -> None:
    settings.HUB_BASE_URL = live_server.url
    team = Team.objects.create(name="Acme")
    shop, shared = bridge(team), oauth_connection(team, "GHL")

    rows = [selftests.run(connection, NOW) for connection in (shop, shared)]

    assert all(row.ok and not row.near for row in rows), [row.sentence for row in rows]
    assert leaves_nothing()
