"""No log line holds a secret."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import OperationalError

from ghlhub.logs import DatabaseAway, JsonFormatter, TextFormatter, mask

SECRET = "s3cr3t-Value_9"

LINES = [
    f"Authorization: Bearer {SECRET}",
    f"{{'Authorization': 'Bearer {SECRET}'}}",
    f'{{"access_token": "{SECRET}", "refresh_token":"{SECRET}"}}',
    f"GET /oauth/callback?code={SECRET}&state=x",
    f"POST client_secret={SECRET}&grant_type=refresh_token",
    f"key pit-{SECRET} was refused",
    f"?token={SECRET}",
    f"Authorization: Token token={SECRET}",
    f"api_key={SECRET}; Api-Token: {SECRET}",
    f"cannot reach postgres://hub:{SECRET}@db/hub",
]

HARMLESS = [
    "run 12 failed: status code 422",
    "the token of connection 4 expires at 10:00",
    "GET /contacts/8f2k 200",
    "https://hub.example.com:8000/runs",
]


@pytest.mark.parametrize("line", LINES)
def test_secrets_are_masked(line: str) -> None:
    assert SECRET not in mask(line)
    assert "***" in mask(line)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert mask(line) == line


def record_of_a_failure() -> logging.LogRecord:
    try:
        raise ValueError(f"client_secret={SECRET}")
    except ValueError:
        return logging.LogRecord("hub", 40, __file__, 1, "token=%s", (SECRET,), sys.exc_info())


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_arguments_and_tracebacks_are_masked_too(formatter: logging.Formatter) -> None:
    line = formatter.format(record_of_a_failure())

    assert SECRET not in line
    assert "ValueError" in line


def test_a_json_line_is_one_object() -> None:
    line = json.loads(JsonFormatter().format(record_of_a_failure()))

    assert line["level"] == "error"
    assert line["logger"] == "hub"
    assert line["message"] == "token=***"


def test_a_database_that_is_away_is_one_line_and_other_trouble_keeps_its_traceback() -> None:
    for error, lines in ((OperationalError("database is locked"), 1), (ValueError("what"), 2)):
        record = logging.LogRecord(
            "x", logging.ERROR, "", 1, "Task %s", ("failed",), (type(error), error, None)
        )

        assert DatabaseAway().filter(record)

        told = TextFormatter().format(record)
        assert len(told.splitlines()) == lines
        assert "Task failed" in told
        assert str(error) in told
