"""The sidebar: what an operator does every day, and what only an administrator sees."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_superuser


def on_dashboard(request: HttpRequest) -> bool:
    """Every address starts with the dashboard's "/", which Unfold would take for being there."""
    return request.path == reverse("dashboard")


def sidebar() -> list[dict[str, Any]]:
    return [
        {
            "items": [
                {
                    "title": "Dashboard",
                    "icon": "dashboard",
                    "link": reverse_lazy("dashboard"),
                    "active": on_dashboard,
                },
                {"title": "Connections", "icon": "cable", "link": reverse_lazy("connection-list")},
                {"title": "Workflows", "icon": "account_tree", "link": reverse_lazy("workflow-list")},
                {"title": "Tables", "icon": "table", "link": reverse_lazy("table-list")},
                {"title": "Agenda", "icon": "calendar_month", "link": reverse_lazy("agenda")},
                {"title": "Explorer", "icon": "explore", "link": reverse_lazy("explorer")},
                {"title": "Runs", "icon": "history", "link": reverse_lazy("run-list")},
                {"title": "Kill switches", "icon": "front_hand", "link": reverse_lazy("stop-list")},
                {"title": "Alerts", "icon": "notifications", "link": reverse_lazy("alert-list")},
                {"title": "Conflicts", "icon": "compare_arrows", "link": reverse_lazy("conflict-list")},
                {"title": "Sandbox", "icon": "science", "link": reverse_lazy("sandbox")},
            ],
        },
        {
            "title": "Administration",
            "separator": True,
            "items": [
                {
                    "title": "Users",
                    "icon": "group",
                    "link": reverse_lazy("admin:auth_user_changelist"),
                    "permission": is_superuser,
                },
            ],
        },
    ]


def account_links() -> list[dict[str, Any]]:
    return [
        {"title": "Change password", "link": reverse_lazy("account_change_password")},
        {"title": "Two-factor sign-in", "link": reverse_lazy("mfa_index")},
        {"title": "Sessions", "link": reverse_lazy("usersessions_list")},
    ]
