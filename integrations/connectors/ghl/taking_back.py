"""What takes each write back, and why nothing does: of the calls that workflows use.

An update that is not here is taken back by itself, with what stood there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import Inverse, Made
from integrations.engine.undo import removed_by


def _tags(made: Made, *, there: bool) -> Mapping[str, Any] | None:
    """Those of the tags sent that were on the contact before (`there`), or were not."""
    if made.prior is None:
        return None
    had = {str(tag).casefold() for tag in made.prior.get("tags") or ()}
    tags = [tag for tag in made.values["tags"] if (str(tag).casefold() in had) is there]
    return {"contactId": made.values["contactId"], "tags": tags} if tags else {}


def _added(made: Made) -> Mapping[str, Any] | None:
    return _tags(made, there=False)


def _removed(made: Made) -> Mapping[str, Any] | None:
    return _tags(made, there=True)


INVERSES: Mapping[str, Inverse] = {
    "contacts.create": removed_by("contacts.delete", "contactId"),
    "contacts.upsert": removed_by("contacts.delete", "contactId"),
    "contacts.add_tags": Inverse(operation="contacts.remove_tags", values=_added),
    "contacts.remove_tags": Inverse(operation="contacts.add_tags", values=_removed),
    "contact_notes.create": removed_by("contact_notes.delete", "id", "contactId"),
    "contact_tasks.create": removed_by("contact_tasks.delete", "taskId", "contactId"),
    "appointments.create": removed_by(
        "appointments.delete",
        "eventId",
        leaves="What GoHighLevel has already told people about the appointment has been told.",
    ),
    "block_slots.create": Inverse(
        never="Whether GoHighLevel's call that deletes an appointment takes a blocked time too is not "
        "documented; free it there."
    ),
    "calendar_groups.create": removed_by("calendar_groups.delete", "groupId"),
    "calendars.create": Inverse(
        never="What becomes of the appointments in a calendar that is deleted is not documented; delete it "
        "in GoHighLevel, or set it inactive."
    ),
    "notifications.create": removed_by("notifications.delete", "notificationId", "calendarId"),
    "custom_fields.create": Inverse(
        never="Deleting a field takes along what every record holds in it; delete it in GoHighLevel if "
        "nobody uses it."
    ),
    "messages.send": Inverse(never="A message that was sent has been read."),
}
