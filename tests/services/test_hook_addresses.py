"""A connection's own webhook address: who is let in, what is answered, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from integrations import catalog
from integrations.engine import bridged
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.spec import Notice as Told
from integrations.models import Connection, Environment, Notice, Tally, Team
from integrations.services import connect, deliveries, doors, flood, hearing, inbox
from integrations.services.clients import sandbox
from tests.bridges import bridge, envelope, passing_on, post, secret

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def team(db: None) -> Team:
    cache.clear()
    return Team.objects.create(name="Acme")


@pytest.fixture
def shop(team: Team) -> Connection:
    return bridge(team, environment="production")


def counted(**of: Any) -> dict[str, int]:
    names = ("received", "duplicate", "refused", "late")
    sums = {name: sum(getattr(row, name) for row in Tally.objects.filter(**of)) for name in names}
    return {name: number for name, number in sums.items() if number}


# --- the address ----------------------------------------------------------------------------------


def test_every_connection_has_an_address_and_secrets_of_its_own(team: Team) -> None:
    one, other = bridge(team, "One"), bridge(team, "Other")
    assert len(one.hook_key) >= 32 and one.hook_key != other.hook_key
    assert secret(one) != secret(other) != secret(other, "outgoing_secret")
    assert doors.path_of(one) == f"/hooks/sandbox/bridge/{one.hook_key}"
    assert doors.path_of(bridge(team, "Real", "production")).startswith("/hooks/bridge/")


def test_an_app_with_one_address_for_all_gives_none_to_a_connection(team: Team) -> None:
    secrets, settings = connect.sandbox_secrets("ghl", "pit")
    ghl = connect.add(
        team, "ghl", name="GHL", environment="sandbox", auth="pit", settings_=settings, secrets=secrets
    )
    assert (ghl.hook_key, doors.path_of(ghl)) == ("", "/hooks/sandbox/ghl/")
    with pytest.raises(WrongUse):
        doors.move(ghl)


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/bridge/{other}",
        "/hooks/sandbox/bridge/{key}",
        "/hooks/ghl/{key}",
        "/hooks/accredible/{key}",
        "/hooks/nonsense/{key}",
    ],
)
def test_an_address_that_nobody_has_is_told_nothing(shop: Connection, client: Client, path: str) -> None:
    place = path.format(key=shop.hook_key, other="x" * 32)
    answer = post(client, shop, envelope(), path=place)
    assert (answer.status_code, answer.json()["message"]) == (404, "Nothing is sent here.")
    assert not Notice.objects.exists()


def test_the_app_with_addresses_of_its_own_has_no_common_one(shop: Connection, client: Client) -> None:
    assert post(client, shop, envelope(), path="/hooks/bridge/").status_code == 404


def test_a_new_address_ends_the_old_one_at_once(shop: Connection, client: Client) -> None:
    old = doors.path_of(shop)
    doors.move(shop)
    assert post(client, shop, envelope(), path=old).status_code == 404
    assert post(client, shop, envelope()).status_code == 200


def test_a_sandbox_that_is_switched_off_has_no_addresses(team: Team, client: Client, settings: Any) -> None:
    connection = bridge(team)
    settings.HUB_SANDBOX_ENABLED = False
    assert post(client, connection, envelope()).status_code == 404


# --- what is taken --------------------------------------------------------------------------------


def test_a_signed_event_is_stored_for_its_connection(shop: Connection, client: Client) -> None:
    answer = post(client, shop, envelope())
    assert (answer.status_code, answer.json()["accepted"]) == (200, True)
    notice = Notice.objects.get()
    assert (notice.connection, notice.type, notice.record) == (shop, "bridge.event", "o-17")
    assert notice.payload["event"] == "order.paid"
    assert counted(account=f"connection {shop.pk}", type="bridge.event") == {"received": 1}


def test_it_reaches_the_workflow_that_listens(shop: Connection, client: Client) -> None:
    passing_on(shop, shop)
    post(client, shop, envelope())
    heard = hearing.hear_once()
    assert (heard.events, heard.runs) == (1, 1)


def test_the_same_id_is_taken_once_and_answered_alike(shop: Connection, client: Client) -> None:
    answers = [post(client, shop, envelope(), id=f"msg_{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert Notice.objects.count() == 1
    assert counted() == {"received": 3, "duplicate": 2}


def test_two_connections_may_be_sent_the_same_id(team: Team, client: Client) -> None:
    for name in ("One", "Other"):
        post(client, bridge(team, name), envelope())
    assert Notice.objects.count() == 2


def test_without_an_id_in_the_body_that_of_the_delivery_counts(shop: Connection, client: Client) -> None:
    body = envelope()
    del body["id"]
    for id in ("msg_1", "msg_1", "msg_2"):
        post(client, shop, body, id=id)
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(("hours", "stored"), [(23, 1), (25, 2)])
def test_without_any_id_an_equal_body_is_the_same_for_a_day(
    team: Team, client: Client, hours: int, stored: int
) -> None:
    zap = bridge(team, environment="production", hook_simple=True)
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    for moment in (now, now + timedelta(hours=hours)):
        with time_machine.travel(moment, tick=False):
            post(client, zap, {"event": "lead"}, signed_with="")
    assert Notice.objects.count() == stored


def test_an_event_that_happened_long_ago_is_taken_and_marked_late(shop: Connection, client: Client) -> None:
    then = datetime.now(UTC) - timedelta(hours=9)
    assert post(client, shop, envelope(occurred_at=then.isoformat())).status_code == 200
    assert Notice.objects.get().late


def test_a_disconnected_connection_still_answers_and_keeps_what_comes(
    shop: Connection, client: Client
) -> None:
    connect.disconnect(shop)
    assert post(client, shop, envelope()).status_code == 200
    assert Notice.objects.get().connection == shop


# --- what is refused ------------------------------------------------------------------------------

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"signed_with": ""}, 401),
        ({"signed_with": "whsec_" + "A" * 44}, 401),
        ({"at": NOW - timedelta(hours=1)}, 401),
        ({"body": b"no json"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b'{"a": NaN}'}, 400),
        ({"body": b""}, 400),
        ({"body": b"a=1", "content_type": FORM}, 200),
        ({"body": b"a=%ff", "content_type": FORM}, 400),
        ({"body": envelope(occurred_at="2999-01-01T00:00:00Z")}, 400),
        ({"body": b" " * (1024 * 1024 + 1)}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    shop: Connection, client: Client, given: dict[str, Any], status: int
) -> None:
    answer = post(client, shop, given.pop("body", envelope()), **given)
    assert answer.status_code == status
    assert answer.json()["accepted"] is (status == 200)
    assert Notice.objects.exists() is (status == 200)
    assert counted(account=f"connection {shop.pk}") == {"received" if status == 200 else "refused": 1}


def test_what_lacks_fields_is_told_which(
    shop: Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, webhooks=bridged.webhooks({"lead.booked": ("lead_id", "name")}, source="bridge"))
    answer = post(client, shop, envelope("lead.booked", data={"lead_id": "7"}))
    assert (answer.status_code, answer.json()["fields"]) == (422, ["name"])
    assert not Notice.objects.exists()


def test_an_unknown_type_is_kept_and_means_nothing(
    shop: Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, webhooks=bridged.webhooks({"lead.booked": ()}, source="bridge"))
    assert post(client, shop, envelope("lead.sneezed")).status_code == 200
    assert Notice.objects.get().state == "ignored"


def test_too_many_in_a_minute_are_sent_away_with_a_time(
    team: Team, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "MOST", 2)
    busy, calm = bridge(team, "Busy"), bridge(team, "Calm")
    with time_machine.travel(datetime(2026, 11, 20, 10, 0, 40, tzinfo=UTC), tick=False):
        answers = [post(client, busy, envelope()) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "20"
        assert post(client, calm, envelope()).status_code == 200


def test_a_get_means_nothing_behind_a_signature(shop: Connection, client: Client) -> None:
    answer = client.get(doors.path_of(shop) + "?type=order.paid&id=1")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_behind_a_signature_parameters_of_the_address_are_not_content(
    shop: Connection, client: Client
) -> None:
    """The signature covers the body alone."""
    post(client, shop, {"data": {}}, path=doors.path_of(shop) + "?type=order.paid")
    assert Notice.objects.get().payload["event"] == "untold"


# --- simple mode ----------------------------------------------------------------------------------


@pytest.fixture
def zap(team: Team) -> Connection:
    return bridge(team, "Zap", "production", hook_simple=True)


def test_simple_mode_takes_json_without_a_signature(zap: Connection, client: Client) -> None:
    assert post(client, zap, envelope(), signed_with="").status_code == 200


def test_simple_mode_takes_a_form_with_brackets(zap: Connection, client: Client) -> None:
    form = b"contact[email]=rosa%40example.com&contact[tags][]=a&contact[tags][]=b"
    path = doors.path_of(zap) + "?type=contact.changed"
    post(client, zap, form, signed_with="", content_type=FORM, path=path)
    payload = Notice.objects.get().payload
    assert payload["event"] == "contact.changed"
    assert payload["data"] == {"contact": {"email": "rosa@example.com", "tags": ["a", "b"]}}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_simple_mode_takes_an_address_alone(zap: Connection, client: Client, method: str) -> None:
    path = doors.path_of(zap) + "?type=lead.booked&lead[id]=7"
    answer = client.generic(method, path)
    assert answer.status_code == 200
    payload = Notice.objects.get().payload
    assert (payload["event"], payload["data"]["lead"]) == ("lead.booked", {"id": "7"})


def test_different_addresses_are_different_events(zap: Connection, client: Client) -> None:
    for number in (1, 2, 1):
        client.get(doors.path_of(zap) + f"?type=lead.booked&id={number}")
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    ("senders", "sender", "status"),
    [
        ("203.0.113.0/24", "203.0.113.9", 200),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9", 200),
        ("2001:db8::/32", "2001:db8::1", 200),
        ("203.0.113.0/24", "198.51.100.1", 401),
        ("2001:db8::/32", "203.0.113.9", 401),
        ("", "198.51.100.1", 200),
    ],
)
def test_a_list_of_senders_keeps_others_out(
    zap: Connection, client: Client, senders: str, sender: str, status: int
) -> None:
    connect.change_settings(zap, {"hook_senders": senders})
    answer = client.get(doors.path_of(zap) + "?type=x", REMOTE_ADDR=sender)
    assert answer.status_code == status


def test_a_list_that_holds_no_addresses_cannot_be_saved(zap: Connection) -> None:
    with pytest.raises(WrongUse, match="nonsense"):
        connect.change_settings(zap, {"hook_senders": "nonsense"})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [(1, "203.0.113.9", 200), (1, "203.0.113.9, 198.51.100.1", 401), (2, "203.0.113.9, 10.0.0.1", 200),
     (1, "", 401), (0, "203.0.113.9", 401)],
)  # fmt: skip
def test_behind_proxies_it_is_the_outermost_that_counts(
    zap: Connection, client: Client, settings: Any, proxies: int, forwarded: str, status: int
) -> None:
    """What somebody writes into the header before our proxies is not believed."""
    settings.HUB_PROXIES = proxies
    connect.change_settings(zap, {"hook_senders": "203.0.113.9"})
    answer = client.get(doors.path_of(zap) + "?type=x", headers={"X-Forwarded-For": forwarded})
    assert answer.status_code == status


# --- apps that sign nothing -----------------------------------------------------------------------


def told(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """The bridge as another app would be."""
    app = replace(catalog.connector("bridge"), **changes)
    monkeypatch.setattr(catalog, "CONNECTORS", {**catalog.CONNECTORS, "bridge": app})


def of_this_account(notice: Told, settings: Any) -> None:
    if notice.account != "org_1":
        raise BadSignature("It is about another organization.")


@pytest.mark.parametrize(("account", "status"), [("org_1", 200), ("org_2", 401), ("", 401)])
def test_an_unsigned_app_is_known_by_address_and_account(
    shop: Connection, client: Client, monkeypatch: pytest.MonkeyPatch, account: str, status: int
) -> None:
    hooks = catalog.connector("bridge").webhooks
    assert hooks is not None

    def read(body: Any, query: Any) -> list[Told]:
        return [Told(type="bridge.event", payload=body, id=body["id"], account=body["org"])]

    told(monkeypatch, webhooks=replace(hooks, signed=False, own=of_this_account, read=read))
    body = {"id": "e1", "org": account}
    assert post(client, shop, body, signed_with="").status_code == status
    assert Notice.objects.exists() is (status == 200)


@pytest.mark.parametrize("accepted", [200, 202])
def test_it_answers_what_the_app_wants_to_hear(
    shop: Connection, client: Client, monkeypatch: pytest.MonkeyPatch, accepted: int
) -> None:
    hooks = catalog.connector("bridge").webhooks
    assert hooks is not None
    told(monkeypatch, webhooks=replace(hooks, accepted=accepted))
    assert [post(client, shop, envelope()).status_code for _ in range(2)] == [accepted, accepted]


# --- secrets --------------------------------------------------------------------------------------


def test_while_a_secret_is_replaced_both_are_taken(shop: Connection, client: Client) -> None:
    old, now = secret(shop), datetime.now(UTC)
    made = doors.rotate(shop, now)
    assert made[bridged.SECRET] == secret(shop) != old
    assert post(client, shop, envelope(), signed_with=old).status_code == 200
    assert post(client, shop, envelope(id="evt_2")).status_code == 200


def test_replaced_twice_only_the_last_two_are_taken(shop: Connection, client: Client) -> None:
    first = secret(shop)
    for _ in range(2):
        doors.rotate(shop, datetime.now(UTC))
    assert post(client, shop, envelope(), signed_with=first).status_code == 401


def test_what_the_hub_made_is_not_the_apps_key(shop: Connection) -> None:
    """Replacing or forgetting the app's keys leaves the address as it is."""
    known = {**doors.secrets_of(shop)}
    connect.disconnect(shop)
    assert doors.secrets_of(Connection.objects.get(pk=shop.pk)) == known


def test_no_page_or_export_holds_a_secret(shop: Connection) -> None:
    box = inbox.of(shop)
    assert box is not None
    assert secret(shop) not in repr(box)
    door = doors.own("bridge", Environment.PRODUCTION, shop.hook_key)
    assert secret(shop) not in repr(door)


# --- the sandbox ----------------------------------------------------------------------------------


def test_the_simulated_app_knows_the_addresses_and_signs_for_each(team: Team) -> None:
    from_here, moved = bridge(team, "One"), bridge(team, "Other")
    doors.move(moved)
    doors.rotate(moved, datetime.now(UTC))
    made = sandbox().act("bridge", "emit", {"type": "order.paid"})
    assert made["addresses"] == 2
    deliveries.within()
    assert {notice.connection for notice in Notice.objects.all()} == {from_here, moved}
