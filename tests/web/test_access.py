"""Who may enter which page, and what nobody ever sees."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse

from integrations.models import Connection, Delivery, ReplayBatch, Workflow
from integrations.services import building, connect, drafts, planning, plans, tables
from tests.hub import RECIPE, Hub
from tests.web.pages import text

LOOKING = [
    ("dashboard", {}),
    ("connection-list", {}),
    ("connection-detail", {"pk": "ghl"}),
    ("agenda", {}),
    ("workflow-list", {}),
    ("recipe-list", {}),
    ("workflow-detail", {"pk": "workflow"}),
    ("workflow-step", {"pk": "workflow", "step": "contact"}),
    ("workflow-backfill", {"pk": "workflow"}),
    ("workflow-drill", {"pk": "workflow"}),
    ("workflow-drill-state", {"pk": "workflow"}),
    ("workflow-backfill-state", {"pk": "workflow"}),
    ("explorer", {}),
    ("explore-connection", {"pk": "ghl"}),
    ("explore-operation", {"pk": "ghl", "key": "contacts.get"}),
    ("table-list", {}),
    ("table-detail", {"pk": "table"}),
    ("table-csv", {"pk": "table"}),
    ("run-list", {}),
    ("workflow-compare", {"pk": "workflow"}),
    ("workflow-compare-state", {"pk": "workflow"}),
    ("conflict-list", {}),
    ("run-detail", {"pk": "run"}),
    ("plan-detail", {"pk": "plan"}),
    ("replay-detail", {"pk": "batch"}),
    ("account-list", {"pk": "agency"}),
    ("account-state", {"pk": "agency"}),
    ("connection-light", {"pk": "bridge"}),
    ("delivery-list", {}),
    ("stop-list", {}),
    ("alert-list", {}),
    ("sandbox", {}),
]
FORMS = [
    ("connection-apps", {}),
    ("connection-add", {"connector": "ghl", "auth": "pit", "environment": "production"}),
    ("connection-disconnect", {"pk": "ghl"}),
    ("workflow-new", {"key": RECIPE}),
    ("workflow-settings", {"pk": "workflow"}),
    ("workflow-blank", {}),
    ("workflow-step-new", {"pk": "workflow"}),
    ("workflow-step-form", {"pk": "workflow", "step": "contact"}),
    ("workflow-call-new", {"pk": "workflow"}),
    ("workflow-call", {"pk": "blank", "step": "http_get_things"}),
    ("workflow-upsert-new", {"pk": "workflow"}),
    ("workflow-finding", {"pk": "workflow", "step": "contact"}),
    ("workflow-dry-run", {"pk": "workflow"}),
    ("workflow-promote", {"pk": "workflow"}),
    ("sandbox-reset", {}),
    ("runs-replay", {}),
]
CHANGING = [
    ("connection-verify", {"pk": "ghl"}),
    ("connection-keys", {"pk": "ghl"}),
    ("connection-renew", {"pk": "ghl"}),
    ("connection-renew-key", {"pk": "ghl"}),
    ("connection-settings", {"pk": "ghl"}),
    ("connection-twin", {"pk": "ghl"}),
    ("account-choose", {"pk": "agency"}),
    ("account-cancel", {"pk": "agency"}),
    ("account-look", {"pk": "agency"}),
    ("account-here", {"pk": "agency"}),
    ("connection-hook-secret", {"pk": "bridge"}),
    ("connection-hook-move", {"pk": "bridge"}),
    ("connection-hook-register", {"pk": "bridge"}),
    ("connection-hook-test", {"pk": "bridge"}),
    ("connection-hook-selftest", {"pk": "bridge"}),
    ("delivery-again", {"pk": "delivery"}),
    ("alert-settings", {}),
    ("alert-test", {}),
    ("consent-start", {"connector": "ghl", "pk": "ghl"}),
    ("agenda-address", {}),
    ("workflow-step-save", {"pk": "workflow", "step": "contact"}),
    ("workflow-step-shape", {"pk": "workflow", "step": "contact"}),
    ("mapping-preview", {"pk": "workflow", "step": "contact"}),
    ("workflow-start", {"pk": "workflow"}),
    ("table-new", {}),
    ("table-save", {"pk": "table"}),
    ("table-paste", {"pk": "table"}),
    ("table-remove", {"pk": "table"}),
    ("workflow-step-move", {"pk": "workflow", "step": "contact"}),
    ("workflow-finding-remove", {"pk": "workflow", "step": "contact"}),
    ("workflow-step-remove", {"pk": "workflow", "step": "contact"}),
    ("workflow-step-convert", {"pk": "workflow", "step": "contact"}),
    ("explore-try", {"pk": "ghl", "key": "contacts.upsert"}),
    ("workflow-test", {"pk": "workflow"}),
    ("workflow-deploy", {"pk": "workflow"}),
    ("workflow-rollback", {"pk": "workflow"}),
    ("workflow-pause", {"pk": "workflow"}),
    ("workflow-resume", {"pk": "workflow"}),
    ("workflow-look", {"pk": "workflow"}),
    ("workflow-backfill-start", {"pk": "workflow"}),
    ("workflow-drill-start", {"pk": "workflow"}),
    ("workflow-drill-cancel", {"pk": "workflow"}),
    ("workflow-drill-here", {"pk": "workflow"}),
    ("workflow-take-all", {"pk": "workflow"}),
    ("workflow-backfill-pause", {"pk": "workflow"}),
    ("workflow-backfill-resume", {"pk": "workflow"}),
    ("workflow-backfill-here", {"pk": "workflow"}),
    ("workflow-address", {"pk": "workflow"}),
    ("stop-pull", {}),
    ("stop-release", {}),
    ("workflow-compare-start", {"pk": "workflow"}),
    ("workflow-compare-cancel", {"pk": "workflow"}),
    ("workflow-compare-here", {"pk": "workflow"}),
    ("workflow-compare-heal", {"pk": "workflow"}),
    ("workflow-compare-owner", {"pk": "workflow"}),
    ("run-go-on", {"pk": "run"}),
    ("run-cancel", {"pk": "run"}),
    ("run-replay", {"pk": "run"}),
    ("run-undo", {"pk": "run"}),
    ("plan-apply", {"pk": "plan"}),
    ("replay-cancel", {"pk": "batch"}),
    ("sandbox-act", {"app": "accredible", "action": "issue_certificate"}),
    ("sandbox-fault", {"app": "ghl"}),
    ("sandbox-clear-faults", {"app": "ghl"}),
    ("sandbox-set", {"app": "ghl"}),
]
OWNED = [entry for entry in [*LOOKING, *FORMS, *CHANGING] if "pk" in entry[1]]
ELSEWHERE = {
    "ask",
    "form",
    "agenda-feed",
    "times",
    "times-booked",
    "times-invitation",
    "welcome",
    "readyz",
    "simulated",
    "consent-callback",
    "hook",
    "hook-sandbox",
    "hook-own",
    "hook-own-sandbox",
    "workflow-test-run",
    "workflow-test-state",
    "workflow-test-here",
    "explore-state",
    "run-decide",
    "run-held",
    "conflict-decide",
}


def address(name: str, words: dict[str, str], hub: Hub) -> str:
    known = {"ghl": hub.ghl.pk, "workflow": hub.workflow.pk}
    if words.get("pk") == "run":
        hub.issue()
        known["run"] = hub.run_all()[0].pk
    if words.get("pk") == "batch":
        known["batch"] = ReplayBatch.objects.create(team=hub.team, what="Failed runs").pk
    if words.get("pk") == "blank":
        blank = building.start_blank(hub.team, name="Blank", source=hub.ghl, trigger="hub.by_hand")
        building.add_call(blank, hub.ghl, "http GET /things")
        known["blank"] = blank.pk
    if words.get("pk") == "plan":
        made = planning.plan(hub.workflow)
        known["plan"] = plans.keep(hub.workflow, made, drafts.bound(hub.workflow)).pk
    if words.get("pk") == "table":
        known["table"] = tables.make(hub.team, "Levels").pk
    if words.get("pk") == "agency":
        more = {"environment": "sandbox", "auth": "oauth", "settings_": {"connects": "agency"}}
        known["agency"] = connect.add(hub.team, "ghl", name="Agency", **more).pk
    if words.get("pk") in ("bridge", "delivery"):
        shop = connect.add(hub.team, "bridge", name="Shop", environment="sandbox", auth="signed")
        known["bridge"] = shop.pk
        row = Delivery(team=hub.team, connection=shop, key="msg_1", made_at=datetime.now(UTC))
        row.save()
        known["delivery"] = row.pk
    given = {key: known[word] if key == "pk" else word for key, word in words.items()}
    return reverse(name, kwargs=given)


def test_every_page_stands_in_one_of_these_tables() -> None:
    """A page added later has to say who may enter."""
    own = next(
        p
        for p in get_resolver().url_patterns
        if getattr(p, "urlconf_name", None) and getattr(p.urlconf_name, "__name__", "") == "integrations.urls"
    )
    names = {pattern.name for pattern in own.url_patterns}

    assert names == {name for name, _ in [*LOOKING, *FORMS, *CHANGING]} | ELSEWHERE


@pytest.mark.parametrize(("name", "words"), [*LOOKING, *FORMS])
def test_a_stranger_is_sent_to_the_door(name: str, words: dict[str, str], hub: Hub) -> None:
    User.objects.create_user("somebody")

    answer = Client().get(address(name, words, hub))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(("name", "words"), CHANGING)
def test_a_stranger_changes_nothing(name: str, words: dict[str, str], hub: Hub) -> None:
    User.objects.create_user("somebody")

    answer = Client().post(address(name, words, hub))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(("name", "words"), LOOKING)
def test_a_viewer_looks(name: str, words: dict[str, str], hub: Hub, vera: Client) -> None:
    assert vera.get(address(name, words, hub)).status_code == 200


@pytest.mark.parametrize(("name", "words"), [*FORMS, *CHANGING])
def test_a_viewer_changes_nothing(name: str, words: dict[str, str], hub: Hub, vera: Client) -> None:
    answer = vera.post(address(name, words, hub))

    assert answer.status_code == 403
    assert "Viewers look and change nothing" in text(answer)


@pytest.mark.parametrize(("name", "words"), CHANGING)
def test_what_changes_something_is_never_done_by_a_link(
    name: str, words: dict[str, str], hub: Hub, ada: Client
) -> None:
    answer = ada.get(address(name, words, hub))

    assert answer.status_code == 405
    assert "Nothing was changed" in text(answer)


@pytest.mark.parametrize(("name", "words"), OWNED)
def test_what_belongs_to_another_team_is_not_there(
    name: str, words: dict[str, str], hub: Hub, otto: Client
) -> None:
    where = address(name, words, hub)
    before = list(Connection.objects.values()), list(Workflow.objects.values())

    answers = {otto.get(where).status_code, otto.post(where).status_code}

    assert answers <= {404, 405}
    assert 404 in answers
    assert (list(Connection.objects.values()), list(Workflow.objects.values())) == before


@pytest.mark.parametrize("name", ["connection-list", "workflow-list", "run-list", "dashboard"])
def test_lists_hold_only_what_belongs_to_the_team(name: str, hub: Hub, otto: Client) -> None:
    page = text(otto.get(reverse(name)))

    assert hub.workflow.name not in page
    assert reverse("connection-detail", args=[hub.ghl.pk]) not in page


@pytest.mark.parametrize(("name", "words"), [*LOOKING, *FORMS])
def test_no_secret_stands_on_any_page(name: str, words: dict[str, str], hub: Hub, ada: Client) -> None:
    secrets = [row.value for c in (hub.ghl, hub.accredible) for row in c.credentials.all()]
    assert len(secrets) == 2

    page = text(ada.get(address(name, words, hub)))

    assert not [secret for secret in secrets if secret in page]


def test_a_form_without_its_token_is_refused(hub: Hub, ada: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ada.cookies

    answer = strict.post(reverse("workflow-pause", args=[hub.workflow.pk]))

    hub.workflow.refresh_from_db()
    assert answer.status_code == 403
    assert hub.workflow.state == "live"


def test_somebody_without_a_team_is_told_whom_to_ask(hub: Hub) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nina"))

    answer = client.get(reverse("dashboard"), follow=True)

    assert "Ask an administrator of the hub" in text(answer)
