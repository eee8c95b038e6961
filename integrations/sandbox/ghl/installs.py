"""Where the app is installed in the simulated GHL, and what is told when that changes.

INSTALL goes out when the person has said yes, so before any code is exchanged (issue 294 of the vendor's docs
repository). One for a location that an agency gained later lacks the user and the agency (official docs). An
uninstalled app's tokens end; that they do is not published (setting `uninstall_ends_tokens`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType, JsonObject
from integrations.sandbox.ghl import tokens
from integrations.sandbox.ghl.calls import LOCATIONS, USERS, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.simulation import Action, fresh_id, own_credentials, steady_id
from integrations.sandbox.transaction import Tx

INSTALLATIONS = "installations"
MOST_AT_ONCE = 2_000


def app_id(client_id: str) -> str:
    return client_id.partition("-")[0]


def version_id(tx: Tx) -> str:
    return steady_id(tx, "app:version", 24)


def is_installed(tx: Tx, location_id: str) -> bool:
    return tx.get(INSTALLATIONS, location_id) is not None


def into_location(tx: Tx, location_id: str, *, user_id: str = "", later: bool = False) -> None:
    """Let the app in. `later`: the location came after the agency had let the app into all to come."""
    if is_installed(tx, location_id):
        return
    tx.put(INSTALLATIONS, location_id, {"installed_at": stamp(tx.now)})
    company = {} if later else {"companyId": _company(tx), "userId": user_id}
    changed(tx, "INSTALL", location_id, {**_told(tx), "installType": "Location", **company})


def into_agency(tx: Tx, location_ids: Iterable[str], *, user_id: str) -> None:
    """Let the app into the agency and these of its locations."""
    if not is_installed(tx, _company(tx)):
        tx.put(INSTALLATIONS, _company(tx), {"installed_at": stamp(tx.now)})
        told = {**_told(tx), "installType": "Company", "companyId": _company(tx), "userId": user_id}
        changed(tx, "INSTALL", "", told)
    for location_id in location_ids:
        into_location(tx, location_id, user_id=user_id)


def out_of(tx: Tx, account: str) -> None:
    """Put the app out of a location, or of the agency with all its locations."""
    agency = account == _company(tx)
    leaving = [account, *(id for id, _ in tx.rows(INSTALLATIONS) if agency and id != account)]
    for gone in leaving:
        tx.delete(INSTALLATIONS, gone)
        if tx.setting("uninstall_ends_tokens", True):
            tokens.revoke(tx, gone, own_credentials(tx)["client_id"])
    told = {"companyId": account} if agency else {}
    changed(tx, "UNINSTALL", "" if agency else account, {"appId": _app(tx), **told})


def _told(tx: Tx) -> JsonObject:
    return {
        "appId": _app(tx),
        "versionId": version_id(tx),
        "companyName": "Harbour Agency",
        "isWhitelabelCompany": False,
        "whitelabelDetails": {"domain": "", "logoUrl": ""},
        "trial": {"onTrial": False, "trialDuration": 0, "trialStartDate": ""},
    }


def _app(tx: Tx) -> str:
    return app_id(own_credentials(tx)["client_id"])


def _company(tx: Tx) -> str:
    return str(own_credentials(tx)["company_id"])


# --- what a person does ---------------------------------------------------------------------------

Values = Mapping[str, Any]


def install_app(tx: Tx, values: Values) -> JsonObject:
    """Installed from inside GoHighLevel, without the hub having asked for it."""
    location = tx.get(LOCATIONS, values["location"])
    if location is None:
        raise WrongUse(f"The simulated GoHighLevel has no location {values['location']}.")
    later = bool(values.get("later"))
    into_location(tx, location["id"], user_id=tx.all(USERS)[0]["id"], later=later)
    return {"id": location["id"]}


def uninstall_app(tx: Tx, values: Values) -> JsonObject:
    if not is_installed(tx, values["account"]):
        raise WrongUse(f"The app is not installed in {values['account']}.")
    out_of(tx, values["account"])
    return {"id": values["account"]}


def add_locations(tx: Tx, values: Values) -> JsonObject:
    """More locations under the agency; with the app in them where it is installed in the agency."""
    count = int(values["count"])
    if not 1 <= count <= MOST_AT_ONCE:
        raise WrongUse(f"Add from 1 to {MOST_AT_ONCE} locations at a time.")
    first = len(tx.all(LOCATIONS)) + 1
    for number in range(first, first + count):
        location = _branch(tx, number)
        tx.put(LOCATIONS, location["id"], location)
        if values.get("install"):
            into_location(tx, location["id"], later=True)
    return {"id": f"{count} locations"}


def _branch(tx: Tx, number: int) -> JsonObject:
    pattern = tx.all(LOCATIONS)[0]
    return {
        **pattern,
        "id": fresh_id(),
        "name": f"Harbour Branch {number:03d}",
        "email": f"branch{number}@example.com",
        "city": "Boston",
    }


ACTIONS = (
    Action(
        key="install_app",
        title="Install the app in a location",
        run=install_app,
        fields=(
            Field(key="location", label="Location id", required=True),
            Field(
                key="later",
                label="As one that the agency gained later",
                type=FieldType.BOOLEAN,
                help="Its notice then lacks the agency and the user.",
            ),
        ),
    ),
    Action(
        key="uninstall_app",
        title="Uninstall the app",
        run=uninstall_app,
        fields=(Field(key="account", label="Location or agency id", required=True),),
    ),
    Action(
        key="add_locations",
        title="Add locations to the agency",
        run=add_locations,
        fields=(
            Field(key="count", label="How many", type=FieldType.INTEGER, required=True, default=10),
            Field(key="install", label="With the app in them", type=FieldType.BOOLEAN),
        ),
    ),
)
