"""What the operator chooses about leads."""

from __future__ import annotations

from integrations.engine.spec import Field, FieldType
from integrations.recipes.active_knocker.words import DATE_ORDER, NOTIFY, REPS, TIMEZONE

OPTIONS = (
    Field(key="calendar_id", label="Calendar to book in", required=True, reference="crm.calendars"),
    Field(
        key="by_name",
        label="Book in the calendar that the lead names (calendarName), where there is one",
        type=FieldType.BOOLEAN,
        default=False,
    ),
    Field(
        key="unreachable",
        label="A lead with neither e-mail nor phone",
        choices=(
            ("hold", "A person decides"),
            ("create", "Becomes a contact of its name and address"),
            ("skip", "Is left out"),
        ),
        default="hold",
    ),
    Field(
        key="no_start",
        label="A lead without a time, or with a date alone",
        choices=(
            ("first_free", "Gets the first free time of its day"),
            ("hold", "A person decides"),
        ),
        default="first_free",
        help="Without a day too: the first free time from today on.",
    ),
    Field(
        key="more_days",
        label="If that day is full, look so many days further",
        type=FieldType.INTEGER,
        default=0,
    ),
    Field(key="not_before", label="First free time: not before", default="09:00"),
    Field(key="not_after", label="First free time: not after", default="17:00"),
    Field(
        key="if_taken",
        label="If the time agreed is taken",
        choices=(
            ("hold", "A person decides whether to book it all the same"),
            ("next", "Take the next free time"),
            ("book", "Book it all the same"),
        ),
        default="hold",
        help="The calendar is asked just before it is booked.",
    ),
    Field(
        key="minutes",
        label="Minutes, where the lead names neither end nor duration",
        type=FieldType.INTEGER,
        help="Empty: as long as the calendar's appointments are.",
    ),
    TIMEZONE,
    DATE_ORDER,
    Field(
        key="country",
        label="Country of phone numbers without one",
        default="US",
        help="Two letters, such as US or GB.",
    ),
    REPS,
    Field(
        key="assigned_user_id",
        label="Team member, where the rep is nobody here",
        reference="crm.users",
        help="Round-robin calendars may need one.",
    ),
    Field(
        key="attendees",
        label="Further attendees",
        choices=(
            ("line", "A line in the description"),
            ("each", "One appointment each (sensible on a class calendar)"),
            ("none", "Leave them out"),
        ),
        default="line",
        help="An appointment in GoHighLevel has exactly one contact; there is no list of attendees.",
    ),
    Field(
        key="group",
        label="The lead's team as a group of calendars",
        choices=(
            ("none", "No"),
            ("make", "Make the group where there is none of that name"),
            ("join", "The same, and put the calendar into it"),
        ),
        default="none",
    ),
    Field(
        key="reminder_channel",
        label="Reminder to the contact",
        choices=(("email", "By e-mail"), ("sms", "By SMS"), ("none", "None")),
        default="email",
        help="In GoHighLevel a reminder belongs to the calendar: it is set up once, for all appointments.",
    ),
    Field(key="reminder_hours", label="Hours before", type=FieldType.INTEGER, default=24),
    NOTIFY,
    Field(
        key="on_cancel",
        label="When a lead is cancelled",
        choices=(
            ("cancel", "Set its appointments to cancelled"),
            ("delete", "Delete its appointments"),
            ("nothing", "Leave them"),
        ),
        default="cancel",
    ),
)
