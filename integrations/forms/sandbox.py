"""What a person does inside the simulated apps, and the troubles that can be switched on there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from integrations.engine.spec import Field
from integrations.forms.declared import Choices, form_field, values_of
from integrations.sandbox.faults import KINDS
from integrations.sandbox.simulation import Action, Table

PICKED = 200


class ActionForm(forms.Form):
    """One action of a simulated app. A field that names a record offers those of the state tables."""

    def __init__(self, data: Any, *, action: Action, tables: Sequence[Table]) -> None:
        super().__init__(data, auto_id=f"{action.key}-%s")
        self.action = action
        for field in action.fields:
            self.fields[field.key] = form_field(field, picks=_records(field, tables))

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self, self.action.fields)


def _records(field: Field, tables: Sequence[Table]) -> Choices | None:
    """Rows of the table that is called like the field, newest first: id, and what follows it."""
    if field.choices:
        return None
    for table in tables:
        if table["title"].lower() == f"{field.key}s" and table["rows"]:
            return [(row[0], " · ".join(filter(None, row[:3]))) for row in reversed(table["rows"][-PICKED:])]
    return None


class FaultForm(forms.Form):
    kind = forms.ChoiceField(
        label="The app",
        choices=[(kind, words) for kind, words in KINDS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    match = forms.CharField(
        label="Only calls with this in them",
        required=False,
        help_text="A part of the method and path, such as POST /contacts. Empty: any call.",
        widget=UnfoldAdminTextInputWidget,
    )
    count = forms.IntegerField(
        label="How many times", min_value=1, max_value=1000, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    seconds = forms.FloatField(
        label="Seconds (where it is about being late)",
        required=False,
        min_value=0,
        max_value=60,
        initial=2,
        widget=UnfoldAdminTextInputWidget,
    )
