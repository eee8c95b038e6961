"""For each of the 187 operations of the official files at least one legit call.

One source for two users: `tests/connectors/test_ghl_operations.py` runs them in this process, and
`make conformance` through a validator that holds both sides to the files.
"""

from __future__ import annotations

from tests.connectors.ghl_cases import (
    accounts,
    bookings,
    calendars,
    contact_parts,
    contacts,
    conversations,
    locations,
    messages,
    objects,
    opportunities,
    resources,
)
from tests.connectors.ghl_cases.case import Case

CASES: tuple[Case, ...] = tuple(
    case
    for area in (
        contacts,
        contact_parts,
        calendars,
        bookings,
        resources,
        opportunities,
        conversations,
        messages,
        locations,
        objects,
        accounts,
    )
    for case in area.CASES
)
