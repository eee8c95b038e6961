"""Somebody asks for times in ActiveCampaign: free ones go into their fields, and an automation starts.

ActiveCampaign takes no answer to what it sends, so the times are written back. Asked is by a tag, or by the
step “Webhook” of an automation.
"""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldType,
    Recipe,
    Step,
    StepKind,
    WorkflowSpec,
)
from integrations.recipes.activecampaign.words import (
    CRM,
    MARKETING,
    ROLES,
    only,
    procedure,
    same,
    use,
)

PATTERN = "activecampaign-x-calendars 3"
SLOTS = "SLOT_1 to SLOT_n, SLOTS_ZONE and SLOTS_URL"


def steps(contact: str) -> tuple[Step, ...]:
    """The steps after the question; `contact` finds the contact's id in the event."""
    return (
        procedure(
            "contact",
            "Read the contact and its time zone",
            MARKETING,
            "read_contact",
            same("contact", contact, required=True),
            same("zone_field", "options.zone_field"),
        ),
        procedure(
            "times",
            "List the free times",
            CRM,
            "free_times",
            same("calendarId", "options.calendar_id", required=True),
            same(
                "to_day",
                "now",
                use("add_duration", days="{options.days}", zone="UTC"),
                use("to_date", zone="UTC"),
            ),
            same("zone", "steps.contact.zone || options.zone"),
            same("userId", "options.assigned_user_id"),
            same("most", "options.most"),
        ),
        procedure(
            "offer",
            "Write the times into the contact's fields",
            MARKETING,
            "offer_times",
            same("email", "steps.contact.email", required=True),
            same("times", "steps.times.times"),
            same("zone", "steps.times.zone", required=True),
            same("most", "options.most"),
            same("url", "options.slots_url"),
            same("layout", "options.layout"),
        ),
        Step(
            id="start",
            title="Start the automation that offers them",
            kind=StepKind.WRITE,
            role=MARKETING,
            operation="contact_automations.create",
            when="options.automation && length(steps.times.times) > `0`",
            reason="No automation was chosen, or nothing is free.",
            mappings=(
                same("contact", "steps.contact.id", required=True),
                same("automation", "options.automation", required=True),
            ),
        ),
    )


UNTAG = Step(
    id="untag",
    title="Take the tag away, so that they can ask again",
    kind=StepKind.WRITE,
    role=MARKETING,
    operation="contact_tags.delete",
    when="options.untag",
    mappings=(same("id", "event.id", required=True),),
)
TAGGED = only(
    "asked", "Only who was given the tag", "trigger.type == 'contact.tagged'", "The tag was taken away."
)

OPTIONS = (
    Field(key="calendar_id", label="Calendar to offer times of", required=True, reference="crm.calendars"),
    Field(
        key="days",
        label="Days ahead",
        type=FieldType.INTEGER,
        default=14,
        help="At most 31 days are asked for at a time.",
    ),
    Field(key="most", label="How many times", type=FieldType.INTEGER, default=3, help="1 to 20."),
    Field(
        key="zone_field",
        label="Contact field that holds the contact's time zone",
        reference="marketing.contact_fields",
        help="A zone's name, such as Europe/Berlin.",
    ),
    Field(
        key="zone",
        label="Time zone of everybody else",
        help="Such as Europe/Berlin. Left empty: the location's own.",
    ),
    Field(key="assigned_user_id", label="Team member", reference="crm.users"),
    Field(
        key="layout",
        label="How a time is written",
        default="%a %d %b %Y, %H:%M",
        help="As strftime has it: %a weekday, %d day, %b month, %H:%M time.",
    ),
    Field(
        key="slots_url",
        label="Address where a time is booked",
        help="This hub's booking page, or the calendar's own in GoHighLevel. It goes into SLOTS_URL.",
    ),
    Field(key="automation", label="Automation to start then", reference="marketing.automations"),
)
SETUP = (
    f"The hub makes the contact fields {SLOTS}; put them into your e-mail as %SLOT_1%.",
    "Build an automation that sends that e-mail, with no start trigger, and choose it here: a campaign is "
    "sent by ActiveCampaign, and an automation is what can start it from outside.",
    "A guide's “dateRange” is two moments in milliseconds; the hub makes them of the days you choose.",
)

TAG_TO_TIMES = Recipe(
    key="activecampaign.tag_to_times",
    title="Contact asks for times by a tag → free slots in their fields",
    summary=(
        "Whoever is given a tag in ActiveCampaign gets free times of a calendar in their fields, in their "
        "own time zone, and an automation that offers them."
    ),
    pattern=PATTERN,
    capability=Capability.NATIVE,
    workflow=WorkflowSpec(
        title="Contact asks for times by a tag → free slots in their fields",
        roles=ROLES,
        trigger_role=MARKETING,
        trigger="contact_tags.changed",
        steps=(TAGGED, *steps("event.contact"), UNTAG),
    ),
    options=(
        *OPTIONS,
        Field(
            key="untag",
            label="Take the tag away afterwards, so that they can ask again",
            type=FieldType.BOOLEAN,
            default=True,
        ),
    ),
    setup=(
        "In the trigger choose the tag that means “asks for times”.",
        "The hub has ActiveCampaign send a webhook when the tag is given, and looks for what was lost: such "
        "a webhook is never sent twice.",
        *SETUP,
    ),
)

AUTOMATION_TO_TIMES = Recipe(
    key="activecampaign.automation_to_times",
    title="Automation asks for times → free slots in the contact's fields",
    summary=(
        "An automation's step “Webhook” asks for free times; they are written into the contact's fields, and "
        "a second automation offers them."
    ),
    pattern=PATTERN,
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Automation asks for times → free slots in the contact's fields",
        roles=ROLES,
        trigger_role=MARKETING,
        trigger="webhook.automation_webhook",
        steps=steps("event.contact.id"),
    ),
    options=OPTIONS,
    setup=(
        "On the connection's page copy the address for webhooks, and paste it into a step “Webhook” of your "
        "automation.",
        "ActiveCampaign sends it once and does not wait for an answer: end that automation after the step.",
        *SETUP,
    ),
)
