"""What there is under an agency's connection, and connecting it."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand, columns
from integrations.models import Connection, SubAccount, SubAccountState
from integrations.services import installing, installs, named, sub_accounts
from integrations.services.exchange import wide

TICK_S = 1.0


class Command(HubCommand):
    help = "List the locations under an agency's connection; with --add or --all, connect them and wait."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="name or number of the agency's connection")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--add", nargs="+", metavar="ID", help="connect these locations")
        which.add_argument("--all", action="store_true", help="connect every one that is not connected")
        which.add_argument("--cancel", action="store_true", help="take back those that are still to come")

    def answer(self, options: dict[str, Any]) -> Answer:
        connection = named.connection(options["connection"])
        wide(connection)
        if options["cancel"]:
            back = sub_accounts.cancel(connection)
            return Answer(document={"cancelled": back}, lines=[f"{back} were taken back."])
        installs.look(connection)
        if options["add"] or options["all"]:
            return self._connect(connection, options)
        rows = list(_rows(connection))
        lines = columns([("id", "name", "address", "state", "connection"), *map(_line, rows)])
        return Answer(document=[_document(row) for row in rows], lines=lines)

    def _connect(self, connection: Connection, options: dict[str, Any]) -> Answer:
        queued = sub_accounts.choose(connection, options["add"], new=True)
        chosen = _rows(connection)
        if options["add"]:
            chosen = chosen.filter(account__in=options["add"])
        self._wait(connection, quiet=options["json"])
        rows = list(chosen)
        failed = [row for row in rows if row.state == SubAccountState.FAILED]
        connected = sum(row.state == SubAccountState.CONNECTED for row in rows)
        lines = [f"{connected} of {len(rows)} are connected; {queued} were to be."]
        lines += [f"  {row.account} {row}: {row.problem}" for row in failed]
        why = f"{len(failed)} could not be connected. {failed[0]}: {failed[0].problem}" if failed else ""
        return Answer(document=[_document(row) for row in rows], lines=lines, failed=why)

    def _wait(self, connection: Connection, *, quiet: bool) -> None:
        """Do the work here, with whoever else does; until nothing is left, or the connection stops."""
        while True:
            done = installing.work(parent=connection)
            progress = sub_accounts.progress(connection)
            if not progress.going_on:
                return
            connection.refresh_from_db()
            if not connection.usable:
                raise WrongUse(f"{connection.state_reason} {progress.queued} are still to come.")
            if done and not quiet:
                self.tell(f"{progress.connected} connected, {progress.queued} to go.")
            time.sleep(TICK_S)


def _rows(connection: Connection) -> Any:
    return SubAccount.objects.filter(parent=connection).select_related("connection")


def _line(row: SubAccount) -> tuple[object, ...]:
    return (row.account, row.name, row.detail, row.state, row.connection.name if row.connection else "")


def _document(row: SubAccount) -> dict[str, Any]:
    return {
        "id": row.account,
        "name": row.name,
        "address": row.detail,
        "state": row.state,
        "connection": row.connection.name if row.connection else None,
        "problem": row.problem,
    }
