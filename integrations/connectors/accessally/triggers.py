"""What an AccessAlly site tells, through the bridge: it has no webhooks of its own (its knowledge base).

AccessAlly has neither calendars nor colours nor reminders. What stands for a calendar is an offering that has
bookings; whoever sends the event (the site's CRM, Zapier, the snippet) says which. A question for free times
is asked at an address of its own, and answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from integrations.engine.spec import Field, FieldType, JsonObject, Trigger, TriggerKind

OFFERING_CREATED, OFFERING_UPDATED = "offering.created", "offering.updated"
OFFERING_DELETED = "offering.deleted"
TEAM_CREATED, TEAM_UPDATED, TEAM_DELETED = "team.created", "team.updated", "team.deleted"
MEMBER_UPDATED = "member.updated"
SLOTS_REQUESTED = "slots.requested"

# What the data of each event must hold; the first names the record.
TYPES: Mapping[str, tuple[str, ...]] = {
    OFFERING_CREATED: ("offering_id", "calendar_name"),
    OFFERING_UPDATED: ("offering_id", "calendar_name"),
    OFFERING_DELETED: ("offering_id",),
    TEAM_CREATED: ("team_id", "name"),
    TEAM_UPDATED: ("team_id", "name"),
    TEAM_DELETED: ("team_id",),
    MEMBER_UPDATED: ("email",),
    SLOTS_REQUESTED: ("offering_id|calendar_id",),
}

OFFERING: JsonObject = {
    "type": OFFERING_CREATED,
    "offering_id": "421",
    "calendar_name": "Coaching evenings",
    "time_zone": "America/New_York",
    "color": "#2E7D32",
    "reminders": [
        {"minutes_before": 1440, "channel": "email"},
        {"minutes_before": 60, "channel": "sms"},
    ],
    "description": "Ten evenings on asking good questions.",
    "slug": "coaching-evenings",
    "team_id": "31",
}
TEAM: JsonObject = {
    "type": TEAM_CREATED,
    "team_id": "31",
    "name": "Harbour coaches",
    "slug": "harbour-coaches",
    "status": "active",
    "description": "Who coaches in the evenings.",
    "leader_email": "lena@example.org",
    "member_emails": ["omar@example.org", "yuki@example.org"],
}
MEMBER: JsonObject = {
    "type": MEMBER_UPDATED,
    "email": "ada@example.org",
    "wp_user_id": 7,
    "contact_id": "9001",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "tags": ["student"],
}
QUESTION: JsonObject = {
    "offering_id": "421",
    "calendar_id": "",
    "start_date": "2026-12-01",
    "end_date": "2026-12-07",
    "time_zone": "America/New_York",
}


def _told(key: str, title: str, record_id: str, events: Mapping[str, tuple[str, JsonObject]]) -> Trigger:
    return Trigger(
        key=key,
        title=title,
        kind=TriggerKind.WEBHOOK,
        events=tuple((kind, label) for kind, (label, _) in events.items()),
        sample={kind: {**sample, "type": kind} for kind, (_, sample) in events.items()},
        record_id=record_id,
        hears=tuple(events),
    )


OFFERINGS = _told(
    "offerings.changed",
    "An offering with bookings is created, changed or deleted",
    "offering_id",
    {
        OFFERING_CREATED: ("Offering created", OFFERING),
        OFFERING_UPDATED: ("Offering changed", {**OFFERING, "calendar_name": "Coaching evenings, spring"}),
        OFFERING_DELETED: ("Offering deleted", OFFERING),  # all but the id may be left out
    },
)
TEAMS = _told(
    "teams.changed",
    "A team is created, changed or deleted",
    "team_id",
    {
        TEAM_CREATED: ("Team created", TEAM),
        TEAM_UPDATED: ("Team changed", {**TEAM, "status": "inactive"}),
        TEAM_DELETED: ("Team deleted", TEAM),  # all but the id may be left out
    },
)
MEMBERS = _told(
    "members.updated", "A member is changed", "email", {MEMBER_UPDATED: ("Member changed", MEMBER)}
)
SLOTS = Trigger(
    key=SLOTS_REQUESTED,
    title="Free times are asked for",
    kind=TriggerKind.REQUEST,
    events=((SLOTS_REQUESTED, "Free times are asked for"),),
    sample={SLOTS_REQUESTED: QUESTION},
    fields=(
        Field(key="offering_id", label="Offering's id", help="In place of the calendar's."),
        Field(key="calendar_id", label="Calendar's id"),
        Field(key="start_date", label="First day", type=FieldType.DATE, help="Empty: today."),
        Field(key="end_date", label="Last day", type=FieldType.DATE, help="Empty: a week in all."),
        Field(
            key="time_zone", label="Time zone", help="Such as Europe/Berlin. Empty: the calendar location's."
        ),
    ),
    record_id="offering_id || calendar_id",
)

TRIGGERS = {trigger.key: trigger for trigger in (OFFERINGS, TEAMS, MEMBERS, SLOTS)}
