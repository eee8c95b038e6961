"""How the simulated GHL says no. Bodies as in the official OpenAPI and as measured by third parties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The client that private integration tokens are kept under.
PIT_CLIENT = "private-integration"


class Refusal(Exception):
    """An answer that ends the request and undoes what it had begun."""

    def __init__(self, status: int, message: str | list[str], error: str = "", **more: Any) -> None:
        super().__init__(str(message))
        self.status = status
        self.body: dict[str, Any] = {"statusCode": status, "message": message, **more}
        if error:
            self.body["error"] = error

    @property
    def sentence(self) -> str:
        message = self.body["message"]
        return "; ".join(message) if isinstance(message, list) else str(message)


def invalid(*complaints: str) -> Refusal:
    return Refusal(422, list(complaints), "Unprocessable Entity")


def bad_request(message: str, **more: Any) -> Refusal:
    return Refusal(400, message, "Bad Request", **more)


def unauthorized(message: str) -> Refusal:
    return Refusal(401, message, "Unauthorized")


def wrong_class(token: Mapping[str, Any]) -> Refusal:
    """An agency's token on a location's call, or the other way round (measured; two sentences)."""
    if token["client_id"] == PIT_CLIENT:
        return unauthorized("Token's user type mismatch!")
    return unauthorized(
        "This authClass type is not allowed to access this scope. "
        "Please update your IAM configuration if this is not the case."
    )


def no_scope() -> Refusal:
    return unauthorized("The token is not authorized for this scope.")


def not_public() -> Refusal:
    return unauthorized("This route is not yet supported by the IAM Service. Please update your IAM config.")


def not_active() -> Refusal:
    return bad_request("Location is not active")


def other_tenant() -> Refusal:
    return Refusal(403, "The token does not have access to this location.", "Forbidden")


def not_found(message: str) -> Refusal:
    return Refusal(404, message, "Not Found")


def slot_gone() -> Refusal:
    return bad_request("The slot you have selected is no longer available.")


def no_contact(contact_id: str) -> Refusal:
    """A missing contact is a 400, not a 404 (measured)."""
    return bad_request(f"Contact not found for id:{contact_id}")
