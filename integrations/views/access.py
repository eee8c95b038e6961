"""Who may enter: signed in, of a team, and in the role the page asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from integrations.engine.errors import HubError
from integrations.models import Membership, Role, Team

P = ParamSpec("P")
RANK = {role: place for place, role in enumerate((Role.VIEWER, Role.OPERATOR, Role.ADMIN))}


class TeamRequest(HttpRequest):
    """A request of somebody who belongs to a team. `may_operate`: may change things, not only look."""

    user: User
    team: Team
    may_operate: bool


View = Callable[Concatenate[TeamRequest, P], HttpResponse]
Door = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def team_required(role: Role = Role.VIEWER) -> Callable[[View[P]], Door[P]]:
    """Lets in members of a team with at least this role, and puts their team on the request."""

    def guard(view: View[P]) -> Door[P]:
        @never_cache
        @wraps(view)
        def entered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_the_door(request)
            membership = membership_of(request.user)
            if membership is None:
                return redirect("welcome")
            if RANK[Role(membership.role)] < RANK[role]:
                raise PermissionDenied("Viewers look and change nothing; ask an administrator of your team.")
            request.team = membership.team  # type: ignore[attr-defined]
            request.may_operate = RANK[Role(membership.role)] >= RANK[Role.OPERATOR]  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        return entered

    return guard


def changes(view: View[P]) -> Door[P]:
    """For what changes something: a POST by an operator."""
    door = team_required(Role.OPERATOR)(view)

    @wraps(view)
    def posted(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method != "POST":
            answer = render(request, "405.html", status=405)
            answer["Allow"] = "POST"
            return answer
        return door(request, *args, **kwargs)

    return posted


def membership_of(user: User) -> Membership | None:
    """The team somebody works in: one for now, the first they joined."""
    return Membership.objects.select_related("team").filter(user=user).order_by("pk").first()


@contextmanager
def told(request: HttpRequest) -> Iterator[None]:
    """What the hub refuses is said on the next page, in its own words."""
    try:
        yield
    except HubError as error:
        messages.error(request, error.sentence)


def _to_the_door(request: HttpRequest) -> HttpResponse:
    if not User.objects.exists():
        return redirect("welcome")
    return redirect_to_login(request.get_full_path())
