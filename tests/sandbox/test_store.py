"""The sandbox's own memory: durable, shared by threads and processes, one transaction per request."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.sandbox.store import Store
from integrations.sandbox.transaction import Tx

WRITERS = 2
WRITES = 25


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "a" / "store.sqlite3")


def number_and_put(tx: Tx, writer: int) -> int:
    number = tx.next_number("id:row")
    tx.put("rows", str(number), {"writer": writer, "number": number})
    return number


def write_many(path: str, writer: int) -> None:
    store = Store(path)
    for _ in range(WRITES):
        with store.transaction("app") as tx:
            number_and_put(tx, writer)
    store.close()


def test_a_document_comes_back_as_it_was_put(store: Store) -> None:
    body = {"name": "Ada", "tags": ["a", "b"], "nested": {"n": 1.5, "none": None}}
    with store.transaction("app") as tx:
        tx.put("people", "1", body)
    with store.reading("app") as tx:
        assert tx.get("people", "1") == body
        assert tx.get("people", "2") is None
    with store.reading("other") as tx:
        assert tx.get("people", "1") is None


def test_a_failed_request_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction("app") as tx:  # noqa: PT012
        number_and_put(tx, 0)
        raise RuntimeError
    with store.reading("app") as tx:
        assert tx.all("rows") == []
        assert tx.count("id:row") == 0


def test_a_savepoint_undoes_only_its_own_part(store: Store) -> None:
    with store.transaction("app") as tx:
        tx.put("rows", "kept", {})
        with pytest.raises(RuntimeError), tx.savepoint():  # noqa: PT012
            tx.put("rows", "undone", {})
            raise RuntimeError
    with store.reading("app") as tx:
        assert [key for key, _ in tx.rows("rows")] == ["kept"]


def test_a_document_is_found_by_its_newest_keys_only(store: Store) -> None:
    with store.transaction("app") as tx:
        tx.put("people", "1", {"id": 1}, ["email:old"])
        tx.put("people", "1", {"id": 1}, ["email:new", "email:new"])
        tx.put("people", "2", {"id": 2}, ["email:zoe"])
    with store.transaction("app") as tx:
        assert tx.by_key("people", "email:old") == []
        assert tx.by_key("people", "email:new") == [{"id": 1}]
        assert tx.between("people", "email:a", "email:zz") == [{"id": 1}, {"id": 2}]
        assert tx.delete("people", "1")
        assert not tx.delete("people", "1")
        assert tx.by_key("people", "email:new") == []


def test_threads_and_processes_write_at_once_and_nothing_is_lost(store: Store) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write_many, args=(str(store.path), n)) for n in range(WRITERS)]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda writer: write_many(str(store.path), writer), range(10, 14)))
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with store.reading("app") as tx:
        numbers = [row["number"] for row in tx.all("rows")]
    assert sorted(numbers) == list(range(1, (WRITERS + 4) * WRITES + 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_no_open_connection_is_carried_into_a_forked_process(store: Store) -> None:
    with store.reading("app"):
        pass
    assert store._idle
    pid = os.fork()
    if pid == 0:
        os._exit(len(store._idle))
    assert os.waitpid(pid, 0)[1] == 0
    with store.transaction("app") as tx:
        number_and_put(tx, 1)


def test_every_commit_waits_for_the_disk(store: Store) -> None:
    with store.reading("app") as tx:
        assert tx.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert tx.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_clock_of_one_app_moves_without_the_others(store: Store) -> None:
    real = datetime.now(UTC)
    store.move_clock(3600)
    store.move_clock(86_400, app="one")
    assert timedelta(0) <= store.now() - real - timedelta(hours=1) < timedelta(minutes=1)
    assert timedelta(0) <= store.now("one") - real - timedelta(hours=25) < timedelta(minutes=1)
    with store.reading("two") as tx:
        assert tx.now - real < timedelta(hours=2)
