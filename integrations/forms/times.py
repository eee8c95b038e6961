"""Who books a time, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

NOT_PLACES = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")


def zones() -> list[str]:
    """Zones named after places, as visitors know them, and UTC."""
    named = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(NOT_PLACES))
    return [*sorted(named), "UTC"]


class PickForm(forms.Form):
    """`once` is the same however often the same page is sent."""

    name = forms.CharField(label="Your name", max_length=120, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(label="Your e-mail", max_length=200, widget=UnfoldAdminEmailInputWidget)
    phone = forms.CharField(
        label="Your phone (if you like)", max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    note = forms.CharField(
        label="Anything we should know?",
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    start = forms.CharField(max_length=40, widget=forms.HiddenInput)
    end = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    title = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    zone = forms.ChoiceField(widget=forms.HiddenInput)
    once = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, known: Mapping[str, str], initial: Mapping[str, str] | None = None
    ) -> None:
        """`known`: what the link says of the person; it is not asked for again."""
        super().__init__(data, initial=dict(initial or {}))
        zone: Any = self.fields["zone"]
        zone.choices = [(name, name) for name in available_timezones()]
        for key in ("name", "email", "phone"):
            if known.get(key):
                del self.fields[key]
        for key, hint in (("name", "name"), ("email", "email"), ("phone", "tel")):
            if key in self.fields:
                self.fields[key].widget.attrs["autocomplete"] = hint

    def person(self, known: Mapping[str, str]) -> dict[str, str]:
        keys = ("name", "email", "phone", "note", "title")
        given = {key: self.cleaned_data[key] for key in keys if key in self.cleaned_data}
        return {**given, **{key: text for key, text in known.items() if text}}
