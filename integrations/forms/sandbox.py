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
    named = (f"{field.key}s", f"{field.key[:-1]}ies")
    for table in tables:
        if table["title"].lower() in named and table["rows"]:
            return [(row[0], " · ".join(filter(None, row[:3]))) for row in reversed(table["rows"][-PICKED:])]
    return None


class SettingsForm(forms.Form):
    """The knobs of a simulated app, as they are turned."""

    def __init__(self, data: Any, *, settings: Sequence[tuple[Field, Any]]) -> None:
        super().__init__(data, auto_id="setting-%s")
        self.settings = settings
        for field, value in settings:
            self.fields[field.key] = form_field(field, initial=value)

    @property
    def turned(self) -> dict[str, Any]:
        """What differs from before. What was emptied stays as it was."""
        found = values_of(self, [field for field, _ in self.settings])
        before = {field.key: value for field, value in self.settings}
        return {key: value for key, value in found.items() if value not in (None, "", before[key])}


class FaultForm(forms.Form):
    kind = forms.ChoiceField(
        label="The app",
        choices=[(kind, words) for kind, words in KINDS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    match = forms.CharField(
        label="Only calls with this in them",
        required=False,
        help_text="A part of the method and path, such as POST /contacts, or of WEBHOOK ContactUpdate. "
        "Empty: any.",
        widget=UnfoldAdminTextInputWidget,
    )
    count = forms.IntegerField(
        label="How many times",
        min_value=1,
        max_value=100_000,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    percent = forms.IntegerField(
        label="Of a hundred, how many",
        help_text="By chance; 100 means each.",
        required=False,
        min_value=1,
        max_value=100,
        initial=100,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seconds = forms.FloatField(
        label="Seconds (where it is about being late)",
        required=False,
        min_value=0,
        max_value=86_400,
        initial=2,
        widget=UnfoldAdminTextInputWidget,
    )
