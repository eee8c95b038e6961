"""Lookup tables without a screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse
from integrations.management.base import Answer, HubCommand
from integrations.models import LookupTable, Team
from integrations.services import tables


class Command(HubCommand):
    help = "Lookup tables: listed; one of them shown, changed, or read from and written to CSV."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", nargs="?", help="its name; without it, all are listed")
        parser.add_argument("--team", help="name; needed where there are several")
        parser.add_argument("--new", action="store_true", help="make it first")
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one row")
        parser.add_argument("--unset", action="append", default=[], metavar="KEY", help="take one row out")
        parser.add_argument("--import", dest="file", metavar="FILE", help="rows from CSV; - is stdin")
        parser.add_argument("--replace", action="store_true", help="with --import: in place of all there are")
        parser.add_argument("--export", metavar="FILE", help="write it as CSV")
        parser.add_argument("--remove", action="store_true", help="take the table away")

    def answer(self, options: dict[str, Any]) -> Answer:
        if not options["table"]:
            return _listed(options["team"])
        team = _team(options["team"])
        name = options["table"]
        table = tables.make(team, name) if options["new"] else tables.table_named(team, name)
        if options["remove"]:
            tables.remove(table)
            return Answer(document={"removed": name}, lines=[f"The table “{name}” is gone."])
        tables.put(table, _changed(tables.rows_of(table), options))
        rows = tables.rows_of(table)
        if options["export"]:
            Path(options["export"]).write_text(tables.write_csv(rows), encoding="utf-8")
        document = {"table": name, "rows": rows, "used_by": tables.used_by(table)}
        return Answer(document=document, lines=[f"{key} → {value}" for key, value in rows.items()])


def _changed(rows: dict[str, str], options: dict[str, Any]) -> dict[str, str]:
    if options["file"]:
        fresh = tables.read_csv(_text(options["file"]))
        rows = fresh if options["replace"] else {**rows, **fresh}
    for pair in options["set"]:
        key, sign, value = pair.partition("=")
        if not sign:
            raise WrongUse("Write --set KEY=VALUE.")
        rows[key.strip()] = value.strip()
    return {key: value for key, value in rows.items() if key not in options["unset"]}


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {error}.") from None


def _team(name: str | None) -> Team:
    rows = list(Team.objects.filter(name=name) if name else Team.objects.all()[:2])
    if len(rows) != 1:
        names = ", ".join(Team.objects.values_list("name", flat=True))
        raise WrongUse(f"Say which team with --team: {names or 'there is none yet'}.")
    return rows[0]


def _listed(team: str | None) -> Answer:
    rows = LookupTable.objects.select_related("team").order_by("team", "name")
    rows = rows.filter(team__name=team) if team else rows
    document = [
        {"table": row.name, "team": row.team.name, "rows": row.rows.count(), "used_by": tables.used_by(row)}
        for row in rows
    ]
    lines = [f"{one['table']} ({one['team']}): {one['rows']} rows" for one in document]
    return Answer(document=document, lines=lines or ["There is no table yet."])
