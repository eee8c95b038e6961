"""What is true of every way to sign in, and of every kind of account, in the catalog."""

from __future__ import annotations

import pytest

from integrations import catalog
from integrations.engine.spec import Auth, Connector, FieldType, Kind

CONNECTORS = list(catalog.CONNECTORS.values())
WAYS = [(found, way) for found in CONNECTORS for way in found.auths]
EACH_CONNECTOR = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda found: found.slug)
EACH_WAY = pytest.mark.parametrize(
    ("connector", "way"), WAYS, ids=[f"{found.slug}:{way.key}" for found, way in WAYS]
)


@EACH_CONNECTOR
def test_each_kind_of_account_says_which_it_is_and_can_be_proved(connector: Connector) -> None:
    known = {field.key: field for field in connector.settings}
    for audience in connector.audiences:
        assert audience.title and audience.plural
        assert audience.account_setting in known
        settings = {connector.audience_setting: audience.key, audience.account_setting: "a1"}
        assert connector.audience(settings) == audience
        assert connector.account(settings) == "a1"
        operation = connector.operation(connector.proof(settings).operation)
        assert operation.kind is Kind.READ
        assert not operation.audiences or audience.key in operation.audiences
        for key in connector.proof(settings).values(settings):
            operation.field(key)
    if connector.audiences:
        choices = [key for key, _ in known[connector.audience_setting].choices]
        assert choices == [audience.key for audience in connector.audiences]


@EACH_CONNECTOR
def test_operations_name_only_kinds_of_account_that_there_are(connector: Connector) -> None:
    kinds = {audience.key for audience in connector.audiences}
    wrong = {key for key, found in connector.operations.items() if not set(found.audiences) <= kinds}
    assert not wrong


@EACH_CONNECTOR
def test_an_account_is_nobodys_as_long_as_nothing_tells(connector: Connector) -> None:
    assert connector.account({}) == ""


@EACH_WAY
def test_a_secret_that_is_rotated_is_one_of_the_secrets(connector: Connector, way: Auth) -> None:
    if way.rotation is None:
        pytest.skip("its key is not rotated")
    (field,) = [field for field in way.secrets if field.key == way.rotation.key]
    assert field.secret
    assert 0 < way.rotation.both_days < way.rotation.every_days
    assert way.rotation.source


@EACH_WAY
def test_what_goes_into_a_consent_address_is_a_setting(connector: Connector, way: Auth) -> None:
    if way.oauth2 is None:
        pytest.skip("there is no consent page")
    fields = {field.key: field for field in (*connector.settings, *way.settings)}
    assert set(way.oauth2.authorize_settings) <= set(fields)
    for url in way.oauth2.other_urls.values():
        assert url.startswith("https://")
    if way.oauth2.url_setting:
        assert set(way.oauth2.other_urls) < {key for key, _ in fields[way.oauth2.url_setting].choices}


@EACH_WAY
def test_an_exchange_is_between_two_kinds_of_account_by_calls_of_the_wide_one(
    connector: Connector, way: Auth
) -> None:
    exchange = way.oauth2.exchange if way.oauth2 else None
    if exchange is None:
        pytest.skip("no token is exchanged for another")
    kinds = {audience.key for audience in connector.audiences}
    assert {exchange.wide, exchange.narrow} <= kinds
    follow = {field.key: field for field in way.settings}[exchange.follow_setting]
    assert follow.type is FieldType.BOOLEAN
    wide = next(audience for audience in connector.audiences if audience.key == exchange.wide)
    settings = {connector.audience_setting: wide.key, wide.account_setting: "a1"}
    for call, values in (
        (exchange.token, exchange.token_values(settings, "a2")),
        (exchange.listing, exchange.page_values(settings, "app", 0)),
    ):
        assert call.kind is Kind.READ
        assert exchange.wide in call.audiences
        for key in values:
            call.field(key)


@EACH_CONNECTOR
def test_a_setting_has_one_name_whatever_the_way_to_sign_in(connector: Connector) -> None:
    for way in connector.auths:
        keys = [field.key for field in (*connector.settings, *way.settings)]
        assert len(keys) == len(set(keys))
