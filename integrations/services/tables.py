"""Lookup tables: kept, read and written as CSV, and handed to drafts.

A version holds the rows as they were when it was deployed, so that a run can be recomputed for ever; a table
that was changed shows as a draft that differs from what is live.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.db import transaction

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.lookups import tables_of
from integrations.models import FieldMapping, LookupRow, LookupTable, Team
from integrations.services import audit

MOST_ROWS = 5000
HEADS = ("key", "value")
SEPARATORS = ("\t", ";", ",")


def make(team: Team, name: str, *, actor: User | None = None) -> LookupTable:
    """A new, empty table. Raises WrongUse for a name that is taken or none."""
    name = name.strip()
    if not name or len(name) > 80:
        raise WrongUse("Give the table a name of at most 80 characters.")
    if LookupTable.objects.of(team).filter(name=name).exists():
        raise WrongUse(f"There is a table “{name}” already; choose another name.")
    with transaction.atomic():
        made: LookupTable = LookupTable.objects.create(team=team, name=name)
        audit.note(team, actor, "table.made", made)
    return made


def table_named(team: Team, name: str) -> LookupTable:
    rows = LookupTable.objects.of(team)
    found: LookupTable | None = rows.filter(name=name).first()
    if found is None:
        raise WrongUse(did_you_mean(name, list(rows.values_list("name", flat=True)), "table"))
    return found


def rows_of(table: LookupTable) -> dict[str, str]:
    return dict(table.rows.values_list("key", "value"))


def put(table: LookupTable, rows: Mapping[str, str], *, actor: User | None = None) -> None:
    """The table with exactly these rows. Raises WrongUse for too many, or one too long."""
    _check(rows)
    with transaction.atomic():
        LookupTable.objects.select_for_update().get(pk=table.pk)
        if rows_of(table) == dict(rows):
            return
        table.rows.all().delete()
        LookupRow.objects.bulk_create(LookupRow(table=table, key=k, value=v) for k, v in rows.items())
        table.save(update_fields=["changed_at"])
        audit.note(table.team, actor, "table.changed", table, rows=len(rows))


def remove(table: LookupTable, *, actor: User | None = None) -> None:
    """Take the table away. Raises WrongUse as long as a draft looks something up in it."""
    if users := used_by(table):
        raise WrongUse(f"“{table.name}” is used by {', '.join(users)}; change that first.")
    with transaction.atomic():
        audit.note(table.team, actor, "table.removed", table)
        table.delete()


def used_by(table: LookupTable) -> list[str]:
    """The names of the workflows whose drafts look something up in it."""
    rows = FieldMapping.objects.filter(workflow__team=table.team_id).select_related("workflow")
    return sorted({row.workflow.name for row in rows if table.name in tables_of(row.transforms)})


def frozen(team: Team, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """These tables with their rows, in a stable order; one that is not there is left out."""
    found = LookupTable.objects.of(team).filter(name__in=set(names)).prefetch_related("rows")
    return {table.name: {row.key: row.value for row in table.rows.all()} for table in found}


# --- CSV ------------------------------------------------------------------------------------------


def read_csv(text: str) -> dict[str, str]:
    """Two columns with commas, semicolons or tabs between; a first line “key,value” is no row.

    Raises WrongUse with the line that cannot be taken.
    """
    text = text.lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((mark for mark in SEPARATORS if mark in first), ",")
    found: dict[str, str] = {}
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        for cells in reader:
            _take(found, [cell.strip() for cell in cells], reader.line_num)
    except csv.Error as error:
        raise WrongUse(f"Line {reader.line_num} is no CSV: {error}.") from None
    return found


def _take(found: dict[str, str], cells: list[str], line: int) -> None:
    while cells and not cells[-1]:
        cells.pop()
    if not cells or (not found and tuple(cell.lower() for cell in cells) == HEADS):
        return
    if len(cells) > len(HEADS) or not cells[0]:
        raise WrongUse(f"Line {line} needs two columns, a key and a value.")
    key, value = cells[0], cells[1] if len(cells) > 1 else ""
    if key in found:
        raise WrongUse(f"Line {line}: “{key[:60]}” stands there twice; keep one.")
    found[key] = value


def write_csv(rows: Mapping[str, str]) -> str:
    """The rows with their heads, as `read_csv` takes them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(rows.items())
    return out.getvalue()


def _check(rows: Mapping[str, str]) -> None:
    if len(rows) > MOST_ROWS:
        raise WrongUse(f"A table holds at most {MOST_ROWS:,} rows; this has {len(rows):,}.")
    folded: dict[str, str] = {}
    for key, value in rows.items():
        if not key or len(key) > 200 or len(value) > 1000:
            raise WrongUse(f"“{key[:60]}”: a key has 1 to 200 characters, a value at most 1,000.")
        if key.casefold() in folded:
            raise WrongUse(f"“{folded[key.casefold()]}” and “{key}” differ only in capitals; keep one.")
        folded[key.casefold()] = key
