"""What to say when the database cannot be used."""

from __future__ import annotations

from django.db import DatabaseError

UNPREPARED = ("no such table", "no such column", "does not exist")


def database_sentence(error: DatabaseError) -> str:
    """What to do about a database that cannot be used."""
    text = str(error)
    if any(words in text for words in UNPREPARED):
        return "The database is not set up for this version of the hub; run ./manage.py migrate."
    if "locked" in text:
        return "The database is busy: another process is writing to it. Try again in a moment."
    return f"The database cannot be used: {text.splitlines()[0] if text else type(error).__name__}."
