"""Child processes, each the head of a process group of its own, so that none of its children is left behind.

Why not simply terminate a group: django-q2's main process hangs when its children get the signal too, and
granian leaves its worker when its main process is killed (both measured). So a stop is asked of the main
process alone, and only then is the group killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

PATIENCE_S = 25.0
LOOK_S = 0.05
PR_SET_PDEATHSIG = 1


class Child:
    """One running command with its process group."""

    def __init__(self, title: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.title = title
        self.process = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_ends_with_parent(),
        )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """SIGTERM to the main process alone."""
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the whole group, also when its main process has ended already."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def stop(
    children: Iterable[Child], *, patience_s: float = PATIENCE_S, hurry: Callable[[], bool] | None = None
) -> None:
    """Ask all to stop, wait, and kill what is left. `hurry` turning true ends the waiting."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + patience_s
    while time.monotonic() < until and not all(child.ended for child in children):
        if hurry and hurry():
            break
        time.sleep(LOOK_S)
    for child in children:
        child.kill()


def _ends_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel tells a child to stop when its parent is gone, even by SIGKILL.

    Elsewhere a supervisor that was killed leaves its children running; end them by hand.
    """
    if sys.platform != "linux":
        return None
    tell = ctypes.CDLL(None, use_errno=True).prctl  # looked up before the fork
    parent = os.getpid()

    def arrange() -> None:
        tell(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:  # it was gone before we had asked
            os._exit(1)

    return arrange
