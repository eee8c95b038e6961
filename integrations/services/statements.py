"""Many rows by one prepared statement, where the drain writes its waves.

Django's own `bulk_create` and `bulk_update` build one long statement out of an expression for every field of
every row; for a wave of runs that costs several times what the database needs to store them (bench/drain.py).
Here the statement is written once for a model and its columns, and each row gives its values. Both databases
read the same SQL. Signals are not sent and ids are not filled in: nothing here needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias, cast

from django.db import connection
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
)
from django.utils import timezone

# What both databases take as Python has it; times and JSON documents are written as the database wants them.
AS_THEY_ARE = (BooleanField, CharField, ForeignKey, IntegerField, TextField)

AnyField: TypeAlias = "Field[Any, Any]"


def insert(model: type[Model], rows: Collection[Model], *, ignore_conflicts: bool = False) -> None:
    """Store new rows. With `ignore_conflicts`, one that a unique constraint forbids is left out."""
    _insert(model, rows, " ON CONFLICT DO NOTHING" if ignore_conflicts else "")


def upsert(
    model: type[Model], rows: Collection[Model], unique: Sequence[str], changing: Sequence[str]
) -> None:
    """Store rows; where one with the same `unique` fields is there, it gets the new `changing` fields."""
    target = ", ".join(_columns(_fields(model, unique)))
    news = ", ".join(f"{column} = EXCLUDED.{column}" for column in _columns(_fields(model, changing)))
    _insert(model, rows, f" ON CONFLICT ({target}) DO UPDATE SET {news}")


def update(model: type[Model], rows: Collection[Model], names: Sequence[str]) -> None:
    """Write these fields of rows that are stored already, found by their ids."""
    fields = _fields(model, names)
    news = ", ".join(f"{column} = %s" for column in _columns(fields))
    key = model._meta.pk
    statement = f"UPDATE {_table(model)} SET {news} WHERE {_quoted(str(key.column))} = %s"  # noqa: S608 - our names
    _execute(statement, rows, (*fields, key))


def _insert(model: type[Model], rows: Collection[Model], on_conflict: str) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    _set_times_of_making(rows, fields)
    columns, places = ", ".join(_columns(fields)), ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {_table(model)} ({columns}) VALUES ({places}){on_conflict}"  # noqa: S608 - our names
    _execute(statement, rows, fields)


def _execute(statement: str, rows: Collection[Model], fields: Sequence[AnyField]) -> None:
    if not rows:
        return
    values = _reader(fields)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [values(row) for row in rows])


def _set_times_of_making(rows: Collection[Model], fields: Sequence[AnyField]) -> None:
    now = timezone.now()
    for field in fields:
        if isinstance(field, DateTimeField) and field.auto_now_add:
            for row in rows:
                setattr(row, field.attname, now)


def _reader(fields: Sequence[AnyField]) -> Callable[[Model], list[Any]]:
    """A function from a row to the values of these fields, as the database takes them."""
    read = attrgetter(*(field.attname for field in fields))
    written = [(n, field) for n, field in enumerate(fields) if not isinstance(field, AS_THEY_ARE)]
    times: dict[datetime, Any] = {}  # most rows of a wave have the same few

    def values(row: Model) -> list[Any]:
        found = list(read(row))
        for n, field in written:
            value = found[n]
            if isinstance(value, datetime):
                if value not in times:
                    times[value] = field.get_db_prep_save(value, connection)
                found[n] = times[value]
            elif value is not None:
                found[n] = field.get_db_prep_save(value, connection)
        return found

    return values


def _fields(model: type[Model], names: Sequence[str]) -> list[AnyField]:
    return [cast("AnyField", model._meta.get_field(name)) for name in names]


def _columns(fields: Sequence[AnyField]) -> list[str]:
    return [_quoted(str(field.column)) for field in fields]


def _table(model: type[Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
