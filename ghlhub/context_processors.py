"""What every page needs for its frame: sidebar, colours, styles, form classes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest

site: Any = admin.site  # Unfold's, which knows more than its base class


def frame(request: HttpRequest) -> dict[str, Any]:
    """The admin site's own context on our pages, allauth's and the error pages: no view has to ask for it.

    The admin's pages bring it themselves, and a fragment (htmx) has no frame. Made once a request, because
    Unfold renders each of its components with all context processors.
    """
    match = request.resolver_match
    if request.headers.get("HX-Request") or (match and match.app_name == "admin"):
        return {}
    if "hub_frame" not in request.META:
        request.META["hub_frame"] = make_frame(request)
    made: dict[str, Any] = request.META["hub_frame"]
    return made


def make_frame(request: HttpRequest) -> dict[str, Any]:
    context: dict[str, Any] = site.each_context(request)
    if request.user.is_active and not context["has_permission"]:
        # Operators who may not enter the admin site work on these pages all the same.
        context["has_permission"] = True
        context["sidebar_show_search"] = False  # it searches the admin site
        context["sidebar_navigation"] = site.get_sidebar_list(request)
    return {**context, "hub_sends_mail": settings.HUB_SENDS_MAIL}
