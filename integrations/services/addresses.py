"""Addresses of the hub that answer without a sign-in: whoever knows one may ask. Each can be made anew."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from integrations.models import Team, Workflow
from integrations.services import audit

KEY_BYTES = 24


def ask_key(workflow: Workflow) -> str:
    """The unguessable part of the address that the workflow answers at, made when it is first needed."""
    if not workflow.ask_key:
        Workflow.objects.filter(pk=workflow.pk, ask_key="").update(ask_key=_new())
        workflow.refresh_from_db(fields=["ask_key"])
    return workflow.ask_key


def ask_url(workflow: Workflow) -> str:
    return settings.HUB_BASE_URL + reverse("ask", args=[ask_key(workflow)])


def renew_ask(workflow: Workflow, actor: User | None) -> None:
    """Another address: the old one, and every link that was made of it, ends."""
    with transaction.atomic():
        workflow.ask_key = _new()
        workflow.save(update_fields=["ask_key"])
        audit.note(workflow.team, actor, "workflow.address_renewed", workflow)


def agenda_key(team: Team) -> str:
    """The unguessable part of the address of the team's calendar feed."""
    if not team.agenda_key:
        Team.objects.filter(pk=team.pk, agenda_key="").update(agenda_key=_new())
        team.refresh_from_db(fields=["agenda_key"])
    return team.agenda_key


def agenda_url(team: Team) -> str:
    return settings.HUB_BASE_URL + reverse("agenda-feed", args=[agenda_key(team)])


def renew_agenda(team: Team, actor: User | None) -> None:
    with transaction.atomic():
        team.agenda_key = _new()
        team.save(update_fields=["agenda_key"])
        audit.note(team, actor, "agenda.address_renewed", team)


def _new() -> str:
    return secrets.token_urlsafe(KEY_BYTES)
