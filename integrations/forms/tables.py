"""A table whose two sides are rows of the apps' lists, typed by name: one “calendar = group” a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from integrations.engine.errors import WrongUse
from integrations.forms.literals import read_table
from integrations.services.config_picks import picked
from integrations.services.picklists import Pick

Rows = Sequence[Pick] | None


class PairTable(forms.CharField):
    """Ids on both sides; a side whose rows are not known (None) is taken as it is typed."""

    def __init__(self, *, sides: tuple[Rows, Rows], **more: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}), **more)
        self.sides = sides

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        keys, meanings = self.sides
        return "\n".join(f"{_label(keys, key)} = {_label(meanings, v)}" for key, v in value.items())

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return dict(value)
        keys, meanings = self.sides
        try:
            return {
                _id(keys, key, str(self.label)): _id(meanings, meaning, str(self.label))
                for key, meaning in read_table(str(value or "")).items()
            }
        except WrongUse as error:
            raise forms.ValidationError(error.sentence) from None


def _label(rows: Rows, value: Any) -> str:
    """A name where it is one row's alone, else the id."""
    label = next((row.label for row in rows or () if row.id == str(value)), "")
    alone = sum(row.label == label for row in rows or ()) == 1 and "=" not in label
    return label if label and alone else str(value)


def _id(rows: Rows, text: str, what: str) -> str:
    return text if rows is None else str(picked(rows, text, what))
