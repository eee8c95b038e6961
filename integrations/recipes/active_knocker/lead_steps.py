"""The journey of a lead: who it is, when it can be, the booking, and what becomes of it."""

from __future__ import annotations

from integrations.engine.spec import FieldMapping, Step, StepKind
from integrations.recipes.active_knocker.lead_fields import (
    ABOUT_AGAIN,
    ALL_THE_SAME,
    AS_ASKED,
    ATTENDEES,
    CALENDAR,
    DAY,
    NOTIFIES,
    PERSON,
    PHONE,
    START,
    STATUS,
    WHERE,
    appointment,
    found,
    mapped,
)
from integrations.recipes.active_knocker.words import day, moment, rep, text, use


def steps(noun: str) -> tuple[Step, ...]:
    """The journey of `<noun>.booked`, `.updated` and `.cancelled`."""
    booked, cancelled = f"trigger.type == '{noun}.booked'", f"trigger.type == '{noun}.cancelled'"
    book = f"{booked} && !(links.appointment)"
    keep = f"trigger.type != '{noun}.cancelled' && ({booked} || links.appointment)"
    move = f"trigger.type != '{noun}.cancelled' && links.appointment"
    return (
        *_people(book, keep),
        *_grouping(book),
        *_timing(book, keep),
        *_booking(book),
        _moving(move),
        *_ending(cancelled),
    )


def _people(book: str, keep: str) -> tuple[Step, ...]:
    return (
        Step(
            id="reachable",
            title="Is there a way to reach the lead?",
            kind=StepKind.FILTER,
            when=f"event.email || event.phone || options.unreachable != 'skip' || !({book})",
            reason="The lead has neither e-mail nor phone, and such leads are left out.",
        ),
        Step(
            id="unreachable",
            title="Without e-mail and phone: go on with name and address alone?",
            kind=StepKind.APPROVE,
            when=f"{book} && !(event.email) && !(event.phone) && options.unreachable == 'hold'",
            reason="This lead has neither e-mail nor phone. Go on with its name and address alone?",
        ),
        rep(f"{keep} && (event.rep_id || event.rep_email)"),
        Step(
            id="calendar",
            title="Find the calendar that the lead names",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="match_calendar",
            when=f"{book} && options.by_name && event.calendarName",
            mappings=(mapped("name", "event.calendarName", use("trim"), required=True),),
        ),
        Step(
            id="contact",
            title="Find or make the contact",
            kind=StepKind.WRITE,
            role="crm",
            operation="contacts.upsert",
            when=f"{book} && (event.email || event.phone)",
            link="contact",
            mappings=(
                mapped("email", "event.email", use("trim"), use("email")),
                mapped("phone", "event.phone", use("text"), PHONE),
                *PERSON,
            ),
        ),
        Step(
            id="contact_plain",
            title="Make a contact of name and address",
            kind=StepKind.WRITE,
            role="crm",
            operation="contacts.create",
            when=f"{book} && !(event.email) && !(event.phone)",
            link="contact",
            mappings=PERSON,
        ),
        Step(
            id="reminder",
            title="Make sure the calendar reminds people",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="ensure_reminder",
            when=f"{book} && options.reminder_channel != 'none'",
            mappings=(
                mapped("calendarId", "steps.calendar.id || options.calendar_id", required=True),
                mapped("timeOffset", "options.reminder_hours", required=True),
                FieldMapping(target="unit", default="hours"),
                mapped("channel", "options.reminder_channel"),
            ),
        ),
    )


def _grouping(book: str) -> tuple[Step, ...]:
    wanted = f"{book} && options.group != 'none' && event.team"
    return (
        Step(
            id="group",
            title="See whether the team's group is there",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="match_group",
            when=wanted,
            mappings=(
                mapped("name", "event.team", use("trim"), required=True),
                FieldMapping(target="otherwise", default="team"),
            ),
        ),
        Step(
            id="group_made",
            title="Make the team's group",
            kind=StepKind.WRITE,
            role="crm",
            operation="calendar_groups.create",
            when=f"{wanted} && !(steps.group.id)",
            mappings=(
                mapped("name", "event.team", use("trim"), required=True),
                FieldMapping(
                    target="description", transforms=text("Active Knocker team {event.team}"), required=True
                ),
                mapped("slug", "steps.group.slug", required=True),
            ),
        ),
        Step(
            id="group_joined",
            title="Put the calendar into the team's group",
            kind=StepKind.WRITE,
            role="crm",
            operation="calendars.update",
            when=f"{wanted} && options.group == 'join'",
            mappings=(
                mapped("calendarId", "steps.calendar.id || options.calendar_id", required=True),
                mapped("groupId", "steps.group.id || steps.group_made.id", required=True),
            ),
        ),
    )


