"""manage.py with one of the guards taken out: python -m tests.mutant claim drill --lane FILE

A drill that does not notice would prove nothing.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import Any

import django
from django.core.management import execute_from_command_line
from django.db.models import Q

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ghlhub.settings")
django.setup()

from integrations.models import Run, RunState  # noqa: E402 - models need the set-up
from integrations.services import claims, ledger  # noqa: E402
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


def without_order() -> None:
    """A run that is put off holds up no later one of its record."""
    due = claims.claimable

    def claimable(now: datetime) -> Any:
        put_off = Run.objects.filter(state__in=(RunState.QUEUED, RunState.WAITING), due_at__gt=now)
        behind = Run.objects.filter(
            state=RunState.QUEUED, due_at__lte=now, record__in=put_off.values("record")
        )
        under_way = Run.objects.filter(state=RunState.RUNNING).values("record")
        ids = behind.exclude(record__in=under_way).values("pk")
        return Run.objects.filter(Q(pk__in=due(now).values("pk")) | Q(pk__in=ids))

    claims.claimable = claimable


MUTATIONS = {
    "nothing": lambda: None,
    "claim": without_claim,
    "look-up": without_look_up,
    "settle": without_settle,
    "order": without_order,
}

if __name__ == "__main__":
    MUTATIONS[sys.argv[1]]()
    execute_from_command_line(["manage.py", *sys.argv[2:]])
