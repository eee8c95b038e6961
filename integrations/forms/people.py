"""Setting the hub up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
)


class TeamForm(forms.Form):
    team = forms.CharField(
        label="Team",
        max_length=100,
        help_text="Your agency or company. Connections and workflows belong to it.",
        widget=UnfoldAdminTextInputWidget,
    )


class FirstAdministratorForm(TeamForm):
    username = forms.CharField(
        label="User name",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label="E-mail address", widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label="Password",
        help_text="At least ten characters.",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Password again",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    field_order = ("team", "username", "email", "password", "again")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        password = given.get("password")
        if password and given.get("again") and password != given["again"]:
            self.add_error("again", "The two passwords differ; type the same one twice.")
        if password:
            user = User(username=given.get("username", ""), email=given.get("email", ""))
            try:
                validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given
