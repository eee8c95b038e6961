"""The settings of the simulated GHL: what the vendor does not publish, or what differs between accounts."""

from __future__ import annotations

from integrations.engine.spec import Field, FieldType
from integrations.sandbox.ghl.limits import BURST_LIMIT, DAILY_LIMIT
from integrations.sandbox.ghl.oauth import GRACE_S
from integrations.sandbox.ghl.tokens import ACCESS_LIFETIME_S, PIT_SCOPES, REFRESH_LIFETIME_S
from integrations.sandbox.outbox import RETRY_S

UNKNOWN = "What GoHighLevel does is not known."


def _number(key: str, label: str, default: float, help: str = "") -> Field:
    return Field(key=key, label=label, type=FieldType.INTEGER, default=default, help=help)


def _yes(key: str, label: str, default: bool, help: str = UNKNOWN) -> Field:
    return Field(key=key, label=label, type=FieldType.BOOLEAN, default=default, help=help)


def _choice(key: str, label: str, choices: tuple[tuple[str, str], ...], help: str = UNKNOWN) -> Field:
    return Field(key=key, label=label, choices=choices, default=choices[0][0], help=help)


SETTINGS = (
    _number("burst_limit", "Calls in 10 seconds", BURST_LIMIT, "25 in sandbox and trial accounts."),
    _number("daily_limit", "Calls in a day", DAILY_LIMIT, "10000 in sandbox and trial accounts."),
    _number("search_lag_s", "Seconds that the contact search lags behind", 0),
    Field(
        key="pit_scopes",
        label="Scopes of the private integration tokens",
        default=PIT_SCOPES,
        help="With spaces between them.",
    ),
    _number("code_lifetime_s", "Seconds that an authorisation code is good for", 600, UNKNOWN),
    _number("access_lifetime_s", "Seconds that an access token is good for", ACCESS_LIFETIME_S),
    _number("refresh_lifetime_s", "Seconds that an unused refresh token is good for", REFRESH_LIFETIME_S),
    _number("refresh_grace_s", "Seconds in which a used refresh token gets the same answer", GRACE_S),
    _yes("needs_version_id", "The consent page asks for the app's version", False, "Seen once."),
    _yes("location_tokens_refresh", "A location's token from an agency can be refreshed", False),
    _yes("uninstall_ends_tokens", "Uninstalling the app ends its tokens", True),
    _yes("suspended_refuses_calls", "A suspended location refuses calls, not refreshes alone", True),
    _choice(
        "group_with_calendars",
        "A group with calendars is deleted",
        (("refuse", "refused"), ("detach", "its calendars leave it")),
    ),
    _choice(
        "deleted_calendar_appointments",
        "The appointments of a deleted calendar",
        (("keep", "stay"), ("delete", "go with it")),
    ),
    _choice("resource_id_key", "Rooms and equipments have their id as", (("id", "id"), ("_id", "_id"))),
    _choice(
        "unknown_custom_fields",
        "A value for a custom field that is not there",
        (("keep", "is kept"), ("ignore", "is dropped"), ("refuse", "is refused")),
    ),
    _number("webhook_retry_s", "Seconds before a webhook is sent again, twice as many each time", RETRY_S),
    _yes("whole_task_webhooks", "A new task's webhook names its contact", False, "It was seen without."),
)
