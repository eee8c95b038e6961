"""The explorer: finding a call, trying it, sending it; and the guides' words, there and in the editor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from integrations.engine.spec import FieldMapping
from integrations.models import Connection, Effect, Run, Workflow
from integrations.services import config, drafts, explore, orders
from integrations.services.config_import import import_config
from tests.hub import Hub
from tests.services.test_corrector import GUIDE
from tests.web.pages import said, text
from tests.web.test_mapping import line, table

HX = {"HX-Request": "true"}


def page(hub: Hub, key: str = "") -> str:
    return reverse("explore-operation", args=[hub.ghl.pk, key]) if key else at(hub)


def at(hub: Hub, query: str = "") -> str:
    return reverse("explore-connection", args=[hub.ghl.pk]) + (f"?q={query}" if query else "")


def trying(hub: Hub, client: Client, key: str, do: str, posted: dict[str, Any] | None = None) -> str:
    typed = {f"v:{name}": value for name, value in (posted or {}).items() if not name.startswith("_")}
    beside = {name[1:]: value for name, value in (posted or {}).items() if name.startswith("_")}
    answer = client.post(
        reverse("explore-try", args=[hub.ghl.pk, key]), {"do": do, **typed, **beside}, headers=HX
    )
    assert answer.status_code == 200
    return text(answer)


def test_every_account_of_the_team_can_be_looked_into(hub: Hub, vera: Client, otto: Client) -> None:
    assert f'href="{at(hub)}"' in text(vera.get(reverse("explorer")))
    assert "No account to look into" in text(otto.get(reverse("explorer")))
    assert otto.get(at(hub)).status_code == 404
    assert otto.get(page(hub, "contacts.upsert")).status_code == 404


def test_all_calls_stand_on_their_shelves(hub: Hub, vera: Client) -> None:
    shown = text(vera.get(at(hub)))

    assert shown.count('<a href="/explore/') >= 187
    assert "/contacts/{contactId}/tags" in shown
    assert reverse("explore-operation", args=[hub.ghl.pk, "find_slot"]) in shown


@pytest.mark.parametrize(
    ("query", "has", "has_not"),
    [
        ("contact tag", "contacts.add_tags", "calendars.create"),
        ("POST /calendars", "calendars.create", "calendars.update"),
        ("GET /contacts/:contactId/tasks", "contact_tasks.list", "contact_tasks.get"),
        ("free-slots", "calendars.free_slots", "contacts.get"),
    ],
)
def test_a_search_finds_by_words_and_by_a_guides_line(
    hub: Hub, vera: Client, query: str, has: str, has_not: str
) -> None:
    shown = text(vera.get(at(hub), {"q": query}, headers=HX))

    assert "<html" not in shown
    assert f'/{has}/"' in shown
    assert f'/{has_not}/"' not in shown


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("calendars.groups.readonly", "is a scope (what a token may do), not an endpoint"),
        ("POST /calendars/ with title, start_time and attendees", "makes a calendar, a bookable schedule"),
        ("GET /certificates/:id", "GoHighLevel has no GET /certificates/:id."),
        ("nothing like this", "Nothing here is called so."),
    ],
)
def test_a_search_answers_in_words_what_is_no_call(hub: Hub, vera: Client, query: str, sentence: str) -> None:
    shown = text(vera.get(at(hub), {"q": query}, headers=HX))

    assert sentence in shown.replace('<code class="hub-mono">', "").replace("</code>", "")


def test_a_calls_page_tells_what_it_is_and_asks_for_its_fields(hub: Hub, ada: Client) -> None:
    shown = text(ada.get(page(hub, "appointments.create")))

    assert "POST /calendars/events/appointments" in shown
    assert "calendars/events.write" in shown
    assert "Carries the hub&#x27;s mark" in shown or "Carries the hub's mark" in shown
    assert 'name="v:startTime"' in shown
    assert ">Certificate review</option>" in shown
    assert "manage.py call GHL appointments.create" in shown


def test_scopes_are_held_or_missing_where_the_app_tells_them(hub: Hub, vera: Client) -> None:
    Connection.objects.filter(pk=hub.ghl.pk).update(scopes=["contacts.readonly"])

    assert "held" in text(vera.get(page(hub, "contacts.get")))
    assert "missing" in text(vera.get(page(hub, "contacts.upsert")))


def test_viewers_look_and_send_nothing(hub: Hub, vera: Client) -> None:
    assert "Viewers look" in text(vera.get(page(hub, "contacts.upsert")))
    assert vera.post(reverse("explore-try", args=[hub.ghl.pk, "contacts.upsert"])).status_code == 403


def test_an_operation_that_does_not_exist_is_no_page(hub: Hub, ada: Client) -> None:
    assert ada.get(page(hub, "contacts.upsrt")).status_code == 404


def test_a_dry_run_shows_the_request_and_what_it_would_come_to(hub: Hub, ada: Client) -> None:
    shown = trying(hub, ada, "contacts.upsert", "dry", {"email": "ada@example.org", "tags": "vip"})

    assert "POST https://services.leadconnectorhq.com/contacts/upsert" in shown
    assert "It would make 1 write: 1 to create." in shown
    assert "--set email=ada@example.org --set tags=vip" in shown
    assert not Run.objects.exists()
    assert not hub.contacts() or "ada@example.org" not in [row["email"] for row in hub.contacts()]


@pytest.mark.parametrize("do", ["dry", "sure"])
def test_over_a_read_only_account_nothing_is_sent_but_reads(hub: Hub, ada: Client, do: str) -> None:
    Connection.objects.filter(pk=hub.ghl.pk).update(read_only=True)
    assert "GHL is read-only" in trying(hub, ada, "contacts.upsert", do, {"email": "ada@example.org"})
    assert "Certificate review" in trying(hub, ada, "calendars.list", "sure")
    assert not Effect.objects.exists()
    assert not Run.objects.exists()


def test_a_write_is_asked_about_once_and_then_sent(hub: Hub, ada: Client) -> None:
    asked = trying(hub, ada, "contacts.upsert", "send", {"email": "ada@example.org"})
    assert "This changes something in the account. Send it?" in asked
    assert not Run.objects.exists()

    shown = trying(hub, ada, "contacts.upsert", "sure", {"email": "ada@example.org"})

    run = Run.objects.get()
    assert reverse("run-detail", args=[run.pk]) in shown
    assert Effect.objects.get().record_id in shown
    assert '<code class="hub-mono hub-path hub-quiet text-xs">email</code>' in shown
    assert (run.mode, run.state) == ("call", "succeeded")


def test_a_read_is_sent_at_once_and_its_answer_shown_with_paths(hub: Hub, ada: Client) -> None:
    shown = trying(hub, ada, "calendars.list", "send")

    assert "[0].openHours[0].hours[0].openHour" in shown
    assert "Certificate review" in shown
    assert not Run.objects.exists()


def test_text_from_an_app_is_never_markup(hub: Hub, ada: Client) -> None:
    shown = trying(hub, ada, "contacts.upsert", "sure", {"email": "a@b.org", "firstName": "<img src=x>"})

    assert "&lt;img" in shown or "<img src=x>" in shown  # the test reads entities
    answer = ada.post(
        reverse("explore-try", args=[hub.ghl.pk, "contacts.upsert"]),
        {"do": "sure", "v:email": "a@b.org", "v:firstName": "<img src=x>"},
        headers=HX,
    )
    assert "<img src=x>" not in answer.content.decode()


REFUSED = [
    ({"email": "ada"}, "`email` needs an e-mail address and got “ada”."),
    ({"customFields": "[{]"}, "`customFields` is written as JSON, such as"),
    ({"_as_json": "{"}, "“As JSON” holds no JSON"),
    ({"_as_json": "[1]"}, "“As JSON” must be one object"),
    ({"_as_json": '{"shoeSize": 42}'}, "There is no field of contacts.upsert “shoeSize”"),
    ({"_as_json": '{"status": "new"}'}, "contacts.upsert has no field `status`: a contact has none."),
]


@pytest.mark.parametrize(("posted", "sentence"), REFUSED)
def test_what_cannot_be_sent_is_said_in_words(
    hub: Hub, ada: Client, posted: dict[str, Any], sentence: str
) -> None:
    assert sentence in trying(hub, ada, "contacts.upsert", "sure", posted)
    assert not Run.objects.exists()


def test_without_script_the_whole_page_comes_back_with_what_was_typed(hub: Hub, ada: Client) -> None:
    answer = ada.post(
        reverse("explore-try", args=[hub.ghl.pk, "contacts.upsert"]),
        {"do": "dry", "v:email": "ada@example.org"},
    )

    shown = text(answer)
    assert "<html" in shown
    assert 'value="ada@example.org"' in shown
    assert "It would make 1 write" in shown


def test_the_guides_event_is_one_click_from_an_appointment(hub: Hub, ada: Client) -> None:
    guide = {
        "title": "Review",
        "start_time": "2030-11-25T10:00:00-06:00",
        "attendees": ["ada@example.org"],
        "calendarName": "Certificate review",
    }
    posted = {"_as_json": json.dumps(guide)}

    asked = trying(hub, ada, "calendars.create", "send", posted)
    assert "Book an appointment instead" in asked
    planned = trying(hub, ada, "calendars.create", "dry", {**posted, "_convert": "1"})
    assert "It would make 2 writes: 2 to create." in planned
    assert '<input type="hidden" name="convert" value="1">' in planned
    shown = trying(hub, ada, "calendars.create", "sure", {**posted, "_convert": "1"})

    assert "--convert" in shown
    assert [row["title"] for row in hub.appointments()] == ["Review"]


def test_a_call_under_way_is_followed_and_ends_on_the_page(hub: Hub, ada: Client) -> None:
    order = orders.order(hub.ghl, "contacts.upsert", {"email": "ada@example.org"})
    run = explore.start(order, None)

    shown = text(ada.post(reverse("explore-state", args=[run.pk])))

    assert "Succeeded" in shown or "succeeded" in shown
    assert "hx-trigger" not in shown


def test_a_call_by_hand_stands_among_the_runs_and_leads_back_to_its_page(hub: Hub, ada: Client) -> None:
    trying(hub, ada, "contacts.upsert", "sure", {"email": "ada@example.org"})
    run = Run.objects.get()

    listed = text(ada.get(reverse("run-list")))
    shown = text(ada.get(reverse("run-detail", args=[run.pk])))

    assert page(hub, "contacts.upsert") in listed
    assert "Calls by hand" not in text(ada.get(reverse("workflow-list")))
    assert page(hub, "contacts.upsert") in shown
    assert "Called by hand" in shown


# --- the editor and the workflow's page -----------------------------------------------------------


@pytest.fixture
def guide(hub: Hub) -> Workflow:
    import_config(config.parse(GUIDE))
    return Workflow.objects.get(name="Guide")


def step_at(workflow: Workflow, what: str = "workflow-step", step: str = "event") -> str:
    return reverse(what, args=[workflow.pk, step])


def test_the_editor_says_what_is_meant_and_converts_with_one_click(
    hub: Hub, ada: Client, guide: Workflow
) -> None:
    shown = text(ada.get(step_at(guide)))
    assert "POST /calendars/ makes a calendar" in shown
    assert "Book an appointment instead" in shown
    assert "POST /calendars/ makes a calendar" in text(ada.get(reverse("workflow-detail", args=[guide.pk])))

    after = said(ada, ada.post(step_at(guide, "workflow-step-convert")))

    assert "Converted. Look at each step" in after
    assert "`color` was left out" in after
    converted = drafts.compile_draft(Workflow.objects.get(pk=guide.pk))
    assert converted.steps[-1].operation == "appointments.create"


def test_viewers_convert_nothing(hub: Hub, vera: Client, guide: Workflow) -> None:
    assert vera.post(step_at(guide, "workflow-step-convert")).status_code == 403


def shaped(hub: Hub, ada: Client, change: str, **more: Any) -> str:
    posted = table(line(0, "email", "event.recipient_email"), change=change, **more)
    return text(ada.post(reverse("workflow-step-shape", args=[hub.workflow.pk, "contact"]), posted))


def test_a_guides_word_in_the_target_box_is_answered_with_the_real_field(hub: Hub, ada: Client) -> None:
    shown = shaped(hub, ada, "add", **{"new-target": "tagList"})

    assert "What guides call `tagList` is `tags` in contacts.upsert." in shown
    assert ">Take tags</button>" in shown
    assert 'value="tagList"' in shown
    assert 'name="target-1" value="tags"' in shaped(hub, ada, "add", **{"new-target": "tags"})


def test_a_word_without_a_field_is_told_in_words(hub: Hub, ada: Client) -> None:
    shown = shaped(hub, ada, "add", **{"new-target": "status"})

    assert "contacts.upsert has no field `status`: a contact has none." in shown
    assert ">Take " not in shown


def test_a_field_is_added_by_its_title_and_a_wrong_one_answered_with_the_right_ones(
    hub: Hub, ada: Client
) -> None:
    assert 'name="target-1" value="firstName"' in shaped(hub, ada, "add", **{"new-target": "First name"})
    assert "choose one of: email" in shaped(hub, ada, "add", **{"new-target": "emial"})


def test_a_saved_line_with_a_guides_word_is_taken_as_the_real_field(hub: Hub, ada: Client) -> None:
    posted = table(line(0, "tagList", "event.tags"), change="take:0")
    saved = FieldMapping(target="tagList", source="event.name")
    drafts.save_mappings(hub.workflow, {"contact": (saved,)})

    shown = text(ada.get(reverse("workflow-step", args=[hub.workflow.pk, "contact"])))
    taken = text(ada.post(reverse("workflow-step-shape", args=[hub.workflow.pk, "contact"]), posted))

    assert "What guides call `tagList` is `tags`" in shown
    assert 'name="target-0" value="tags"' in taken


def test_the_accounts_own_fields_are_in_the_box_and_among_the_sources(hub: Hub, ada: Client) -> None:
    texts = {"name": "Shoe size", "dataType": "NUMERICAL", "model": "contact"}
    made = explore.follow(explore.start(orders.order(hub.ghl, "custom_fields.create", texts), None), 10.0)
    cache.clear()

    shown = text(ada.get(reverse("workflow-step", args=[hub.workflow.pk, "contact"])))

    target = f"customFields.{made.record_id}"
    assert f'<option value="{target}">Shoe size</option>' in shown
    assert f"customFields[?id=='{made.record_id}'].value | [0]" in shown
    added = shaped(hub, ada, "add", **{"new-target": target})
    assert f'name="target-1" value="{target}"' in added


def test_declared_paths_are_offered_with_their_types(hub: Hub, ada: Client) -> None:
    shown = text(ada.get(reverse("workflow-step", args=[hub.workflow.pk, "booking"])))

    assert '<option value="steps.contact.website">' in shown
    assert "declared; not in this sample" in shown
