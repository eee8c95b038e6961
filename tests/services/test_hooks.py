"""Accepting what GoHighLevel sends: only from it, once, stored before it is answered."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import OperationalError, connections
from django.test import Client

from integrations.engine.spec import Incoming
from integrations.models import Connection, Notice, Tally
from integrations.services import connect, hooks
from tests.services.connections import location, other_location
from tests.services.telling import Pair, pair, payload, post, signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plenty")]


@pytest.fixture
def two(db: None) -> Pair:
    return pair()


def counted(**of: Any) -> dict[str, int]:
    """All counts that are not nothing, added up."""
    names = ("received", "duplicate", "refused", "late", "echoes", "recovered")
    sums = dict.fromkeys(names, 0)
    for row in Tally.objects.filter(**of).values(*names):
        sums = {name: sums[name] + row[name] for name in names}
    return {name: number for name, number in sums.items() if number}


# --- what is taken --------------------------------------------------------------------------------


def test_a_signed_delivery_is_stored_for_the_connection_it_is_about(two: Pair, client: Client) -> None:
    answer = post(client, payload(two.source))
    assert answer.status_code == 200
    notice = Notice.objects.get()
    assert (notice.connection, notice.account, notice.state) == (two.source, two.source.account, "new")
    assert (notice.type, notice.record, notice.late) == ("ContactUpdate", "con0000000000000001", False)
    assert counted(account=two.source.account, type="ContactUpdate") == {"received": 1}


def test_the_same_delivery_again_is_answered_alike_and_does_nothing(two: Pair, client: Client) -> None:
    body = payload(two.source)
    answers = [post(client, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "nothing was done" in answers[1].json()["message"]
    assert Notice.objects.count() == 1
    assert counted() == {"received": 3, "duplicate": 2}


def test_an_old_delivery_with_a_new_id_is_taken_and_marked_late(two: Pair, client: Client) -> None:
    """Retries send what was sent at first, for hours."""
    then = datetime.now(UTC) - timedelta(hours=11)
    assert post(client, payload(two.source, timestamp=then.isoformat())).status_code == 200
    assert Notice.objects.get().late
    assert counted() == {"received": 1, "late": 1}


def test_an_account_that_nobody_has_connected_is_answered_and_kept(two: Pair, client: Client) -> None:
    assert post(client, payload(two.source, locationId="a stranger")).status_code == 200
    notice = Notice.objects.get()
    assert (notice.connection, notice.account, notice.state) == (None, "a stranger", "waiting")
    assert counted(account="a stranger") == {"received": 1}


def test_an_unknown_type_is_kept_and_counted_and_means_nothing(two: Pair, client: Client) -> None:
    assert post(client, payload(two.source, "SomethingNew")).status_code == 200
    notice = Notice.objects.get()
    assert notice.state == "ignored"
    assert "SomethingNew" in notice.problem
    assert counted(type="SomethingNew") == {"received": 1}


def test_everybody_who_connected_the_account_hears_it(two: Pair, client: Client) -> None:
    another = pair("Another team")
    body = payload(two.source)
    post(client, body)
    post(client, body)
    rows = Notice.objects.order_by("pk")
    assert [row.connection for row in rows] == [two.source, another.source]
    assert counted(type="ContactUpdate", account=two.source.account)["duplicate"] == 1


def test_what_was_sent_to_another_app_is_not_heard(two: Pair, client: Client) -> None:
    """The vendor signs for all apps with one key."""
    post(client, payload(two.source, appId="somebody-elses-app"))
    assert Notice.objects.get().connection is None
    own = two.sandbox.apps()["ghl"].credentials()["client_id"].partition("-")[0]
    post(client, payload(two.source, appId=own))
    assert Notice.objects.order_by("-pk")[0].connection == two.source


@pytest.mark.parametrize(
    ("minutes", "stored"), [(0, 1), (1, 1), (9, 1), (21, 2), (24 * 60, 2)], ids=lambda value: str(value)
)
def test_without_an_id_an_equal_body_within_minutes_is_the_same(two: Pair, minutes: int, stored: int) -> None:
    body = json.dumps(payload(two.source, webhookId=None, timestamp=None)).encode()
    now = datetime.now(UTC)
    for moment in (now, now + timedelta(minutes=minutes)):
        headers = {name.lower(): value for name, value in signed(body).items()}
        incoming = Incoming(headers=headers, query={}, body=body, received_at=moment)
        assert hooks.accept("ghl", "sandbox", incoming).status == 200
    assert Notice.objects.count() == stored


def test_without_an_id_another_body_is_another_delivery(two: Pair, client: Client) -> None:
    body = payload(two.source, webhookId=None)
    post(client, body)
    post(client, {**body, "id": "another"})
    assert Notice.objects.count() == 2


def test_a_very_long_id_is_an_id_like_any_other(two: Pair, client: Client) -> None:
    body = payload(two.source, webhookId="x" * 5_000)
    post(client, body)
    post(client, body)
    assert Notice.objects.count() == 1


# --- what is refused ------------------------------------------------------------------------------


def soon(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def test_a_clock_that_is_a_little_ahead_is_borne_with(two: Pair, client: Client) -> None:
    assert post(client, payload(two.source, timestamp=soon(4))).status_code == 200


def test_what_comes_from_the_future_is_refused_in_words(two: Pair, client: Client) -> None:
    answer = post(client, payload(two.source, timestamp=soon(6)))
    assert answer.status_code == 400
    assert "one of the two clocks is wrong" in answer.json()["message"]
    assert not Notice.objects.exists()
    assert counted(account=two.source.account) == {"refused": 1}


def tampered(body: bytes) -> dict[str, str]:
    return signed(body + b" ")


@pytest.mark.parametrize(
    ("raw", "headers", "status", "says"),
    [
        (b"{}", {}, 401, "not signed"),
        (b"{}", {"X-GHL-Signature": "N/A"}, 401, "has not signed"),
        (b"{}", {"X-GHL-Signature": "AAAA"}, 401, "is not GoHighLevel's"),
        (b"{}", {"X-WH-Signature": "AAAA"}, 401, "HUB_HOOK_GHL_ACCEPT_RSA"),
        (b'{"type":"ContactUpdate"}', "tampered", 401, "is not GoHighLevel's"),
        (b"no json", "good", 400, "no JSON"),
        (b"", "good", 400, "no JSON"),
        (b"[1]", "good", 400, "one JSON object"),
        (b'{"x": NaN}', "good", 400, "no JSON"),
        (b'{"x": 1e999}', "good", 400, "no JSON"),
        (b"\xff\xfe", "good", 400, "no JSON"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "good", 400, "no JSON"),
        (b"x" * (1024 * 1024 + 1), "good", 413, "larger than 1024 KiB"),
        (b" " * (2 * 1024 * 1024), {}, 413, "larger than 1024 KiB"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    two: Pair, client: Client, raw: bytes, headers: Any, status: int, says: str
) -> None:
    given = signed(raw) if headers == "good" else tampered(raw) if headers == "tampered" else headers
    answer = post(client, raw, headers=given)
    assert answer.status_code == status
    assert says in answer.json()["message"]
    assert not Notice.objects.exists()
    assert counted() == {"refused": 1}


def test_a_refused_body_is_counted_under_its_account_only_where_there_is_such_a_one(
    two: Pair, client: Client
) -> None:
    post(client, payload(two.source), headers={})
    post(client, payload(two.source, locationId="made up by a stranger"), headers={})
    assert counted(account=two.source.account, type="ContactUpdate") == {"refused": 1}
    assert counted(account="", type="") == {"refused": 1}
    assert not Tally.objects.filter(account="made up by a stranger").exists()


def test_text_that_a_database_cannot_hold_is_made_storable(two: Pair, client: Client) -> None:
    assert post(client, payload(two.source, name="Rosa\x00 \ud800")).status_code == 200
    assert Notice.objects.get().payload["name"] == "Rosa ?"


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_only_a_post_means_anything(client: Client, method: str) -> None:
    answer = getattr(client, method)("/hooks/ghl/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize("slug", ["accredible", "nonsense"])
def test_an_app_without_webhooks_has_no_address(client: Client, slug: str) -> None:
    answer = client.post(f"/hooks/{slug}/", b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_a_switched_off_sandbox_has_no_address(client: Client, settings: Any) -> None:
    settings.HUB_SANDBOX_ENABLED = False
    assert client.post("/hooks/sandbox/ghl/", b"{}", content_type="application/json").status_code == 404


def test_a_fault_of_ours_is_a_500_so_that_it_is_sent_again(
    two: Pair, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("a defect")

    client.raise_request_exception = False
    body = payload(two.source)
    monkeypatch.setattr(hooks.tallies, "count", broken)
    assert post(client, body).status_code == 500
    assert not Notice.objects.exists()
    monkeypatch.undo()
    assert post(client, body).status_code == 200
    assert Notice.objects.count() == 1


def test_a_database_that_is_away_is_a_503_so_that_it_is_sent_again(
    two: Pair, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **more: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(hooks.tallies, "count", away)
    assert post(client, payload(two.source)).status_code == 503
    assert not Notice.objects.exists()


# --- sandbox and production -----------------------------------------------------------------------

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def production(two: Pair, settings: Any) -> Connection:
    """A connection to the same location in production, whose webhooks are signed with KEY."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    settings.HUB_HOOK_KEYS = {"GHL_ED25519_KEY": public}
    return connect.add(
        two.team,
        "ghl",
        name="Real",
        environment="production",
        auth="pit",
        settings_={"location_id": two.source.account},
        secrets={"private_integration_token": "pit-x"},
    )


