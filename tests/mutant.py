"""manage.py with one of the guards taken out: python -m tests.mutant claim drill --lane FILE

A drill that does not notice would prove nothing.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ghlhub.settings")
django.setup()

from integrations.services import ledger  # noqa: E402 - models need the set-up
from integrations.services.active import Active  # noqa: E402
from integrations.services.sending import Sender  # noqa: E402


def without_claim() -> None:
    """A write is sent before it is on record."""
    ledger.enter = lambda effects: {effect.key for effect in effects}


def without_look_up() -> None:
    """What may have happened is sent again all the same."""
    Sender._may_write = lambda *args: True  # type: ignore[method-assign]


def without_settle() -> None:
    """What the call came to is not noted in the ledger."""
    forget: Any = lambda *args: None  # noqa: E731
    Active._settle_write = forget  # type: ignore[method-assign]


MUTATIONS = {
    "nothing": lambda: None,
    "claim": without_claim,
    "look-up": without_look_up,
    "settle": without_settle,
}

if __name__ == "__main__":
    MUTATIONS[sys.argv[1]]()
    execute_from_command_line(["manage.py", *sys.argv[2:]])
