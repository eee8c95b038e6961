"""Commands as somebody types them, with a fresh hub and a sandbox of their own."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import load_command_class
from django.core.management.base import CommandError

from tests.services.conftest import hub, own_sandbox

__all__ = ["hub", "own_sandbox"]


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def ask(*argv: str) -> Said:
    """Run a command in this process, as the command line would."""
    out, err = io.StringIO(), io.StringIO()
    command = load_command_class("integrations", argv[0])
    command.stdout, command.stderr = type(command.stdout)(out), type(command.stderr)(err)
    try:
        command.perform(["manage.py", *argv])  # type: ignore[attr-defined]
    except CommandError as error:
        return Said(error.returncode, out.getvalue(), str(error))
    return Said(0, out.getvalue(), err.getvalue())


@pytest.fixture(name="ask")
def ask_fixture(db: None) -> Any:
    return ask
