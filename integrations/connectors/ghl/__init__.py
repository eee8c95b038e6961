"""GoHighLevel (also HighLevel, LeadConnector): contacts, calendars and appointments of one location."""

from __future__ import annotations

from typing import Any

from integrations.connectors.ghl.agency import AUDIENCE_SETTING, AUDIENCES, CONNECTS
from integrations.connectors.ghl.agenda import AGENDA
from integrations.connectors.ghl.asked_time import CHECK_TIME
from integrations.connectors.ghl.booking import FIND_CALENDAR
from integrations.connectors.ghl.clashes import FIND_CLASHES, REBOOK
from integrations.connectors.ghl.day_hours import SET_DAY
from integrations.connectors.ghl.errors import refusal
from integrations.connectors.ghl.guides import GUIDE
from integrations.connectors.ghl.invitations import BOOKING_LINK
from integrations.connectors.ghl.known_contact import FIND_CONTACT
from integrations.connectors.ghl.matching import MATCH_CALENDAR, MATCH_GROUP, MATCH_SCHEDULE
from integrations.connectors.ghl.operations import OPERATIONS
from integrations.connectors.ghl.overrides import OFFICIAL
from integrations.connectors.ghl.people import FIND_USER
from integrations.connectors.ghl.quota import DAILY_RESET, QUOTA
from integrations.connectors.ghl.references import REFERENCES
from integrations.connectors.ghl.reminders import ENSURE_REMINDER, PLAN_REMINDERS
from integrations.connectors.ghl.signin import OAUTH, PIT
from integrations.connectors.ghl.slots import FIND_SLOT
from integrations.connectors.ghl.team import GROUP_TEAM
from integrations.connectors.ghl.times import CONFIRM_TIME, FREE_TIMES
from integrations.connectors.ghl.triggers import TRIGGERS
from integrations.connectors.ghl.webhooks import WEBHOOKS
from integrations.connectors.ghl.zones import CALENDAR_ZONE
from integrations.engine.spec import Connector, Field, Verify

PROCEDURES = (
    FIND_SLOT,
    FREE_TIMES,
    CONFIRM_TIME,
    CALENDAR_ZONE,
    CHECK_TIME,
    FIND_CALENDAR,
    FIND_USER,
    FIND_CONTACT,
    FIND_CLASHES,
    REBOOK,
    SET_DAY,
    MATCH_CALENDAR,
    MATCH_GROUP,
    MATCH_SCHEDULE,
    ENSURE_REMINDER,
    PLAN_REMINDERS,
    GROUP_TEAM,
    BOOKING_LINK,
    AGENDA,
)


def learn(location: Any) -> dict[str, Any]:
    """What a verified location tells of itself: its zone, which times without an offset are read in."""
    row = location if isinstance(location, dict) else {}
    known = {"timezone": row.get("timezone"), "company_id": row.get("companyId")}
    return {key: value for key, value in known.items() if value}


def say(location: Any) -> str:
    location = location if isinstance(location, dict) else {}
    name = location.get("name") or "a location without a name"
    return (
        f"Connected to {name} (location {location.get('id', 'unknown')}, "
        f"time zone {location.get('timezone') or 'unknown'})."
    )


CONNECTOR = Connector(
    slug="ghl",
    title="GoHighLevel",
    summary="Contacts, calendars and appointments of one sub-account (location).",
    hosts={"": "https://services.leadconnectorhq.com"},
    auths=(OAUTH, PIT),
    verify=Verify(operation="locations.get", say=say, learn=learn),
    refusal=refusal,
    quota=QUOTA,
    operations=OPERATIONS,
    procedures={procedure.key: procedure for procedure in PROCEDURES},
    references=REFERENCES,
    triggers=TRIGGERS,
    webhooks=WEBHOOKS,
    official=OFFICIAL,
    guide=GUIDE,
    agenda=AGENDA.key,
    account_setting="location_id",
    audiences=AUDIENCES,
    audience_setting=AUDIENCE_SETTING,
    settings=(
        CONNECTS,
        Field(
            key="location_id",
            label="Location id",
            help="With a Private Integration Token, enter it; OAuth fills it in.",
        ),
        Field(
            key="company_id",
            label="Company (agency) id",
            help="For an agency's token, and to search users; OAuth fills it in.",
        ),
        Field(key="timezone", label="Time zone", help="Empty: read from the location when it is needed."),
        DAILY_RESET,
    ),
)
