"""From a run's context to the fields of a call: what is sent, what is not, and why."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import evaluate
from integrations.engine.mapping import (
    Mapped,
    Trace,
    check,
    check_expression,
    condition,
    items,
    map_fields,
)
from integrations.engine.spec import Field, FieldMapping, FieldType, TransformUse

CONTEXT: dict[str, Any] = {
    "event": {
        "recipient_email": "Ada@Example.com",
        "recipient_name": "Ada Lovelace",
        "phone": "ask her",
        "blank": "   ",
        "nothing": None,
        "score": 9,
        "recipient": {"name": "Ada"},
        "First Name": "Ada",
        "rows": [{"name": "Algebra", "hours": 2}, {"name": "Logic"}],
        "no_rows": [],
    },
    "trigger": {
        "type": "certificate.issued",
        "id": "e1",
        "at": "2026-11-20T10:00:00+00:00",
        "record": "4711",
    },
    "steps": {"contact": {"id": "c1"}},
    "options": {"start": "first_free", "minutes": 30},
    "links": {},
    "item": None,
    "accounts": {"ghl": {"location_id": "loc1", "timezone": "Europe/Berlin"}},
    "now": "2026-11-20T10:00:00+00:00",
}


def mapping(target: str, source: str = "", *uses: TransformUse, **more: Any) -> FieldMapping:
    return FieldMapping(target=target, source=source, transforms=uses, **more)


def use(name: str, **args: Any) -> TransformUse:
    return TransformUse(name=name, args=args)


def mapped(*mappings: FieldMapping, fields: tuple[Field, ...] = ()) -> Mapped:
    return map_fields(mappings, CONTEXT, fields)


def trace_of(one: FieldMapping, *fields: Field) -> Trace:
    return map_fields([one], CONTEXT, fields).traces[0]


# --- what is sent ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "value"),
    [
        (mapping("x", "event.recipient_name"), "Ada Lovelace"),
        (mapping("x", "event.recipient_name", use("split_name"), use("pick", path="last")), "Lovelace"),
        (mapping("x", "event.rows[*].name", use("join")), "Algebra, Logic"),
        (mapping("x", "event.nothing", default="none"), "none"),
        (mapping("x", "event.blank", use("trim"), default="none"), "none"),
        (mapping("x", "event.score", default=1), 9),
        (mapping("x", default=0), 0),
        (mapping("x", default=False), False),
        (
            mapping("x", "", use("template", text="Review for {event.recipient_name}")),
            "Review for Ada Lovelace",
        ),
        (mapping("x", "event.score", use("template", text="{value} of 10")), "9 of 10"),
        (mapping("x", 'event."First Name"'), "Ada"),
        (
            mapping("x", "now", use("add_duration", days=1, minutes="{options.minutes}")),
            "2026-11-21T11:30:00+01:00",
        ),
    ],
)
def test_a_value_goes_from_source_through_transforms_to_its_field(one: FieldMapping, value: Any) -> None:
    result = mapped(one)
    result.raise_for_problems()
    assert result.values == {"x": value}


def test_dotted_targets_make_nested_objects() -> None:
    result = mapped(
        mapping("recipient.name", "event.recipient_name"),
        mapping("recipient.address.country", default="DE"),
        mapping("score", "event.score"),
    )
    assert result.values == {
        "recipient": {"name": "Ada Lovelace", "address": {"country": "DE"}},
        "score": 9,
    }


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("a", "a", "`a` is mapped more than once"),
        ("a.b", "a.b", "`a.b` is mapped more than once"),
        ("a", "a.b", "`a.b` cannot go into `a`, which is mapped as a whole"),
        ("a.b", "a", "`a` is mapped as a whole and in parts"),
    ],
)
def test_two_mappings_for_one_place_are_a_problem(first: str, second: str, words: str) -> None:
    before = copy.deepcopy(CONTEXT)
    result = mapped(mapping(first, "event.recipient"), mapping(second, "event.recipient"))
    assert words in result.problems[0]
    assert before == CONTEXT


# --- what is missing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "lost_at", "note"),
    [
        (mapping("x", "event.nothing"), "source", ""),
        (mapping("x", "event.no_rows"), "source", ""),
        (mapping("x", "event.recipient_mail"), "source", "`event.recipient_mail` is not in this event"),
        (mapping("x", "event.blank", use("lower"), use("trim")), "transform:trim", ""),
        (
            mapping("x", "event.recipient_name", use("split_name"), use("pick", path="middle")),
            "transform:pick",
            "",
        ),
        (mapping("x", "event.no_rows", use("join")), "source", ""),
        (mapping("x", "item"), "source", ""),
        (
            mapping("x", "event.phone", use("phone_e164", country="DE", otherwise="empty")),
            "transform:phone_e164",
            "“ask her” is not a phone number",
        ),
    ],
)
def test_an_empty_value_is_not_sent_and_the_trace_says_which_hop_lost_it(
    one: FieldMapping, lost_at: str, note: str
) -> None:
    result = mapped(one)
    assert result.values == {}
    assert result.problems == ()
    assert result.traces[0].lost_at == lost_at
    assert result.traces[0].note.startswith(note)


def test_a_value_won_back_was_not_lost() -> None:
    trace = trace_of(mapping("x", "event.blank", use("trim"), use("default", value="none")))
    assert (trace.value, trace.lost_at, trace.used_default) == ("none", "", False)


def test_a_default_is_told_and_what_it_stands_for() -> None:
    trace = trace_of(mapping("x", "event.blank", use("trim"), default="none"))
    assert (trace.value, trace.lost_at, trace.used_default) == ("none", "transform:trim", True)


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (mapping("x", "event.nothing", required=True), "`x` needs a value: `event.nothing` is empty."),
        (
            mapping("x", "event.recipient_mail", required=True),
            "`x` needs a value: `event.recipient_mail` is not in this event; "
            "did you mean `event.recipient_email`?",
        ),
        (
            mapping("x", "evnt.recipient_email", required=True),
            "`x` needs a value: `evnt` is not something a mapping can see; did you mean `event`?",
        ),
        (
            mapping("x", "steps.contakt.id", required=True),
            "`x` needs a value: `steps.contakt` is not in `steps`; did you mean `steps.contact`?",
        ),
        (
            mapping("x", "event.rows.name", required=True),
            "`x` needs a value: `event.rows` is a list: write `event.rows[0].name` for its first row "
            "or `event.rows[*].name` for all.",
        ),
        (
            mapping("x", "event.recipient_name.first", required=True),
            "`x` needs a value: `event.recipient_name` is a text and has no `first`.",
        ),
        (
            mapping("x", "event.blank", use("trim"), required=True),
            "`x` needs a value: the transform `trim` left nothing of it.",
        ),
        (
            mapping("x", "event.phone", use("phone_e164", country="DE", otherwise="empty"), required=True),
            "`x` needs a value: “ask her” is not a phone number.",
        ),
        (mapping("x", required=True), "`x` needs a value: it has no source and no default."),
        (mapping("x", default="", required=True), "`x` needs a value: it has no source and no default."),
    ],
)
def test_a_missing_required_value_is_a_problem_never_an_empty_text(one: FieldMapping, sentence: str) -> None:
    result = mapped(one)
    assert result.values == {}
    assert result.problems == (sentence,)


def test_a_value_that_cannot_be_read_is_a_problem_though_not_required_and_though_it_has_a_default() -> None:
    trace = trace_of(
        mapping("x", "event.phone", use("phone_e164", country="DE"), use("lower"), default="+49711")
    )
    assert trace.problem == "`x`: “ask her” is not a phone number."
    assert trace.lost_at == "transform:phone_e164"
    assert [hop.transform for hop in trace.hops] == ["phone_e164"]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (mapping("x", "event..name"), "“event..name” cannot be read at character 7, near “.name”."),
        (mapping("x", "event.name["), "at character 12, where it ends too early."),
        (mapping("x", "event.name b"), "near “b”"),
        (mapping("x", "lenght(event)"), "There is no JMESPath function “lenght”; choose one of: length."),
        (mapping("x", "length(event, now)"), "`length()` takes 1 argument(s) and has 2"),
        (
            mapping("x", "length(event.nme)"),
            "was given null; it takes string or array or object. `event.nme` is not",
        ),
        (mapping("x", "event.recipient_name < `1`"), "values of different kinds"),
        (mapping("x", "&event"), "outside a function's brackets"),
        (mapping("x", "a" * 2001), "2,000 characters"),
        (mapping("x", "!" * 1999 + "a"), "make it simpler"),
        (mapping("x", "a" + "|a" * 900), "nested too deeply"),
        (mapping("x", "now", use("upcase")), "There is no transform “upcase”"),
        (mapping("x", "now", use("pick")), "The transform `pick` needs `path`"),
    ],
)
def test_what_cannot_be_read_is_told_at_the_run_and_in_the_editor(one: FieldMapping, words: str) -> None:
    assert words in mapped(one).problems[0]
    assert any(words in problem for problem in check([one], (), CONTEXT))


def test_all_problems_are_one_sentence_that_names_every_field() -> None:
    result = mapped(mapping("a", "event.nothing", required=True), mapping("b", "now["), mapping("c", "now"))
    with pytest.raises(MappingFailed) as caught:
        result.raise_for_problems()
    assert caught.value.sentence.startswith("2 fields cannot be filled: `a` needs a value")
    assert "; `b`: The expression" in caught.value.sentence
    assert "`c`" not in caught.value.sentence


def test_one_problem_is_its_own_sentence() -> None:
    with pytest.raises(MappingFailed, match=r"^`a` needs a value: `event.nothing` is empty\.$"):
        mapped(mapping("a", "event.nothing", required=True)).raise_for_problems()


# --- against the fields of an operation -----------------------------------------------------------


def test_a_value_that_does_not_fit_its_field_is_a_problem_and_is_not_sent() -> None:
    result = mapped(mapping("x", "event.score"), fields=(Field(key="x", type=FieldType.EMAIL),))
    assert result.values == {}
    assert result.problems == ("`x` needs an e-mail address and got “9”.",)
    assert mapped(mapping("x", "event.score"), fields=(Field(key="x"),)).values == {"x": "9"}


def test_a_required_field_makes_its_mapping_required() -> None:
    result = mapped(mapping("x", "event.nothing"), fields=(Field(key="x", required=True),))
    assert result.problems == ("`x` needs a value: `event.nothing` is empty.",)


NEEDS_X = (Field(key="x", type=FieldType.OBJECT, required=True),)


@pytest.mark.parametrize(
    ("mappings", "fields", "problems"),
    [
        ((), NEEDS_X, ("`x` needs a value, but nothing is mapped to it.",)),
        ((mapping("x.a", "event.score"),), NEEDS_X, ()),
        (
            (mapping("x.a", "event.nothing"),),
            NEEDS_X,
            ("`x` needs a value, but all that is mapped into it is empty.",),
        ),
        (
            (mapping("x.a", "event.nothing", required=True),),
            NEEDS_X,
            ("`x.a` needs a value: `event.nothing` is empty.",),
        ),
        ((mapping("x", "event.recipient"),), (Field(key="x.name", required=True),), ()),
        ((), (Field(key="x", required=True, fills="location_id"),), ()),
        ((), (Field(key="x", required=True, default="y"),), ()),
    ],
)
def test_a_required_field_that_nobody_fills_is_a_problem(
    mappings: tuple[FieldMapping, ...], fields: tuple[Field, ...], problems: tuple[str, ...]
) -> None:
    assert mapped(*mappings, fields=fields).problems == problems


def test_a_trace_is_json() -> None:
    trace = trace_of(mapping("email", "event.recipient_email", use("email"), required=True))
    assert json.loads(json.dumps(trace.to_json())) == {
        "target": "email",
        "source": "event.recipient_email",
        "source_value": "Ada@Example.com",
        "found": True,
        "hops": [
            {
                "transform": "email",
                "args": {},
                "before": "Ada@Example.com",
                "after": "ada@example.com",
                "problem": "",
                "note": "",
            }
        ],
        "used_default": False,
        "value": "ada@example.com",
        "problem": "",
        "lost_at": "",
        "note": "",
    }


# --- conditions and lists -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("trigger.type == 'certificate.issued' && options.start == 'first_free'", True),
        ("trigger.type == 'certificate.revoked'", False),
        ("", True),
        ("  ", True),
        ("event.recipient", True),
        ("event.nothing", False),
        ("event.no_rows", False),
        ("event.unheard_of", False),
        ("`0`", True),
        ("`false`", False),
        ("event.score > `5`", True),
    ],
)
def test_a_condition_holds_as_jmespath_has_it(expression: str, holds: bool) -> None:
    assert condition(expression, CONTEXT) is holds


def test_a_list_expression_gives_a_list_or_says_what_it_gives() -> None:
    assert items("event.rows[*].name", CONTEXT) == ["Algebra", "Logic"]
    assert items("event.nothing", CONTEXT) == []
    assert items("event.rows", CONTEXT) is not CONTEXT["event"]["rows"]
    with pytest.raises(MappingFailed, match=r"has to give a list and gives a text"):
        items("event.recipient_name", CONTEXT)


@pytest.mark.parametrize("ask", [condition, items])
def test_a_broken_expression_stops_the_run(ask: Any) -> None:
    with pytest.raises(MappingFailed, match="cannot be read at character 7"):
        ask("event..x", CONTEXT)


@given(st.text(alphabet="event.now[]*?&|!=<>()'\"@:{},0-9 a_", max_size=40))
def test_no_expression_brings_down_a_run(expression: str) -> None:
    with suppress(MappingFailed):
        evaluate(expression, CONTEXT)
    assert isinstance(check_expression(expression, CONTEXT), list)


# --- for the editor -------------------------------------------------------------------------------

FIELDS = (
    Field(key="email", type=FieldType.EMAIL, required=True),
    Field(key="firstName"),
    Field(key="address", type=FieldType.OBJECT),
    Field(key="locationId", required=True, fills="location_id"),
)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (mapping("emial", "now"), "There is no field “emial”; choose one of: email."),
        (mapping("zzz", "now"), "choose one of: address, email, firstName."),
        (mapping("firstName.x", "now"), "There is no field “firstName.x”"),
        (mapping("locationId", "now"), "`locationId` is filled in by the hub; leave it out."),
        (mapping("email", "now"), "`email` is mapped more than once; keep one mapping."),
        (
            mapping("firstName", "event.recipent_name"),
            "`firstName`: `event.recipent_name` is not in this event;",
        ),
        (
            mapping("firstName", "event.rows[*].hour"),
            "`event.rows[*].hour` is not in `event.rows[*]`; did you mean",
        ),
        (mapping("firstName", "event.x || event.y"), "`event.x` is not in this event"),
        (mapping("firstName"), "`firstName`: it has no source and no default."),
        (mapping("firstName", "", use("trim")), "`firstName`: it has no source and no default."),
        (
            mapping("firstName", "", use("template", text="Hi {event.nam}")),
            "`event.nam` is not in this event",
        ),
        (
            mapping("firstName", "now", use("default", value="{event.nam}")),
            "`event.nam` is not in this event",
        ),
    ],
)
def test_the_editor_is_told_what_to_look_at(one: FieldMapping, words: str) -> None:
    problems = check([mapping("email", "event.recipient_email"), one], FIELDS, CONTEXT)
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize(
    "one",
    [
        mapping("address.city", "event.recipient_name"),
        mapping("firstName", "event.recipient_name", use("template", text="{value}, {event.score}")),
        mapping("firstName", "event.x || event.recipient_name"),
        mapping("firstName", "event.rows[*].hours | [0]"),
        mapping("firstName", "event.nothing.deeper"),
        mapping("firstName", "event.no_rows[*].name"),
        mapping("firstName", default="Ada"),
        mapping("firstName", "", use("default", value="{event.recipient_name}")),
    ],
)
def test_the_editor_is_left_in_peace_where_all_is_well(one: FieldMapping) -> None:
    assert check([mapping("email", "event.recipient_email"), one], FIELDS, CONTEXT) == []


def test_the_editor_is_told_of_a_required_field_without_a_mapping() -> None:
    assert check([], FIELDS, CONTEXT) == ["`email` needs a value, but nothing is mapped to it."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a@x.org, b@x.org,", ["a@x.org", "b@x.org"]), ("one", ["one"]), ("", []), (None, [])],
)
def test_a_list_kept_in_one_text_can_be_gone_through(text: str | None, parts: list[str]) -> None:
    assert items("split(event.attendees, ',')", {"event": {"attendees": text}}) == parts
