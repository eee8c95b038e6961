"""The first minutes: the first administrator and team, or a team for somebody who has none."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from integrations.engine.errors import HubError
from integrations.forms.people import FirstAdministratorForm, TeamForm
from integrations.services import people
from integrations.views.access import membership_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def welcome(request: HttpRequest) -> HttpResponse:
    if not User.objects.exists():
        return _first(request)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if membership_of(request.user):
        return redirect("dashboard")
    return _without_team(request, request.user)


def _first(request: HttpRequest) -> HttpResponse:
    form = FirstAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = people.first_administrator(
                username=given["username"],
                email=given["email"],
                password=given["password"],
                team=given["team"],
            )
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            login(request, user, backend=BACKEND)
            return redirect("dashboard")
    return render(request, "hub/welcome.html", {"title": "Welcome to GHL Hub", "form": form})


def _without_team(request: HttpRequest, user: User) -> HttpResponse:
    """Only an administrator of the hub makes teams; others are told whom to ask."""
    form = TeamForm(request.POST or None) if user.is_superuser else None
    if form and request.method == "POST" and form.is_valid():
        try:
            people.make_team(form.cleaned_data["team"], user)
        except HubError as error:
            form.add_error("team", error.sentence)
        else:
            return redirect("dashboard")
    return render(request, "hub/welcome_team.html", {"title": "You belong to no team yet", "form": form})
