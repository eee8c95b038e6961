"""Links to the page on which a person picks a time: sealed, with an end, for one workflow.

All that a link says stands in it, encrypted and authenticated under the hub's keys: a name in it shows in no
log, and nobody can change a word of it. It ends by itself, and with the workflow's address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from integrations.engine.errors import Refused, WrongUse, did_you_mean
from integrations.engine.spec import Invite, Outcome
from integrations.models import Run, Workflow
from integrations.models.fields import decrypt, encrypt
from integrations.services import addresses, questions

DAY_S = 86_400
DAYS, MOST_DAYS = 30, 730
PERSON = ("name", "email", "phone", "contact_id")
ENDED = "This link has ended or is not whole; ask whoever sent it for a new one."
LINK, RECEIPT = "times", "booked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a link says: whose times, what is asked of them, and who comes, as far as that is known."""

    workflow: Workflow
    question: Mapping[str, Any] = field(default_factory=dict)
    person: Mapping[str, str] = field(default_factory=dict)


def make(
    workflow: Workflow,
    *,
    days: int = DAYS,
    question: Mapping[str, str] | None = None,
    person: Mapping[str, str] | None = None,
) -> str:
    """The whole address. Raises WrongUse for one that answers no questions, and for a wrong question."""
    if not 1 <= days <= MOST_DAYS:
        raise WrongUse(f"A link is good for 1 to {MOST_DAYS} days.")
    asked = questions.asked(workflow)
    given = questions.question(asked.trigger, question or {}, {})
    sealed = _seal(
        LINK,
        w=workflow.pk,
        k=addresses.ask_key(workflow)[:8],
        u=int(time.time()) + days * DAY_S,
        q={key: value for key, value in given.items() if value != ""},
        p={key: text for key, text in (person or {}).items() if key in PERSON and text},
    )
    return settings.HUB_BASE_URL + reverse("times", args=[sealed])


def invite(team_id: int, wanted: Invite) -> Outcome:
    """The link that a step of a run asks for; Refused where there is no such page."""
    rows = Workflow.objects.filter(team=team_id, ask_key__gt="")
    workflow = rows.select_related("live", "team").filter(name=wanted.page).first()
    if workflow is None:
        names = list(rows.values_list("name", flat=True))
        return Outcome(error=Refused(did_you_mean(wanted.page, names, "workflow with a booking page")))
    try:
        return Outcome(
            make(workflow, days=wanted.days, question=wanted.question, person=wanted.person),
        )
    except WrongUse as error:
        return Outcome(error=Refused(error.sentence))


def read(link: str) -> Visit:
    """Raises WrongUse for a link that has ended, or that the hub has not made."""
    said = _open(LINK, link)
    workflow = Workflow.objects.select_related("live", "team").filter(pk=said.get("w")).first()
    if workflow is None or said.get("k") != workflow.ask_key[:8] or said.get("u", 0) < time.time():
        raise WrongUse(ENDED)
    return Visit(workflow=workflow, question=said.get("q", {}), person=said.get("p", {}))


def receipt(run: Run) -> str:
    """What the page about a booking is found by: only who booked it has it."""
    return _seal(RECEIPT, r=run.pk)


def booked(text: str) -> Run:
    """Raises WrongUse for a receipt that the hub has not made, or whose run has been pruned."""
    rows = Run.objects.select_related("event", "workflow__team")
    run: Run | None = rows.filter(pk=_open(RECEIPT, text).get("r")).first()
    if run is None:
        raise WrongUse(ENDED)
    return run


def _seal(what: str, **said: Any) -> str:
    return encrypt(json.dumps({"for": what, **said}, separators=(",", ":"))).rstrip("=")


def _open(what: str, text: str) -> dict[str, Any]:
    try:
        said = json.loads(decrypt(text + "=" * (-len(text) % 4)))
    except (ImproperlyConfigured, ValueError):
        raise WrongUse(ENDED) from None
    if not isinstance(said, dict) or said.get("for") != what:
        raise WrongUse(ENDED)
    return said
