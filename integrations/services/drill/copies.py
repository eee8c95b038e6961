"""A lane's databases, the hub's and that of the simulated apps: put aside under a name, and brought back.

What is a file is copied. On PostgreSQL the rows of every table are put aside in a schema of that name, with
where each sequence stands: a database made anew from a template takes the server twenty times as long.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

FILES = ("hub.sqlite3", "sandbox.sqlite3")
SEQUENCES = "drill_sequences"


def create() -> None:
    """The hub's database, where a server has to be asked for it."""
    if _on_server():
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{_name()}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{_name()}" TEMPLATE template0')


def keep(name: str) -> None:
    """As they are now; a log that was not written back belongs to them. Nobody may have them open."""
    target = _place(name)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in _files(Path(settings.HUB_DATA_DIR)):
        shutil.copy2(path, target)
    if _on_server():
        _on_rows(_put_aside, name)


def bring(name: str) -> None:
    """As they were when they were kept."""
    for path in _files(Path(settings.HUB_DATA_DIR)):
        path.unlink()
    for path in _files(_place(name)):
        shutil.copy2(path, settings.HUB_DATA_DIR)
    if _on_server():
        end_sessions()  # of one that was killed, the server may not know yet that it holds its rows no more
        _on_rows(_put_back, name)


def drop(names: list[str]) -> None:
    """Databases of lanes that have ended, from the server of this hub."""
    with connection._nodb_cursor() as cursor:
        for name in names:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def end_sessions() -> None:
    """Whoever uses the lane's database is thrown out, as when its server is restarted."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [_name()])


def _on_rows(statements: Callable[[str, Sequence[str]], Iterator[str]], name: str) -> None:
    """All in one go: what refers to other rows is looked at when all are there (Django's constraints are)."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(";\n".join(statements(name, tables)))
    connection.close()


def _put_aside(name: str, tables: Sequence[str]) -> Iterator[str]:
    yield f'DROP SCHEMA IF EXISTS "{name}" CASCADE'
    yield f'CREATE SCHEMA "{name}"'
    for table in tables:
        yield f'CREATE TABLE "{name}"."{table}" AS TABLE "{table}"'
    yield (
        f'CREATE TABLE "{name}"."{SEQUENCES}" AS SELECT sequencename, last_value '  # noqa: S608 - our names
        "FROM pg_sequences WHERE schemaname = 'public'"
    )


def _put_back(name: str, tables: Sequence[str]) -> Iterator[str]:
    for table in tables:
        yield f'DELETE FROM "{table}"'  # noqa: S608 - our names
    for table in tables:
        yield f'INSERT INTO "{table}" SELECT * FROM "{name}"."{table}"'  # noqa: S608 - our names
    yield (
        "SELECT setval(quote_ident(sequencename)::regclass, coalesce(last_value, 1), "  # noqa: S608 - our names
        f'last_value IS NOT NULL) FROM "{name}"."{SEQUENCES}"'
    )


def _on_server() -> bool:
    return connection.vendor == "postgresql"


def _name() -> str:
    return str(settings.DATABASES["default"]["NAME"])


def _files(folder: Path) -> list[Path]:
    return [path for file in FILES for path in folder.glob(f"{file}*") if path.suffix != ".key"]


def _place(name: str) -> Path:
    return Path(settings.HUB_DATA_DIR) / name
