"""Locations of the simulated GHL, and its agency (official OpenAPI, locations and companies).

Creating and changing a location takes an agency's token. Deleting one needs a scope that the vendor gives to
nobody (the file calls it internal); that it takes everything in it along is not simulated: the location goes.
The list of zones is incomplete, as the vendor's is (issue 156).
"""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.ghl.answers import shown
from integrations.sandbox.ghl.calls import LOCATIONS, Call, Handlers, stamp
from integrations.sandbox.ghl.changes import changed
from integrations.sandbox.ghl.refusals import not_found, other_tenant
from integrations.sandbox.ghl.rows import page
from integrations.sandbox.simulation import fresh_id
from integrations.sandbox.transaction import Tx

COMPANIES = "companies"
SETTINGS = {
    "allowDuplicateContact": False,
    "allowDuplicateOpportunity": False,
    "allowFacebookNameMerge": False,
    "disableContactTimezone": False,
}
HIDDEN = ("suspended", "deleted", "twilio", "mailgun", "snapshot", "snapshotId", "prospectInfo")
TIMEZONES = (
    "America/Anchorage",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Auckland",
)


def get_location(call: Call) -> JsonObject:
    return {"location": _shown(call.enter(call.path["locationId"]))}


def search_locations(call: Call) -> JsonObject:
    """An agency's locations; with a location's token that one alone."""
    if call.query.get("companyId", call.token["company_id"]) != call.token["company_id"]:
        raise other_tenant()
    mine = call.token["location_id"]
    rows = [
        row
        for row in call.tx.all(LOCATIONS)
        if row["companyId"] == call.token["company_id"]
        and mine in ("", row["id"])
        and call.query.get("email") in (None, row.get("email"))
    ]
    rows.sort(key=lambda row: str(row["name"]), reverse=call.query.get("order") == "desc")
    return {"locations": [shown(call.contract.key, "locations", row) for row in page(call, rows, 10)]}


def create_location(call: Call) -> JsonObject:
    if call.body["companyId"] != call.token["company_id"]:
        raise other_tenant()
    return _shown(add(call.tx, {"id": fresh_id(), **call.body}))


def update_location(call: Call) -> JsonObject:
    location = call.enter(call.path["locationId"])
    if call.body["companyId"] != location["companyId"]:
        raise other_tenant()
    return _shown(change(call.tx, location, call.body))


def delete_location(call: Call) -> JsonObject:
    location = call.enter(call.path["locationId"])
    call.tx.delete(LOCATIONS, location["id"])
    return {"success": True, "message": "Location deleted successfully"}


def list_timezones(call: Call) -> JsonObject:
    call.enter(call.path["locationId"])
    return {"timezones": list(TIMEZONES)}


def get_company(call: Call) -> JsonObject:
    if call.path["companyId"] != call.token["company_id"]:
        raise other_tenant()
    company = call.tx.get(COMPANIES, call.path["companyId"])
    if company is None:
        raise not_found("Company not found")
    return {"company": company}


def add(tx: Tx, given: JsonObject) -> JsonObject:
    location: dict[str, Any] = {"timezone": "America/New_York", "country": "US", **given}
    location["settings"] = {**SETTINGS, **given.get("settings", {})}
    location.setdefault("dateAdded", stamp(tx.now))
    tx.put(LOCATIONS, location["id"], location)
    _tell(tx, "LocationCreate", location)
    return location


def change(tx: Tx, location: JsonObject, given: JsonObject) -> JsonObject:
    now = {**location, **given, "settings": {**location["settings"], **given.get("settings", {})}}
    tx.put(LOCATIONS, now["id"], now)
    _tell(tx, "LocationUpdate", now)
    return now


def _tell(tx: Tx, event: str, location: JsonObject) -> None:
    """LocationCreate goes to agency apps alone (official docs); which those are is not the location's say."""
    names = ("id", "companyId", "name", "email", "stripeProductId")
    payload = {name: location[name] for name in names if name in location}
    changed(tx, event, location["id"] if event == "LocationUpdate" else "", payload)


def _shown(location: JsonObject) -> JsonObject:
    return {name: value for name, value in location.items() if name not in HIDDEN}


HANDLERS: Handlers = {
    "locations.get": get_location,
    "locations.search": search_locations,
    "locations.create": create_location,
    "locations.update": update_location,
    "locations.delete": delete_location,
    "locations.timezones": list_timezones,
    "companies.get": get_company,
}
