"""Finding runs, and deciding about them."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.models import Connection, RunState, Team, Workflow


class RunFilter(forms.Form):
    """Which runs to show, or to run again. `since` is a moment in the hub's own zone."""

    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any"), *RunState.choices],
        widget=UnfoldAdminSelectWidget,
    )
    workflow = forms.ChoiceField(label="Workflow", required=False, widget=UnfoldAdminSelectWidget)
    record = forms.CharField(
        label="Record", required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    connection = forms.ModelChoiceField(
        label="Connection",
        required=False,
        empty_label="Any",
        queryset=Connection.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    since = forms.DateTimeField(
        label="Since",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    def __init__(self, data: Any, *, team: Team) -> None:
        super().__init__(data)
        rows = Workflow.objects.of(team).values_list("pk", "name")
        workflow: Any = self.fields["workflow"]
        workflow.choices = [("", "Any"), *((str(pk), name) for pk, name in rows)]
        connection: Any = self.fields["connection"]
        connection.queryset = Connection.objects.of(team).order_by("name")

    @property
    def words(self) -> str:
        """What was chosen, beside the state, as a text."""
        given = self.cleaned_data
        workflow: Any = self.fields["workflow"]
        told = [
            dict(workflow.choices)[given["workflow"]] if given["workflow"] else "",
            given["record"],
            str(given["connection"].name) if given["connection"] else "",
            f"since {given['since']:%Y-%m-%d %H:%M %Z}" if given["since"] else "",
        ]
        return ", ".join(text for text in told if text) or "the whole team"


class EditForm(forms.Form):
    """A run's event, put right by a person."""

    payload = forms.JSONField(label="Event")

    def clean_payload(self) -> dict[str, Any]:
        found = self.cleaned_data["payload"]
        if not isinstance(found, dict):
            raise forms.ValidationError("The payload of an event is one JSON object.")
        return found


class HeldForm(forms.Form):
    """Whether a write that may have happened did."""

    happened = forms.ChoiceField(choices=[("yes", "It is there"), ("no", "It is not there")])
    record_id = forms.CharField(required=False, max_length=200)
