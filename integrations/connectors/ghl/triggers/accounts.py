"""What happens to accounts: locations, users, and the app's own coming and going. Handed on as it comes.

INSTALL and UNINSTALL come to the app's default address only. An install by an agency names no location; one
into a location made later may lack the company.
"""

from __future__ import annotations

from integrations.connectors.ghl.triggers.told import Told, fields
from integrations.engine.spec import JsonObject

LOCATION: JsonObject = {
    "id": "loc0000000000000001",
    "companyId": "com0000000000000001",
    "name": "Harbour Academy",
    "email": "office@example.com",
    "stripeProductId": "prod_0000000001",
}

TOLD = (
    Told(
        type="LocationCreate",
        title="A location is created (LocationCreate, agency apps only)",
        scope="locations.readonly",
        fields=fields("id companyId name email:e stripeProductId"),
        sample=LOCATION,
    ),
    Told(
        type="LocationUpdate",
        title="A location is changed (LocationUpdate)",
        scope="locations.readonly",
        fields=fields("id companyId name email:e stripeProductId"),
        sample=LOCATION,
    ),
    Told(
        type="UserCreate",
        title="A user is created (UserCreate)",
        scope="users.readonly",  # presumed
        fields=fields(
            "id locationId companyId firstName lastName email:e phone:p extension role permissions:o"
        ),
        sample={
            "id": "usr0000000000000001",
            "locationId": "loc0000000000000001",
            "firstName": "Terry",
            "lastName": "Coach",
            "email": "terry@example.com",
            "phone": "+15005550007",
            "extension": "",
            "role": "user",
            "permissions": {"contactsEnabled": True},
        },
    ),
    Told(
        type="INSTALL",
        title="The app is installed (INSTALL)",
        fields=fields(
            "appId companyId locationId userId planId trial:o isWhitelabelCompany:b whitelabelDetails:o "
            "companyName installType"
        ),
        sample={
            "companyId": "com0000000000000001",
            "locationId": "loc0000000000000001",
            "userId": "usr0000000000000001",
            "planId": "pln0000000000000001",
            "trial": {"onTrial": False},
            "isWhitelabelCompany": False,
            "whitelabelDetails": {"domain": "", "logoUrl": ""},
            "companyName": "Harbour Academies",
        },
        record=("locationId", "companyId"),
    ),
    Told(
        type="UNINSTALL",
        title="The app is removed (UNINSTALL)",
        fields=fields("appId companyId locationId"),
        sample={"locationId": "loc0000000000000001"},
        record=("locationId", "companyId"),
    ),
    Told(
        type="PLAN_CHANGE",
        title="The app's plan is changed (PLAN_CHANGE)",
        fields=fields("appId companyId locationId userId currentPlanId newPlanId"),
        sample={
            "companyId": "com0000000000000001",
            "locationId": "loc0000000000000001",
            "userId": "usr0000000000000001",
            "currentPlanId": "pln0000000000000001",
            "newPlanId": "pln0000000000000002",
        },
        record=("locationId", "companyId"),
    ),
)
