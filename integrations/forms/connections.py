"""Connecting an account: a name, and whatever the connector declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from integrations.engine.spec import Auth, Connector, Field
from integrations.forms.declared import form_field, values_of
from integrations.models import Environment
from integrations.services import connect


class ConnectionForm(forms.Form):
    """In the sandbox no key is asked for: the simulated app's are known.

    `registered`: the hub's settings hold this app's client id and secret, so a connection needs none. With
    OAuth it is the grant that tells whose the account is; only which kind is asked for beforehand.
    """

    def __init__(
        self, data: Any, *, app: Connector, way: Auth, environment: str, name: str, registered: bool
    ) -> None:
        super().__init__(data)
        self.app, self.way, self.environment = app, way, environment
        self.fields["name"] = forms.CharField(
            label="Name",
            max_length=100,
            initial=name,
            help_text="How this account is called here.",
            widget=UnfoldAdminTextInputWidget,
        )
        real = environment == Environment.PRODUCTION
        for field in way.secrets if real else ():
            self.fields[f"secret_{field.key}"] = form_field(
                field, optional=registered, note=REGISTERED if registered else ""
            )
        for field in _asked_for(app, way, real=real):
            self.fields[f"setting_{field.key}"] = form_field(field)
        self.fields["only_reads"] = _only_reads(False)

    @property
    def secrets(self) -> dict[str, str]:
        return values_of(self, self.way.secrets, "secret_")

    @property
    def settings_(self) -> dict[str, Any]:
        return values_of(self, connect.fields_of(self.app, self.way), "setting_")


def _only_reads(now: bool) -> forms.Field:
    return forms.BooleanField(
        label="Read-only",
        required=False,
        initial=now,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Nothing is ever written over it: a step that would is refused before it is sent.",
    )


def _asked_for(app: Connector, way: Auth, *, real: bool) -> list[Field]:
    told = connect.told_by_grant(app, way) - {app.audience_setting}
    if way.oauth2 is None:
        return connect.fields_of(app, way) if real else []
    kinds = [field for field in app.settings if field.key == app.audience_setting]
    others = [field for field in app.settings if field.key not in {*told, app.audience_setting}]
    return [*kinds, *way.settings, *(others if real else [])]


REGISTERED = "Leave it empty to use the one in the hub's settings."


class SecretsForm(forms.Form):
    """New keys in place of the old. What is stored is never shown.

    Where the vendor takes both for a while, the old one may stand by for so long.
    """

    def __init__(self, data: Any, *, way: Auth) -> None:
        super().__init__(data)
        self.way = way
        for field in way.secrets:
            self.fields[field.key] = form_field(field)
        if way.rotation:
            self.fields["beside"] = forms.BooleanField(
                label="The old key still works",
                initial=True,
                required=False,
                widget=UnfoldBooleanSwitchWidget,
                help_text=f"It then stands by for {way.rotation.both_days} days, and is used when "
                "the new one is refused.",
            )

    @property
    def secrets(self) -> dict[str, str]:
        return values_of(self, self.way.secrets)

    @property
    def beside(self) -> bool:
        return bool(self.cleaned_data.get("beside"))


class SettingsForm(forms.Form):
    """The account's settings that a person may change, and whether anything may be written over it."""

    def __init__(
        self, data: Any, *, fields: Sequence[Field], known: Mapping[str, Any], only_reads: bool
    ) -> None:
        super().__init__(data)
        self.declared = fields
        for field in fields:
            self.fields[field.key] = form_field(field, initial=known.get(field.key))
        self.fields["only_reads"] = _only_reads(only_reads)

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self, self.declared)
