"""Who gets in, and how the house looks from outside."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")


@pytest.mark.parametrize("name", ["ada", "ada@example.com"])
def test_an_operator_signs_in_by_name_or_by_address(client: Client, ada: User, name: str) -> None:
    answer = client.post(reverse("account_login"), {"login": name, "password": "correct horse battery"})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_nobody_signs_up_by_himself(client: Client) -> None:
    page = client.get(reverse("account_signup"))
    client.post(
        reverse("account_signup"), {"username": "eve", "email": "eve@example.com", "password1": "x" * 12}
    )

    assert "closed" in page.content.decode()
    assert not User.objects.exists()
    assert reverse("account_signup") not in client.get(reverse("account_login")).content.decode()


def test_the_admin_site_sends_people_through_the_same_door(client: Client) -> None:
    answer = client.get(reverse("admin:login"))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_a_page_may_run_only_scripts_from_here(client: Client) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == "'self' 'unsafe-eval'"
    assert rules["frame-ancestors"] == "'none'"
    assert "https://marketplace.gohighlevel.com" in rules["form-action"]


def test_without_a_mail_server_no_letter_is_promised(client: Client) -> None:
    page = client.get(reverse("account_reset_password")).content.decode()

    assert "no mail server" in page


def test_health_needs_no_sign_in_and_no_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").content == b"ok\n"


def test_an_operator_who_may_not_enter_the_admin_site_can_sign_out(client: Client) -> None:
    bob = User.objects.create_user("bob", "bob@example.com", "correct horse battery")
    client.force_login(bob)

    client.post(reverse("admin:logout"))

    assert "_auth_user_id" not in client.session
