"""Starts a drill's lanes, reads along, and ends all it has started, whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from integrations.engine.errors import HubError
from integrations.services.drill.lane import Subject

PATIENCE_S = 0.2
COUNTED = ("lost", "doubled", "stuck", "held")
# What would lead a lane to another database than its own, or to a queue that others work.
NOT_HANDED_ON = ("DATABASE_URL", "REDIS_URL", "HUB_CLUSTER_ID")

Progress = Callable[[int, dict[str, Any]], None]


class LaneBroke(HubError):
    """A lane ended before its work was done."""

    kind = "lane_broke"


@dataclass(slots=True)
class Report:
    """The trials of a drill, each as `lane.run` tells it, and how long all took."""

    trials: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def total(self, key: str, workflow: str = "") -> int:
        return sum(row[key] for row in self.trials if workflow in ("", row["workflow"]))

    @property
    def workflows(self) -> list[str]:
        return sorted({row["workflow"] for row in self.trials})

    @property
    def problems(self) -> list[str]:
        """What did not hold, a sentence for each trial."""
        return [
            f"{row['workflow']}, {row['trouble']}: "
            + ", ".join(f"{row[key]} {key}" for key in COUNTED[:3] if row[key])
            + "".join(f". {words}" for words in row["words"])
            for row in self.trials
            if any(row[key] for key in COUNTED[:3])
        ]

    def document(self) -> dict[str, Any]:
        return {
            "workflows": len(self.workflows),
            "events": len(self.trials),
            "faults": sorted({row["trouble"] for row in self.trials}),
            **{key: self.total(key) for key in COUNTED},
            "seconds": round(self.seconds, 1),
            "problems": self.problems,
        }


def drill(
    subjects: Sequence[Subject],
    *,
    events: int,
    troubles: Sequence[str],
    progress: Progress = lambda done, row: None,
    sandbox_file: Path | None = None,
) -> Report:
    """Try `events` events for each subject, spread over the troubles, on as many lanes as there are cores.

    `sandbox_file`: simulated apps to begin with (a copy is used); else fresh ones. Raises LaneBroke.
    """
    began, report = time.monotonic(), Report()
    lanes = max(1, min(len(subjects), os.cpu_count() or 1, 4))
    with contextlib.ExitStack() as stack:
        heard: queue.SimpleQueue[str | int] = queue.SimpleQueue()
        for number in range(lanes):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ghlhub-drill-")))
            if sandbox_file is not None:
                _bring_sandbox(sandbox_file, directory)
            orders = {
                "subjects": [asdict(one) for one in subjects[number::lanes]],
                "events": events,
                "troubles": list(troubles),
            }
            process = _start(directory, orders)
            stack.callback(_end, process)
            threading.Thread(target=_listen, args=(process, heard), daemon=True).start()
        for row in _told(heard, lanes):
            report.trials.append(row)
            progress(len(report.trials), row)
    report.seconds = time.monotonic() - began
    return report


def _bring_sandbox(file: Path, directory: Path) -> None:
    """The simulated apps as they are, with the key that opens what they keep sealed."""
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}.key")):
        if path.exists():
            target = directory / path.name.replace(file.name, "sandbox.sqlite3")
            target.write_bytes(path.read_bytes())


def _start(directory: Path, orders: dict[str, Any]) -> subprocess.Popen[str]:
    file = directory / "orders.json"
    file.write_text(json.dumps(orders, default=str), encoding="utf-8")
    inherited = {key: value for key, value in os.environ.items() if key not in NOT_HANDED_ON}
    return subprocess.Popen(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "drill", "--lane", str(file)],
        env={
            **inherited,
            "HUB_DATA_DIR": str(directory),
            "HUB_SANDBOX_ENABLED": "yes",
            "PYTHONUNBUFFERED": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """The lane and all that it forked, which are one session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _listen(process: subprocess.Popen[str], heard: queue.SimpleQueue[str | int]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            heard.put(line)
    heard.put(process.wait())


def _told(heard: queue.SimpleQueue[str | int], lanes: int) -> Iterator[dict[str, Any]]:
    while lanes:
        said = heard.get()
        if isinstance(said, str):
            yield json.loads(said)
        elif said:
            raise LaneBroke(f"A lane of the drill ended with status {said} before its work was done.")
        else:
            lanes -= 1
