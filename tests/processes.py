"""Hubs made of real processes, each with a data directory and a database of its own.

    with processes.start_hub(tmp_path) as hub:      # migrated, empty
        hub.manage("demo", "--once")                # waits; raises with what it printed when it did not hold
        watch = hub.start("watch")                  # a process that goes on
        processes.wait_until(lambda: hub.rows("SELECT 1 FROM integrations_heartbeat"))
        os.kill(watch.pid, signal.SIGTERM)

Every process of a hub, however orphaned, carries HUB_TEST_ID in its environment: `hub.alive()` finds them
all, and leaving the `with` ends them. With DATABASE_URL the hub gets a new database on that server, with
REDIS_URL an empty database number; both are emptied in the end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0

T = TypeVar("T")


@dataclass(slots=True)
class Hub:
    """One hub in a directory. `environment` is what all its processes get; change it before starting them."""

    directory: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def manage(
        self, *args: str, expect: int | None = 0, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command, wait, and fail unless it exits with `expect` (None: any). `more` is environment."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *args],
            cwd=ROOT,
            env={**self.environment, **more},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE_S,
            check=False,
        )
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{args} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, *args: str, **more: str) -> subprocess.Popen[str]:
        """Start a command that goes on, in a session of its own; it writes to `output()`."""
        with self.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), *args],
                cwd=ROOT,
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    @property
    def log(self) -> Path:
        return self.directory / "output.log"

    def output(self) -> str:
        """What the started processes have printed so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the hub's own database, read over a connection of its own. Placeholders are %s."""
        url = self.environment.get("DATABASE_URL")
        if url:
            with _postgres(url) as connection:
                return list(connection.execute(query, values).fetchall())
        with contextlib.closing(sqlite3.connect(self.directory / "hub.sqlite3", timeout=20)) as connection:
            found = connection.execute(query.replace("%s", "?"), values).fetchall()
            connection.commit()
            return found

    def alive(self) -> list[int]:
        """Process ids of everything that belongs to this hub, however deep or orphaned (Linux)."""
        mark = f"HUB_TEST_ID={self.environment['HUB_TEST_ID']}".encode()
        return [pid for pid in _pids() if mark in _environment_of(pid)]

    def children(self, pid: int) -> list[int]:
        """The direct children of a process, oldest first."""
        return [child for child in self.alive() if parent_of(child) == pid]

    def close(self) -> None:
        """End whatever is left of this hub."""
        for pid in self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.started:
            process.wait(timeout=PATIENCE_S)


@contextlib.contextmanager
def start_hub(directory: Path, *, migrate: bool = True, **more: str) -> Iterator[Hub]:
    """A hub of its own in `directory` (migrated, unless told otherwise). `more` is environment."""
    with contextlib.ExitStack() as stack:
        hub = Hub(directory, env(directory, **more))
        if hub.environment.get("DATABASE_URL"):
            hub.environment["DATABASE_URL"] = stack.enter_context(
                _own_database(hub.environment["DATABASE_URL"])
            )
        if hub.environment.get("REDIS_URL"):
            hub.environment["REDIS_URL"] = stack.enter_context(_own_redis(hub.environment["REDIS_URL"]))
        stack.callback(hub.close)
        if migrate:
            hub.manage("migrate", "--no-input", "--verbosity", "0")
        yield hub


def env(directory: Path, **more: str) -> dict[str, str]:
    """The environment of a hub that lies in `directory` and answers on a free port."""
    inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "ghlhub.settings",
        "HUB_DATA_DIR": str(directory),
        "HUB_PORT": str(free_port()),
        "HUB_WORKERS": "2",
        "HUB_TEST_ID": uuid.uuid4().hex,
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def wait_until(
    look: Callable[[], T], *, for_s: float = PATIENCE_S, every_s: float = 0.1, what: str = ""
) -> T:
    """Look until there is something, and return it; fails with `what` when there is nothing after `for_s`."""
    until = time.monotonic() + for_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"nothing came of it in {for_s:g} s: {what or look}")
        time.sleep(every_s)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def parent_of(pid: int) -> int:
    """The parent's process id; 0 when the process is gone."""
    return int((_stat(pid) or ["", "0"])[1])


def is_alive(pid: int) -> bool:
    """Whether it runs; one that ended and was not waited for does not count."""
    return (_stat(pid) or ["Z"])[0] not in ("Z", "X")


def _pids() -> list[int]:
    found = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in found if pid != os.getpid() and is_alive(pid)]


def _environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    """State, parent, and so on: what stands behind the name in /proc/<pid>/stat."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


@contextlib.contextmanager
def _postgres(url: str) -> Iterator[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[str]:
    """A new database on the server of `url`; dropped in the end, whoever is still connected."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        yield ""
        return
    name = f"ghlhub_{uuid.uuid4().hex[:12]}"
    with _postgres(url) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with _postgres(url) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def _own_redis(url: str) -> Iterator[str]:
    """An empty database number on the server of `url`, taken by a key in it; emptied in the end."""
    for number in range(15, 0, -1):
        own = urlsplit(url)._replace(path=f"/{number}").geturl()
        client = redis.Redis.from_url(own)
        if client.dbsize() == 0 and client.set("ghlhub:tests", "taken", nx=True):
            break
        client.close()
    else:
        raise AssertionError("no database number of the Redis server is empty")
    try:
        yield own
    finally:
        client.flushdb()
        client.close()
