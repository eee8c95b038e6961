"""A certificate is about to expire: three free times are proposed to its holder."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    FieldType,
    Recipe,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, needed, recipient, same, text, use

IN_WORDS = use("format_datetime", layout="%A, %d %B at %H:%M", zone="{steps.times.zone}")
ANY_FREE = "steps.times.times"

STEPS = (
    recipient(),
    Step(
        id="times",
        title="Find the next free times",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="free_times",
        mappings=(
            needed("calendarId", "options.calendar_id"),
            same("zone", "options.zone"),
            same("most", "options.how_many"),
        ),
    ),
    Step(
        id="any",
        title="Only if there is a free time",
        kind=StepKind.FILTER,
        when=ANY_FREE,
        reason="The calendar has no free time in the week ahead, so there is nothing to propose.",
    ),
    Step(
        id="words",
        title="Put the times into words",
        kind=StepKind.ANSWER,
        mappings=(
            needed("lines", "steps.times.times[].startTime", IN_WORDS, use("join", separator="\n")),
            needed("row", "steps.times.times[].startTime", IN_WORDS, use("join", separator=" | ")),
        ),
    ),
    Step(
        id="note",
        title="Write the times into a note",
        kind=StepKind.WRITE,
        role="crm",
        operation="contact_notes.create",
        when="options.shown_in != 'field'",
        link="note",
        mappings=(
            needed("contactId", "steps.contact.id"),
            FieldMapping(
                target="body",
                transforms=text(
                    "The certificate “{event.name}” expires on {event.expired_on}. Free times:\n"
                    "{steps.words.lines}\n{options.page_link}"
                ),
                required=True,
            ),
        ),
    ),
    Step(
        id="field",
        title="Write the times into a custom field",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.update",
        when="options.shown_in != 'note' && options.field_id",
        mappings=(
            needed("contactId", "steps.contact.id"),
            needed("customFields", "[{id: options.field_id, field_value: steps.words.row}]"),
        ),
    ),
)

OPTIONS = (
    Field(key="calendar_id", label="Calendar to propose times of", required=True, reference="crm.calendars"),
    Field(key="how_many", label="How many times", type=FieldType.INTEGER, default=3),
    Field(
        key="zone",
        label="Time zone of these times",
        help="Such as Europe/Berlin. Left empty: the location's own.",
    ),
    Field(
        key="shown_in",
        label="Where they are written",
        choices=(
            ("note", "Into a note of the contact"),
            ("field", "Into a custom field, for your own e-mails"),
            ("both", "Into both"),
        ),
        default="note",
    ),
    Field(key="field_id", label="Custom field", reference="crm.contact_fields", help="A text field."),
    Field(
        key="page_link",
        label="Booking link below the times",
        help="The booking page of the recipe “Times asked for”; left empty: none.",
    ),
)

RECIPES = (
    Recipe(
        key="accredible.expiring_to_times",
        title="Certificate about to expire → times proposed",
        summary=(
            "Some weeks before a certificate expires, its holder becomes a contact in GoHighLevel, and the "
            "next free times of a calendar are written down for them, with a booking link if you have one."
        ),
        pattern="accredible-x-calendars 2 (FAQ: times proposed when certificates become due)",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Certificate about to expire → times proposed",
            roles={"certificates": "accredible", "crm": "ghl"},
            trigger_role="certificates",
            trigger="credentials.expiring",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            ACCREDIBLE_KEY,
            "In GoHighLevel, connect the location whose calendar has the times.",
            "Say in the workflow's settings how many days before its last day a certificate counts.",
            "What expires soon when the workflow first looks is passed over; a backfill fetches it.",
        ),
    ),
)
