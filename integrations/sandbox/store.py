"""The simulated apps' memory: one SQLite file of their own.

To the hub this is a foreign system. Whatever a simulated app does for one request is committed here on its
own, whether or not the hub ever learns of it. Any number of processes and threads may use the same file.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.sandbox.seal import Seal
from integrations.sandbox.transaction import Tx

BUSY_S = 20.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  app TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (app, collection, id));
CREATE TABLE IF NOT EXISTS lookups (
  app TEXT NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (app, collection, key, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lookups_of_document ON lookups (app, collection, id);
CREATE TABLE IF NOT EXISTS counters (
  app TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (app, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (
  app TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (app, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, kind TEXT NOT NULL, match TEXT NOT NULL,
  remaining INTEGER NOT NULL, seconds REAL NOT NULL, account TEXT NOT NULL,
  percent INTEGER NOT NULL DEFAULT 100);
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
  status INTEGER NOT NULL, account TEXT NOT NULL, fault TEXT NOT NULL, at TEXT NOT NULL);
"""

_stores: weakref.WeakSet[Store] = weakref.WeakSet()


class Store:
    """One sandbox file. Opening it creates it, with its folder, where there is none."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Opening costs more than a whole request, so connections are kept; append and pop are atomic.
        self._idle: deque[sqlite3.Connection] = deque()
        # Threads of one process queue here: SQLite itself would have them sleep and try again.
        self.writing = threading.Lock()
        self.seal = Seal(self.path)
        self._prepare()
        _stores.add(self)
        weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def transaction(self, app: str) -> Iterator[Tx]:
        """One request's changes: committed together and durably, or not at all."""
        with self.writing, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Tx(connection, app, self._now(connection, app), self.seal)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self, app: str) -> Iterator[Tx]:
        """One consistent look at an app's documents, without keeping writers waiting."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield Tx(connection, app, self._now(connection, app), self.seal)
            finally:
                connection.execute("ROLLBACK")

    def now(self, app: str = "") -> datetime:
        """The sandbox's clock (with `app`, that app's): real time plus what it was moved by."""
        with self._connection() as connection:
            return self._now(connection, app)

    def move_clock(self, seconds: float, app: str = "") -> None:
        """Move the clock of one app, or of all of them, by so many seconds."""
        with self.transaction(app) as tx:
            tx.set_setting("clock_offset_s", float(tx.setting("clock_offset_s", 0.0)) + seconds)

    def close(self) -> None:
        """Close the connections that nobody is using."""
        _close_all(self._idle)

    def _now(self, connection: sqlite3.Connection, app: str) -> datetime:
        query = "SELECT value FROM settings WHERE key = 'clock_offset_s' AND app IN ('', ?)"
        moved = sum(json.loads(value) for (value,) in connection.execute(query, (app,)))
        return datetime.now(UTC) + timedelta(seconds=moved)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepare(self) -> None:
        with self._connection() as connection:
            _use_wal(connection)
            connection.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            _widen(connection)
            connection.execute("COMMIT")


def _widen(connection: sqlite3.Connection) -> None:
    """What has been added to a table since an older hub made the file."""
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(faults)")}
    if "percent" not in columns:
        connection.execute("ALTER TABLE faults ADD COLUMN percent INTEGER NOT NULL DEFAULT 100")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Changing the journal mode does not wait for a lock as statements do: first openers take turns here."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)


def _close_all(connections: deque[Any]) -> None:
    with suppress(IndexError):
        while True:
            connections.pop().close()


def _close_before_fork() -> None:
    """A connection must not be carried into a forked process: it would believe in locks it does not hold."""
    for store in list(_stores):
        store.close()


def _unlock_after_fork() -> None:
    """Whichever thread was writing, it is not in the new process."""
    for store in list(_stores):
        store.writing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_before_fork, after_in_child=_unlock_after_fork)
