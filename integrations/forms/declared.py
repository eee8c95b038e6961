"""A form field for each Field that a connector, a recipe or a simulation declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations.engine.spec import Field, FieldType

Choices = Sequence[tuple[str, str]]


def form_field(
    field: Field, *, picks: Choices | None = None, initial: Any = None, note: str = "", optional: bool = False
) -> forms.Field:
    """`picks` are rows to choose from; `note` is said under the field beside its own help."""
    common: dict[str, Any] = {
        "label": capitalised(field.title),
        "help_text": " ".join(filter(None, (field.help, note))),
        "required": field.required and not optional,
        "initial": field.default if initial is None else initial,
    }
    choices = [(str(value), label) for value, label in picks or field.choices]
    if field.type is FieldType.LIST and choices:
        return forms.MultipleChoiceField(
            choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, **common
        )
    if choices:
        return _choice(choices, common)
    if field.type is FieldType.BOOLEAN:
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, **{**common, "required": False})
    return _typed(field, common)


def _choice(choices: list[tuple[str, str]], common: dict[str, Any]) -> forms.Field:
    known = [value for value, _ in choices]
    initial = common["initial"]
    if initial not in (None, "") and str(initial) not in known:
        choices = [*choices, (str(initial), f"{initial} (not in the list any more)")]
    if not common["required"] or initial in (None, ""):
        choices = [("", "–"), *choices]
    return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **common)


def _typed(field: Field, common: dict[str, Any]) -> forms.Field:
    match field.type:
        case FieldType.INTEGER:
            return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, **common)
        case FieldType.NUMBER:
            return forms.FloatField(widget=UnfoldAdminTextInputWidget, **common)
        case FieldType.EMAIL:
            return forms.EmailField(widget=UnfoldAdminEmailInputWidget, **common)
        case FieldType.DATE:
            return forms.DateField(widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}), **common)
        case FieldType.LIST:
            return CommaList(widget=UnfoldAdminTextInputWidget, **common)
        case FieldType.OBJECT:
            return forms.JSONField(widget=UnfoldAdminExpandableTextareaWidget, **common)
    if field.secret:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}, render_value=False)
        return forms.CharField(widget=widget, **{**common, "initial": None})
    return forms.CharField(widget=UnfoldAdminTextInputWidget, **common)


class CommaList(forms.CharField):
    """Values with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [part.strip() for part in str(value or "").split(",") if part.strip()]


def values_of(form: forms.Form, fields: Sequence[Field], prefix: str = "") -> dict[str, Any]:
    """What was typed, by the fields' own keys; dates as text."""
    found: Mapping[str, Any] = form.cleaned_data
    return {
        field.key: _plain(found.get(prefix + field.key)) for field in fields if prefix + field.key in found
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]
