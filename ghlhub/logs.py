"""Log lines for people or for machines; neither ever holds a secret.

The formatter masks the finished line: a traceback exists only there, a filter on the record would miss it.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError

SECRETS = (
    re.compile(r"(?i)(\b(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}"),
    re.compile(r"(\bpit-)[\w-]{4,}"),
    # name=value, "name": "value", 'name': 'value'
    re.compile(
        r"""(?ix) (
            \b (?: [\w-]*token | client_secret | code | code_verifier | password | passwd | secret
                 | api[_-]?key | authorization | signature )
            ["']? \s* [=:] \s* ["']? (?: (?:bearer|basic) \s+ )?
        ) [^\s"'&,;<>)}\]]+ """
    ),
    re.compile(r"(\b\w+://[^/\s:@]+:)[^/\s@]+(?=@)"),
)


def mask(text: str) -> str:
    """The text with every secret that we know the look of replaced by three stars."""
    for pattern in SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


class DatabaseAway(logging.Filter):
    """Drops nothing: a database that cannot be used now is told in a line, and its traceback is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, OperationalError):
            record.msg, record.args = f"{record.getMessage()}: {error}", ()
            record.exc_info = record.exc_text = None
        return True


class TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and error where there was one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info:
            line["error"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
