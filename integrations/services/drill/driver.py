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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from integrations.engine.errors import HubError
from integrations.services.drill import blank
from integrations.services.drill.lane import Subject
from integrations.services.drill.server import of_lane

PATIENCE_S = 0.5
MOST_LANES = 4
COUNTED = ("lost", "doubled", "stuck", "held")
# What would lead a lane to another database than its own, or to a queue that others work.
NOT_HANDED_ON = ("DATABASE_URL", "REDIS_URL", "HUB_CLUSTER_ID")

Progress = Callable[[int, dict[str, Any]], None]


class LaneBroke(HubError):
    """A lane ended before its work was done."""

    kind = "lane_broke"


def did_hold(row: Mapping[str, Any]) -> bool:
    """Whether a trial lost nothing, doubled nothing and left nothing stuck."""
    return not any(row[key] for key in COUNTED[:3])


def in_words(row: Mapping[str, Any]) -> str:
    """What a trial that did not hold has found: how many of what, and where."""
    counts = ", ".join(f"{row[key]} {key}" for key in COUNTED[:3] if row[key])
    return counts + "".join(f". {words}" for words in row["words"])


@dataclass(slots=True)
class Report:
    """The trials of a drill, each as `lane.run` tells it, which troubles could not befall a workflow, and how
    long all took. `cancelled`: somebody stopped it, and not all was tried."""

    trials: list[dict[str, Any]] = field(default_factory=list)
    unfit: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    cancelled: bool = False

    def total(self, key: str, workflow: str = "") -> int:
        return sum(row[key] for row in self.trials if workflow in ("", row["workflow"]))

    @property
    def workflows(self) -> list[str]:
        return sorted({row["workflow"] for row in self.trials})

    @property
    def problems(self) -> list[str]:
        """What did not hold, a sentence for each trial."""
        return [
            f"{row['workflow']}, {row['trouble']}: {in_words(row)}"
            for row in self.trials
            if not did_hold(row)
        ]

    def document(self) -> dict[str, Any]:
        return {
            "workflows": len(self.workflows),
            "events": len(self.trials),
            "faults": sorted({row["trouble"] for row in self.trials}),
            **{key: self.total(key) for key in COUNTED},
            "seconds": round(self.seconds, 1),
            "problems": self.problems,
            "not_applicable": self.unfit,
        }


def drill(
    subjects: Sequence[Subject],
    *,
    events: int,
    troubles: Sequence[str],
    progress: Progress = lambda done, row: None,
    cancelled: Callable[[], bool] = lambda: False,
    sandbox_file: Path | None = None,
    on_server: bool = False,
) -> Report:
    """Try `events` events for each subject, spread over the troubles, on as many lanes as there are cores;
    with 0 events, one in each trouble that can befall it.

    `progress` hears how many are done, and each row as `lane.run` tells it. `cancelled` is asked every so
    often whether to stop. `sandbox_file`: simulated apps to begin with (a copy is used); else fresh ones.
    `on_server`: on PostgreSQL, which is restarted. Raises LaneBroke, and WrongUse where there is none.
    """
    began, report = time.monotonic(), Report()
    lanes = _lanes(len(subjects), events or len(troubles))
    with contextlib.ExitStack() as stack:
        heard: queue.SimpleQueue[str | int] = queue.SimpleQueue()
        taken = stack.enter_context(tempfile.TemporaryDirectory(prefix="ghlhub-drill-"))
        orders = {
            "subjects": [asdict(one) for one in subjects],
            "events": events,
            "troubles": list(troubles),
            "parts": 1 if len(subjects) >= lanes else lanes,
            "taken": taken,
        }
        for number in range(lanes):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ghlhub-drill-")))
            if sandbox_file is not None:
                _bring_sandbox(sandbox_file, directory)
            server = stack.enter_context(of_lane(number, directory)) if on_server else None
            process = _start(directory, {**orders, "server": asdict(server) if server else None})
            stack.callback(_end, process)
            threading.Thread(target=_listen, args=(process, heard), daemon=True).start()
        for row in _told(heard, lanes, cancelled):
            (report.unfit if "unfit" in row else report.trials).append(row)
            progress(len(report.trials), row)
        report.cancelled = cancelled()
    report.seconds = time.monotonic() - began
    return report


def _lanes(subjects: int, events: int) -> int:
    """One for each core; with work enough, one more, for the times that the others wait."""
    cores = min(os.cpu_count() or 1, MOST_LANES)
    return cores + 1 if subjects > cores else max(1, min(subjects * events, cores))


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
    environment = {**inherited, "HUB_SANDBOX_ENABLED": "yes", "PYTHONUNBUFFERED": "1"}
    if orders["server"]:
        environment["DATABASE_URL"] = orders["server"]["url"]
    else:
        blank.bring(directory, environment)
    return subprocess.Popen(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "drill", "--lane", str(file)],
        env={**environment, "HUB_DATA_DIR": str(directory)},
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


def _told(
    heard: queue.SimpleQueue[str | int], lanes: int, cancelled: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    while lanes and not cancelled():
        try:
            said = heard.get(timeout=PATIENCE_S)
        except queue.Empty:
            continue
        if isinstance(said, str):
            yield json.loads(said)
        elif said:
            raise LaneBroke(f"A lane of the drill ended with status {said} before its work was done.")
        else:
            lanes -= 1
