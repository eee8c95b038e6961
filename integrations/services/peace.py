"""A transaction that is made again when another worker was in its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

TRIES = 3
PAUSE_S = 0.1

T = TypeVar("T")


def in_peace(work: Callable[[], T]) -> T:
    """`work` in one transaction; a lock that is not given, a deadlock and a lost race are tried again.

    What `work` does outside the database has to bear being done twice.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return work()
        except (OperationalError, IntegrityError):
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_S * 2**attempt)
    raise AssertionError("unreachable")
