"""Who there is beside contacts: businesses, users, the agency; and how an app signs in."""

from __future__ import annotations

from tests.connectors.ghl_cases.case import Cases, Script
from tests.connectors.ghl_cases.world import BACK, World

CASES = Cases()


@CASES.of("businesses.create")
def a_business(world: World) -> Script:
    made = yield {"name": "Harbour Ltd", "city": "New York", "country": "us", "website": "www.example.org"}
    found = world.call("businesses.get", businessId=made.record_id)
    assert (found["name"], found["city"]) == ("Harbour Ltd", "New York")


@CASES.of("businesses.list")
def all_businesses(world: World) -> Script:
    business = world.business()
    found = yield {"limit": "100", "skip": "0"}
    assert business in [row["id"] for row in found.value]


@CASES.of("businesses.get")
def one_business(world: World) -> Script:
    business = world.business()
    found = yield {"businessId": business}
    assert found.value["id"] == business


@CASES.of("businesses.update")
def another_name_for_a_business(world: World) -> Script:
    business = world.business()
    yield {"businessId": business, "name": "Pier Ltd"}
    assert world.call("businesses.get", businessId=business)["name"] == "Pier Ltd"


@CASES.of("businesses.delete")
def a_business_that_closed(world: World) -> Script:
    business = world.business()
    yield {"businessId": business}
    assert world.is_gone("businesses.get", businessId=business)


@CASES.of("users.create")
def a_new_colleague(world: World) -> Script:
    made = yield {
        "firstName": "Lena",
        "lastName": "Mole",
        "email": world.email(),
        "password": "Aa1!aaaa-not-a-real-one",
        "type": "account",
        "role": "user",
        "locationIds": [world.location_id],
        "permissions": {"contactsEnabled": True, "assignedDataOnly": False},
        "scopes": ["contacts.write"],
    }
    assert world.call("users.get", userId=made.record_id)["firstName"] == "Lena"


@CASES.of("users.list")
def the_users_of_a_location(world: World) -> Script:
    user = world.colleague()
    found = yield {}
    assert user in [row["id"] for row in found.value]


@CASES.of("users.search")
def users_found_by_a_word(world: World) -> Script:
    user = world.colleague(lastName=world.name("Mole"))
    name = world.call("users.get", userId=user)["lastName"]
    found = yield {"query": name, "limit": "25", "skip": "0"}
    assert [row["id"] for row in found.value["users"]] == [user]


@CASES.of("users.filter_by_email")
def users_found_by_their_mail(world: World) -> Script:
    email = world.email()
    user = world.colleague(email=email)
    found = yield {"emails": email, "skip": "0", "limit": "25"}
    assert [row["id"] for row in found.value["users"]] == [user]


@CASES.of("users.get")
def one_user(world: World) -> Script:
    user = world.colleague()
    found = yield {"userId": user}
    assert found.value["id"] == user


@CASES.of("users.update")
def another_name_for_a_user(world: World) -> Script:
    user = world.colleague()
    yield {"userId": user, "firstName": "Lene"}
    assert world.call("users.get", userId=user)["firstName"] == "Lene"


@CASES.of("users.delete")
def a_colleague_who_left(world: World) -> Script:
    user = world.colleague()
    yield {"userId": user}
    assert user not in [row["id"] for row in world.call("users.list")]


@CASES.of("companies.get")
def the_agency(world: World) -> Script:
    found = yield {}
    assert found.value["id"] == world.company_id


@CASES.of("workflows.list")
def the_workflows_of_a_location(world: World) -> Script:
    found = yield {}
    assert found.value
    assert all(row["id"] and row["name"] for row in found.value)


@CASES.of("oauth.token")
def a_code_for_tokens(world: World) -> Script:
    made = yield {
        "client_id": world.known["client_id"],
        "client_secret": world.known["client_secret"],
        "grant_type": "authorization_code",
        "code": world.code(world.location_id),
        "user_type": "Location",
        "redirect_uri": BACK,
    }
    assert made.value["locationId"] == world.location_id


@CASES.of("oauth.token")
def a_refresh_token_for_new_ones(world: World) -> Script:
    old = world.tokens(world.location_id)
    made = yield {
        "client_id": world.known["client_id"],
        "client_secret": world.known["client_secret"],
        "grant_type": "refresh_token",
        "refresh_token": old["refresh_token"],
    }
    assert made.value["refresh_token"] != old["refresh_token"]


@CASES.of("oauth.location_token")
def a_location_token_for_the_agency(world: World) -> Script:
    made = yield {"locationId": world.location_id}
    assert (made.value["locationId"], bool(made.value["access_token"])) == (world.location_id, True)


@CASES.of("oauth.installed_locations")
def where_the_app_is_installed(world: World) -> Script:
    app = world.known["client_id"].partition("-")[0]
    found = yield {
        "appId": app,
        "isInstalled": True,
        "skip": "0",
        "limit": "100",
    }
    assert world.location_id in str(found.value)
