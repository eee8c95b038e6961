"""The whole way in a real browser: from an empty hub to an appointment that a certificate made."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from integrations.services.drain import drain_once

# What htmx notes where a page is left whose question about the drill is still on its way.
LEFT = ("htmx:afterRequest", "htmx:sendAbort")


def test_a_new_operator_gets_from_an_empty_hub_to_an_appointment(
    site: str, page: Page, console: list[str]
) -> None:
    page.set_default_timeout(15_000)
    sets_up_the_hub(page, site)
    signs_out_and_in(page, site)
    connects_gohighlevel_by_consent(page, site)
    connects_accredible(page, site)
    makes_a_workflow(page, site)
    changes_a_field_and_sees_what_it_makes(page)
    tries_and_deploys(page)
    issues_a_certificate(page, site)
    drain_once(for_s=30)
    reads_the_run(page, site)
    finds_the_appointment(page, site)
    assert not [line for line in console if line not in LEFT]


def sets_up_the_hub(page: Page, site: str) -> None:
    page.goto(site)
    expect(page).to_have_url(re.compile("/welcome/$"))
    page.get_by_label("Team").fill("Harbour Agency")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password", exact=False).nth(0).fill("correct horse battery")
    page.get_by_label("Password again").fill("correct horse battery")
    page.get_by_role("button", name="Set up the hub").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def signs_out_and_in(page: Page, site: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site}/connections/")
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("No connections yet")).to_be_visible()


def connects_gohighlevel_by_consent(page: Page, site: str) -> None:
    page.get_by_role("link", name="Add a connection").click()
    page.get_by_role("link", name=re.compile("Sandbox.*GoHighLevel.*OAuth")).click()
    page.get_by_role("button", name="Add, then sign in").click()
    page.get_by_role("button", name="Sign in and allow").click()
    expect(page.get_by_role("heading", name="Simulated GoHighLevel: choose a location")).to_be_visible()
    page.get_by_role("button", name="Allow").first.click()
    expect(page.get_by_role("alert").or_(page.get_by_text("Connected to")).first).to_contain_text(
        "Connected to"
    )
    expect(page).to_have_url(re.compile(r"/connections/\d+/$"))


def connects_accredible(page: Page, site: str) -> None:
    page.goto(f"{site}/connections/add/")
    page.get_by_role("link", name=re.compile("Sandbox.*Accredible")).click()
    page.get_by_role("button", name="Add and verify").click()
    expect(page.get_by_text("Connected to").first).to_be_visible()


def makes_a_workflow(page: Page, site: str) -> None:
    page.goto(f"{site}/workflows/")
    page.get_by_role("link", name="Look at the recipes").click()
    page.locator('a[href="/workflows/new/accredible.certificate_to_appointment/"]').click()
    page.get_by_label("Name").fill("Follow up")
    page.get_by_role("button", name="Go on to the choices").click()
    page.get_by_label("Calendar to book in").select_option(label="Certificate review")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Before it goes live")).to_be_visible()
    expect(page.get_by_text("Run the sandbox test of this draft")).to_be_visible()


def changes_a_field_and_sees_what_it_makes(page: Page) -> None:
    page.get_by_role("link", name="Book the first free time").click()
    title = page.get_by_role("group", name="title", exact=True)
    text = title.get_by_label("Text", exact=True)
    text.fill("Well done, {event.recipient_name}")
    expect(title.locator(".hub-value")).to_contain_text("Well done, ")

    title.get_by_label("Then").select_option(label="Upper case")
    expect(title.locator(".hub-value")).to_contain_text("WELL DONE, ")
    title.get_by_role("button", name="Take upper of title away").click()
    expect(title.locator(".hub-value")).to_contain_text("Well done, ")

    page.get_by_role("button", name="Save the fields").click()
    expect(page.get_by_text("is saved. Test the draft again")).to_be_visible()
    page.get_by_role("link", name="To the workflow").click()


def tries_and_deploys(page: Page) -> None:
    page.get_by_role("button", name="Sandbox test").click()
    page.get_by_role("button", name="Run it here now").click()
    expect(page.get_by_text("The draft passed its test and may be drilled")).to_be_visible()
    page.get_by_role("button", name="Drill it").click()
    page.get_by_role("button", name="Drill it here now").click(timeout=120_000)
    expect(page.get_by_text("The draft came through its drill.")).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Deploy").click()
    expect(page.get_by_text("Version 1 is live.")).to_be_visible()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("Looked for the first time")).to_be_visible()


def issues_a_certificate(page: Page, site: str) -> None:
    page.goto(f"{site}/sandbox/?app=accredible")
    page.get_by_label("Recipient's name").fill("Rosa Diaz")
    page.get_by_label("Recipient's e-mail").fill("rosa@example.com")
    page.get_by_role("button", name="Issue a certificate").click()
    expect(page.get_by_text("Done: Issue a certificate")).to_be_visible()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("Looked: 1 events, 1 new runs.")).to_be_visible()


def reads_the_run(page: Page, site: str) -> None:
    page.goto(f"{site}/runs/?state=succeeded")
    page.get_by_role("row", name="Certificate issued").first.get_by_role("link").first.click()
    booking = page.get_by_role("listitem").filter(has_text="Book the first free time").first
    booking.get_by_text("Why these values").click()
    booking.get_by_text("Well done, Rosa Diaz").first.click()
    expect(booking.get_by_text("made “Well done, Rosa Diaz”").first).to_be_visible()


def finds_the_appointment(page: Page, site: str) -> None:
    page.goto(f"{site}/sandbox/?app=ghl")
    expect(page.get_by_role("region", name="Appointments")).to_contain_text("Well done, Rosa Diaz")
