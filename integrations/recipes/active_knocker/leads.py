"""A lead that books at the door becomes a contact and an appointment, which moves and ends with it."""

from __future__ import annotations

from integrations.engine.spec import Capability, Recipe, WorkflowSpec
from integrations.recipes.active_knocker.lead_options import OPTIONS
from integrations.recipes.active_knocker.lead_steps import steps

GUIDE = (
    "Guides call this “POST /calendars/” with calendarName, startTime, endTime and attendees. That call "
    "makes a calendar; an event is an appointment for one contact, and this recipe books one."
)
COMMON = (
    "In GoHighLevel, connect the location whose calendar is to be booked.",
    "Choose the calendar, what happens to leads without a time or a way to reach them, and what to do where "
    "the time agreed at the door is taken.",
    "For reminders, choose by which way: in GoHighLevel they belong to the calendar, and are set up once.",
)

BRIDGED = Recipe(
    key="active_knocker.lead_to_appointment",
    title="Lead booked at the door → contact and appointment",
    summary=(
        "A lead that Zapier or a tool of yours tells of becomes a contact with an appointment in "
        "GoHighLevel. Booked anew it moves, and people are notified; cancelled, it is cancelled."
    ),
    pattern="active-knocker-x-calendars 1",
    capability=Capability.BRIDGED,
    workflow=WorkflowSpec(
        title="Lead booked at the door → contact and appointment",
        roles={"knocker": "active_knocker", "crm": "ghl"},
        trigger_role="knocker",
        trigger="bridge.leads",
        steps=steps("lead"),
    ),
    options=OPTIONS,
    setup=(
        "Active Knocker has no known webhooks: on the connection's page take the address of the bridge, and "
        "have Zapier or a tool of yours post lead.booked, lead.updated and lead.cancelled to it.",
        *COMMON,
        "Use this recipe or the one that looks at pins, not both for the same leads.",
        GUIDE,
    ),
)
POLLED = Recipe(
    key="active_knocker.pin_to_appointment",
    title="Pin marked as booked → contact and appointment",
    summary=(
        "The hub looks every few minutes for visits whose status means “booked”, and keeps a contact and an "
        "appointment for each. What is changed or cancelled there is moved or cancelled here."
    ),
    pattern="active-knocker-x-calendars 1",
    capability=Capability.POLLED,
    workflow=WorkflowSpec(
        title="Pin marked as booked → contact and appointment",
        roles={"knocker": "active_knocker", "crm": "ghl"},
        trigger_role="knocker",
        trigger="leads",
        steps=steps("pin"),
    ),
    options=OPTIONS,
    setup=(
        "In Active Knocker's web portal copy the API key (Configuration, Integration, API Key) and connect.",
        "Choose which pin statuses mean “booked” and “cancelled”.",
        "Where a visit keeps its name, phone and appointment time is not documented: look at a sample, and "
        "put the paths right in the connection's settings (the visit as it came stands under “raw”).",
        "What is there at the first look is taken as known; nothing is booked for it.",
        *COMMON,
        GUIDE,
    ),
)
