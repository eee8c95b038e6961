"""Pattern 2: whoever has a certificate asks for times, and picks one. Accredible itself has no such event."""

from __future__ import annotations

from dataclasses import replace

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    Recipe,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, needed, only_if, use
from integrations.recipes.requests import BOOKING, OPTIONS, PICKED, QUESTION

CERTIFICATE = (
    Step(
        id="found",
        title="Find the person's last certificate",
        kind=StepKind.READ,
        role="certificates",
        operation="credentials.search",
        when=PICKED,
        mappings=(
            needed("query.recipient_email", "event.email", use("trim"), use("lower")),
            FieldMapping(target="sort.issued_on", default="desc"),
            FieldMapping(target="page.size", default=1),
        ),
    ),
)

HOLDERS = only_if(
    "holders",
    "Only holders of a certificate",
    "trigger.type != 'slots.picked' || options.who == 'anybody' || steps.found.credentials",
    "Nobody of this e-mail address holds a certificate.",
)
TITLE = FieldMapping(
    target="title",
    source="options.title",
    transforms=(
        use(
            "template",
            text="{options.title}: {steps.found.credentials[0].name || event.name || event.email}",
            empty="",
        ),
    ),
    required=True,
)


def with_title(step: Step) -> Step:
    """The booking, called by the certificate."""
    return replace(step, mappings=tuple(TITLE if m.target == "title" else m for m in step.mappings))


RECIPES = (
    Recipe(
        key="accredible.times_asked",
        title="Certificate holder asks for times → free times, and a booking page",
        summary=(
            "Free times of a calendar for people with a certificate: an address that answers in JSON, and a "
            "page without sign-in, whose link goes into the certificate's e-mail or into an attribute of it. "
            "Whoever picks a time is booked, under the name of their last certificate."
        ),
        pattern="accredible-x-calendars 2",
        capability=Capability.BRIDGED,
        workflow=WorkflowSpec(
            title="Certificate holder asks for times → free times, and a booking page",
            roles={"crm": "ghl", "certificates": "accredible"},
            trigger_role="crm",
            trigger="slots.asked",
            steps=(*QUESTION, *CERTIFICATE, HOLDERS, *map(with_title, BOOKING)),
        ),
        options=(
            *(replace(field, default="Certificate") if field.key == "title" else field for field in OPTIONS),
            Field(
                key="who",
                label="Who may book",
                choices=(
                    ("anybody", "Anybody who has the link"),
                    ("holders", "Only holders of a certificate"),
                ),
                default="anybody",
                help="By the e-mail address that they type.",
            ),
        ),
        setup=(
            ACCREDIBLE_KEY,
            "Accredible has no scheduling and asks nobody for times: its certificates and e-mails can carry "
            "a link, and that link leads to the booking page of this workflow.",
            "Choose the calendar, test the draft and deploy it; then copy the booking link from its page.",
            "In Accredible, put the link into the e-mail of the group, or let the recipe “Booking link on "
            "the certificate” write it into an attribute.",
        ),
    ),
    Recipe(
        key="accredible.booking_link",
        title="Certificate issued → booking link on the certificate",
        summary=(
            "Each certificate that is issued gets a booking link in one of its attributes, so that its "
            "design or its e-mail can show it. Its other attributes stay as they are."
        ),
        pattern="accredible-x-calendars 2 (the link on the certificate)",
        capability=Capability.POLLED,
        workflow=WorkflowSpec(
            title="Certificate issued → booking link on the certificate",
            roles={"certificates": "accredible"},
            trigger_role="certificates",
            trigger="credentials.changed",
            steps=(
                only_if(
                    "issued",
                    "Only certificates that are issued",
                    "trigger.type == 'certificate.issued'",
                    "The certificate was revoked.",
                ),
                Step(
                    id="link",
                    title="Write the link into the attribute",
                    kind=StepKind.PROCEDURE,
                    role="certificates",
                    operation="set_attributes",
                    mappings=(
                        needed("id", "event.id", use("text")),
                        needed("custom_attributes.booking_link", "options.page_link"),
                    ),
                ),
            ),
        ),
        options=(
            Field(
                key="page_link",
                label="Booking link",
                required=True,
                help="Copied from the workflow whose times are to be booked.",
            ),
        ),
        setup=(
            ACCREDIBLE_KEY,
            "In Accredible, make an attribute “booking_link”, and put it into the design or the e-mail.",
            "Another attribute's name: map the link to custom_attributes.<its name> instead.",
        ),
    ),
)
