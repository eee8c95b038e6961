"""What each transform makes of good values, and what it says of bad ones."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.engine.errors import MappingFailed, WrongUse
from integrations.engine.transforms import (
    TRANSFORMS,
    TransformFailed,
    ZoneContext,
    apply,
    check_args,
    preview,
)

BERLIN = "Europe/Berlin"
CONTEXT: dict[str, Any] = {
    "event": {
        "title": "Algebra II",
        "score": 9.0,
        "tags": ["vip", "alumni"],
        "note": None,
        "who": {"n": "Ada"},
    },
    "options": {"minutes": "30", "country": "DE"},
    "accounts": {"ghl": {"timezone": BERLIN}},
}

GOOD = [
    ("trim", " Ada ", {}, "Ada"),
    ("trim", 12, {}, "12"),
    ("lower", "ÄB", {}, "äb"),
    ("upper", "äb", {}, "ÄB"),
    ("title", "they're o'NEIL-smith", {}, "They're O'neil-Smith"),
    ("slug", "Straße  Nº 5!", {}, "strasse-no-5"),
    ("color", " 2E7 ", {}, "#22ee77"),
    ("color", "#039BE5", {}, "#039be5"),
    ("color", "teal", {"otherwise": "empty"}, None),
    ("time_zone", " America/New_York", {}, "America/New_York"),
    ("time_zone", "Mars/Base", {"otherwise": "empty"}, None),
    ("split_name", "Ada King  Lovelace", {}, {"first": "Ada King", "last": "Lovelace"}),
    ("split_name", "Ada", {}, {"first": "Ada", "last": ""}),
    ("pick", [{"id": 1}, {"id": 2}], {"path": "[1].id"}, 2),
    ("pick", {"a": 1}, {"path": "b"}, None),
    ("pick", {"a": 1}, {"path": "{first: a}"}, {"first": 1}),
    ("join", ["a", None, "", 3.0], {"separator": "; "}, "a; 3"),
    ("split", "a, b,,c", {}, ["a", "b", "c"]),
    ("split", "a|b", {"separator": "|"}, ["a", "b"]),
    ("default", None, {"value": 0}, 0),
    ("default", [], {"value": "x"}, "x"),
    ("default", 0, {"value": 1}, 0),
    ("default", False, {"value": True}, False),
    ("number", "1,234,567.25", {}, 1234567.25),
    ("number", "1.234,5", {"decimal": ","}, 1234.5),
    ("number", " -7 ", {}, -7),
    ("number", "3.0", {}, 3),
    ("boolean", "Inactive", {}, False),
    ("boolean", "ON", {}, True),
    ("boolean", 1, {}, True),
    ("boolean", 0.0, {}, False),
    ("value_map", "CANCELED", {"table": {"canceled": "cancelled"}}, "cancelled"),
    ("value_map", True, {"table": {"true": "confirmed"}}, "confirmed"),
    ("value_map", 3, {"table": {"3": "done"}}, "done"),
    ("value_map", "new", {"table": {}, "otherwise": "keep"}, "new"),
    ("value_map", "new", {"table": {}, "otherwise": "empty"}, None),
    ("value_map", "new", {"table": {}, "otherwise": 7}, 7),
    ("text", 3.0, {}, "3"),
    ("text", True, {}, "true"),
    ("list_pick", ["a", "b"], {}, "a"),
    ("list_pick", ["a", "b"], {"which": -2}, "a"),
    ("list_pick", ["a", "b"], {"which": 2}, None),
    ("list_flatten", [["a", ["b"]], "c"], {}, ["a", ["b"], "c"]),
    (
        "list_unique",
        [{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": 2}],
        {"by": "id"},
        [{"id": 1, "n": 1}, {"id": 2}],
    ),
    ("list_unique", [1, 1.0, "1"], {}, [1, "1"]),
    ("email", "ada@", {"otherwise": "empty"}, None),
    ("parse_datetime", "tomorrow", {"otherwise": "empty"}, None),
    ("boolean", "maybe", {"otherwise": "empty"}, None),
    ("number", "many", {"otherwise": "empty"}, None),
    ("email", " Ada@Example.COM", {}, "ada@example.com"),
    ("email", "ada@school.test", {}, "ada@school.test"),
    ("phone_e164", "0711 123456", {"country": "de"}, "+49711123456"),
    ("phone_e164", "+1 (202) 555-0143 ext. 9", {}, "+12025550143"),
    ("parse_datetime", "2026-11-20T10:00:00Z", {}, "2026-11-20T10:00:00+00:00"),
    ("parse_datetime", "2026-11-20 10:00:00 -0500", {"zone": BERLIN}, "2026-11-20T10:00:00-05:00"),
    ("parse_datetime", "2026-11-20 10:00:00", {"zone": BERLIN}, "2026-11-20T10:00:00+01:00"),
    ("parse_datetime", "2026-11-20 10:00:00.25", {"zone": "UTC"}, "2026-11-20T10:00:00.250000+00:00"),
    ("parse_datetime", "2026-11-20", {"zone": BERLIN, "time": "09:30"}, "2026-11-20T09:30:00+01:00"),
    ("parse_datetime", "03/04/2026 8:05 pm", {"zone": "UTC", "order": "DMY"}, "2026-04-03T20:05:00+00:00"),
    ("parse_datetime", "03/04/2026 12:05 AM", {"zone": "UTC", "order": "MDY"}, "2026-03-04T00:05:00+00:00"),
    ("parse_datetime", "2026/04/03 8:05", {"zone": "UTC"}, "2026-04-03T08:05:00+00:00"),
    ("parse_datetime", "Fri, 20 Nov 2026 10:00:00 GMT", {}, "2026-11-20T10:00:00+00:00"),
    ("parse_datetime", "November 20th, 2026 at 10:00 am", {"zone": BERLIN}, "2026-11-20T10:00:00+01:00"),
    ("parse_datetime", 1795165200, {}, "2026-11-20T09:00:00+00:00"),
    ("parse_datetime", "1795165200123", {}, "2026-11-20T09:00:00.123000+00:00"),
    ("to_iso", "2026-11-20T10:00:00+01:00", {}, "2026-11-20T10:00:00+01:00"),
    ("to_iso", "2026-11-20T10:00:00+01:00", {"style": "utc"}, "2026-11-20T09:00:00Z"),
    ("to_iso", "2026-11-20T10:00:00+01:00", {"style": "local", "zone": "UTC"}, "2026-11-20T09:00:00"),
    ("to_date", "2026-11-20T23:30:00Z", {}, "2026-11-20"),
    ("to_date", "2026-11-20T23:30:00Z", {"zone": BERLIN}, "2026-11-21"),
    ("to_date", "2026-11-20", {"zone": "Pacific/Auckland"}, "2026-11-20"),
    ("to_date", "31/12/2026", {"order": "DMY"}, "2026-12-31"),
    ("to_epoch_ms", "1969-12-31T23:59:59.999Z", {}, -1),
    ("add_duration", "2026-11-20T10:00:00Z", {"minutes": -90}, "2026-11-20T08:30:00+00:00"),
    ("add_duration", "2026-11-20", {"weeks": 1, "days": -1}, "2026-11-26"),
    ("convert_zone", "2026-07-01T10:00:00Z", {"zone": BERLIN}, "2026-07-01T12:00:00+02:00"),
    ("format_datetime", "2026-11-20T09:00:00Z", {"layout": "%H:%M 100%%", "zone": BERLIN}, "10:00 100%"),
]

BAD = [
    ("trim", ["a"], {}, "got a list"),
    ("slug", "???", {}, "no letter from a to z"),
    ("color", "teal", {}, "is no colour; write it as #039be5"),
    ("color", "#12345", {}, "is no colour"),
    ("time_zone", "Mars/Base", {}, "time zone “Mars/Base”"),
    ("time_zone", "EST5EDT4", {}, "time zone “EST5EDT4”"),
    ("join", "a", {}, "needs a list and got a text"),
    ("join", [{"a": 1}], {}, "got an object"),
    ("number", "twelve", {}, "is not a number"),
    ("number", "1,2", {}, "is not a number"),
    ("number", "1" * 400 + ".5", {}, "not a number that can be sent"),
    ("number", True, {}, "is not a number"),
    ("boolean", "maybe", {}, "neither yes nor no"),
    ("value_map", "new", {"table": {"old": 1}}, "“new” is not in the table; it has old"),
    ("list_pick", ["a"], {"which": "second"}, "first, last or a whole number"),
    ("email", "ada@", {}, "is not an e-mail address"),
    ("email", "ada@test", {}, "has no dot"),
    ("email", "ada@localhost", {}, "is not an e-mail address"),
    ("phone_e164", "0711 123456", {}, "set `country`"),
    ("phone_e164", "ask Ada", {"country": "DE"}, "is not a phone number"),
    ("phone_e164", "+49 12", {}, "too few or too many digits"),
    ("phone_e164", "555-0143", {"country": "US"}, "too few or too many digits"),
    ("parse_datetime", "2026-11-20 10:00:00", {}, "say with `zone`"),
    ("parse_datetime", "2026-11-20", {"zone": BERLIN}, "say with `time`"),
    ("parse_datetime", "03/04/2026 10:00", {"zone": BERLIN}, "Say with `order`"),
    ("parse_datetime", "31/12/2026 10:00", {"zone": BERLIN, "order": "MDY"}, "no calendar has"),
    ("parse_datetime", "2026-02-30 10:00", {"zone": BERLIN}, "no calendar has"),
    ("parse_datetime", "2026-11-20 25:00", {"zone": BERLIN}, "no clock shows"),
    ("parse_datetime", "2026-11-20 13:00 pm", {"zone": BERLIN}, "is 1 to 12"),
    ("parse_datetime", "2026-11-20T10:00:00+25:00", {}, "no clock shows"),
    ("parse_datetime", "2026-11-20 10:00 sharp", {"zone": BERLIN}, "cannot be read as a time of day"),
    ("parse_datetime", "tomorrow", {"zone": BERLIN}, "cannot be read as a time"),
    ("parse_datetime", 20, {"zone": BERLIN}, "cannot be read as a time"),
    ("to_iso", "2026-11-20T10:00:00", {}, "say with `zone`"),
    ("to_iso", "0001-01-01T00:00:00+10:00", {"zone": "UTC"}, "beyond the years"),
    ("add_duration", "2026-11-20T10:00:00Z", {"days": 1}, "say with `zone`"),
    ("add_duration", "2026-11-20", {"hours": 1}, "give it a time first"),
    ("add_duration", "2026-11-20T10:00:00Z", {"hours": 1e9}, "beyond the years"),
    ("template", None, {"text": "Hi {event.name}"}, "`event` is not something a mapping can see"),
]

WRONG = [
    ("trim", {"side": "left"}, "There is no argument of the transform `trim` “side”"),
    ("pick", {}, "The transform `pick` needs `path`"),
    ("pick", {"path": "a..b"}, "cannot be read at character 3"),
    ("pick", {"path": 3}, "takes a text and was given a number"),
    ("template", {"text": "Hi {event..name}"}, "cannot be read at character 7"),
    ("template", {"text": "Hi {event.name"}, "has no “}” after it"),
    ("template", {"text": "Hi } there"}, "has no “{” before it"),
    ("number", {"decimal": ";"}, "choose one of: ,, ."),
    ("value_map", {"table": ["a"]}, "takes an object and was given a list"),
    ("add_duration", {"days": "7"}, "takes an integer and was given a text"),
    ("add_duration", {"days": True}, "takes an integer and was given a yes/no value"),
    ("add_duration", {"days": 1.5}, "takes an integer and was given a number"),
    ("add_duration", {"days": "{options..days}"}, "cannot be read at character 9"),
]


@pytest.mark.parametrize(("name", "value", "args", "expected"), GOOD)
def test_good_values_are_transformed(name: str, value: Any, args: dict[str, Any], expected: Any) -> None:
    made = apply(name, value, args)
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(("name", "value", "args", "words"), BAD)
def test_bad_values_are_refused_in_words(name: str, value: Any, args: dict[str, Any], words: str) -> None:
    with pytest.raises(TransformFailed) as caught:
        apply(name, value, args)
    assert words in caught.value.sentence


@pytest.mark.parametrize(("name", "args", "words"), WRONG)
def test_wrong_arguments_are_told(name: str, args: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in check_args(name, args)), check_args(name, args)
    with pytest.raises(WrongUse):
        apply(name, "2026-11-20T10:00:00Z", args, BERLIN)


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("convert_zone", {"zone": "Europe/Berln"}, "Europe/Berlin"),
        ("parse_datetime", {"zone": "../etc/passwd"}, "There is no time zone"),
        ("phone_e164", {"country": "Germany"}, "write its two letters"),
        ("format_datetime", {"layout": "%Q"}, "means nothing here"),
        ("format_datetime", {"layout": "50%"}, "means nothing here"),
    ],
)
def test_what_only_shows_at_work_is_told_too(name: str, args: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongUse) as caught:
        apply(name, "2026-11-20 10:00:00", args, "UTC")
    assert words in caught.value.sentence


def test_a_time_of_day_that_is_none_is_the_operators_to_change() -> None:
    with pytest.raises(WrongUse, match="write 09:00"):
        apply("parse_datetime", "2026-11-20", {"time": "nine"}, BERLIN)


def test_an_unknown_transform_is_answered_with_the_right_one() -> None:
    with pytest.raises(WrongUse, match="choose one of: phone_e164"):
        apply("phone_e146", "1", {})


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_documents_itself_with_an_example_that_holds(name: str) -> None:
    transform = TRANSFORMS[name]
    example = transform.example
    assert transform.title
    assert transform.help.endswith(".")
    assert all(param.label for param in transform.params)
    assert apply(name, example.value, example.args, ZoneContext.of(example.context)) == example.gives


@pytest.mark.parametrize("name", sorted(name for name, t in TRANSFORMS.items() if not t.takes_empty))
@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_stays_nothing(name: str, nothing: Any) -> None:
    example = TRANSFORMS[name].example
    assert apply(name, nothing, example.args, ZoneContext.of(example.context)) == nothing


# --- text with placeholders -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Review: {event.title}", "Review: Algebra II"),
        ("{value}/{event.score}", "Ada/9"),
        ("{event.tags}", "vip, alumni"),
        ("{event.tags[0]} {{not}} {event.who.n}", "vip {not} Ada"),
        ("{join('}', event.tags)}", "vip}alumni"),
        ("{event.{t: title}.t}", "Algebra II"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_template_fills_its_placeholders(text: str, expected: str) -> None:
    assert apply("template", "Ada", {"text": text}, ZoneContext.of(CONTEXT)) == expected


def test_an_empty_placeholder_is_an_error_unless_the_operator_says_what_stands_there() -> None:
    where = ZoneContext.of(CONTEXT)
    with pytest.raises(TransformFailed, match=r"`event.note` is empty"):
        apply("template", None, {"text": "Note: {event.note}"}, where)
    with pytest.raises(TransformFailed, match=r"did you mean `event.title`\?"):
        apply("template", None, {"text": "{event.titel}"}, where)
    assert apply("template", None, {"text": "Note: {event.note}", "empty": ""}, where) == "Note: "
    assert apply("template", None, {"text": "Note: {event.note}", "empty": "-"}, where) == "Note: -"


# --- what the run's context gives -----------------------------------------------------------------


def test_an_argument_in_braces_is_looked_up_in_the_run() -> None:
    hop = preview("add_duration", "2026-11-20T10:00:00Z", {"minutes": "{options.minutes}"}, CONTEXT)
    assert hop.after == "2026-11-20T10:30:00+00:00"
    assert hop.args == {"minutes": 30}
    assert (
        preview("phone_e164", "0711 123456", {"country": "{options.country}"}, CONTEXT).after
        == "+49711123456"
    )


def test_an_argument_that_is_not_there_is_a_problem_of_the_run() -> None:
    hop = preview("add_duration", "2026-11-20T10:00:00Z", {"minutes": "{options.minute}"}, CONTEXT)
    assert hop.after is None
    assert "did you mean `options.minutes`?" in hop.problem


def test_a_default_may_come_from_the_run_and_may_be_missing() -> None:
    assert preview("default", None, {"value": "{event.title}"}, CONTEXT).after == "Algebra II"
    assert preview("default", "Logic", {"value": "{event.nothing}"}, CONTEXT).after == "Logic"


@pytest.mark.parametrize(
    ("context", "zone"),
    [
        ({"accounts": {"ghl": {"timezone": BERLIN}, "credly": {}}}, BERLIN),
        ({"accounts": {"ghl": {"timezone": BERLIN}}, "options": {"timezone": "UTC"}}, "UTC"),
        ({"accounts": {"ghl": {"timezone": BERLIN}, "other": {"timezone": "UTC"}}}, ""),
        ({"accounts": {"ghl": {"timezone": BERLIN}, "other": {"timezone": BERLIN}}}, BERLIN),
        ({}, ""),
    ],
)
def test_the_zone_is_known_when_the_accounts_agree(context: dict[str, Any], zone: str) -> None:
    assert ZoneContext.of(context).zone == zone


def test_a_preview_shows_a_failure_and_raises_for_wrong_use() -> None:
    hop = preview("boolean", "maybe", {}, CONTEXT)
    assert (hop.before, hop.after) == ("maybe", None)
    assert "neither yes nor no" in hop.problem
    assert json.loads(json.dumps(hop.to_json()))["problem"] == hop.problem
    with pytest.raises(WrongUse):
        preview("boolean", "yes", {"words": "x"}, CONTEXT)


def test_a_failure_stops_the_run_as_a_failed_mapping_does() -> None:
    assert issubclass(TransformFailed, MappingFailed)


# --- clocks that jump -----------------------------------------------------------------------------


def test_a_time_shown_twice_is_the_first() -> None:
    assert apply("parse_datetime", "2026-10-25 02:30", {}, BERLIN) == "2026-10-25T02:30:00+02:00"


def test_a_time_never_shown_moves_forward_by_the_gap() -> None:
    assert apply("parse_datetime", "2026-03-29 02:30", {}, BERLIN) == "2026-03-29T03:30:00+02:00"


def test_days_keep_the_wall_clock_and_hours_pass_as_real_time() -> None:
    before = "2026-03-28T10:00:00+01:00"
    assert apply("add_duration", before, {"days": 1}, BERLIN) == "2026-03-29T10:00:00+02:00"
    assert apply("add_duration", before, {"hours": 24}, BERLIN) == "2026-03-29T10:00:00+01:00"
    assert apply("add_duration", before, {"days": -1, "hours": 48}, BERLIN) == "2026-03-29T11:00:00+02:00"


def test_hours_pass_through_a_change_of_clocks() -> None:
    before = "2026-10-25T00:30:00+02:00"
    after = apply("add_duration", before, {"days": 0, "hours": 3, "zone": BERLIN}, "")
    assert datetime.fromisoformat(after) == datetime.fromisoformat("2026-10-25T02:30:00+01:00")


# --- properties -----------------------------------------------------------------------------------

ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
WALLS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2037, 1, 1))  # noqa: DTZ001


@given(st.text())
def test_trimming_twice_is_trimming_once(text: str) -> None:
    once = apply("trim", text, {})
    assert apply("trim", once, {}) == once


@given(st.text())
def test_a_slug_is_its_own_slug(text: str) -> None:
    try:
        once = apply("slug", text, {})
    except TransformFailed:
        return
    assert apply("slug", once, {}) == once


@given(WALLS, ZONES, st.integers(-400, 400))
def test_days_there_and_back_show_the_same_wall_clock(wall: datetime, zone: str, days: int) -> None:
    start = apply("parse_datetime", wall.isoformat(" "), {}, zone)
    there = apply("add_duration", start, {"days": days}, zone)
    back = apply("add_duration", there, {"days": -days}, zone)
    assume(there[11:19] == start[11:19])  # unless it landed in a gap and was moved
    assert back[:19] == start[:19]


@given(WALLS, ZONES, st.integers(-10_000, 10_000))
def test_minutes_there_and_back_are_the_same_moment(wall: datetime, zone: str, minutes: int) -> None:
    start = apply("parse_datetime", wall.isoformat(), {}, zone)
    there = apply("add_duration", start, {"minutes": minutes}, zone)
    back = apply("add_duration", there, {"minutes": -minutes}, zone)
    assert datetime.fromisoformat(back) == datetime.fromisoformat(start)


@given(WALLS, ZONES, ZONES)
def test_another_zone_shows_the_same_moment(wall: datetime, zone: str, other: str) -> None:
    start = apply("parse_datetime", wall.isoformat(), {}, zone)
    moved = apply("convert_zone", start, {"zone": other})
    assert apply("to_epoch_ms", moved, {}) == apply("to_epoch_ms", start, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(TRANSFORMS)), JSON)
def test_whatever_comes_in_comes_out_changed_or_refused_and_is_itself_untouched(
    name: str, value: Any
) -> None:
    before = repr(value)
    hop = preview(name, value, {**TRANSFORMS[name].example.args}, {})
    assert hop.problem == "" or hop.after is None
    assert repr(value) == before
