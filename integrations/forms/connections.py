"""Connecting an account: a name, and whatever the connector declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from integrations.engine.spec import Auth, Connector
from integrations.forms.declared import form_field, values_of
from integrations.models import Environment


class ConnectionForm(forms.Form):
    """In the sandbox nothing but the name is asked for; the simulated app's keys are known.

    `registered`: the hub's settings hold this app's client id and secret, so a connection needs none.
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
        if environment == Environment.PRODUCTION:
            for field in way.secrets:
                self.fields[f"secret_{field.key}"] = form_field(
                    field, optional=registered, note=REGISTERED if registered else ""
                )
            for field in app.settings:
                self.fields[f"setting_{field.key}"] = form_field(field)

    @property
    def secrets(self) -> dict[str, str]:
        return values_of(self, self.way.secrets, "secret_")

    @property
    def settings_(self) -> dict[str, Any]:
        return values_of(self, self.app.settings, "setting_")


REGISTERED = "Leave it empty to use the one in the hub's settings."


class SecretsForm(forms.Form):
    """New keys in place of the old. What is stored is never shown."""

    def __init__(self, data: Any, *, way: Auth) -> None:
        super().__init__(data)
        self.way = way
        for field in way.secrets:
            self.fields[field.key] = form_field(field)

    @property
    def secrets(self) -> dict[str, str]:
        return values_of(self, self.way.secrets)


class SettingsForm(forms.Form):
    """The account's settings, as the connector declares them."""

    def __init__(self, data: Any, *, app: Connector, known: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.app = app
        for field in app.settings:
            self.fields[field.key] = form_field(field, initial=known.get(field.key))

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self, self.app.settings)
