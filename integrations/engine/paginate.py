"""Reading page after page: small state machines, used with `yield from` in sweeps and scripts.

Each yields a Read, is sent its Outcome, yields the Page, and so on until a page is short or empty. Other
people's pages are not to be trusted: one that repeats (the same cursor, the same full page) ends the sweep
with VendorTrouble, instead of going round for ever.

    def sweep(since):
        yield from by_skip("users.search", {}, rows="users", limit=25)

`collect` makes a script of one, for procedures and look-ups, which know no pages.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jmespath

from integrations.engine.errors import VendorTrouble
from integrations.engine.fingerprint import fingerprint
from integrations.engine.spec import JsonObject, Outcome, Page, Read, Sweep

Asked = Generator[Read, Outcome | None, Any]


def ask(operation: str, values: Mapping[str, Any]) -> Asked:
    """One read inside a script or sweep: its value, or its error raised."""
    outcome = yield Read(operation, values)
    if outcome is None:
        return None
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def collect(sweep: Sweep) -> Generator[Read, Outcome, list[JsonObject]]:
    """All rows of a sweep, as a script."""
    rows: list[JsonObject] = []
    outcome: Outcome | None = None
    while True:
        try:
            command = sweep.send(outcome)
        except StopIteration:
            return rows
        outcome = None
        if isinstance(command, Page):
            rows += command.rows
        else:
            outcome = yield command


def one_page(operation: str, values: Mapping[str, Any], *, rows: str = "@") -> Sweep:
    """A list without pages. `rows` is a JMESPath from the operation's result to its rows."""
    found = yield from ask(operation, values)
    yield Page(_rows(found, rows))


def by_skip(
    operation: str,
    values: Mapping[str, Any],
    *,
    rows: str,
    limit: int,
    skip_key: str = "skip",
    limit_key: str = "limit",
    as_text: bool = False,
) -> Sweep:
    """`skip` rows left out, `limit` rows a page; some apps want both numbers as text."""
    write = str if as_text else int
    skip, last = 0, ""
    while True:
        found = yield from ask(operation, {**values, skip_key: write(skip), limit_key: write(limit)})
        page = _rows(found, rows)
        last = _changed(operation, page, limit, last)
        yield Page(page)
        if len(page) < limit:
            return
        skip += len(page)


def by_page(
    operation: str,
    values: Mapping[str, Any],
    *,
    rows: str,
    size: int,
    page_key: str = "page",
    size_key: str = "pageLimit",
    at_most: int = 0,
) -> Sweep:
    """Pages numbered from 1. `at_most` is how many rows the app lists in all (0: all of them).

    Rows beyond it would be lost without a word, so reaching it is an error.
    """
    number, last = 1, ""
    while True:
        found = yield from ask(operation, {**values, page_key: number, size_key: size})
        page = _rows(found, rows)
        last = _changed(operation, page, size, last)
        yield Page(page)
        if len(page) < size:
            return
        number += 1
        if at_most and number * size > at_most:
            raise VendorTrouble(
                f"“{operation}” lists only the first {at_most:,} rows, and there are more; "
                "ask for a narrower selection."
            )


def by_page_total(
    operation: str, values: Mapping[str, Any], *, rows: str, total: str, page_key: str = "page"
) -> Sweep:
    """Pages numbered from 1, of a size that the app decides. `total` is a JMESPath to how many there are.

    Where an answer does not say, it goes on until a page is empty.
    """
    number, last = 1, ""
    while True:
        found = yield from ask(operation, {**values, page_key: number})
        page = _rows(found, rows)
        last = _changed(operation, page, 1, last)
        yield Page(page)
        pages = jmespath.search(total, found)
        if not page or (isinstance(pages, int) and number >= pages):
            return
        number += 1


def by_next_link(
    operation: str, values: Mapping[str, Any], *, rows: str, link: str, keys: Sequence[str]
) -> Sweep:
    """Each answer holds the next page's address at `link` (a JMESPath); none, or an empty one, is the end.

    Only the values under `keys` are taken from its query: the call itself, its host and so its key stay ours.
    """
    place: dict[str, Any] = {}
    seen: set[str] = set()
    while True:
        found = yield from ask(operation, {**values, **place})
        yield Page(_rows(found, rows))
        following = str(jmespath.search(link, found) or "")
        if not following:
            return
        place = {key: value for key, value in parse_qsl(urlsplit(following).query) if key in keys}
        mark = fingerprint(place)
        if not place or mark in seen:
            raise VendorTrouble(f"“{operation}” gave the same page twice; reading stopped there.")
        seen.add(mark)


def by_from_then_cursor(
    operation: str,
    values: Mapping[str, Any],
    *,
    rows: str,
    size: int,
    cursor: str = "meta.cursor",
    page_key: str = "page",
    window: int = 10_000,
) -> Sweep:
    """`{size, from}` as long as from + size stays within `window`, then `{size, cursor}`, never both."""
    start, last, mark, seen = 0, "", None, set()
    while True:
        within = start + size <= window
        place = {"from": start} if within else {"cursor": mark}
        found = yield from ask(operation, {**values, page_key: {"size": size, **place}})
        page = _rows(found, rows)
        last = _changed(operation, page, size, last)
        yield Page(page)
        start += len(page)
        if len(page) < size:
            return
        mark = jmespath.search(cursor, found)
        if start + size > window:
            if mark is None:
                raise VendorTrouble(
                    f"“{operation}” has more than {window:,} rows and gave no cursor to go on."
                )
            if str(mark) in seen:
                raise VendorTrouble(f"“{operation}” gave the same cursor twice; reading stopped there.")
            seen.add(str(mark))


def by_last_row(
    operation: str, values: Mapping[str, Any], *, rows: str, size: int, size_key: str, cursor: str
) -> Sweep:
    """Each row carries the place to go on from under `cursor`, and the next page is asked for with it."""
    place: dict[str, Any] = {}
    last, seen = "", set()
    while True:
        found = yield from ask(operation, {**values, size_key: size, **place})
        page = _rows(found, rows)
        last = _changed(operation, page, size, last)
        yield Page(page)
        if len(page) < size:
            return
        mark = page[-1].get(cursor)
        if mark is None:
            raise VendorTrouble(f"“{operation}” has more rows and gave no cursor to go on.")
        if str(mark) in seen:
            raise VendorTrouble(f"“{operation}” gave the same cursor twice; reading stopped there.")
        seen.add(str(mark))
        place = {cursor: mark}


def _rows(found: Any, expression: str) -> list[JsonObject]:
    rows = jmespath.search(expression, found)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise VendorTrouble("A list was expected and something else came.")
    return [row for row in rows if isinstance(row, dict)]


def _changed(operation: str, page: list[JsonObject], size: int, last: str) -> str:
    """The page's fingerprint; VendorTrouble when a full page is the one before it."""
    now = fingerprint(page)
    if now == last and len(page) >= size:
        raise VendorTrouble(f"“{operation}” gave the same page twice; reading stopped there.")
    return now
