"""An appointment that somebody came to makes a certificate, once; a table says of which group.

The hub's own record is looked at first (the link), then Accredible's search for the appointment's id in
`meta_data`; for how soon that search shows a new certificate is not documented.
"""

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
from integrations.recipes.accredible.common import ACCREDIBLE_KEY, needed, only_if, same, use

STEPS = (
    only_if(
        "showed",
        "Only when somebody came",
        "trigger.type != 'appointment.deleted' && event.appointmentStatus == 'showed'",
        "The appointment's status is not “showed”.",
    ),
    only_if(
        "once", "Only once per appointment", "!(links.certificate)", "This appointment has its certificate."
    ),
    only_if(
        "listed",
        "Only calendars that have a group",
        "options.default_group || contains(keys(options.groups || `{}`), event.calendarId)",
        "No Accredible group is set for this calendar.",
    ),
    Step(
        id="calendar",
        title="Read the calendar",
        kind=StepKind.READ,
        role="crm",
        operation="calendars.get",
        when="options.only_group",
        mappings=(needed("calendarId", "event.calendarId"),),
    ),
    only_if(
        "isolated",
        "Only calendars of the chosen calendar group",
        "!(options.only_group) || steps.calendar.groupId == options.only_group",
        "The calendar belongs to another group, whose workflow it is.",
    ),
    Step(
        id="contact",
        title="Read the contact",
        kind=StepKind.READ,
        role="crm",
        operation="contacts.get",
        mappings=(needed("contactId", "event.contactId"),),
    ),
    Step(
        id="certificate",
        title="Issue the certificate",
        kind=StepKind.PROCEDURE,
        role="certificates",
        operation="issue",
        link="certificate",
        mappings=(
            needed("recipient.email", "steps.contact.email", use("trim"), use("email"), use("lower")),
            needed(
                "recipient.name",
                "join(' ', [steps.contact.firstName || '', steps.contact.lastName || ''])",
                use("trim"),
            ),
            needed("recipient.id", "steps.contact.id"),
            needed(
                "group_id",
                "event.calendarId",
                use("value_map", table="{options.groups}", otherwise="{options.default_group}"),
                use("number"),
            ),
            same("issued_on", "event.startTime", use("to_date")),
            same("approve", "options.publish", use("boolean")),
            needed("meta_data.ghl_appointment_id", "event.id"),
            same("meta_data.ghl_calendar_id", "event.calendarId"),
            FieldMapping(target="once_by", default="ghl_appointment_id"),
        ),
    ),
    Step(
        id="credits",
        title="Wait for credits",
        kind=StepKind.APPROVE,
        when="steps.certificate.held",
        reason=(
            "Accredible has no credits left: the certificate is made, and is not published. Buy credits in "
            "its dashboard, then approve; it is published, and not issued a second time."
        ),
    ),
    Step(
        id="publish",
        title="Publish the certificate",
        kind=StepKind.WRITE,
        role="certificates",
        operation="credentials.publish",
        when="steps.certificate.held",
        mappings=(needed("id", "steps.certificate.id"), FieldMapping(target="approve", default=True)),
    ),
)

OPTIONS = (
    Field(
        key="groups",
        label="Which calendar earns a certificate of which group",
        type=FieldType.OBJECT,
        table=("crm.calendars", "certificates.groups"),
        default={},
        help="A table: the calendar, and the Accredible group, each by its name or its id.",
    ),
    Field(
        key="default_group",
        label="Group for every other calendar",
        reference="certificates.groups",
        help="Left empty: other calendars earn none.",
    ),
    Field(
        key="only_group",
        label="Only calendars of this calendar group",
        reference="crm.groups",
        help="So that teams are kept apart: one workflow for each group. Left empty: all calendars.",
    ),
    Field(
        key="publish",
        label="Publish at once",
        type=FieldType.BOOLEAN,
        default=True,
        help="Publishing e-mails the recipient and takes a credit.",
    ),
)

RECIPES = (
    Recipe(
        key="accredible.showed_to_certificate",
        title="Appointment attended → certificate issued",
        summary=(
            "When an appointment is set to “showed”, Accredible issues a certificate of the group that "
            "belongs to its calendar: once per appointment, whatever happens to it afterwards."
        ),
        pattern="accredible-x-calendars 1 (FAQ: calendar events run the issuing of certificates)",
        capability=Capability.NATIVE,
        workflow=WorkflowSpec(
            title="Appointment attended → certificate issued",
            roles={"crm": "ghl", "certificates": "accredible"},
            trigger_role="crm",
            trigger="appointments.changed",
            steps=STEPS,
        ),
        options=OPTIONS,
        setup=(
            ACCREDIBLE_KEY,
            "Each group needs a design in Accredible, or a certificate of it has nothing to show.",
            "Fill the table: which calendar earns a certificate of which group.",
            "Without credits Accredible makes the certificate and does not publish it. The run then waits "
            "for you; approve it once there are credits again.",
        ),
    ),
)
