"""The mapping table: what is typed, what it makes of a sample, what is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms import TRANSFORMS
from integrations.forms.literals import (
    read_argument,
    read_literal,
    write_argument,
    write_literal,
)
from integrations.forms.mappings import rows_of
from integrations.forms.paths import paths_in
from integrations.models import FieldMapping
from integrations.recipes import ALL
from integrations.services import drafts
from tests.hub import Hub
from tests.web.pages import said, text


def at(hub: Hub, what: str, step: str = "contact") -> str:
    return reverse(what, args=[hub.workflow.pk, step])


def line(number: int, target: str, source: str = "", **more: str) -> dict[str, Any]:
    return {f"target-{number}": target, f"source-{number}": source, **more}


def table(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    posted: dict[str, Any] = {"row": [str(n) for n in range(len(lines))], **more}
    for one in lines:
        posted |= one
    return posted


def test_the_preview_shows_value_and_way_and_saves_nothing(hub: Hub, ada: Client) -> None:
    before = list(FieldMapping.objects.values())
    posted = table(
        line(0, "email", "event.recipient_email", **{"use-0": "0:upper"}),
        line(1, "lastName", "event.recipient_name", **{"use-1": "0:split_name", "required-1": "on"}),
    )

    answer = ada.post(at(hub, "mapping-preview"), posted, headers={"HX-Request": "true"})

    page = text(answer)
    assert 'id="preview-0" hx-swap-oob' in page
    assert "ADA@EXAMPLE.ORG" in page or "ROSA@EXAMPLE.COM" in page
    assert "Taken from event.recipient_email" in page
    assert "<html" not in page
    assert list(FieldMapping.objects.values()) == before


PROBLEMS = [
    (line(0, "firstName", "event.recipient_nmae"), "recipient_nmae"),
    (line(0, "email", "event.(("), "email"),
    (line(0, "email", "event.name", **{"use-0": "0:email"}), "email"),
    (line(0, "firstName", "event.name", **{"use-0": "0:shout"}), "There is no transform “shout”"),
    (
        line(0, "firstName", "event.name", **{"use-0": "0:value_map", "arg-0-0-table": "no sign here"}),
        "needs an equals sign",
    ),
]


@pytest.mark.parametrize(("posted", "sentence"), PROBLEMS)
def test_a_problem_is_said_in_words(hub: Hub, ada: Client, posted: dict[str, Any], sentence: str) -> None:
    page = text(ada.post(at(hub, "mapping-preview"), table(posted)))

    preview = page[page.index('id="preview-0"') :]
    assert sentence in preview


def test_text_from_an_event_is_never_markup(hub: Hub, ada: Client) -> None:
    hub.issue(recipient_name="<img src=x onerror=alert(1)>")
    hub.run_all()
    posted = table(line(0, "firstName", "event.recipient_name"))

    preview = ada.post(at(hub, "mapping-preview"), posted).content.decode()
    page = ada.get(at(hub, "workflow-step")).content.decode()
    run = ada.get(reverse("run-detail", args=[hub.run_all()[0].pk])).content.decode()

    assert "&lt;img" in preview
    for shown in (preview, page, run):
        assert "<img src=x" not in shown


def test_a_table_is_saved_as_it_was_typed(hub: Hub, ada: Client) -> None:
    posted = table(
        line(0, "email", "event.recipient_email", **{"required-0": "on", "use-0": ["1:trim", "0:lower"]}),
        line(
            1,
            "name",
            "",
            **{"use-1": "0:template", "arg-1-0-text": "Dear {event.recipient_name}", "arg-1-0-empty": '""'},
        ),
        line(2, "source", "", **{"default-2": "Accredible"}),
    )

    assert "is saved. Test the draft again" in said(ada, ada.post(at(hub, "workflow-step-save"), posted))

    hub.workflow.refresh_from_db()
    email, name, source = drafts.compile_draft(hub.workflow).step("contact").mappings
    assert [use.name for use in email.transforms] == ["trim", "lower"]
    assert email.required
    assert dict(name.transforms[0].args) == {"text": "Dear {event.recipient_name}", "empty": ""}
    assert source.default == "Accredible"


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        (table(line(0, "email", "a"), line(1, "email", "b")), "“email” stands in two lines."),
        (table(line(0, "", "a")), "A line names no field to fill."),
        (table(line(0, "email", "a", **{"use-0": "0:shout"})), "There is no transform “shout”"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_saved(
    hub: Hub, ada: Client, posted: dict[str, Any], sentence: str
) -> None:
    before = list(FieldMapping.objects.values())

    answer = ada.post(at(hub, "workflow-step-save"), posted)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert list(FieldMapping.objects.values()) == before


def shaped(hub: Hub, ada: Client, change: str, **more: Any) -> str:
    posted = table(
        line(0, "email", "event.recipient_email", **{"use-0": ["0:trim", "1:email"]}),
        line(1, "source", ""),
        change=change,
        **more,
    )
    return text(ada.post(at(hub, "workflow-step-shape"), posted))


def test_lines_and_transforms_are_added_moved_and_taken_away(hub: Hub, ada: Client) -> None:
    assert 'value="2:lower"' in shaped(hub, ada, "use:0", **{"new-use-0": "lower"})
    assert 'value="0:trim"' not in shaped(hub, ada, "drop:0:0")
    moved = shaped(hub, ada, "up:0:1")
    assert moved.index('value="1:email"') < moved.index('value="0:trim"')
    assert shaped(hub, ada, "down:0:0").index('value="1:email"') < moved.index('value="0:trim"')
    assert 'name="target-1"' not in shaped(hub, ada, "remove:1")
    assert 'name="target-2" value="phone"' in shaped(hub, ada, "add", **{"new-target": "phone"})


@pytest.mark.parametrize(
    ("change", "more", "sentence"),
    [
        ("add", {}, "Choose the field to fill first."),
        ("add", {"new-target": "email"}, "“email” is in the table already."),
        ("use:0", {"new-use-0": "shout"}, "There is no transform “shout”"),
        ("use:7", {}, "This line is gone; load the page again."),
    ],
)
def test_a_change_that_cannot_be_made_is_said_and_the_table_stays(
    hub: Hub, ada: Client, change: str, more: dict[str, str], sentence: str
) -> None:
    page = shaped(hub, ada, change, **more)

    assert sentence in page
    assert 'name="target-0" value="email"' in page


def test_the_paths_of_the_sample_are_offered(hub: Hub, ada: Client) -> None:
    page = text(ada.get(at(hub, "workflow-step", "booking")))

    assert '<option value="event.recipient_email">' in page
    assert '<option value="steps.slot.startTime">' in page


def test_a_step_that_does_not_exist_is_no_page(hub: Hub, ada: Client) -> None:
    assert ada.get(at(hub, "workflow-step", "nowhere")).status_code == 404


def test_keys_that_are_no_words_are_quoted_and_lists_show_their_first_row() -> None:
    sample = {"event": {"First name": "Ada", "rows": [{"a": 1}, {"a": 2}], "empty": []}}

    assert [path for path, _ in paths_in(sample)] == ['event."First name"', "event.rows[0].a", "event.empty"]


def test_every_mapping_of_every_recipe_survives_the_table() -> None:
    for recipe in ALL.values():
        for step in recipe.workflow.steps:
            for row, mapping in zip(rows_of(step.mappings), step.mappings, strict=True):
                assert row.mapping() == mapping


LITERALS = [
    ("", None),
    ("confirmed", "confirmed"),
    ("30", 30),
    ('"30"', "30"),
    ("true", True),
    ("null and void", "null and void"),
    ("007", "007"),
    ('["a"]', ["a"]),
]


@pytest.mark.parametrize(("typed", "value"), LITERALS)
def test_what_is_typed_in_one_line_is_read_and_written_back(typed: str, value: Any) -> None:
    assert read_literal(typed) == value
    assert read_literal(write_literal(value)) == value


def test_every_example_of_every_transform_survives_the_form() -> None:
    for transform in TRANSFORMS.values():
        for param in transform.params:
            if param.key in transform.example.args:
                value = transform.example.args[param.key]
                any_value = param.key in transform.any_value
                typed = write_argument(param, value, any_value=any_value)
                assert read_argument(param, typed, any_value=any_value) == value


def test_a_table_of_pairs_is_typed_line_by_line() -> None:
    param = Field(key="table", type=FieldType.OBJECT)

    assert read_argument(param, "yes = Y\r\n\r\nno = N", any_value=False) == {"yes": "Y", "no": "N"}
    assert read_argument(param, "{options.table}", any_value=False) == "{options.table}"
