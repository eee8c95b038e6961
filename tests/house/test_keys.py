"""Keys made on first start: one for all processes, readable by their owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest
from django.core.exceptions import ImproperlyConfigured

from ghlhub import keys


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = count(1)
    path = tmp_path / "secret.key"

    first = keys.key_file(path, lambda: f"key {next(made)}")
    second = keys.key_file(path, lambda: f"key {next(made)}")

    assert first == second == "key 1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    made, start = count(1), Barrier(8)

    def made_after_all_have_looked() -> str:
        start.wait(timeout=10)
        return f"key {next(made)}"

    with ThreadPoolExecutor(8) as pool:
        path = tmp_path / "secret.key"
        got = list(pool.map(lambda _: keys.key_file(path, made_after_all_have_looked), range(8)))

    assert len(set(got)) == 1
    assert next(made) == 9


def test_an_empty_key_file_is_told_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()

    with pytest.raises(ImproperlyConfigured, match="is empty"):
        keys.key_file(tmp_path / "secret.key", lambda: "new")


def test_the_data_directory_is_closed_to_others(tmp_path: Path) -> None:
    made = keys.private_directory(tmp_path / "var")

    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_data_directory_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ImproperlyConfigured, match="set HUB_DATA_DIR"):
        keys.private_directory(tmp_path / "file" / "var")


def test_a_key_that_is_no_fernet_key_is_named_by_its_place_alone() -> None:
    with pytest.raises(ImproperlyConfigured, match="Key 2") as raised:
        keys.checked_encryption_keys([keys.encryption_key(), "hunter2"])

    assert "hunter2" not in str(raised.value)


def test_a_secret_that_is_too_short_is_told_with_its_length_not_its_value() -> None:
    with pytest.raises(ImproperlyConfigured, match="has 5 characters; write at least 32") as told:
        keys.checked_secret("short")
    assert "short" not in str(told.value)
    assert keys.checked_secret("a" * 32) == "a" * 32
