"""What GoHighLevel sends: its signatures, its envelope, its types.

Shapes: official docs repository and webhook guide (2026-08-30), as told in the modules themselves.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.catalog import CONNECTORS
from integrations.connectors.ghl.triggers import TOLD, TRIGGERS
from integrations.connectors.ghl.webhooks import ED25519_PUBLIC_KEY, RSA_PUBLIC_KEY, WEBHOOKS, read, verify
from integrations.engine.errors import BadSignature, WrongUse
from integrations.engine.signatures import der
from integrations.engine.spec import Incoming, TriggerKind

KEY = Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BODY = b'{"type":"ContactCreate","locationId":"loc1","id":"con1"}'
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def pem(key: Any) -> str:
    found: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found.decode()


KEYS = {"ed25519_key": pem(KEY), "rsa_key": pem(RSA), "accept_rsa": "no"}
GOOD = base64.b64encode(KEY.sign(BODY)).decode()
GOOD_RSA = base64.b64encode(RSA.sign(BODY, PKCS1v15(), hashes.SHA256())).decode()


def came(**headers: str) -> Incoming:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming(headers=names, query={}, body=BODY, received_at=NOW)


# --- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (ED25519_PUBLIC_KEY, "5a2c1b2749d3efcc233fb27d4ab43d56b8d20818c42cd226f6c9a3ff20d3097c"),
        (RSA_PUBLIC_KEY, "2f62045d413b1b7747e26770ce7f57840cbf86288cd20ceb90d299a62501fd25"),
    ],
    ids=["Ed25519", "RSA"],
)
def test_the_published_keys_are_copied_without_a_slip(key: str, digest: str) -> None:
    assert hashlib.sha256(der(key) or b"").hexdigest() == digest
    assert key in {str(field.default) for field in WEBHOOKS.keys}


def test_a_good_signature_is_taken() -> None:
    verify(came(x_ghl_signature=GOOD), KEYS)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "It is not signed"),
        ({"x_ghl_signature": "N/A"}, "has not signed"),
        ({"x_ghl_signature": ""}, "X-GHL-Signature is not"),
        ({"x_ghl_signature": GOOD_RSA}, "X-GHL-Signature is not"),
        ({"x_ghl_signature": base64.b64encode(KEY.sign(b"{}")).decode()}, "X-GHL-Signature is not"),
        ({"x_wh_signature": GOOD_RSA}, "HUB_HOOK_GHL_ACCEPT_RSA"),
        ({"x_wh_signature": "N/A"}, "has not signed"),
    ],
)
def test_anything_else_is_refused_in_words(headers: dict[str, str], says: str) -> None:
    with pytest.raises(BadSignature, match=says):
        verify(came(**headers), KEYS)


def test_the_old_signature_counts_where_it_is_switched_on() -> None:
    verify(came(x_wh_signature=GOOD_RSA), {**KEYS, "accept_rsa": "yes"})
    with pytest.raises(BadSignature, match="X-WH-Signature is not"):
        verify(came(x_wh_signature=GOOD), {**KEYS, "accept_rsa": "yes"})


def test_the_old_signature_never_stands_in_for_a_new_one_that_failed() -> None:
    with pytest.raises(BadSignature, match="X-GHL-Signature"):
        verify(came(x_ghl_signature="AAAA", x_wh_signature=GOOD_RSA), {**KEYS, "accept_rsa": "yes"})


# --- the envelope ---------------------------------------------------------------------------------

FLAT = {
    "type": "ContactUpdate",
    "locationId": "loc1",
    "id": "con1",
    "appId": "app1",
    "timestamp": "2026-11-21T11:59:00.000Z",
    "webhookId": "hook1",
}


def test_a_flat_body_is_read() -> None:
    (notice,) = read(FLAT, {})
    assert (notice.type, notice.account, notice.record) == ("ContactUpdate", "loc1", "con1")
    assert (notice.id, notice.app) == ("hook1", "app1")
    assert notice.at == datetime(2026, 11, 21, 11, 59, tzinfo=UTC)


def test_a_body_under_data_is_the_same() -> None:
    envelope = {key: FLAT[key] for key in ("type", "appId", "timestamp", "webhookId")}
    wrapped = {**envelope, "data": {"locationId": "loc1", "id": "con1"}}
    assert read(wrapped, {}) == read(FLAT, {})


def test_a_field_of_its_own_that_is_called_data_is_left_alone() -> None:
    (notice,) = read({**FLAT, "data": {"id": "other"}}, {})
    assert notice.record == "con1"


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(WrongUse, match="one JSON object"):
        read(body, {})


@pytest.mark.parametrize(
    "told",
    [
        {"timestamp": "yesterday"},
        {"timestamp": None},
        {"timestamp": 1e300},
        {"webhookId": 5},
        {"locationId": ["x"]},
        {"type": {}},
        {"id": {"x": 1}},
        {"appointment": "odd"},
        {},
    ],
)
def test_odd_values_are_read_as_nothing(told: dict[str, Any]) -> None:
    (notice,) = read({**FLAT, **told}, {})
    assert isinstance(notice.account + notice.record + notice.id + notice.type, str)


@pytest.mark.parametrize(
    ("body", "query", "kind"),
    [
        ({"type": "ConversationUnreadWebhook"}, {}, "ConversationUnreadUpdate"),
        ({"type": "AppInstall"}, {}, "INSTALL"),
        ({"type": "AppUninstall"}, {}, "UNINSTALL"),
        ({"type": "PlanChange"}, {}, "PLAN_CHANGE"),
        ({"type": "SMS", "messageId": "m1"}, {}, "ProviderOutboundMessage"),
        ({"id": "rec1"}, {"type": "RecordCreate"}, "RecordCreate"),
        ({"id": "rec1"}, {}, "untold"),
        ({"type": "ContactCreate"}, {"type": "RecordCreate"}, "ContactCreate"),
        ({"type": "custom_objects.course"}, {"type": "RecordCreate"}, "RecordCreate"),
        ({"type": "SomethingNew"}, {}, "SomethingNew"),
    ],
)
def test_types_are_called_as_they_arrive(body: dict[str, Any], query: dict[str, str], kind: str) -> None:
    assert read(body, query)[0].type == kind


@pytest.mark.parametrize(
    ("body", "account", "record"),
    [
        ({"type": "AppointmentCreate", "locationId": "l", "appointment": {"id": "a"}}, "l", "a"),
        ({"type": "INSTALL", "locationId": "l", "companyId": "c"}, "l", "l"),
        ({"type": "INSTALL", "companyId": "c"}, "c", "c"),
        ({"type": "UNINSTALL", "companyId": "c"}, "c", "c"),
        ({"type": "LocationUpdate", "id": "l", "companyId": "c"}, "l", "l"),
        ({"type": "LocationCreate", "id": "new", "companyId": "c"}, "c", "new"),
        ({"type": "UserCreate", "id": "u", "companyId": "c"}, "c", "u"),
        ({"type": "InboundMessage", "locationId": "l", "messageId": "m", "conversationId": "x"}, "l", "m"),
        ({"type": "InboundMessage", "locationId": "l", "conversationId": "x"}, "l", "x"),
        (
            {"type": "ObjectSchemaCreate", "locationId": "l", "key": "custom_objects.pet"},
            "l",
            "custom_objects.pet",
        ),
        ({"type": "ContactCreate"}, "", ""),
    ],
)
def test_whose_it_is_and_what_it_is_about(body: dict[str, Any], account: str, record: str) -> None:
    (notice,) = read(body, {})
    assert (notice.account, notice.record) == (account, record)


# --- the triggers ---------------------------------------------------------------------------------


def test_all_forty_one_events_are_triggers_and_more_is_polled() -> None:
    raw = [trigger for trigger in TRIGGERS.values() if trigger.kind is TriggerKind.WEBHOOK]
    assert len(raw) == len(TOLD) == 41
    assert {kind for trigger in raw for kind in trigger.hears} == set(WEBHOOKS.types) == set(TOLD)
    assert len(TRIGGERS) == 51  # with the times that somebody asks for


AREAS = {
    "Contact": 5, "Note": 3, "Task": 3, "Appointment": 3, "Opportunity": 7, "Location": 2, "User": 1,
    "Record": 3, "Relation": 2, "Association": 3, "ObjectSchema": 2,
}  # fmt: skip


@pytest.mark.parametrize(("area", "count"), AREAS.items())
def test_each_area_has_as_many_events_as_the_vendor_lists(area: str, count: int) -> None:
    assert sum(kind.startswith(area) for kind in TOLD) == count


@pytest.mark.parametrize("told", TOLD.values(), ids=list(TOLD))
def test_a_sample_reads_back_as_its_own_type_and_record(told: Any) -> None:
    (trigger,) = [t for t in TRIGGERS.values() if t.hears == (told.type,) and t.happenings is None]
    (notice,) = read(json.loads(json.dumps(trigger.sample[told.type])), {})
    assert notice.type == told.type
    assert notice.account
    assert notice.record
    assert {field.key for field in trigger.answer} & set(notice.payload)


def test_every_scope_that_an_event_needs_is_one_that_an_operation_has_too() -> None:
    """Else it is misspelt, and no consent page would know it."""
    known = {scope for o in CONNECTORS["ghl"].operations.values() for scope in o.needed_scopes}
    assert {scope for trigger in TRIGGERS.values() for scope in trigger.scopes} <= known
