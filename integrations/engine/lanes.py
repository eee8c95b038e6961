"""Who asks for a call, most urgent first."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    REQUEST = "request"
    TRIGGER = "trigger"
    SYNC = "sync"
    BACKFILL = "backfill"
