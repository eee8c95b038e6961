"""Every main screen: nothing seriously in the way of people who need help to read it, and room on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from integrations.models import Connection, Drill, Effect, Membership, RecordLink, Run, Workflow
from integrations.services import installing, reconciling, sub_accounts, undoing
from integrations.services.drain import drain_once
from tests.hub import RECIPE, Hub, make_hub
from tests.services.connections import agency_connection, branches, location, other_location

SCREENS = [
    "/",
    "/connections/",
    "/connections/add/",
    "/connections/add/ghl/pit/production",
    "/connections/{ghl}/",
    "/connections/{ghl}/disconnect/",
    "/connections/{agency}/",
    "/connections/{agency}/accounts/",
    "/connections/{agency}/disconnect/",
    "/connections/{branch}/",
    "/workflows/",
    "/workflows/recipes/",
    f"/workflows/new/{RECIPE}/",
    "/workflows/{workflow}/",
    "/workflows/{workflow}/settings/",
    "/workflows/{workflow}/steps/booking/",
    "/workflows/{workflow}/dry-run/",
    "/workflows/{workflow}/drill/",
    "/workflows/{workflow}/promote/",
    "/explore/",
    "/explore/{ghl}/",
    "/explore/{ghl}/?q=POST /calendars and calendars.readonly",
    "/explore/{ghl}/contacts.upsert/",
    "/explore/{ghl}/calendars.create/",
    "/runs/",
    "/runs/{run}/",
    "/runs/{held}/",
    "/plans/{plan}/",
    "/workflows/{workflow}/compare/",
    "/conflicts/",
    "/sandbox/",
    "/sandbox/?app=ghl",
    "/sandbox/-/reset/",
]
LOOKS = [("light", 1400), ("dark", 1400), ("light", 390)]


def serious(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [
        (hit["id"], [node["target"] for node in hit["nodes"]][:3])
        for hit in found
        if hit["impact"] in {"serious", "critical"}
    ]


@pytest.fixture
def known(site: str, page: Page) -> dict[str, int]:
    """A hub with a bit of everything, and an administrator who is signed in."""
    ada = User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
    hub = make_hub()
    Membership.objects.create(team=hub.team, user=ada, role="admin")
    hub.issue()
    hub.issue(recipient_name="Rosa Diaz", recipient_email="rosa@example.com")
    hub.look()
    drain_once(for_s=30)
    a_drill(hub)
    agency = an_agency(hub)
    run, held = Run.objects.order_by("id")[:2]
    plan = undoing.plan(run, ada)
    a_difference(hub)
    Run.objects.filter(pk=held.pk).update(state="held", reason="The answer was lost; look in the app.")
    Effect.objects.filter(run=held).update(state="held")
    client = Client()
    client.force_login(ada)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    family = {"agency": agency.pk, "branch": agency.children.get().pk}
    return {
        **family,
        "ghl": hub.ghl.pk,
        "workflow": hub.workflow.pk,
        "run": run.pk,
        "held": held.pk,
        "plan": plan.pk,
    }


def a_drill(hub: Hub) -> None:
    """One that held, one that did not, one that cannot befall the workflow."""
    good = {"trouble": "slow", "lost": 0, "doubled": 0, "stuck": 0, "held": 0, "words": []}
    bad = {**good, "trouble": "answer_lost", "doubled": 1, "words": ["ghl contacts: 2 made instead of 1"]}
    unfit = {"trouble": "slot_taken", "unfit": "It looks for no free time."}
    Drill.objects.create(
        team=hub.team, workflow=hub.workflow, state="failed", total=3, trials=[good, bad], unfit=[unfit]
    )


def a_difference(hub: Hub) -> None:
    """A contact that somebody has renamed, found by a comparison."""
    (made, *_) = RecordLink.objects.filter(name="contact")
    hub.sandbox.act("ghl", "change_contact", {"contact": made.record_id, "firstName": "Somebody"})
    compared = reconciling.start(Workflow.objects.select_related("live", "team").get(pk=hub.workflow.pk))
    while compared.state == "running":
        compared = reconciling.step(compared)


def an_agency(hub: Hub) -> Connection:
    """With a location that is connected, one that is not, and one on its way."""
    agency = agency_connection(hub.team)
    branches(1)
    sub_accounts.look(agency)
    sub_accounts.choose(agency, [location()])
    installing.work()
    sub_accounts.choose(agency, [other_location()])
    return agency


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_screen_can_be_used_by_everybody(
    site: str, page: Page, console: list[str], known: dict[str, int], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for screen in SCREENS:
        answer = page.goto(site + screen.format(**known))
        assert answer is not None
        assert answer.status == 200, screen
        expect(page.get_by_role("main")).to_have_count(1)
        page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        wrong[screen] = [*serious(page), *(["wider than the screen"] if too_wide else [])]

    assert not {screen: found for screen, found in wrong.items() if found}
    assert not console


def test_the_first_page_of_all_can_be_used_by_everybody(site: str, page: Page, console: list[str]) -> None:
    page.goto(f"{site}/welcome/")

    expect(page.get_by_role("main")).to_have_count(1)
    assert not serious(page)
    assert not console
