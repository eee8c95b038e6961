"""The bridge's way in: signatures as the Standard Webhooks specification has them, envelopes, plain forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.engine import bridged, form_bodies, standard_webhooks
from integrations.engine.errors import BadSignature, FieldsMissing, WrongUse
from integrations.engine.spec import Incoming

# The vector of the specification's own libraries (standard-webhooks/standard-webhooks, libraries/*/tests).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + "A" * 32

HEADERS = {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}
INCOMING = Incoming(headers=HEADERS, query={}, body=BODY, received_at=AT)
KEYS = {"inbound_secret": SECRET}

LEADS = bridged.webhooks(
    {"lead.booked": ("lead_id", "name|first_name"), "slots.requested": ("offering_id|calendar_id",)},
    source="active_knocker",
)
BOOKED = {
    "id": "evt_1",
    "type": "lead.booked",
    "occurred_at": "2026-11-03T10:00:00+01:00",
    "source": "active_knocker",
    "data": {"lead_id": 77, "name": "Ada Lovelace"},
}


def test_it_signs_as_the_specification_does():
    assert standard_webhooks.headers(SECRET, ID, BODY, AT) == HEADERS


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS,
        {**HEADERS, "webhook-signature": f"v1,AAAA v1a,whatever {SIGNATURE}"},
    ],
    ids=["one signature", "one of several"],
)
def test_it_takes_what_was_signed_with_the_secret(headers):
    bridged.verify(replace(INCOMING, headers=headers), KEYS)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_time_may_be_five_minutes_away(seconds):
    bridged.verify(replace(INCOMING, received_at=AT + timedelta(seconds=seconds)), KEYS)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"headers": {}}, "It is not signed"),
        ({"headers": {**HEADERS, "webhook-id": ""}}, "webhook-id"),
        ({"headers": {**HEADERS, "webhook-id": "msg_other"}}, "was not made with"),
        ({"headers": {**HEADERS, "webhook-timestamp": "1614265331"}}, "was not made with"),
        ({"headers": {**HEADERS, "webhook-timestamp": "soon"}}, "not a number"),
        ({"headers": {**HEADERS, "webhook-timestamp": "9" * 30}}, "not a number"),
        ({"headers": {**HEADERS, "webhook-signature": SIGNATURE[3:]}}, "was not made with"),
        ({"headers": {**HEADERS, "webhook-signature": "v1"}}, "was not made with"),
        ({"headers": {**HEADERS, "webhook-signature": "v1,é"}}, "was not made with"),
        ({"body": BODY + b" "}, "was not made with"),
        ({"body": b"\xff"}, "not UTF-8"),
        ({"received_at": AT + timedelta(seconds=301)}, "more than 5 minutes"),
        ({"received_at": AT - timedelta(seconds=301)}, "more than 5 minutes"),
    ],
)
def test_it_refuses_what_was_not(changed, says):
    with pytest.raises(BadSignature, match=says):
        bridged.verify(replace(INCOMING, **changed), KEYS)


def test_while_a_secret_is_replaced_both_hold():
    bridged.verify(INCOMING, {"inbound_secret": OTHER, "inbound_secret_before": SECRET})
    with pytest.raises(BadSignature):
        bridged.verify(INCOMING, {"inbound_secret": OTHER})


def test_without_a_secret_nothing_is_taken():
    with pytest.raises(BadSignature):
        bridged.verify(INCOMING, {})


def test_a_new_secret_is_one_that_can_be_signed_with():
    made = standard_webhooks.new_secret()
    assert made.startswith("whsec_") and standard_webhooks.is_secret(made)
    assert not standard_webhooks.is_secret("whsec_") and not standard_webhooks.is_secret("whsec_no base64")


def test_the_envelope_becomes_a_notice():
    (told,) = LEADS.read(BOOKED, {})
    assert (told.type, told.id, told.record) == ("lead.booked", "evt_1", "77")
    assert told.at == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert told.payload == {
        "event_id": "evt_1",
        "occurred_at": "2026-11-03T10:00:00+01:00",
        "source": "active_knocker",
        "lead_id": 77,
        "name": "Ada Lovelace",
        "type": "lead.booked",
    }


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"lead_id": "77", "name": "Ada"}, {"type": "lead.booked"}),
        ({"type": "lead.booked", "lead_id": "77", "first_name": "Ada"}, {}),
        (None, {"type": "lead.booked", "lead_id": "77", "name": "Ada"}),
        # ActiveCampaign's own word for what happened is none of the bridge's.
        ({"type": "subscribe", "lead_id": "77", "name": "Ada"}, {"type": "lead.booked"}),
    ],
    ids=["type in the address", "flat", "all in the address", "another's type"],
)
def test_what_can_only_post_fields_leaves_the_envelope_out(body, query):
    (told,) = LEADS.read(body, query)
    assert (told.type, told.record, told.id) == ("lead.booked", "77", "")


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({}, ("lead_id", "name|first_name")),
        ({"lead_id": "", "name": "Ada"}, ("lead_id",)),
        ({"lead_id": None, "first_name": "Ada"}, ("lead_id",)),
        ({"lead_id": "7", "last_name": "Lovelace"}, ("name|first_name",)),
    ],
)
def test_it_names_every_field_that_is_missing(data, missing):
    with pytest.raises(FieldsMissing) as refused:
        LEADS.read({**BOOKED, "data": data}, {})
    assert refused.value.fields == missing


@pytest.mark.parametrize("data", [{"offering_id": "o1"}, {"calendar_id": "o1"}])
def test_one_of_several_fields_is_enough(data):
    (told,) = LEADS.read({"type": "slots.requested", "data": data}, {})
    assert told.record == "o1"


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(WrongUse):
        LEADS.read(body, {})


@pytest.mark.parametrize(
    ("body", "type"), [({"type": "lead.sneezed", "data": {}}, "lead.sneezed"), ({"data": {}}, "untold")]
)
def test_an_unknown_type_is_a_value(body, type):
    (told,) = LEADS.read(body, {})
    assert told.type == type and told.type not in LEADS.types


@pytest.mark.parametrize("moment", ["2026-11-03T10:00:00", "2026-11-03", "soon", None, 5])
def test_a_time_that_nobody_can_place_is_left_out(moment):
    (told,) = LEADS.read({**BOOKED, "occurred_at": moment}, {})
    assert told.at is None


def test_the_test_delivery_is_taken_and_means_nothing():
    assert LEADS.test is not None
    made = LEADS.test({"inbound_secret": SECRET}, AT)
    LEADS.verify(made, KEYS)
    (told,) = LEADS.read(json.loads(made.body), made.query)
    assert told.type == "hub.test" and told.type in LEADS.types


# An "update" of ActiveCampaign as its documentation has it (Webhooks: parameters), shortened.
FORM = (
    b"type=update&contact%5Bid%5D=14&contact%5Bemail%5D=ada%40example.org&contact%5Bfields%5D%5B39%5D=yes"
    b"&contact%5Btags%5D=one%2C+two&list=0"
)


def test_brackets_in_a_form_make_objects():
    assert form_bodies.parse_form(FORM) == {
        "type": "update",
        "contact": {"id": "14", "email": "ada@example.org", "fields": {"39": "yes"}, "tags": "one, two"},
        "list": "0",
    }


@pytest.mark.parametrize(
    ("form", "means"),
    [
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b"a[]=1", {"a": ["1"]}),
        (b"a[]=1&a[]=2&a[]=3", {"a": ["1", "2", "3"]}),
        (b"a[b][]=1&a[b][]=2", {"a": {"b": ["1", "2"]}}),
        (b"a=&b=", {"a": "", "b": ""}),
        (b"a[b=1&[c]=2&d]e[=3&f[g]h=4", {"a[b": "1", "[c]": "2", "d]e[": "3", "f[g]h": "4"}),
        (b"a=1&a[b]=2", {"a": {"b": "2"}}),
        (b"a[b]=2&a=1", {"a": "1"}),
        (b"a" + b"[b]" * 9 + b"=1", {"a" + "[b]" * 9: "1"}),
        (b"", {}),
    ],
)
def test_whatever_a_form_holds_has_one_meaning(form, means):
    assert form_bodies.parse_form(form) == means


@pytest.mark.parametrize("form", [b"a=%ff", b"\xff=1", b"&".join(b"a%d=1" % n for n in range(2001))])
def test_a_form_that_nobody_can_read_is_refused(form):
    with pytest.raises(WrongUse):
        form_bodies.parse_form(form)