def signed_for_real(raw: bytes) -> dict[str, str]:
    return {"X-GHL-Signature": base64.b64encode(KEY.sign(raw)).decode()}


def test_the_two_addresses_never_reach_each_others_connections(
    two: Pair, production: Connection, client: Client
) -> None:
    post(client, payload(two.source))
    raw = json.dumps(payload(two.source)).encode()
    assert post(client, raw, address="/hooks/ghl/", headers=signed_for_real(raw)).status_code == 200
    first, second = Notice.objects.order_by("pk")
    assert (first.connection, first.environment) == (two.source, "sandbox")
    assert (second.connection, second.environment) == (production, "production")


def test_each_address_takes_its_own_key_alone(two: Pair, production: Connection, client: Client) -> None:
    raw = json.dumps(payload(two.source)).encode()
    assert post(client, raw, address="/hooks/ghl/", headers=signed(raw)).status_code == 401
    assert post(client, raw, headers=signed_for_real(raw)).status_code == 401
    assert not Notice.objects.exists()


# --- at the same time -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_equal_deliveries_at_once_one_is_stored(transactional_db: None) -> None:
    found = pair()
    body = json.dumps(payload(found.source)).encode()
    headers, answers = signed(body), []

    def deliver() -> None:
        try:
            answers.append(post(Client(), body, headers=headers).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8
    assert Notice.objects.count() == 1
    assert counted(type="ContactUpdate", account=found.source.account) == {"received": 8, "duplicate": 7}


def test_two_locations_are_two_accounts(two: Pair, client: Client) -> None:
    post(client, payload(two.source, locationId=other_location()))
    assert Notice.objects.get().connection == two.target
    assert location() != other_location()
