#!/usr/bin/env python
"""Everything on screen can be done from here: `./manage.py help` lists the commands."""

from __future__ import annotations

import os
import sys
import tempfile

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

HELP = {"help", "--help", "-h", "version", "--version"}


def main(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ghlhub.settings")
    if len(argv) > 1 and not HELP & set(argv):
        execute(argv)
        return
    # Somebody who only looks gets no data directory and no keys made for him.
    with tempfile.TemporaryDirectory(prefix="ghlhub-help-") as directory:
        os.environ["HUB_DATA_DIR"] = directory
        execute(argv)


def execute(argv: list[str]) -> None:
    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one place where settings complain
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv)
