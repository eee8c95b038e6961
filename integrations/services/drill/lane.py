"""A lane: one process with a data directory of its own, in which trials are made one after the other.

For each workflow it forks a nursery, which sets the scene and makes one undisturbed run; then the nursery
only copies files and forks: every trial runs in a child, on the same copy of the hub's database and of the
simulated apps. So nothing of one trial is left for the next, whoever was killed in it, and no child has to
learn anew what its parent knows by then: a worker is forked in milliseconds, where a new Python takes
seconds.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, TypeVar

from django.core.management import call_command
from django.db import connections

from integrations.engine.errors import HubError, WrongUse
from integrations.services import clients
from integrations.services.drill import copies, stage, trial, troubles
from integrations.services.drill.rights import Rights
from integrations.services.drill.server import Server
from integrations.services.drill.stage import Scene
from integrations.services.drill.verdicts import Verdict

TRIAL_S = 120.0
FOUND, BROKEN, ENDED = "found", "broken", "ended"

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
    """`events` of each subject, these troubles taking turns; 0: one in each that can befall it.

    Lanes share the work: each subject's events fall into so many `parts`, and what a lane takes up it notes
    in the folder `taken` ("": it has no others beside it). `server` is the PostgreSQL it works on.
    """

    subjects: Sequence[Subject]
    events: int
    troubles: Sequence[str]
    parts: int = 1
    taken: str = ""
    server: Server | None = None

    @classmethod
    def read(cls, words: Mapping[str, Any]) -> Orders:
        subjects = [Subject(**one) for one in words["subjects"]]
        server = Server(**words["server"]) if words.get("server") else None
        return cls(**{**words, "subjects": subjects, "server": server})

    def take_up(self) -> Iterator[tuple[Subject, range]]:
        """What nobody else has taken up: a subject, and the numbers of its trials."""
        for number, subject in enumerate(self.subjects):
            for part in range(self.parts):
                if self._is_free(f"{number}-{part}"):
                    yield subject, range(part, self.events or len(self.troubles), self.parts)

    def _is_free(self, name: str) -> bool:
        try:
            if self.taken:
                (Path(self.taken) / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def run(orders: Orders) -> Iterator[dict[str, Any]]:
    """Each trial as it ends: workflow, trouble, lost, doubled, stuck, held, words, seconds.

    For a trouble that cannot befall a workflow: workflow, trouble, unfit (why).
    """
    copies.create()
    call_command("migrate", interactive=False, verbosity=0)
    clients.sandbox()  # what it imports, every process of this lane has from here
    _put_down()
    copies.keep("empty")
    for subject, numbers in orders.take_up():
        copies.bring("empty")
        yield from _nursery(subject, orders, numbers)


def _nursery(subject: Subject, orders: Orders, numbers: range) -> Iterator[dict[str, Any]]:
    """The trials of one workflow, from a process that knows the way by heart: it made the undisturbed run."""
    try:
        yield from streamed(lambda: _drilled(subject, orders, numbers))
    except TrialBroke as error:
        yield _line(subject, "none", Verdict(stuck=1, words=(error.sentence,)), 0)


def _drilled(subject: Subject, orders: Orders, numbers: range) -> Iterator[dict[str, Any]]:
    try:
        scene = _furnished(subject)
        _put_down()
        copies.keep("base")
        rights = _undisturbed(scene, on_server=orders.server is not None)
    except HubError as error:
        yield _line(subject, "none", Verdict(stuck=1, words=(error.sentence,)), 0)
        return
    unfit = {one.key: rights.unfit(one) for one in troubles.ALL if one.key in orders.troubles}
    for key, why in unfit.items():
        if why and 0 in numbers:
            yield {"workflow": subject.title, "trouble": key, "unfit": why}
    fitting = [one for one in troubles.ALL if unfit.get(one.key) == ""]
    gc.freeze()  # so that a child does not copy what it only looks at
    wanted = range(orders.events or len(fitting)) if fitting else ()
    for number in (number for number in numbers if number in wanted):
        trouble = fitting[number % len(fitting)]
        began = time.monotonic()
        _put_down()
        copies.bring("base")
        verdict = _verdict(trial.Trial(scene, rights, trouble, number // len(fitting), orders.server))
        yield _line(subject, trouble.key, verdict, time.monotonic() - began)


def _undisturbed(scene: Scene, *, on_server: bool) -> Rights:
    """Told by hand and, where it can be brought about in the app, heard of from there.

    Raises WrongUse where there is nothing to compare with.
    """
    told, acted = trial.undisturbed(scene), None
    _put_down()
    copies.bring("base")
    pair = trial.undisturbed(scene, pair=True)
    if scene.happens:
        _put_down()
        copies.bring("base")
        acted = trial.undisturbed(scene, acted=True)
    for right in (told, acted):
        if right is not None and right.problem:
            raise WrongUse(right.problem)
    return Rights(told=told, pair=pair, acted=acted, readable=scene.readable, on_server=on_server)


def _verdict(one: trial.Trial) -> Verdict:
    try:
        return in_child(one.tried)
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
    (answer,) = streamed(lambda: iter([do()]), patience_s=TRIAL_S)
    return answer


def streamed(do: Callable[[], Iterable[T]], *, patience_s: float | None = None) -> Iterator[T]:
    """What `do` gives, one after the other, from a forked process. Raises TrialBroke as `in_child` does."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(do, there))
    child.start()
    there.close()
    try:
        while True:
            if not here.poll(patience_s):
                raise TrialBroke(f"A trial did not end within {patience_s:g} seconds.")
            kind, found = here.recv()
            if kind == ENDED:
                return
            if kind == BROKEN:
                raise TrialBroke(found)
            yield found
    except EOFError:
        raise TrialBroke("A trial's process ended before it had answered.") from None
    finally:
        child.kill()
        child.join()
        here.close()


def _answer(do: Callable[[], Iterable[Any]], there: Pipe) -> None:
    clients.forget()
    try:
        for found in do():
            there.send((FOUND, found))
        there.send((ENDED, None))
    except HubError as error:
        there.send((BROKEN, error.sentence))
    except Exception:  # noqa: BLE001 - told to the lane, which counts it
        there.send((BROKEN, f"A trial broke: {traceback.format_exc(limit=-3)}"))
    connections.close_all()


def _put_down() -> None:
    """Nothing of either database is open in this process: its files may be replaced."""
    connections.close_all()
    clients.forget()
    clients.sandbox().store.close()
