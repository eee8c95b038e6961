"""The PostgreSQL that a lane works on: one of its own, which can be restarted; else a database of its own on
the server of this hub, where everybody who uses that database is thrown out instead."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from integrations.engine.errors import HubError, WrongUse
from integrations.services.drill import copies

PROGRAMS = ("initdb", "pg_ctl")
PLACES = "/usr/lib/postgresql"  # where Debian keeps them, off the path
START_S = 60
OWNER = "drill"


class ServerBroke(HubError):
    """A drill's own PostgreSQL did not do as it was told."""

    kind = "server_broke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`url` is of the lane's database, which may not be there yet. `control` restarts the server when
    `restart` is added to it (): it is not ours to restart."""

    url: str
    control: Sequence[str] = ()

    def restart(self) -> None:
        """As a crash would: nobody is waited for, and the log is read again at the start."""
        if self.control:
            _run([*self.control, "-m", "immediate", "restart"])
        else:
            copies.end_sessions()


@contextlib.contextmanager
def of_lane(number: int, directory: Path) -> Iterator[Server]:
    """For as long as the drill lasts. Raises WrongUse where there is no PostgreSQL at all."""
    if (folder := programs()) is not None:
        with _own(folder, directory) as server:
            yield server
    elif connection.vendor == "postgresql":
        name = f"ghlhub_drill_{os.getpid()}_{number}"
        try:
            yield Server(url=_beside(connection.settings_dict, name))
        finally:
            copies.drop([name])
    else:
        raise WrongUse(
            "There is no PostgreSQL here to drill on: install its server (initdb and pg_ctl), or give one in "
            "DATABASE_URL."
        )


@contextlib.contextmanager
def _own(folder: Path, directory: Path) -> Iterator[Server]:
    data, password = directory / "server", secrets.token_hex(16)
    data.mkdir()
    keyfile = data / "password"
    keyfile.write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_user())
        for path in (directory, data, keyfile):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    where = data / "data"
    rules = ["-A", "scram-sha-256", f"--pwfile={keyfile}", "-E", "UTF8", "--locale=C", "--no-sync"]
    _run([str(folder / "initdb"), "-D", str(where), "-U", OWNER, *rules])
    port = _free_port()
    # A restarted server loses nothing that the system has in memory, so nothing is forced to the disk.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = (str(folder / "pg_ctl"), "-D", str(where), "-w", "-t", str(START_S), "-l", str(data / "log"))
    _run([*control, "-o", options, "start"])
    try:
        yield Server(
            url=f"postgres://{OWNER}:{password}@127.0.0.1:{port}/hub", control=(*control, "-o", options)
        )
    finally:
        _run([*control, "-m", "immediate", "stop"])


def programs() -> Path | None:
    """The folder with the server's programs, of the newest version there is."""
    found = shutil.which(PROGRAMS[0])
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path(PLACES).glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    return next((one for one in folders if all((one / name).exists() for name in PROGRAMS)), None)


def _user() -> str:
    """Whom the server runs as where we are root, which it refuses."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise WrongUse("PostgreSQL does not run as root; start the drill as another user.")


def _run(command: Sequence[str]) -> None:
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_user())
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user
    )
    if done.returncode:
        raise ServerBroke(
            f"{Path(command[0]).name} of the drill's own PostgreSQL ended with {done.returncode}."
        )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _beside(known: Mapping[str, Any], name: str) -> str:
    """The address of another database on the same server."""
    who = ":".join(quote(part, safe="") for part in (known["USER"], known["PASSWORD"]) if part)
    return f"postgres://{who}@{known['HOST']}:{known['PORT'] or 5432}/{name}"
