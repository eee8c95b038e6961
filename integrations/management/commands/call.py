"""One operation, as in the explorer."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, positive, read_text
from integrations.management.calling import plan_of, request_of, sent_of
from integrations.services import explore, named, orders


class Command(HubCommand):
    help = (
        "Call one operation (or procedure) over a connection. Reads are made at once; a write is a run of "
        "its own, entered in the ledger before it is sent. A guide's line, such as “POST "
        "/contacts/:contactId/tags”, names an operation too."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number")
        parser.add_argument("operation", help="such as contacts.upsert; see manage.py catalog")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="a value for one field; lists and objects as JSON, customFields.NAME for the account's own",
        )
        parser.add_argument(
            "--json-body", metavar="FILE", help="a JSON object of fields (- is standard input)"
        )
        parser.add_argument("--dry-run", action="store_true", help="show the request and send nothing")
        parser.add_argument("--yes", action="store_true", help="send what has to be confirmed")
        parser.add_argument(
            "--convert", action="store_true", help="take a guide's words as what they mean here"
        )
        parser.add_argument("--timeout", type=positive, default=60, metavar="SECONDS")

    def answer(self, options: dict[str, Any]) -> Answer:
        order = _order(options)
        if options["dry_run"]:
            if order.operation is not None:
                return request_of(order, explore.request_of(order))
            return plan_of(order, explore.plan(order))
        if (why := explore.asks_twice(order)) and not options["yes"]:
            raise WrongUse(f"{why} Add --yes to send it, or --dry-run to see the request.")
        if explore.is_read(order):
            return sent_of(order, explore.look(order))
        return sent_of(order, explore.follow(explore.start(order, None), options["timeout"]))


def _order(options: dict[str, Any]) -> orders.Order:
    connection = named.connection(options["connection"])
    body = _body(options["json_body"]) if options["json_body"] else {}
    texts = dict(_pair(text) for text in options["set"])
    try:
        return orders.order(connection, options["operation"], texts, body, convert=options["convert"])
    except orders.GuideWords as error:
        raise WrongUse(f"{error.sentence} Add --convert to take it so.") from error


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise WrongUse(f"“{text}” is no FIELD=VALUE; write --set title=Hello.")
    return key.strip(), value


def _body(file: str) -> dict[str, Any]:
    """One object; a call whose body is a list of one may be given as that list."""
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongUse(f"{file} holds no JSON{where}.") from error
    found = found[0] if isinstance(found, list) and len(found) == 1 else found
    if not isinstance(found, dict):
        raise WrongUse(f"{file} must hold one JSON object, with the fields of the call.")
    return found
