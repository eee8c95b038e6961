"""Whom a team's alerts are told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_email
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations.models import AlertLevel, AlertSettings, Connection
from integrations.services import alert_channels


class AlertSettingsForm(forms.Form):
    by_mail = forms.BooleanField(label="Send e-mails", required=False, widget=UnfoldBooleanSwitchWidget)
    mails = forms.CharField(
        label="To these addresses",
        required=False,
        help_text="One a line. Empty: everybody of the team who may operate.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        label="Send signed events over",
        required=False,
        empty_label="Nothing is sent",
        help_text="A bridge with an address to send to. Events are signed and sent until they are taken.",
        widget=UnfoldAdminSelectWidget,
    )
    least = forms.ChoiceField(label="From", choices=AlertLevel.choices, widget=UnfoldAdminSelectWidget)
    again_h = forms.IntegerField(
        label="Tell again after (hours)",
        min_value=1,
        max_value=24 * 30,
        help_text="As long as it is not over. What gets worse is told at once.",
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, data: Any, *, own: AlertSettings) -> None:
        super().__init__(data, initial=_initial(own))
        self.own = own
        picks: Any = self.fields["connection"]
        offered = [row.pk for row in alert_channels.senders(own.team)]
        picks.queryset = Connection.objects.of(own.team).filter(pk__in=offered)

    def clean_mails(self) -> list[str]:
        given = self.cleaned_data["mails"].replace(",", " ").split()
        for address in given:
            try:
                validate_email(address)
            except forms.ValidationError:
                raise forms.ValidationError(f"“{address}” is no e-mail address.") from None
        return list(dict.fromkeys(given))

    def save(self) -> AlertSettings:
        for key, value in self.cleaned_data.items():
            setattr(self.own, key, value)
        self.own.save(update_fields=list(self.cleaned_data))
        return self.own


def _initial(own: AlertSettings) -> dict[str, Any]:
    names = ("by_mail", "connection", "least", "again_h")
    return {**{name: getattr(own, name) for name in names}, "mails": "\n".join(own.mails)}
