"""What all commands share: text for people or one JSON document, and one sentence when it cannot be done."""

from __future__ import annotations

import argparse
import json
import sys
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, handle_default_options
from django.db import DatabaseError, connections

from integrations.engine.errors import HubError, WrongUse
from integrations.services.trouble import database_sentence

DID_NOT_HOLD = 1
WRONG_USE = 2
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command found: `document` for --json, `lines` for people; `failed` says why it did not hold."""

    document: Any
    lines: Sequence[str] = ()
    failed: str = ""


class HubCommand(BaseCommand):
    """A command of ours: `arguments` says what it takes, `answer` does it.

    Exit status: 0 done, 1 it did not hold, 2 wrong usage. Errors are one sentence on stderr.
    """

    requires_system_checks = ()
    has_json = True

    def add_arguments(self, parser: CommandParser) -> None:
        if self.has_json:
            parser.add_argument("--json", action="store_true", help="print one JSON document")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """The command's own arguments."""

    @abstractmethod
    def answer(self, options: dict[str, Any]) -> Answer | None:
        """Do it. None when everything has been said already."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self.answer(options)
        except WrongUse as error:
            raise CommandError(error.sentence, returncode=WRONG_USE) from error
        except HubError as error:
            raise CommandError(error.sentence, returncode=DID_NOT_HOLD) from error
        except DatabaseError as error:
            raise CommandError(database_sentence(error), returncode=DID_NOT_HOLD) from error
        if found is None:
            return
        if options.get("json"):
            self.stdout.write(json.dumps(found.document, indent=2, ensure_ascii=False, default=str))
        else:
            self.stdout.writelines(f"{line}\n" for line in found.lines)
        if found.failed:
            raise CommandError(found.failed, returncode=DID_NOT_HOLD)

    def tell(self, sentence: str) -> None:
        """Say something now, while the command goes on."""
        self.stdout.write(sentence)
        self.stdout.flush()

    def run_from_argv(self, argv: list[str]) -> None:
        """From the command line: Django's way with it prints usages, prefixes and tracebacks."""
        try:
            self.perform(argv)
        except CommandError as error:
            self._leave(str(error), error.returncode)
        except BrokenPipeError:
            # Whoever read along has gone (`| head`): nothing more to say, not even at exit.
            sys.stdout = None
        except KeyboardInterrupt:
            self._leave("Stopped.", INTERRUPTED)
        finally:
            connections.close_all()

    def perform(self, argv: list[str]) -> None:
        """What the command line asks for. Every way to fail is a CommandError with its exit status."""
        # Not called "from the command line", Django's parser raises its complaint instead of printing usage.
        parser = self.create_parser(argv[0], argv[1])
        try:
            options = parser.parse_args(argv[2:])
        except CommandError as error:
            what = str(error).removeprefix("Error: ").rstrip(".")
            told = f"{what[:1].upper()}{what[1:]}; see manage.py {argv[1]} --help."
            raise CommandError(told, returncode=WRONG_USE) from None
        handle_default_options(options)
        values = vars(options)
        try:
            self.execute(*values.pop("args", ()), **values)
        except (CommandError, BrokenPipeError):
            raise
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=WRONG_USE) from error
        except Exception as error:
            if options.traceback:
                raise
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            raise CommandError(
                f"The hub made a mistake ({what}); run it again with --traceback and report what it prints."
            ) from error

    def _leave(self, sentence: str, status: int) -> None:
        self.stderr.write(sentence)
        sys.exit(status)


def read_text(file: str) -> str:
    """What stands in a file; "-" is standard input."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise WrongUse(f"{file} is no text in UTF-8.") from None


def read_object(file: str) -> dict[str, Any]:
    """A JSON object from a file or standard input."""
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongUse(f"{file} holds no JSON{where}.") from error
    if not isinstance(found, dict):
        raise WrongUse(f"{file} must hold one JSON object, the payload of one event.")
    return found


def columns(rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows as lines, their columns under each other."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def pairs(given: Sequence[str]) -> dict[str, str]:
    """Arguments that were given as FIELD=VALUE."""
    for pair in given:
        if "=" not in pair:
            raise WrongUse(f"“{pair}” is no FIELD=VALUE.")
    return dict(pair.split("=", 1) for pair in given)


def positive(text: str) -> int:
    """An argument that is a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 is needed")
    return int(text)
