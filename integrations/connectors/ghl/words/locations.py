"""The location, its tags and templates; signing in."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named
from integrations.engine.spec import Kind

SIGN_IN = "official OpenAPI, oauth; made by the sign-in, listed here for completeness"
SECRETS = {key: {"secret": True} for key in ("client_secret", "code", "refresh_token", "access_token")}

AREA = Area(
    fields={
        "tagId": {"label": "Tag id"},
        "companyId": {"label": "Company (agency) id"},
        "authToken": {"secret": True},
        "apiKey": {"secret": True},
        "deleteTwilioAccount": {"label": "Delete its Twilio account too"},
        "originId": {"label": "Origin id"},
    },
    calls=(
        named("locations.get", "Read the location", "GET /locations/{locationId}"),
        named("locations.search", "Search locations", "GET /locations/search"),
        named("locations.create", "Create a location", "POST /locations/", first=("companyId", "name")),
        named("locations.update", "Update a location", "PUT /locations/{locationId}"),
        named("locations.delete", "Delete a location", "DELETE /locations/{locationId}"),
        named("locations.timezones", "List time zones", "GET /locations/{locationId}/timezones"),
        named("location_tags.list", "List the location's tags", "GET /locations/{locationId}/tags"),
        named("location_tags.create", "Create a tag", "POST /locations/{locationId}/tags"),
        named("location_tags.get", "Read a tag", "GET /locations/{locationId}/tags/{tagId}"),
        named("location_tags.update", "Rename a tag", "PUT /locations/{locationId}/tags/{tagId}"),
        named("location_tags.delete", "Delete a tag", "DELETE /locations/{locationId}/tags/{tagId}"),
        named("templates.list", "List e-mail and SMS templates", "GET /locations/{locationId}/templates"),
        named("templates.delete", "Delete an e-mail or SMS template",
              "DELETE /locations/{locationId}/templates/{id}", fields={"id": {"label": "Template id"}}),
        named("oauth.token", "Exchange or refresh tokens", "POST /oauth/token", kind=Kind.READ,
              fields=SECRETS, record_id="", source=SIGN_IN),
        named("oauth.location_token", "Exchange an agency's token for a location's",
              "POST /oauth/locationToken", kind=Kind.READ, fields=SECRETS, record_id="", source=SIGN_IN),
        named("oauth.installed_locations", "List the locations that installed the app",
              "GET /oauth/installedLocations", fields={"appId": {"label": "App id"}}),
    ),
)  # fmt: skip
