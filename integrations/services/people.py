"""The first administrator and the teams: who owns what."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction

from integrations.engine.errors import WrongUse
from integrations.models import Membership, Role, Team
from integrations.services import audit

LOCK_S = 30


def first_administrator(*, username: str, email: str, password: str, team: str) -> User:
    """The person who sets the hub up, with a team. Only while there is nobody; one at a time."""
    if not cache.add("first-administrator", True, LOCK_S):
        raise WrongUse("Somebody else is setting up this hub right now; sign in with the account they make.")
    try:
        with transaction.atomic():
            if User.objects.exists():
                raise WrongUse("This hub has its first administrator already; sign in.")
            user = User.objects.create_superuser(username, email, password)
            make_team(team, user)
    finally:
        cache.delete("first-administrator")
    return user


def make_team(name: str, admin: User) -> Team:
    """A new team with its administrator."""
    name = name.strip()
    if not name:
        raise WrongUse("Give the team a name.")
    if Team.objects.filter(name=name).exists():
        raise WrongUse(f"There is a team “{name}” already; choose another name.")
    with transaction.atomic():
        team = Team.objects.create(name=name)
        Membership.objects.create(team=team, user=admin, role=Role.ADMIN)
        audit.note(team, admin, "team.made", team)
    return team
