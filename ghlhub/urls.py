"""The front door. Sign-in is allauth's everywhere: the admin's own would not ask for the second factor."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ghlhub.health import healthz

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # One home: the admin's index, where its logo and its breadcrumbs lead, is the operator's dashboard.
    path("admin/", RedirectView.as_view(pattern_name="dashboard")),
    # The sidebar's "Log out" points here, also for operators whom the admin site would turn away.
    path("admin/logout/", logout),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("integrations.urls")),
]
