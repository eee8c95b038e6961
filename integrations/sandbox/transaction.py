"""What a simulated app can do within one transaction: documents, lookup keys, counters, settings, the log.

Documents are JSON objects under (app, collection, id). A document may be put with lookup keys, by which it
is found again without reading its whole collection.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.seal import Seal

LOG_KEPT = 200_000


class Tx:
    """One transaction of one app; `now` stands still within it."""

    def __init__(self, connection: sqlite3.Connection, app: str, now: datetime, seal: Seal) -> None:
        self.seal = seal
        self.connection = connection
        self.app = app
        self.now = now

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when it raises; the transaction goes on."""
        self.connection.execute("SAVEPOINT work")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO work")
            raise
        finally:
            self.connection.execute("RELEASE work")

    # --- documents ---

    def get(self, collection: str, id: str) -> JsonObject | None:
        query = "SELECT body FROM documents WHERE app = ? AND collection = ? AND id = ?"
        found = self.connection.execute(query, (self.app, collection, id)).fetchone()
        return None if found is None else _object(found[0])

    def all(self, collection: str) -> list[JsonObject]:
        """Every document of a collection, oldest first."""
        return [body for _, body in self.rows(collection)]

    def rows(self, collection: str) -> list[tuple[str, JsonObject]]:
        query = "SELECT id, body FROM documents WHERE app = ? AND collection = ? ORDER BY rowid"
        return [(id, _object(body)) for id, body in self.connection.execute(query, (self.app, collection))]

    def put(self, collection: str, id: str, body: JsonObject, keys: Iterable[str] = ()) -> None:
        """Create or replace a document, and its lookup keys with it."""
        moment = self.now.isoformat()
        self.connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (app, collection, id) "
            "DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
            (self.app, collection, id, json.dumps(body), moment, moment),
        )
        self._forget_keys(collection, id)
        self.connection.executemany(
            "INSERT INTO lookups VALUES (?, ?, ?, ?)",
            [(self.app, collection, key, id) for key in sorted(set(keys))],
        )

    def delete(self, collection: str, id: str) -> bool:
        self._forget_keys(collection, id)
        query = "DELETE FROM documents WHERE app = ? AND collection = ? AND id = ?"
        return self.connection.execute(query, (self.app, collection, id)).rowcount > 0

    def collections(self) -> list[str]:
        query = "SELECT DISTINCT collection FROM documents WHERE app = ? ORDER BY collection"
        return [name for (name,) in self.connection.execute(query, (self.app,))]

    def by_key(self, collection: str, key: str) -> list[JsonObject]:
        return self.between(collection, key, key)

    def between(self, collection: str, low: str, high: str) -> list[JsonObject]:
        """Documents with a lookup key from `low` to `high`, both included, in the order of the keys."""
        query = (
            "SELECT d.body FROM lookups l JOIN documents d USING (app, collection, id) "
            "WHERE l.app = ? AND l.collection = ? AND l.key BETWEEN ? AND ? ORDER BY l.key, d.rowid"
        )
        return [
            _object(body) for (body,) in self.connection.execute(query, (self.app, collection, low, high))
        ]

    def _forget_keys(self, collection: str, id: str) -> None:
        query = "DELETE FROM lookups WHERE app = ? AND collection = ? AND id = ?"
        self.connection.execute(query, (self.app, collection, id))

    # --- counters and settings ---

    def count(self, name: str) -> int:
        query = "SELECT value FROM counters WHERE app = ? AND name = ?"
        found = self.connection.execute(query, (self.app, name)).fetchone()
        return int(found[0]) if found else 0

    def total(self, low: str, high: str) -> int:
        """The sum of the counters named from `low` to `high`, both included."""
        query = "SELECT coalesce(sum(value), 0) FROM counters WHERE app = ? AND name BETWEEN ? AND ?"
        return int(self.connection.execute(query, (self.app, low, high)).fetchone()[0])

    def drop_counters(self, low: str, high: str) -> None:
        self.connection.execute(
            "DELETE FROM counters WHERE app = ? AND name BETWEEN ? AND ?", (self.app, low, high)
        )

    def next_number(self, name: str) -> int:
        """One more than the last time: 1, 2, 3 …"""
        query = (
            "INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT (app, name) DO UPDATE SET value = value + 1 "
            "RETURNING value"
        )
        return int(self.connection.execute(query, (self.app, name)).fetchone()[0])

    def setting(self, key: str, default: Any) -> Any:
        query = "SELECT value FROM settings WHERE app = ? AND key = ?"
        found = self.connection.execute(query, (self.app, key)).fetchone()
        return default if found is None else json.loads(found[0])

    def set_setting(self, key: str, value: Any) -> None:
        query = (
            "INSERT INTO settings VALUES (?, ?, ?) "
            "ON CONFLICT (app, key) DO UPDATE SET value = excluded.value"
        )
        self.connection.execute(query, (self.app, key, json.dumps(value)))

    # --- the log of requests ---

    def log(self, method: str, path: str, status: int, account: str, fault: str) -> None:
        row = (self.app, method, path, status, account, fault, self.now.isoformat())
        query = (
            "INSERT INTO requests (app, method, path, status, account, fault, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        number = self.connection.execute(query, row).lastrowid or 0
        if number % 1000 == 0:
            self.connection.execute("DELETE FROM requests WHERE id <= ?", (number - LOG_KEPT,))

    # --- all apps at once ---

    def logged(self) -> list[JsonObject]:
        names = ("app", "method", "path", "status", "account", "fault", "at")
        query = "SELECT app, method, path, status, account, fault, at FROM requests ORDER BY id"
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(query)]

    def of(self, app: str) -> Tx:
        """The same transaction, speaking of another app."""
        return Tx(self.connection, app, self.now, self.seal)

    def forget(self, keep: tuple[str, ...]) -> None:
        """Empty every app, but for the collections in `keep` and the numbers that ids are made of."""
        kept = json.dumps(keep)
        for statement in (
            "DELETE FROM documents WHERE collection NOT IN (SELECT value FROM json_each(?))",
            "DELETE FROM lookups WHERE collection NOT IN (SELECT value FROM json_each(?))",
        ):
            self.connection.execute(statement, (kept,))
        self.connection.execute("DELETE FROM counters WHERE name NOT LIKE 'id:%'")
        for statement in ("DELETE FROM settings", "DELETE FROM faults", "DELETE FROM requests"):
            self.connection.execute(statement)


def _object(body: str) -> JsonObject:
    parsed: JsonObject = json.loads(body)
    return parsed
