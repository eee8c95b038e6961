"""`make conformance`: exit 0 it holds, 1 it does not, 2 it could not be tried; the reason in one sentence."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from integrations.sandbox import Sandbox
from tests.conformance import patches
from tests.conformance.edits import Stale
from tests.conformance.proxy import NoProxy, in_turn
from tests.conformance.run import Run, Tally, left_open
from tests.conformance.server import served, spoilt, unchanged

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = ROOT.parent / "shared" / "facts" / "openapi" / "ghl"
PACKAGES = ROOT / "var" / "conformance"
PRISM = PACKAGES / "node_modules" / ".bin" / "prism"
READABLE = Path(__file__).with_name("readable.js")
ROW = "{:>11}{:>10}{:>12}{:>12}{:>7}"


class CannotTry(Exception):
    """Something that the run needs is not there."""


class DoesNotHold(Exception):
    """It was tried, and does not hold."""


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    try:
        _conform(args)
    except (CannotTry, NoProxy) as error:
        _say(str(error), sys.stderr)
        return 2
    except Stale as error:
        _say(f"A patch no longer applies, so the official files have changed: {error}", sys.stderr)
        return 1
    except DoesNotHold as error:
        _say(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--openapi", type=Path, default=OFFICIAL, help="the directory of the official files")
    parser.add_argument("--only", action="append", default=[], metavar="FILE", help="one file, such as users")
    parser.add_argument("--break", dest="broken", choices=("request", "answer"), help="must be noticed")
    parser.add_argument("--verbose", action="store_true", help="list every patch")
    return parser.parse_args(argv)


def _conform(args: argparse.Namespace) -> None:
    began = time.monotonic()
    _check_needs(args.openapi)
    with tempfile.TemporaryDirectory(dir=PACKAGES, prefix="run-") as scratch:
        documents = _chosen(patches.copy(args.openapi, Path(scratch) / "openapi"), args.only)
        _introduce(documents, _check_readable(documents), args.verbose)
        tallies = _tallies(documents, Path(scratch), args.broken)
    _conclude(tallies, time.monotonic() - began)


def _introduce(documents: Sequence[Path], schemas: int, verbose: bool) -> None:
    silent = [call for document in documents for call in left_open(document)]
    _say(f"{len(patches.PATCHES)} patches in a copy of the official files; --verbose lists them")
    _say(f"{schemas} schemas, and the validator can read every one")
    _say(f"{len(silent)} operations of whose answers the files say nothing")
    if verbose:
        _say("\n".join([*patches.told(), "No answer declared:", *(f"  {call}" for call in silent)]))


def _check_needs(official: Path) -> None:
    if not list(official.glob("apps/*.json")):
        raise CannotTry(f"There are no official OpenAPI files in {official}; say where with OPENAPI=path.")
    if shutil.which("node") is None:
        raise CannotTry("The validator runs on Node 20 or newer, and there is no node here: install it.")
    if not PRISM.exists():
        raise CannotTry("The validator is not installed yet: `make conformance` does that.")


def _chosen(documents: list[Path], only: Sequence[str]) -> list[Path]:
    names = [document.stem for document in documents]
    for name in only:
        if name not in names:
            raise CannotTry(f"There is no file {name}; there are {', '.join(names)}.")
    return [document for document in documents if not only or document.stem in only]


def _check_readable(documents: Sequence[Path]) -> int:
    """How many schemas there are. The validator passes over what it cannot read, without a word."""
    done = subprocess.run(
        ["node", str(READABLE), str(PACKAGES), *map(str, documents)],
        capture_output=True,
        text=True,
        check=False,
    )
    *unreadable, count = done.stdout.splitlines() or [""]
    if done.returncode != 0 or not count.isdecimal():
        raise CannotTry(f"The schemas could not be looked at: {done.stderr.strip()[-300:]}")
    if unreadable:
        _say("\n".join(unreadable))
        raise DoesNotHold(f"The validator cannot read {len(unreadable)} schemas; it would pass over them.")
    return int(count)


def _tallies(documents: Sequence[Path], scratch: Path, broken: str) -> list[Tally]:
    """The sandbox is served twice: to the proxies, and straight to the calls that only make ready."""
    sandbox = Sandbox(scratch / "sandbox.sqlite3")
    change = spoilt if broken == "answer" else unchanged
    with (
        served(sandbox, change) as upstream,
        served(sandbox, unchanged) as direct,
        in_turn(PRISM, documents, upstream) as turns,
        Run(sandbox, direct, break_one=broken == "request") as run,
    ):
        tallies = list(_rows(run, turns))
    if run.to_break:
        raise CannotTry("None of these files has a call with anything that could be left out of it.")
    return tallies


def _rows(run: Run, turns: Iterator[tuple[Path, str]]) -> Iterator[Tally]:
    _say(f"{'file':16}" + ROW.format("operations", "requests", "violations", "undeclared", "s"))
    for document, proxy in turns:
        began = time.monotonic()
        _say(f"{document.stem:16}", end="")
        tally = run.document(document, proxy)
        _say(_row(tally, time.monotonic() - began))
        for line in tally.lines:
            _say(f"  {line}")
        yield tally


def _row(tally: Tally, seconds: float) -> str:
    undeclared = sum(tally.undeclared.values())
    return ROW.format(tally.operations, tally.requests, tally.violations, undeclared, f"{seconds:.0f}")


def _conclude(tallies: Sequence[Tally], seconds: float) -> None:
    whole = Tally("all")
    for tally in tallies:
        whole += tally
    _say(f"{whole.name:16}" + _row(whole, seconds))
    statuses = ", ".join(f"{status} {count} times" for status, count in sorted(whole.undeclared.items()))
    _say(f"error statuses that the files do not declare: {statuses or 'none'}")
    said = (
        f"{whole.operations} operations, {whole.requests} requests through the validator, "
        f"{whole.violations} violations, {whole.failures} calls that failed; {seconds:.0f} s."
    )
    if not whole.holds:
        raise DoesNotHold(f"Conformance does not hold: {said}")
    _say(f"Conformance holds: {said}")


def _say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    stream = stream or sys.stdout
    stream.write(text + end)
    stream.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that every `with` is left
    sys.exit(main())
