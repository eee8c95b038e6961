"""The validator proxy: one process for one OpenAPI document, and never one left behind."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

READY = "Prism is listening on "
START_S = 60.0
STOP_S = 5.0


class NoProxy(Exception):
    """The proxy did not come up; the text is what it said last."""


class Proxy:
    """Started at once, ready after `await_ready`; then `address` is where it listens."""

    def __init__(self, program: Path, document: Path, upstream: str) -> None:
        self.address = ""
        self._document = document
        self._said: Queue[str] = Queue()
        self._process = subprocess.Popen(
            [str(program), "proxy", "-h", "127.0.0.1", "-p", "0", "--errors", str(document), upstream],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def await_ready(self) -> None:
        lines = [""]
        while READY not in lines[-1]:
            try:
                line = self._said.get(timeout=START_S)
            except Empty:
                line = ""
            if not line:
                raise NoProxy(f"{self._document.name}: " + (" ".join(lines).strip()[-300:] or "not a word"))
            lines.append(line)
        self.address = lines[-1].rpartition(READY)[2].strip()

    def close(self) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self._process.kill()
        self._process.wait()
        self._reader.join(STOP_S)

    def _read(self) -> None:
        """It tells of every request: somebody has to listen, or it stands still."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if not self.address:
                    self._said.put(line)
        self._said.put("")


@contextmanager
def in_turn(program: Path, documents: Sequence[Path], upstream: str) -> Iterator[Iterator[tuple[Path, str]]]:
    """Each document with its proxy's address.

    The next one starts while this one works: two at a time, 150 MB each.
    """
    with ExitStack() as stack:

        def start(document: Path) -> Proxy:
            proxy = Proxy(program, document, upstream)
            stack.callback(proxy.close)
            return proxy

        def turns() -> Iterator[tuple[Path, str]]:
            following = start(documents[0])
            for place, document in enumerate(documents):
                proxy = following
                if place + 1 < len(documents):
                    following = start(documents[place + 1])
                proxy.await_ready()
                yield document, proxy.address
                proxy.close()

        yield turns()
