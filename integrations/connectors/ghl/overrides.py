"""The official calls with their deviations laid over them, and the scopes that the files leave out.

"The scopes page" is the official one, read in a copy of 2025-10; "presumed" rests on less.
"""

from __future__ import annotations

from collections.abc import Mapping

from integrations.connectors.ghl.deviations import DEVIATIONS
from integrations.connectors.ghl.table import FILE, KEYS, TABLE
from integrations.connectors.ghl.words import WORDS
from integrations.engine.openapi import Call
from integrations.engine.overrides import Override, mended
from integrations.engine.spec import Official


def _scopes(scope: str, evidence: str, *at: str) -> Override:
    return Override(at=at, says=f"needs {scope}", evidence=evidence, scopes=(scope,))


_PAGE = "declares no scope; the scopes page has it"
_NEIGHBOURS = "declares no scope; presumed, the scope of its neighbours"
_TAG, _FIELD = "/locations/{locationId}/tags/{tagId}", "/locations/{locationId}/customFields/{id}"
_VALUE, _RECURRING = "/locations/{locationId}/customValues/{id}", "/locations/{locationId}/recurring-tasks"
_RECORD = "/objects/{schemaKey}/records/{id}"
_PREFERENCES = "/conversations/preferences"

SCOPES = (
    _scopes("locations/tags.readonly", _PAGE, f"GET {_TAG}"),
    _scopes("locations/tags.write", _PAGE, f"PUT {_TAG}", f"DELETE {_TAG}"),
    _scopes("locations/customFields.readonly", _PAGE, f"GET {_FIELD}"),
    _scopes("locations/customFields.write", _PAGE, f"PUT {_FIELD}", f"DELETE {_FIELD}"),
    _scopes("locations/customValues.readonly", _PAGE, f"GET {_VALUE}"),
    _scopes("locations/customValues.write", _PAGE, f"PUT {_VALUE}", f"DELETE {_VALUE}"),
    _scopes("objects/record.readonly", _PAGE, f"GET {_RECORD}"),
    _scopes("objects/record.write", _PAGE, f"PUT {_RECORD}", f"DELETE {_RECORD}"),
    _scopes(
        "conversations/message.write",
        _PAGE,
        "DELETE /conversations/messages/email/{emailMessageId}/schedule",
    ),
    _scopes("conversations/message.readonly", _NEIGHBOURS, "GET /conversations/messages/email/{id}"),
    _scopes(
        "conversations.readonly",
        _NEIGHBOURS,
        f"GET {_PREFERENCES}/custom-subtypes",
        f"GET {_PREFERENCES}/unsubscriptions/status",
    ),
    _scopes(
        "conversations.write",
        _NEIGHBOURS,
        f"POST {_PREFERENCES}/custom-subtypes",
        f"PUT {_PREFERENCES}/custom-subtypes/{{id}}",
        f"POST {_PREFERENCES}/unsubscriptions/user-change",
    ),
    _scopes(
        "contacts.write",
        _NEIGHBOURS,
        "POST /contacts/bulk/tags/update/{type}",
        "POST /contacts/bulk/business",
    ),
    _scopes(
        "recurring-tasks.readonly",
        "declares no scope; presumed from its name, which many public apps ask for",
        f"GET {_RECURRING}/{{id}}",
    ),
    _scopes(
        "recurring-tasks.write",
        "declares no scope; presumed from its name, which many public apps ask for",
        f"POST {_RECURRING}",
        f"PUT {_RECURRING}/{{id}}",
        f"DELETE {_RECURRING}/{{id}}",
    ),
    _scopes(
        "locations/templates.readonly",
        "declares no scope; presumed, the only scope there is for templates",
        "DELETE /locations/{locationId}/templates/{id}",
    ),
)

OVERRIDES = (*DEVIATIONS, *SCOPES)
MENDED = mended(TABLE, OVERRIDES)

CALLS: Mapping[str, Call] = {KEYS[name]: call for name, call in MENDED.calls.items()}
"""Each call by our key, with the deviations laid over it."""

_BY_CALL = {name: override.scopes for override in SCOPES for name in override.at}


def effective(key: str) -> Call:
    """What the hub sends by: the declared call with the deviations laid over it."""
    return CALLS[key]


def scopes_override(call: Call) -> tuple[str, ...]:
    """The scopes that the file leaves out."""
    return _BY_CALL.get(call.name, ())


FILES = (
    "associations", "businesses", "calendars", "companies", "contacts", "conversations", "custom-fields",
    "locations", "oauth", "objects", "opportunities", "users", "workflows",
)  # fmt: skip

OFFICIAL = Official(
    files=tuple(f"apps/{name}.json" for name in FILES),
    table=str(FILE),
    keys={name: words.key for name, words in WORDS.items()},
    deviations=OVERRIDES,
)
