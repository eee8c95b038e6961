"""The first minutes of a hub."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import Membership, Team
from tests.web.pages import text

pytestmark = pytest.mark.django_db

GIVEN = {
    "team": "Harbour Agency",
    "username": "ada",
    "email": "ada@example.com",
    "password": "correct horse battery",
    "again": "correct horse battery",
}


def test_an_empty_hub_leads_to_its_set_up(client: Client) -> None:
    assert client.get("/").headers["Location"] == reverse("welcome")


def test_the_first_administrator_is_made_with_a_team_and_signed_in(client: Client) -> None:
    answer = client.post(reverse("welcome"), GIVEN, follow=True)

    ada = User.objects.get()
    assert ada.is_superuser
    assert Membership.objects.get(user=ada).role == "admin"
    assert "First steps" in text(answer)


BAD = [
    ({"team": ""}, "This field is required."),
    ({"team": "  "}, "This field is required."),
    ({"again": "something else"}, "The two passwords differ; type the same one twice."),
    ({"password": "short", "again": "short"}, "This password is too short."),
    ({"password": "password123", "again": "password123"}, "This password is too common."),
    ({"email": "ada"}, "Enter a valid email address."),
    ({"username": "a b!"}, "Enter a valid username."),
]


@pytest.mark.parametrize(("change", "sentence"), BAD)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: Client, change: dict[str, str], sentence: str
) -> None:
    page = text(client.post(reverse("welcome"), {**GIVEN, **change}))

    assert sentence in page
    assert "correct horse battery" not in page
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_once_there_is_somebody_nobody_else_makes_himself_administrator(client: Client) -> None:
    User.objects.create_user("ada")

    answer = client.post(reverse("welcome"), {**GIVEN, "username": "eve"})

    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert not User.objects.filter(username="eve").exists()


def test_two_people_setting_up_at_once_are_not_both_let_in(client: Client, monkeypatch: Any) -> None:
    """Both saw an empty hub; the second finds the first's account inside the transaction."""
    seen = iter([False, True])
    monkeypatch.setattr(User.objects, "exists", lambda: next(seen), raising=False)

    page = text(client.post(reverse("welcome"), GIVEN))

    assert "This hub has its first administrator already; sign in." in page
    assert not User.objects.filter(username="ada").count()


def test_an_administrator_without_a_team_makes_one(client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada", "ada@example.com", "x"))
    Team.objects.create(name="Taken")

    refused = text(client.post(reverse("welcome"), {"team": "Taken"}))
    made = client.post(reverse("welcome"), {"team": "Harbour"})

    assert "There is a team “Taken” already" in refused
    assert made.headers["Location"] == reverse("dashboard")
    assert Membership.objects.get().team.name == "Harbour"


def test_somebody_who_is_no_administrator_makes_no_team(client: Client) -> None:
    client.force_login(User.objects.create_user("nina"))

    client.post(reverse("welcome"), {"team": "Mine"})

    assert not Team.objects.exists()
