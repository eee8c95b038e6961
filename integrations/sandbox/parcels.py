"""What a simulated app sends the hub, ready to go."""

from __future__ import annotations

from dataclasses import dataclass

JSON = "application/json"
RETRIES = 12  # GoHighLevel's


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery to be sent now. `number` names it in its app's outbox.

    `target` is "" for the app's one address, else a path or a whole address.
    """

    number: str
    event: str
    account: str
    body: bytes
    attempt: int
    content_type: str = JSON
    target: str = ""
