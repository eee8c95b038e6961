"""The official files as they are: `operations.json`, written by `manage.py catalog_sync` and never by hand.

What is wrong or missing in them stands in `overrides`; what we call things stands in `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from integrations.engine.openapi import Call
from integrations.engine.table_file import read_table

FILE = Path(__file__).with_name("operations.json")

TABLE, KEYS = read_table(FILE.read_text(encoding="utf-8"))

CALLS: Mapping[str, Call] = {KEYS[name]: call for name, call in TABLE.calls.items()}
"""Each call by our key: "contacts.upsert"."""
