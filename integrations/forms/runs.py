"""Finding runs, and deciding about them."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.models import RunState, Team, Workflow


class RunFilter(forms.Form):
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

    def __init__(self, data: Any, *, team: Team) -> None:
        super().__init__(data)
        rows = Workflow.objects.of(team).values_list("pk", "name")
        workflow: Any = self.fields["workflow"]
        workflow.choices = [("", "Any"), *((str(pk), name) for pk, name in rows)]


class HeldForm(forms.Form):
    """Whether a write that may have happened did."""

    happened = forms.ChoiceField(choices=[("yes", "It is there"), ("no", "It is not there")])
    record_id = forms.CharField(required=False, max_length=200)
