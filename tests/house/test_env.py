"""What the environment may say, and the sentence that answers nonsense."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ghlhub import addresses, env

READ: dict[str, Callable[[], Any]] = {
    "bool": lambda: env.env_bool("X", True),
    "int": lambda: env.env_int("X", 7, least=1, most=9),
    "list": lambda: env.env_list("X", ("a",)),
    "choice": lambda: env.env_choice("X", "text", ("text", "json")),
    "zone": lambda: env.env_time_zone("X", "UTC"),
    "url": lambda: addresses.env_url("X", "http://127.0.0.1:8000").geturl(),
    "redis": lambda: addresses.env_redis("X"),
    "smtp": lambda: addresses.env_smtp("X").get("EMAIL_PORT"),
}

GOOD = [
    ("bool", "", True),
    ("bool", "No", False),
    ("bool", " 1 ", True),
    ("int", "", 7),
    ("int", "9", 9),
    ("list", "", ["a"]),
    ("list", " b , c,, ", ["b", "c"]),
    ("choice", "json", "json"),
    ("zone", "Europe/Vienna", "Europe/Vienna"),
    ("url", "https://hub.example.com/", "https://hub.example.com"),
    ("redis", "redis://127.0.0.1:6379/3", "redis://127.0.0.1:6379/3"),
    ("smtp", "smtps://mail.example.com", 465),
    ("smtp", "smtp://ada:p%40ss@mail.example.com", 587),
]

BAD = [
    ("bool", "perhaps"),
    ("int", "0"),
    ("int", "10"),
    ("int", "-3"),
    ("int", "many"),
    ("choice", "xml"),
    ("zone", "Mars/Olympus"),
    ("url", "hub.example.com"),
    ("url", "https://hub.example.com/hub"),
    ("url", "https://hub.example.com:port"),
    ("redis", "127.0.0.1:6379"),
    ("smtp", "mail.example.com"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_good_values_are_read(
    kind: str, value: str, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", value)

    assert READ[kind]() == expected


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_nonsense_is_answered_with_one_sentence(
    kind: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured, match=r"^X [^\n]+\.$"):
        READ[kind]()


def test_without_an_address_the_database_is_an_sqlite_file_that_two_processes_can_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("X", raising=False)

    database = addresses.env_database("X", sqlite=Path("/data/hub.sqlite3"))

    assert database["NAME"] == Path("/data/hub.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_a_postgresql_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgres://ada:p%40ss@db.example.com:5433/hub?sslmode=require")

    database = addresses.env_database("X", sqlite=Path("unused"))

    expected = {"NAME": "hub", "USER": "ada", "PASSWORD": "p@ss", "HOST": "db.example.com", "PORT": "5433"}
    assert {key: database[key] for key in expected} == expected
    assert database["OPTIONS"]["sslmode"] == "require"


def test_an_sqlite_address_names_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "sqlite:////srv/my%20hub.sqlite3")

    assert addresses.env_database("X", sqlite=Path("unused"))["NAME"] == Path("/srv/my hub.sqlite3")


@pytest.mark.parametrize(
    "value",
    [
        "mysql://hub:hunter2@db/hub",
        "postgres://hub:hunter2@db:port/hub",
        "postgres://db",
        "sqlite:///",
        "hub",
    ],
)
def test_a_wrong_database_address_is_refused_without_repeating_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured) as raised:
        addresses.env_database("X", sqlite=Path("unused"))

    assert str(raised.value).startswith("X ")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("driver", "address", "read"),
    [
        (
            "psycopg",
            "postgres://hub:hunter2@db/hub",
            lambda: addresses.env_database("X", sqlite=Path("unused")),
        ),
        ("redis", "redis://:hunter2@db/0", lambda: addresses.env_redis("X")),
    ],
)
def test_a_driver_that_is_not_installed_is_told_with_the_way_to_install_it(
    driver: str, address: str, read: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", address)
    monkeypatch.setattr(addresses, "find_spec", lambda name: None)

    with pytest.raises(ImproperlyConfigured) as raised:
        read()

    assert f"X is set and “{driver}” is not installed: run " in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_oauth_apps_are_read_by_slug_with_their_extras() -> None:
    apps = env.oauth_apps(
        {
            "HUB_OAUTH_GHL_CLIENT_ID": "id-1",
            "HUB_OAUTH_GHL_CLIENT_SECRET": "hush",
            "HUB_OAUTH_GHL_VERSION_ID": "v1",
            "HUB_OAUTH_TWO_WORDS_CLIENT_ID": "id-2",
            "HUB_OAUTH_TWO_WORDS_CLIENT_SECRET": "hush too",
            "HUB_OAUTH_EMPTY_CLIENT_ID": "",
            "PATH": "/bin",
        }
    )

    assert apps == {
        "ghl": {"client_id": "id-1", "client_secret": "hush", "extra": {"version_id": "v1"}},
        "two_words": {"client_id": "id-2", "client_secret": "hush too", "extra": {}},
    }


def test_an_oauth_app_without_its_secret_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="HUB_OAUTH_GHL_CLIENT_SECRET"):
        env.oauth_apps({"HUB_OAUTH_GHL_CLIENT_ID": "id-1"})


def test_keys_to_check_webhooks_with_are_read_by_their_names() -> None:
    given = {"HUB_HOOK_GHL_ACCEPT_RSA": " yes ", "HUB_HOOK_GHL_ED25519_KEY": "", "PATH": "/bin"}

    assert env.hook_keys(given) == {"GHL_ACCEPT_RSA": "yes"}
