"""Reading pages, from answers that are lists of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.engine.errors import HubError, Refused, VendorTrouble
from integrations.engine.paginate import (
    ask,
    by_from_then_cursor,
    by_last_row,
    by_next_link,
    by_page,
    by_page_total,
    by_skip,
    collect,
    one_page,
)
from integrations.engine.spec import Outcome, Page, Read, Sweep

Values = dict[str, Any]


def walk(sweep: Sweep, answer: Callable[[Values], Any], most: int = 50) -> tuple[list[Values], list[int]]:
    """Drive a sweep: the values it asked with, and the ids of the rows it handed over."""
    asked: list[Values] = []
    ids: list[int] = []
    outcome = None
    for _ in range(most * 2):
        try:
            command = sweep.send(outcome)
        except StopIteration:
            return asked, ids
        if isinstance(command, Page):
            ids += [row["id"] for row in command.rows]
            outcome = None
        else:
            asked.append(dict(command.values))
            outcome = Outcome(answer(asked[-1]))
    raise AssertionError("it goes on for ever")


def rows(start: int, count: int, total: int) -> list[Values]:
    return [{"id": number} for number in range(start, min(start + count, total))]


@pytest.mark.parametrize("total", [0, 1, 2, 3, 4, 5])
def test_skip_and_limit_read_every_row_once(total: int) -> None:
    asked, ids = walk(
        by_skip("x", {"q": 1}, rows="rows", limit=2), lambda v: {"rows": rows(v["skip"], v["limit"], total)}
    )
    assert ids == list(range(total))
    assert len(asked) == total // 2 + 1
    assert asked[0] == {"q": 1, "skip": 0, "limit": 2}


def test_skip_and_limit_may_be_texts() -> None:
    asked, _ = walk(by_skip("x", {}, rows="@", limit=2, as_text=True), lambda v: [])
    assert asked == [{"skip": "0", "limit": "2"}]


@pytest.mark.parametrize("total", [0, 1, 2, 3, 4, 5])
def test_numbered_pages_read_every_row_once(total: int) -> None:
    asked, ids = walk(
        by_page("x", {}, rows="rows", size=2),
        lambda v: {"rows": rows((v["page"] - 1) * v["pageLimit"], v["pageLimit"], total)},
    )
    assert ids == list(range(total))
    assert asked[0] == {"page": 1, "pageLimit": 2}


def test_numbered_pages_say_so_when_the_app_lists_no_more() -> None:
    with pytest.raises(VendorTrouble, match="first 4 rows"):
        walk(by_page("x", {}, rows="@", size=2, at_most=4), lambda v: rows(v["page"] * 2, 2, 99))


@pytest.mark.parametrize(("total", "calls"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_pages_are_read_until_the_number_that_the_app_told(total: int, calls: int) -> None:
    def answer(values: Values) -> Values:
        assert set(values) == {"page"}
        return {
            "data": rows((values["page"] - 1) * 2, 2, total),
            "metadata": {"total_pages": (total + 1) // 2},
        }

    asked, ids = walk(by_page_total("x", {}, rows="data", total="metadata.total_pages"), answer)
    assert (ids, len(asked)) == (list(range(total)), calls)


def test_pages_without_a_number_end_with_an_empty_one() -> None:
    sweep = by_page_total("x", {}, rows="data", total="metadata.total_pages")
    asked, ids = walk(sweep, lambda v: {"data": rows((v["page"] - 1) * 2, 2, 4)})
    assert (ids, len(asked)) == ([0, 1, 2, 3], 3)


def linked(following: Callable[[int], str | None]) -> Callable[[Values], Values]:
    def answer(values: Values) -> Values:
        number = int(values.get("page", 1))
        return {"data": [{"id": number}], "metadata": {"next_page_url": following(number)}}

    return answer


def test_a_link_to_the_next_page_gives_values_and_never_an_address() -> None:
    answer = linked(lambda n: f"https://elsewhere.example/v1?page={n + 1}&token=stolen" if n < 3 else None)
    sweep = by_next_link("x", {"q": 1}, rows="data", link="metadata.next_page_url", keys=("page",))
    asked, ids = walk(sweep, answer)
    assert ids == [1, 2, 3]
    assert asked == [{"q": 1}, {"q": 1, "page": "2"}, {"q": 1, "page": "3"}]


@pytest.mark.parametrize("link", ["https://x.example/?page=2", "https://x.example/?other=2", "no address"])
def test_a_link_that_leads_nowhere_new_ends_the_sweep(link: str) -> None:
    sweep = by_next_link("x", {}, rows="data", link="metadata.next_page_url", keys=("page",))
    with pytest.raises(VendorTrouble, match="same page twice"):
        walk(sweep, linked(lambda n: link))


@pytest.mark.parametrize("total", [0, 3, 5, 6, 7, 9, 11])
def test_from_and_size_give_way_to_a_cursor_and_are_never_sent_with_it(total: int) -> None:
    def answer(values: Values) -> Values:
        page = values["page"]
        assert ("from" in page) != ("cursor" in page)
        start = page["from"] if "from" in page else int(page["cursor"])
        found = rows(start, page["size"], total)
        return {"rows": found, "meta": {"cursor": str(start + len(found))}}

    asked, ids = walk(by_from_then_cursor("x", {}, rows="rows", size=2, window=6), answer)
    assert ids == list(range(total))
    assert all(values["page"]["from"] + 2 <= 6 for values in asked if "from" in values["page"])


def test_a_cursor_given_twice_ends_the_sweep() -> None:
    count = iter(range(100))
    with pytest.raises(VendorTrouble, match="same cursor twice"):
        walk(
            by_from_then_cursor("x", {}, rows="rows", size=1, window=2),
            lambda v: {"rows": [{"id": next(count)}], "meta": {"cursor": "c"}},
        )


def test_rows_past_the_window_without_a_cursor_are_not_passed_over() -> None:
    count = iter(range(100))
    with pytest.raises(VendorTrouble, match="no cursor"):
        walk(
            by_from_then_cursor("x", {}, rows="rows", size=1, window=2),
            lambda v: {"rows": [{"id": next(count)}], "meta": {}},
        )


@pytest.mark.parametrize(
    "sweep",
    [
        by_skip("x", {}, rows="@", limit=2),
        by_page("x", {}, rows="@", size=2),
        by_page_total("x", {}, rows="@", total="@.none"),
        by_from_then_cursor("x", {}, rows="@", size=2),
    ],
)
def test_an_app_that_ignores_paging_does_not_keep_us_for_ever(sweep: Sweep) -> None:
    with pytest.raises(VendorTrouble, match="same page twice"):
        walk(sweep, lambda v: rows(0, 2, 2))


def test_a_list_without_pages_is_one_page() -> None:
    assert walk(one_page("x", {}, rows="rows"), lambda v: {"rows": rows(0, 3, 3)}) == ([{}], [0, 1, 2])
    assert walk(one_page("x", {}, rows="rows"), lambda v: {}) == ([{}], [])


def test_something_that_is_no_list_is_said_so() -> None:
    with pytest.raises(VendorTrouble):
        walk(one_page("x", {}, rows="rows"), lambda v: {"rows": "none"})


def test_an_error_ends_the_sweep_where_it_stands() -> None:
    sweep = by_skip("x", {}, rows="@", limit=1)
    next(sweep)
    with pytest.raises(Refused):
        sweep.send(Outcome(error=Refused("no")))


def test_a_sweep_can_be_collected_in_a_script() -> None:
    script = collect(by_skip("x", {}, rows="@", limit=2))
    command, found = next(script), []
    try:
        while True:
            command = script.send(Outcome(rows(command.values["skip"], 2, 5)))
    except StopIteration as stop:
        found = stop.value
    assert [row["id"] for row in found] == [0, 1, 2, 3, 4]


def test_asking_gives_the_value_or_raises_the_error() -> None:
    asked = ask("x", {"a": 1})
    assert next(asked) == Read("x", {"a": 1})
    with pytest.raises(StopIteration) as stop:
        asked.send(Outcome("value"))
    assert stop.value.value == "value"
    asked = ask("x", {})
    next(asked)
    with pytest.raises(HubError):
        asked.send(Outcome(error=Refused("no")))


# --- the last row says where the next page starts -------------------------------------------------


def by_rows(pages: list[list[Values]]) -> tuple[list[Values], list[int]]:
    sweep = by_last_row("list", {}, rows="rows", size=2, size_key="limit", cursor="after")
    return walk(sweep, lambda values: {"rows": pages.pop(0)})


def test_a_cursor_in_the_rows_is_handed_on() -> None:
    asked, ids = by_rows([[{"id": 1, "after": 1}, {"id": 2, "after": 2}], [{"id": 3, "after": 3}]])
    assert ids == [1, 2, 3]
    assert asked == [{"limit": 2}, {"limit": 2, "after": 2}]


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ([[{"id": 1, "after": 1}, {"id": 2}]], "gave no cursor"),
        ([[{"id": 1}, {"id": 2, "after": 9}], [{"id": 3}, {"id": 4, "after": 9}]], "same cursor twice"),
        ([[{"id": 1}, {"id": 2, "after": 9}], [{"id": 1}, {"id": 2, "after": 9}]], "same page twice"),
    ],
)
def test_a_cursor_in_the_rows_that_leads_nowhere_is_noticed(pages: list[list[Values]], says: str) -> None:
    with pytest.raises(VendorTrouble, match=says):
        by_rows(pages)
