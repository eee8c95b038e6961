"""The words of a configuration file: each of its kind, none unknown, and in which entry it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.models import Connection, Team

KINDS = {
    str: "a text",
    dict: "words with values",
    list: "a list",
    int: "a whole number",
    bool: "true or false",
}


def entry_words(
    value: Any, known: Mapping[str, type], what: str, needed: Iterable[str] = ()
) -> dict[str, Any]:
    """The entry, when it has the words it needs, none that are unknown, and each of its kind."""
    entry: dict[str, Any] = as_kind(value, dict, what)
    check_known(entry, list(known), f"word in {what}")
    for word in needed:
        if word not in entry:
            raise WrongUse(f"{_capital(what)} needs “{word}”; add it.")
    given = {word: found for word, found in entry.items() if found is not None}
    for word, found in given.items():
        as_kind(found, known[word], f"“{word}” in {what}")
    return given


def as_kind(value: Any, kind: Callable[..., Any], what: str) -> Any:
    """A yes or no is no number, though Python takes it for one."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):  # type: ignore[arg-type]
        raise WrongUse(f"{_capital(what)} must be {KINDS[kind]}.")  # type: ignore[index]
    return value


def check_known(given: Iterable[Any], known: list[str], what: str) -> None:
    for word in given:
        if word not in known:
            raise WrongUse(did_you_mean(str(word), known, what))


def name_of(words: Mapping[str, Any], what: str) -> str:
    name = str(words.get("name", "")).strip()
    if not name or len(name) > 100:
        raise WrongUse(f"{_capital(what)} needs a “name” of at most 100 characters.")
    return name


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


@contextmanager
def about(what: str) -> Iterator[None]:
    """Say in which entry it was."""
    try:
        yield
    except WrongUse as error:
        raise WrongUse(f"In {what}: {error.sentence}") from error


def connection_named(team: Team, name: Any) -> Connection:
    row = Connection.objects.filter(team=team, name=name).first()
    if row is None:
        known = list(Connection.objects.of(team).values_list("name", flat=True))
        raise WrongUse(did_you_mean(str(name), known, f"connection of team “{team.name}”"))
    found: Connection = row
    return found
