"""Settings of a connection to Active Knocker. No API is published: every guess can be put right here."""

from __future__ import annotations

from integrations.connectors.active_knocker.addresses import HOST, OUTBOUND
from integrations.connectors.active_knocker.field_paths import GUESSES
from integrations.engine.spec import Field, FieldType

DATE, PAGE = "date_window", "page_size"
JSON_STYLE, QUERY_STYLE = "json", "query"
DEFAULT_WINDOW = "Last 30 days"
DEFAULT_PAGE = 100
SEEN = "Seen in a customer's client, not documented."


def _path(key: str, label: str, default: str, more: str = "") -> Field:
    return Field(key=key, label=f"Path: {label}", default=default, help=f"LIKELY. {SEEN}{more}")


PATHS = (
    _path("path_pins", "pin statuses", "/pins"),
    _path("path_tags", "tags", "/tags"),
    _path("path_visits", "visits (knocked pins)", "/knock-pins"),
    _path("path_create", "make a visit", "/knock-pin"),
    _path(
        "path_update_address",
        "change a visit's address",
        "/knock-pin/updateAddressDetail/{id}",
        " {id} stands for the visit.",
    ),
    _path("path_apply_tags", "tag a visit", "/knock-pin/applyTags/{id}", " {id} stands for the visit."),
)

SETTINGS = (
    Field(
        key="base_url",
        label="Address of the API",
        default=HOST,
        help="LIKELY. Active Knocker publishes no API; a customer's client uses this address.",
    ),
    *PATHS,
    Field(
        key="create_style",
        label="How a visit is made",
        choices=((JSON_STYLE, "As JSON in the body"), (QUERY_STYLE, "As parameters of the address")),
        default=JSON_STYLE,
        help="LIKELY. One customer's client uses both; which of them your account takes is not known.",
    ),
    Field(
        key="field_paths",
        label="Where a visit's fields are",
        type=FieldType.OBJECT,
        default={},
        help="UNKNOWN for name, e-mail, phone and appointment time. A JSON object such as "
        '{"start": "appointment.date", "phone": ["mobile", "phone"]}: field of the hub → dotted path, or '
        "several to try in turn. Fields: " + ", ".join(GUESSES) + ". What is left out is guessed. The raw "
        "visit stands under “raw” in every event and sample.",
    ),
    Field(
        key="timezone",
        label="Time zone",
        help="Such as America/Chicago: visits carry no known zone. Empty: that of the GoHighLevel location.",
    ),
    Field(
        key=DATE,
        label="Which visits are read",
        default=DEFAULT_WINDOW,
        help="LIKELY. The text that the parameter “date” takes; only “Last 30 days” has been seen. What is "
        "older is not noticed any more.",
    ),
    Field(
        key=PAGE,
        label="Visits a page",
        type=FieldType.INTEGER,
        default=DEFAULT_PAGE,
        help="LIKELY. 100 has been seen; the most that is taken is not known.",
    ),
    Field(
        key=OUTBOUND,
        label="Address that our events go to",
        format="url",
        help="UNKNOWN: Active Knocker has no known call for teams or groups. Enter an address that takes "
        "them on (Zapier: “Catch Hook”); it is never told the API key.",
    ),
)
