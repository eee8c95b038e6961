"""Recipes about the way through a series of appointments: what one that took place leads to."""

from __future__ import annotations

from integrations.engine.spec import (
    Capability,
    Field,
    FieldMapping,
    FieldType,
    Recipe,
    Step,
    StepKind,
    TransformUse,
    WorkflowSpec,
)

REACHED = "The appointment took place, so the milestone is reached."
# What is written into the contact's own fields; a field that was not chosen is left out.
FIELDS = (
    "[{id: options.milestone_field, field_value: options.milestone_value}, "
    "{id: options.link_field, field_value: steps.link.url}][?id && field_value]"
)


def taken(target: str, source: str, *, required: bool = False) -> FieldMapping:
    return FieldMapping(target=target, source=source, required=required)


CONTACT = taken("contactId", "event.contactId", required=True)

STEPS = (
    Step(
        id="showed",
        title="Only appointments that took place",
        kind=StepKind.FILTER,
        when="event.appointmentStatus == 'showed'",
        reason="The appointment is not marked as showed.",
    ),
    Step(
        id="once",
        title="Only once for each appointment",
        kind=StepKind.FILTER,
        when="!(links.milestone)",
        reason="This appointment has counted already.",
    ),
    Step(
        id="calendar",
        title="Read the calendar",
        kind=StepKind.READ,
        role="crm",
        operation="calendars.get",
        mappings=(taken("calendarId", "event.calendarId", required=True),),
    ),
    Step(
        id="group",
        title="Only calendars of this group",
        kind=StepKind.FILTER,
        when="steps.calendar.groupId == options.group_id",
        reason="Its calendar is not in the group of this milestone.",
    ),
    Step(
        id="link",
        title="Make the link to the next group's times",
        kind=StepKind.PROCEDURE,
        role="crm",
        operation="booking_link",
        when="options.booking_page",
        mappings=(
            taken("page", "options.booking_page", required=True),
            taken("contact_id", "event.contactId"),
            taken("calendar_id", "options.next_calendar_id"),
            taken("days", "options.link_days"),
        ),
    ),
    Step(
        id="fields",
        title="Write milestone and link into the contact's fields",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.update",
        when="options.milestone_field || options.link_field",
        mappings=(CONTACT, taken("customFields", FIELDS, required=True)),
    ),
    Step(
        id="tag",
        title="Tag the contact",
        kind=StepKind.WRITE,
        role="crm",
        operation="contacts.add_tags",
        link="milestone",
        mappings=(
            CONTACT,
            FieldMapping(
                target="tags",
                source="options.tag",
                transforms=(TransformUse(name="split", args={"separator": ","}),),
                required=True,
            ),
        ),
    ),
)

OPTIONS = (
    Field(
        key="group_id",
        label="Group whose appointments count",
        required=True,
        reference="crm.groups",
        help="One workflow for each group: the steps of your onboarding.",
    ),
    Field(
        key="tag",
        label="Tag for whoever was there",
        required=True,
        default="milestone reached",
        help="Several with commas. GoHighLevel's own automations can begin with it, and send the link.",
    ),
    Field(
        key="milestone_field",
        label="Contact field for the milestone",
        reference="crm.contact_fields",
        help="Left empty: only the tag is set.",
    ),
    Field(key="milestone_value", label="What is written into it", default="reached"),
    Field(
        key="booking_page",
        label="Booking page of the next group",
        help="The name of a live workflow with a booking page. Left empty: no link is made.",
    ),
    Field(
        key="next_calendar_id",
        label="Calendar of the next group",
        reference="crm.calendars",
        help="Where that workflow allows any calendar. Left empty: the page's own.",
    ),
    Field(
        key="link_field",
        label="Contact field for the link",
        reference="crm.contact_fields",
        help="A message in GoHighLevel can then name it.",
    ),
    Field(key="link_days", label="Days the link is good for", type=FieldType.INTEGER, default=30),
)

# The same, and the milestone as an attribute of the credential that the contact has already.
WITH_CREDENTIAL = (
    *STEPS[:-1],
    Step(
        id="person",
        title="Read the contact",
        kind=StepKind.READ,
        role="crm",
        operation="contacts.get",
        mappings=(CONTACT,),
    ),
    Step(
        id="found",
        title="Find the contact's credential",
        kind=StepKind.READ,
        role="certificates",
        operation="credentials.search",
        when="steps.person.email",
        mappings=(
            taken(
                "query",
                '{"recipient_email[eq]": steps.person.email, '
                '"group.id[in]": [to_number(options.credential_group)]}',
                required=True,
            ),
        ),
    ),
    Step(
        id="attribute",
        title="Note the milestone on the credential",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="set_attributes",
        for_each="steps.found.credentials || `[]`",
        item_key="id",
        mappings=(
            FieldMapping(
                target="id", source="item.id", transforms=(TransformUse(name="text"),), required=True
            ),
            taken("custom_attributes.milestone", "options.milestone_value", required=True),
        ),
    ),
    STEPS[-1],
)

CREDENTIAL_GROUP = Field(
    key="credential_group",
    label="Accredible group whose credential is marked",
    required=True,
    reference="certificates.groups",
    help="Its attribute “milestone” gets the value; whoever has no credential of this group is passed over.",
)

RECIPES = (
    Recipe(
        key="ghl.group_milestones",
        title="Appointment took place → milestone, and times of the next group",
        summary=(
            "When an appointment in a group's calendar is marked as showed, the contact gets a tag, a value "
            "in a field, and a link on which they book a time of the next group."
        ),
        pattern="accredible-x-calendars FAQ: groups as onboarding milestones",
        capability=Capability.NATIVE,
        workflow=WorkflowSpec(
            title="Appointment took place → milestone, and times of the next group",
            roles={"crm": "ghl"},
            trigger_role="crm",
            trigger="appointments.changed",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            "In GoHighLevel, sort the calendars of your onboarding into groups, one for each step.",
            "Make the fields on the contact that are to hold the milestone and the link.",
            "For the link: deploy a workflow of the recipe “Times asked for → free times, and a booking "
            "page”, and enter its name here.",
            "Choose the group, the tag and the fields. Mark appointments as showed when people were there.",
            "To send the link, let a workflow in GoHighLevel begin with the tag and name the field in its "
            "message.",
        ),
    ),
    Recipe(
        key="ghl.credential_milestones",
        title="Appointment took place → milestone on contact and credential",
        summary=(
            "When an appointment in a group's calendar is marked as showed, the milestone is written on the "
            "contact and into an attribute of the credential that Accredible has issued to them."
        ),
        pattern="accredible-x-calendars FAQ: groups as onboarding milestones",
        capability=Capability.NATIVE,
        workflow=WorkflowSpec(
            title="Appointment took place → milestone on contact and credential",
            roles={"crm": "ghl", "certificates": "accredible"},
            trigger_role="crm",
            trigger="appointments.changed",
            steps=WITH_CREDENTIAL,
        ),
        options=(*OPTIONS[:1], CREDENTIAL_GROUP, *OPTIONS[1:]),
        setup=(
            "In GoHighLevel, sort the calendars of your onboarding into groups, one for each step.",
            "In Accredible, make a custom attribute “milestone”. Credentials and contacts match by e-mail.",
            "Choose both groups, the tag and the value. Mark appointments as showed when people were there.",
        ),
    ),
)
