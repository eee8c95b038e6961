"""Recipes that join GoHighLevel's calendars with ActiveCampaign."""

from __future__ import annotations

from integrations.recipes.activecampaign.bookings import APPOINTMENT_TO_CAMPAIGN, CALENDAR_TO_LISTS
from integrations.recipes.activecampaign.calendars import CALENDAR_TO_RECORD, RECORD_TO_CALENDAR
from integrations.recipes.activecampaign.times import AUTOMATION_TO_TIMES, TAG_TO_TIMES

RECIPES = (
    CALENDAR_TO_RECORD,
    RECORD_TO_CALENDAR,
    TAG_TO_TIMES,
    AUTOMATION_TO_TIMES,
    APPOINTMENT_TO_CAMPAIGN,
    CALENDAR_TO_LISTS,
)
