"""Users, the agency, businesses, and GoHighLevel's own workflows."""

from __future__ import annotations

from integrations.connectors.ghl.words.base import Area, named, picked
from integrations.engine.spec import Kind

USER = {"userId": picked("User", "users"), "password": {"label": "Password", "secret": True},
        "locationIds": {"label": "Location ids"}, "type": {"label": "Of agency or account"},
        "role": {"label": "Role"}, "permissions": {"label": "Permissions"}}  # fmt: skip

AREA = Area(
    fields={"businessId": picked("Business", "businesses"), "emails": {"label": "E-mails, with commas"}},
    calls=(
        named("users.list", "List the location's users", "GET /users/",
              source="official OpenAPI, users (deprecated; needs no company id)"),
        named("users.search", "Search users", "GET /users/search"),
        named("users.filter_by_email", "Find users by e-mail", "POST /users/search/filter-by-email",
              kind=Kind.READ),
        named("users.get", "Read a user", "GET /users/{userId}", fields=USER),
        named("users.create", "Create a user", "POST /users/", fields=USER),
        named("users.update", "Update a user", "PUT /users/{userId}", fields=USER),
        named("users.delete", "Delete a user", "DELETE /users/{userId}", fields=USER),
        named("companies.get", "Read the company (agency)", "GET /companies/{companyId}"),
        named("businesses.list", "List businesses", "GET /businesses/", result="businesses"),
        named("businesses.get", "Read a business", "GET /businesses/{businessId}"),
        named("businesses.create", "Create a business", "POST /businesses/"),
        named("businesses.update", "Update a business", "PUT /businesses/{businessId}"),
        named("businesses.delete", "Delete a business", "DELETE /businesses/{businessId}"),
        named("workflows.list", "List GoHighLevel workflows", "GET /workflows/"),
    ),
)  # fmt: skip
