"""A lane: one process with a data directory of its own, in which trials are made one after the other.

The process itself only copies files and forks: every trial runs in a child, on the same copy of the hub's
database and of the simulated apps. So nothing of one trial is left for the next, whoever was killed in it.
SQLite only.
"""

from __future__ import annotations

import multiprocessing
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from integrations.engine.errors import HubError
from integrations.services import clients
from integrations.services.drill import stage, trial, troubles
from integrations.services.drill.stage import Scene
from integrations.services.drill.trial import Right
from integrations.services.drill.troubles import Trouble
from integrations.services.drill.verdicts import Verdict

TRIAL_S = 120.0
FILES = ("hub.sqlite3", "sandbox.sqlite3")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is drilled: a recipe's example, or (`configuration`, `name`) a workflow of another hub."""

    recipe: str = ""
    name: str = ""
    configuration: str = ""
    event_type: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.recipe or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    subjects: Sequence[Subject]
    events: int
    troubles: Sequence[str]

    @classmethod
    def read(cls, words: Mapping[str, Any]) -> Orders:
        subjects = [Subject(**one) for one in words["subjects"]]
        return cls(subjects=subjects, events=words["events"], troubles=words["troubles"])


def run(orders: Orders) -> Iterator[dict[str, Any]]:
    """Each trial as it ends: workflow, trouble, lost, doubled, stuck, held, words, seconds."""
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    _keep("empty")
    for subject in orders.subjects:
        _bring("empty")
        yield from _drilled(subject, orders)


def _drilled(subject: Subject, orders: Orders) -> Iterator[dict[str, Any]]:
    try:
        scene: Scene = in_child(lambda: _furnished(subject))
        _keep("base")
        right: Right = in_child(lambda: trial.undisturbed(scene))
    except HubError as error:
        yield _line(subject, "none", Verdict(stuck=1, words=(error.sentence,)), 0)
        return
    if right.problem:
        yield _line(subject, "none", Verdict(stuck=1, words=(right.problem,)), 0)
        return
    wanted = [one for one in troubles.ALL if one.key in orders.troubles and trial.fits(one, right)]
    for number in range(orders.events if wanted else 0):
        trouble = wanted[number % len(wanted)]
        began = time.monotonic()
        _bring("base")
        verdict = _verdict(scene, right, trouble, number // len(wanted))
        yield _line(subject, trouble.key, verdict, time.monotonic() - began)


def _verdict(scene: Scene, right: Right, trouble: Trouble, nth: int) -> Verdict:
    try:
        return in_child(lambda: trial.tried(scene, right, trouble, nth))
    except HubError as error:
        return Verdict(stuck=1, words=(error.sentence,))


def _furnished(subject: Subject) -> Scene:
    if subject.recipe:
        return stage.example(subject.recipe)
    return stage.draft(subject.configuration, subject.name, subject.event_type, subject.payload)


def _line(subject: Subject, trouble: str, verdict: Verdict, seconds: float) -> dict[str, Any]:
    return {"workflow": subject.title, "trouble": trouble, **asdict(verdict), "seconds": round(seconds, 2)}


# --- children and copies ---------------------------------------------------------------------------


class TrialBroke(HubError):
    """The trial itself did not come to its end."""

    kind = "trial_broke"


def in_child(do: Callable[[], T]) -> T:
    """What `do` gives, in a forked process. Raises TrialBroke when it breaks or takes too long."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(do, there))
    child.start()
    there.close()
    try:
        if not here.poll(TRIAL_S):
            raise TrialBroke(f"A trial did not end within {TRIAL_S:g} seconds.")
        done, found = here.recv()
    except EOFError:
        raise TrialBroke("A trial's process ended before it had answered.") from None
    finally:
        child.kill()
        child.join()
    if not done:
        raise TrialBroke(found)
    answer: T = found
    return answer


def _answer(do: Callable[[], T], there: Pipe) -> None:
    clients.forget()
    try:
        there.send((True, do()))
    except HubError as error:
        there.send((False, error.sentence))
    except Exception:  # noqa: BLE001 - told to the lane, which counts it
        there.send((False, f"A trial broke: {traceback.format_exc(limit=-3)}"))
    connections.close_all()


def _keep(name: str) -> None:
    """Copy the databases as they are now; a log that was not written back belongs to them."""
    target = _place(name)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in _files(Path(settings.HUB_DATA_DIR)):
        shutil.copy2(path, target)


def _bring(name: str) -> None:
    """The databases as they were when they were kept."""
    for path in _files(Path(settings.HUB_DATA_DIR)):
        path.unlink()
    for path in _files(_place(name)):
        shutil.copy2(path, settings.HUB_DATA_DIR)


def _files(folder: Path) -> list[Path]:
    return [path for file in FILES for path in folder.glob(f"{file}*") if path.suffix != ".key"]


def _place(name: str) -> Path:
    return Path(settings.HUB_DATA_DIR) / name