def _timing(book: str, keep: str) -> tuple[Step, ...]:
    return (
        Step(
            id="time",
            title="See whether the time agreed is free",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="check_time",
            when=f"{keep} && {START}",
            mappings=(
                mapped("calendarId", CALENDAR, required=True),
                mapped("startTime", START, moment(), required=True),
                mapped("endTime", "event.end", moment()),
                mapped(
                    "minutes", "event.duration_minutes || event.duration || options.minutes", use("number")
                ),
                mapped("zone", "options.timezone"),
                mapped("userId", "steps.rep.id"),
                mapped("eventId", "links.appointment[0].id"),
            ),
        ),
        Step(
            id="no_time",
            title="Without a time: book the first free one?",
            kind=StepKind.APPROVE,
            when=f"{book} && !{START} && options.no_start == 'hold'",
            reason="The lead names no time. Book the first free one (of its day, where it names one)?",
        ),
        Step(
            id="slot",
            title="Find the first free time",
            kind=StepKind.PROCEDURE,
            role="crm",
            operation="find_slot",
            when=f"{book} && !{START}",
            mappings=(
                mapped("calendarId", "steps.calendar.id || options.calendar_id", required=True),
                mapped("day", f"{DAY} || now", day(), required=True),
                mapped("search_days", f"({DAY}) && sum([`1`, options.more_days || `0`]) || `21`"),
                mapped("weekdays", f"({DAY}) && ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] || ''"),
                mapped("not_before", "options.not_before"),
                mapped("not_after", "options.not_after"),
                mapped("zone", "options.timezone"),
                mapped("userId", "steps.rep.id"),
            ),
        ),
        Step(
            id="taken",
            title="The time is not free: book it all the same?",
            kind=StepKind.APPROVE,
            when="steps.time && !(steps.time.free) && options.if_taken == 'hold'",
            reason="The time agreed at the door is not free in the calendar. Book it all the same?",
        ),
        Step(
            id="bookable",
            title="Is there a time at all?",
            kind=StepKind.FILTER,
            when=f"!(steps.time) || {AS_ASKED} || steps.time.next",
            reason="The time agreed is not free, and nothing is for two weeks after it.",
        ),
    )


def _booking(book: str) -> tuple[Step, ...]:
    each = f"{book} && options.attendees == 'each'"
    return (
        Step(
            id="booking",
            title="Book the appointment",
            kind=StepKind.WRITE,
            role="crm",
            operation="appointments.create",
            when=book,
            link="appointment",
            again_from="time",
            again_max=3,
            mappings=(*appointment("steps.contact.id || steps.contact_plain.id"), ALL_THE_SAME),
        ),
        Step(
            id="guests",
            title="Find or make each further attendee",
            kind=StepKind.WRITE,
            role="crm",
            operation="contacts.upsert",
            when=each,
            for_each=ATTENDEES,
            mappings=(
                mapped("email", "item.email || item", use("trim"), use("email"), required=True),
                FieldMapping(target="source", default="Active Knocker"),
            ),
        ),
        Step(
            id="guest_bookings",
            title="Book an appointment for each further attendee",
            kind=StepKind.WRITE,
            role="crm",
            operation="appointments.create",
            when=each,
            for_each="steps.guests",
            item_key="id",
            link="appointment",
            mappings=(
                *appointment("item.id"),
                FieldMapping(target="ignoreFreeSlotValidation", default=True),
            ),
        ),
    )


def _moving(move: str) -> Step:
    return Step(
        id="move",
        title="Move the appointment, or bring it up to date",
        kind=StepKind.WRITE,
        role="crm",
        operation="appointments.update",
        when=move,
        for_each="links.appointment",
        item_key="id",
        again_from="time",
        again_max=3,
        mappings=(
            mapped("eventId", "item.id", required=True),
            mapped("startTime", found("startTime")),
            mapped("endTime", found("endTime")),
            *WHERE,
            ABOUT_AGAIN,
            mapped("assignedUserId", "steps.rep.id"),
            mapped(
                "appointmentStatus",
                "event.status",
                use("text"),
                use("value_map", table=STATUS, otherwise="empty"),
            ),
            ALL_THE_SAME,
            NOTIFIES,
        ),
    )


def _ending(cancelled: str) -> tuple[Step, ...]:
    return (
        Step(
            id="cancel",
            title="Cancel the appointment",
            kind=StepKind.WRITE,
            role="crm",
            operation="appointments.update",
            when=f"{cancelled} && options.on_cancel == 'cancel'",
            for_each="links.appointment",
            item_key="id",
            ends_link="appointment",
            mappings=(
                mapped("eventId", "item.id", required=True),
                FieldMapping(target="appointmentStatus", default="cancelled", required=True),
                NOTIFIES,
            ),
        ),
        Step(
            id="remove",
            title="Delete the appointment",
            kind=StepKind.WRITE,
            role="crm",
            operation="appointments.delete",
            when=f"{cancelled} && options.on_cancel == 'delete'",
            for_each="links.appointment",
            item_key="id",
            ends_link="appointment",
            mappings=(mapped("eventId", "item.id", required=True),),
        ),
    )
