"""The processes of a hub: web server, cluster and watch under one parent. A signal to it ends all of them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor

from integrations import queue
from integrations.engine.errors import HubError
from integrations.services import children
from integrations.services.children import Child
from integrations.services.watch import Watch

TICK_S = 1.0
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

Say = Callable[[str], None]


class CannotServe(HubError):
    kind = "cannot_serve"


def serve(say: Say) -> None:
    """Web server, cluster and watch, until a signal comes. Raises CannotServe: not begun, or the web died."""
    check_port()
    check_database()
    with Signals() as signals:
        queue.schedule_housekeeping()
        web, watch = Child("web server", granian(), {}), Watch()
        try:
            _serve(say, signals, web, watch)
        finally:
            _stop([web], watch, signals)


def _serve(say: Say, signals: Signals, web: Child, watch: Watch) -> None:
    answered = False
    while not signals.count:
        _tick(watch)
        if web.ended:
            raise CannotServe("The web server has ended, so everything was stopped; its last lines say why.")
        if not answered and port_answers():
            answered = True
            say(f"The hub answers at {settings.HUB_BASE_URL} (Ctrl-C ends it).")
        signals.wait(TICK_S if answered else TICK_S / 5)


def watch_over(say: Say) -> None:
    """Cluster and watch without a web server, until a signal comes."""
    check_database()
    with Signals() as signals:
        queue.schedule_housekeeping()
        watch = Watch()
        say("Watching over one cluster (Ctrl-C ends it).")
        try:
            while not signals.count:
                _tick(watch)
                signals.wait(TICK_S)
        finally:
            _stop([], watch, signals)


def _tick(watch: Watch) -> None:
    close_old_connections()  # one that broke is not used again
    watch.tick(datetime.now(UTC))


def _stop(others: list[Child], watch: Watch, signals: Signals) -> None:
    """A second signal means: at once."""
    before = signals.count
    running = [*others, *([watch.cluster] if watch.cluster else [])]
    children.stop(running, hurry=lambda: signals.count > max(before, 1))
    with contextlib.suppress(Exception):
        watch.forget()


def granian() -> list[str]:
    """The web server's command."""
    return [
        *(sys.executable, "-m", "granian", "ghlhub.wsgi:application"),
        *("--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers"),
        *("--host", settings.HUB_HOST, "--port", str(settings.HUB_PORT), "--log-level", "warning"),
        *("--working-dir", str(settings.BASE_DIR)),
    ]


def check_port() -> None:
    """Raises CannotServe when somebody else is at our port."""
    family = socket.AF_INET6 if ":" in settings.HUB_HOST else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.HUB_HOST, settings.HUB_PORT))
            trial.listen()
        except OSError as error:
            raise CannotServe(
                f"Nothing was started: {settings.HUB_HOST}:{settings.HUB_PORT} cannot be used "
                f"({os.strerror(error.errno or 0).lower()}); end what is there, or set HUB_PORT to another."
            ) from error


def port_answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HUB_HOST, settings.HUB_HOST)  # noqa: S104
    try:
        socket.create_connection((host, settings.HUB_PORT), timeout=1).close()
    except OSError:
        return False
    return True


def check_database() -> None:
    """Raises CannotServe when migrations are still to be applied."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotServe("The database is not set up for this version of the hub; run ./manage.py migrate.")


class Signals:
    """Counts requests to stop. A pipe wakes the waiting loop: an Event may deadlock inside a handler."""

    def __init__(self) -> None:
        self.count = 0
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Signals:
        self._out, self._in = os.pipe()
        os.set_blocking(self._in, False)
        self._stack.callback(os.close, self._out)
        self._stack.callback(os.close, self._in)
        for name in SIGNALS:
            if number := getattr(signal, name, None):
                self._stack.callback(signal.signal, number, signal.signal(number, self._heard))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        with contextlib.suppress(BlockingIOError):
            os.write(self._in, b".")

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a signal."""
        select.select([self._out], [], [], seconds)
