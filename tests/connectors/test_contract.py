"""What is true of every connector in the catalog."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import catalog
from integrations.engine.errors import BadSignature, HubError, NotFound, WrongUse
from integrations.engine.spec import (
    Account,
    Answer,
    Connector,
    Field,
    Incoming,
    Kind,
    Operation,
    Outcome,
    Page,
    Place,
    Procedure,
    ProofKind,
    Since,
    Trigger,
    TriggerKind,
)
from integrations.engine.transport import Transport
from tests.connectors.driving import drive

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
SECRET = "tok_5ecret0123456789abcdef"
SIGNING = "c2lnbmluZyBzZWNyZXQgb2Ygb3Vycw=="
DELIVERY = {"delivery_id": "msg_1", "delivery_at": "2026-11-20T10:00:00+00:00"}
CONNECTORS = list(catalog.CONNECTORS.values())
EACH_CONNECTOR = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda found: found.slug)


def each(name: str, of: Callable[[Connector], Any]) -> pytest.MarkDecorator:
    pairs = [(found, item) for found in CONNECTORS for item in of(found)]
    ids = [f"{found.slug}:{getattr(item, 'key', item)}" for found, item in pairs]
    return pytest.mark.parametrize(("connector", name), pairs, ids=ids)


EACH_OPERATION = each("operation", lambda found: found.operations.values())
EACH_WRITE = each(
    "operation", lambda found: [o for o in found.operations.values() if o.kind is not Kind.READ]
)
EACH_PROCEDURE = each("procedure", lambda found: found.procedures.values())
EACH_TRIGGER = each("trigger", lambda found: found.triggers.values())
EACH_POLL = each("trigger", lambda found: [t for t in found.triggers.values() if t.sweep])
EACH_REQUEST = each(
    "trigger", lambda found: [t for t in found.triggers.values() if t.kind is TriggerKind.REQUEST]
)
EACH_FETCH = each("trigger", lambda found: [t for t in found.triggers.values() if t.fetch])


# --- names ----------------------------------------------------------------------------------------


@EACH_CONNECTOR
def test_names_are_well_formed_and_stand_under_themselves(connector: Connector) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", connector.slug)
    assert connector.title
    assert connector.summary
    for table in (connector.operations, connector.procedures, connector.triggers, connector.references):
        for key, item in table.items():
            assert key == item.key
            assert KEY.fullmatch(key), key
            assert item.title


@EACH_CONNECTOR
def test_a_wrong_name_is_answered_with_the_right_ones(connector: Connector) -> None:
    for ask in (connector.operation, connector.procedure, connector.trigger, connector.auth):
        with pytest.raises(WrongUse, match="nonsense"):
            ask("nonsense")


@EACH_CONNECTOR
def test_every_host_is_https_and_has_a_choice(connector: Connector) -> None:
    assert all(
        url.startswith("https://") and not url.endswith("/") for url in connector.hosts.values() if url
    )
    if connector.host_setting:
        chosen = next(f for f in connector.settings if f.key == connector.host_setting)
        if chosen.choices:
            assert {key for key, _ in chosen.choices} == set(connector.hosts)


@EACH_CONNECTOR
def test_every_way_to_sign_in_signs_and_is_explained(connector: Connector) -> None:
    for auth in connector.auths:
        secrets = {field.key: SECRET for field in auth.secrets} | {"access_token": SECRET}
        assert isinstance(dict(auth.sign(secrets)), dict)
        assert auth.setup
        if auth.oauth2:
            assert auth.oauth2.authorize_url.startswith("https://")
            assert auth.oauth2.token_path.startswith("/")


# --- operations -----------------------------------------------------------------------------------


def fields_at(operation: Operation, place: Place) -> list[Field]:
    return [field for field in operation.fields if field.place is place]


@EACH_OPERATION
def test_every_placeholder_in_a_path_has_a_required_field(connector: Connector, operation: Operation) -> None:
    assert operation.path.startswith("/")
    assert re.findall(r"{(\w+)}", operation.path) == [f.key for f in fields_at(operation, Place.PATH)]
    assert all(field.required for field in fields_at(operation, Place.PATH))


@EACH_OPERATION
def test_fields_have_one_name_each_and_known_references(connector: Connector, operation: Operation) -> None:
    keys = [field.key for field in operation.fields]
    assert len(keys) == len(set(keys))
    assert {field.reference for field in operation.fields} - {""} <= set(connector.references)
    known = {field.key for field in connector.settings}
    known |= {field.key for auth in connector.auths for field in auth.secrets}
    known |= {"delivery_id", "delivery_at"} if operation.queued else set()
    assert {field.fills for field in operation.fields} - {""} <= known


@EACH_OPERATION
def test_a_sample_fits_the_paths_into_the_answer(connector: Connector, operation: Operation) -> None:
    assert operation.sample is not None
    json.dumps(operation.sample)
    value = jmespath.search(operation.result, operation.sample)
    assert value is not None
    if operation.record_id:
        assert jmespath.search(operation.record_id, value) not in (None, "")


@EACH_OPERATION
def test_a_sample_comes_through_the_transport(connector: Connector, operation: Operation) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(operation.success[0], json=operation.sample)

    transport = Transport(httpx.Client(transport=httpx.MockTransport(answer)), lambda: datetime.now(UTC))
    account = account_of(connector, operation.audiences)
    if operation.address:  # no setting has an address by itself
        operation = replace(operation, address=lambda settings, values: "https://app.example.com/hook")
    result = transport.call(connector, operation, account, values_of(operation))
    assert result.error is None
    assert SECRET not in repr(result.record)
    assert SECRET not in repr(account_of(connector))


def account_of(connector: Connector, audiences: tuple[str, ...] = ()) -> Account:
    typed = [field for auth in connector.auths for field in auth.secrets]
    secrets = {field.key: SECRET if field.secret else "no secret" for field in typed}
    made = connector.webhooks.secrets if connector.webhooks else ()
    secrets |= {field.key: f"whsec_{SIGNING}" for field in made}
    kind = {connector.audience_setting: audiences[0]} if audiences and connector.audience_setting else {}
    return Account(
        connector=connector.slug,
        environment="production",
        name="Main",
        base_url="https://app.example.com",
        settings={field.key: field.default or "setting" for field in connector.settings} | kind | DELIVERY,
        secrets=secrets | {"access_token": SECRET},
    )


def values_of(operation: Operation) -> dict[str, Any]:
    return {f.key: f.default or "value" for f in operation.fields if f.required and not f.fills}


@EACH_WRITE
def test_every_write_says_what_makes_repeating_it_safe(connector: Connector, operation: Operation) -> None:
    proof = operation.proof
    assert proof is not None
    assert proof.source
    if proof.target:
        jmespath.compile(proof.target)
    if proof.kind is ProofKind.MARKED:
        assert operation.field(proof.mark_field.partition(".")[0])
    if proof.kind in (ProofKind.MARKED, ProofKind.NATURAL_KEY):
        assert proof.look_up is not None
    if proof.kind is ProofKind.NONE:
        assert proof.look_up is None


@EACH_OPERATION
def test_reads_prove_nothing(connector: Connector, operation: Operation) -> None:
    if operation.kind is Kind.READ:
        assert operation.proof is None
        assert operation.method in ("GET", "POST")


@EACH_CONNECTOR
def test_references_and_verify_are_reads_and_find_rows(connector: Connector) -> None:
    for reference in connector.references.values():
        operation = connector.operation(reference.operation)
        assert operation.kind is Kind.READ
        rows = jmespath.search(reference.rows, jmespath.search(operation.result, operation.sample))
        assert rows
        for row in rows:
            assert jmespath.search(reference.id, row)
            assert jmespath.search(reference.label, row)
    assert connector.operation(connector.verify.operation).kind is Kind.READ


@EACH_CONNECTOR
@pytest.mark.parametrize("answer", [None, {}, [], "text", {"name": None}, {"id": 5, "name": ["x"]}])
def test_verify_finds_words_for_any_answer(connector: Connector, answer: Any) -> None:
    sentence = connector.verify.say(answer)
    assert sentence.endswith(".")
    assert sentence[0].isupper()


@EACH_CONNECTOR
def test_the_quota_has_a_source_and_a_scope(connector: Connector) -> None:
    quota = connector.quota
    assert quota.limits
    assert isinstance(quota.scope(account_of(connector)), str)
    assert SECRET not in quota.scope(account_of(connector))
    assert len({limit.window_s for limit in quota.limits}) == len(quota.limits)
    assert list(quota.read({}, {})) == []
    assert list(quota.read({"x-ratelimit-remaining": "nonsense", "retry-after": ""}, {})) == []


# --- refusals -------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            f"token {SECRET}abcdef",
            f"Bearer {SECRET}",
            f"access_token={SECRET}",
            f'{{"api_key": "{SECRET}"}}',
            "<html><body>Oops</body></html>",
            "Not found",
            "x" * 5_000,
        ]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["message", "error", "errors", "error_description", "detail", "data", "meta", "status",
                 "statusCode", "code", "contactId", "traceId", "success", "token"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)  # fmt: skip


@EACH_CONNECTOR
@given(data=st.data(), status=st.integers(300, 599), body=JSON)
@settings(max_examples=120, deadline=None)
def test_any_refusal_becomes_a_short_sentence_without_a_secret(
    connector: Connector, data: st.DataObject, status: int, body: Any
) -> None:
    operation = data.draw(st.sampled_from(list(connector.operations.values())))
    answers = [connector.refusal(Answer(status=status, headers={}, body=body), operation)]
    for auth in connector.auths:
        if auth.oauth2:
            answers.append(auth.oauth2.read_refusal(Answer(status=status, headers={}, body=body)))
    for error in answers:
        assert isinstance(error, HubError)
        assert 10 < len(error.sentence) < 600
        assert "\n" not in error.sentence
        assert SECRET not in error.sentence + error.detail
        assert not (isinstance(body, str) and "<html" in error.sentence)


# --- procedures -----------------------------------------------------------------------------------


@EACH_PROCEDURE
def test_a_procedure_names_the_operations_it_uses(connector: Connector, procedure: Procedure) -> None:
    operations = [connector.operation(key) for key in procedure.operations]
    assert operations
    assert procedure.writes is any(operation.kind is not Kind.READ for operation in operations)
    assert procedure.sample is not None
    assert {field.reference for field in procedure.fields} - {""} <= set(connector.references)


# --- triggers -------------------------------------------------------------------------------------


@EACH_TRIGGER
def test_a_trigger_has_a_sample_of_every_event_it_tells(connector: Connector, trigger: Trigger) -> None:
    assert trigger.events
    assert set(trigger.sample) == {key for key, _ in trigger.events}
    for sample in trigger.sample.values():
        json.dumps(sample)


@EACH_POLL
def test_a_poll_can_read_compare_and_reread(connector: Connector, trigger: Trigger) -> None:
    assert trigger.kind is TriggerKind.POLL
    assert trigger.happenings is not None
    for key in trigger.operations:
        assert connector.operation(key).kind is Kind.READ
    told = {what.type for what in trigger.happenings(None, {}, datetime.now(UTC))}
    assert told <= {key for key, _ in trigger.events}
    for sample in trigger.sample.values():
        assert jmespath.search(trigger.record_id, sample)
        assert set(trigger.remember) <= set(sample)
    if trigger.reread:
        operation = connector.operation(trigger.reread)
        assert [field.place for field in operation.fields] == [Place.PATH]
        row = jmespath.search(operation.result, operation.sample)
        assert jmespath.search(trigger.record_id, row)


@EACH_POLL
def test_a_sweep_asks_with_declared_fields_and_ends(connector: Connector, trigger: Trigger) -> None:
    assert trigger.sweep is not None
    sweep = trigger.sweep(Since(moment=None, settings={}, parents=("parent",)))
    answer, pages = None, []
    for _ in range(20):
        try:
            command = sweep.send(answer)
        except StopIteration:
            break
        answer = None if isinstance(command, Page) else sampled(connector, trigger, command)
        pages += [command] if isinstance(command, Page) else []
    else:
        pytest.fail("it goes on for ever")
    assert any(page.rows for page in pages)
    for row in (row for page in pages for row in page.rows):
        assert jmespath.search(trigger.record_id, row)


def sampled(connector: Connector, trigger: Trigger, command: Any) -> Outcome:
    """The sample of the operation asked for, which the trigger has to name."""
    operation = connector.operation(command.operation)
    assert command.operation in {*trigger.operations, trigger.reread}
    for key in command.values:
        operation.field(key)
    return Outcome(jmespath.search(operation.result, operation.sample))


@EACH_FETCH
def test_what_is_read_again_is_a_row_like_any_other(connector: Connector, trigger: Trigger) -> None:
    assert trigger.fetch is not None
    known = next(iter(trigger.sample.values()))
    record = str(jmespath.search(trigger.record_id, known))
    row, _ = drive(
        trigger.fetch(record, dict(known), {}), lambda command: sampled(connector, trigger, command)
    )
    assert jmespath.search(trigger.record_id, row)


@EACH_FETCH
def test_what_is_gone_is_told_by_none(connector: Connector, trigger: Trigger) -> None:
    assert trigger.fetch is not None
    known = next(iter(trigger.sample.values()))
    script = trigger.fetch("record", dict(known), {})
    next(script)
    with pytest.raises(StopIteration) as stop:
        script.send(Outcome(error=NotFound("It is not there.")))
    assert stop.value.value is None


@EACH_REQUEST
def test_a_question_names_what_may_be_asked(connector: Connector, trigger: Trigger) -> None:
    question, *others = [key for key, _ in trigger.events]
    keys = [field.key for field in trigger.fields]
    assert len(keys) == len(set(keys))
    assert set(trigger.sample[question]) == set(keys)
    assert {field.reference for field in trigger.fields} - {""} <= set(connector.references)
    assert [trigger.picked] == others if trigger.picked else not others
    assert trigger.sweep is None
    assert not trigger.hears


@EACH_TRIGGER
def test_what_a_trigger_hears_is_what_its_app_sends(connector: Connector, trigger: Trigger) -> None:
    known = connector.webhooks.types if connector.webhooks else ()
    assert set(trigger.hears) <= set(known)
    if trigger.hears:
        assert any(auth.hears for auth in connector.auths)
    if trigger.happenings is None and trigger.kind is not TriggerKind.REQUEST:
        assert trigger.hears
    elif trigger.hears:
        assert trigger.fetch or trigger.reread
    for kind in (trigger.parent, *trigger.remember):
        assert not kind or all(kind in sample for sample in trigger.sample.values())


# --- webhooks -------------------------------------------------------------------------------------

EACH_SENDER = pytest.mark.parametrize(
    "connector", [found for found in CONNECTORS if found.webhooks], ids=lambda found: found.slug
)


@EACH_SENDER
def test_what_nobody_signed_is_refused_in_words(connector: Connector) -> None:
    assert connector.webhooks is not None
    keys = {field.key: str(field.default) for field in connector.webhooks.keys}
    incoming = Incoming(headers={}, query={}, body=b"{}", received_at=datetime.now(UTC))
    if connector.webhooks.signed:
        with pytest.raises(BadSignature) as refused:
            connector.webhooks.verify(incoming, keys)
        assert refused.value.sentence.endswith(".")
    assert connector.webhooks.setup
    assert connector.webhooks.source


@EACH_SENDER
@given(body=JSON)
@settings(max_examples=80, deadline=None)
def test_any_body_is_read_or_refused_and_breaks_nothing(connector: Connector, body: Any) -> None:
    assert connector.webhooks is not None
    try:
        notices = connector.webhooks.read(body, {})
    except WrongUse:
        return
    for notice in notices:
        assert isinstance(notice.type + notice.account + notice.record + notice.id, str)


# --- the catalog ----------------------------------------------------------------------------------


def test_every_entry_says_the_same_things() -> None:
    entries = catalog.entries()
    assert len(entries) == sum(len(c.operations) + len(c.triggers) for c in CONNECTORS)
    for entry in entries:
        assert [key for key in entry if key != "hears"] == [
            "connector", "kind", "key", "title", "method", "path", "operation_id", "scopes",
            "scopes_override", "version", "deprecated", "fields", "events",
        ]  # fmt: skip
        assert entry["kind"] in ("action", "trigger")
        assert ("hears" in entry) is (entry["kind"] == "trigger")
    json.dumps(entries)


def test_entries_of_one_app_are_only_its_own() -> None:
    for slug in catalog.CONNECTORS:
        assert {entry["connector"] for entry in catalog.entries(slug)} == {slug}
    with pytest.raises(WrongUse, match="choose one of"):
        catalog.entries("nonsense")
    with pytest.raises(WrongUse, match="choose one of"):
        catalog.connector("nonsense")


def test_the_catalog_does_without_django() -> None:
    block = "import sys; sys.modules['django'] = None"
    code = f"{block}; from integrations.catalog import CONNECTORS; print(*CONNECTORS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(catalog.CONNECTORS)
