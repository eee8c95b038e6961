"""Lookup tables on screen."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from integrations.models import LookupTable
from integrations.services import tables
from tests.hub import Hub
from tests.web.pages import said, text


@pytest.fixture
def table(hub: Hub, ada: Client) -> LookupTable:
    ada.post(reverse("table-new"), {"name": "Levels"})
    return LookupTable.objects.get()


def test_rows_are_typed_and_a_line_without_a_key_is_gone(table: LookupTable, ada: Client) -> None:
    where = reverse("table-save", args=[table.pk])
    ada.post(where, {"key": ["gold", "silver", ""], "value": ["VIP", "Regular", "x"]})
    page = said(ada, ada.post(where, {"key": ["", "silver"], "value": ["VIP", "Usual"]}))

    assert tables.rows_of(table) == {"silver": "Usual"}
    assert 'value="Usual"' in page


def test_a_key_that_stands_twice_is_said_and_what_was_typed_stays(table: LookupTable, ada: Client) -> None:
    answer = ada.post(reverse("table-save", args=[table.pk]), {"key": ["a", "a"], "value": ["1", "2"]})

    assert answer.status_code == 422
    assert "“a” stands in two lines." in text(answer)
    assert 'value="2"' in text(answer)
    assert tables.rows_of(table) == {}


@pytest.mark.parametrize(("replace", "rows"), [({}, {"a": "1", "b": "2"}), ({"replace": "on"}, {"b": "2"})])
def test_rows_are_pasted_beside_or_in_place(
    table: LookupTable, ada: Client, replace: dict[str, str], rows: dict[str, str]
) -> None:
    tables.put(table, {"a": "1"})

    ada.post(reverse("table-paste", args=[table.pk]), {"csv": "b;2", **replace})

    assert tables.rows_of(table) == rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"a,b\nc,d\n", "is saved"), (b"\xff\xfe", "not written in UTF-8"), (b"a,b,c", "needs two columns")],
)
def test_a_file_is_taken_or_refused_with_the_reason(
    table: LookupTable, ada: Client, content: bytes, sentence: str
) -> None:
    upload = SimpleUploadedFile("rows.csv", content)

    answer = ada.post(reverse("table-paste", args=[table.pk]), {"file": upload}, follow=True)

    assert sentence in text(answer)


def test_it_is_downloaded_as_it_was_pasted(table: LookupTable, vera: Client) -> None:
    tables.put(table, {"a, b": "1"})

    answer = vera.get(reverse("table-csv", args=[table.pk]))

    assert answer.content.decode() == 'key,value\n"a, b",1\n'
