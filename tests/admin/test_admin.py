"""The admin site: every kind of row, no secret, no change of history, and nobody else's rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from integrations.models import ApiCall, Effect, Event, Membership, Run, Team, WorkflowVersion
from integrations.services import clients, connect
from tests.hub import Hub, make_hub

MODELS = [
    model
    for model in apps.get_app_config("integrations").get_models()
    if model.__name__ not in ("Membership", "Binding")  # edited within others
]
HISTORY = [WorkflowVersion, Effect, ApiCall, Event, Run]


@pytest.fixture
def hub(db: None, tmp_path: Path, settings: Any) -> Hub:
    settings.HUB_SANDBOX_FILE = tmp_path / "sandbox.sqlite3"
    clients.forget()
    made = make_hub()
    made.issue()
    made.run_all()
    return made


@pytest.fixture
def root(hub: Hub) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", "x"))
    return client


def listing(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def change(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_every_kind_of_row_has_its_page(hub: Hub, root: Client) -> None:
    assert not [model.__name__ for model in MODELS if model not in admin.site._registry]
    for model in MODELS:
        assert root.get(listing(model)).status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            assert root.get(change(row)).status_code == 200, model


def test_no_page_shows_a_secret(hub: Hub, root: Client) -> None:
    secrets = [row.value for c in (hub.ghl, hub.accredible) for row in c.credentials.all()]
    assert len(secrets) == 2
    for model in MODELS:
        pages = [root.get(listing(model))]
        pages += [root.get(change(row)) for row in model._default_manager.all()[:3]]
        for page in pages:
            assert not [s for s in secrets if s in page.content.decode()], model


@pytest.mark.parametrize("model", HISTORY)
def test_history_is_not_changed_here(hub: Hub, root: Client, model: Any) -> None:
    row = model.objects.first()

    assert root.post(change(row), {"state": "failed"}).status_code == 403
    assert root.post(change(row).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert root.get(listing(model) + "add/").status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_staff_see_the_rows_of_their_own_team(hub: Hub) -> None:
    elsewhere = Team.objects.create(name="Elsewhere")
    connect.add(
        elsewhere,
        "accredible",
        name="Theirs",
        environment="production",
        auth="api_key",
        secrets={"api_key": "k"},
    )
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="integrations"))
    Membership.objects.create(team=elsewhere, user=staff)
    client = Client()
    client.force_login(staff)

    for model in MODELS:
        client_page = client.get(listing(model)).content.decode()
        assert hub.workflow.name not in client_page, model
        assert "Harbour Academy" not in client_page, model
    assert client.get(change(hub.ghl)).status_code == 302
    assert "Theirs" in client.get(listing(type(hub.ghl))).content.decode()
