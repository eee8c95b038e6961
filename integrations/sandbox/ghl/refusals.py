"""How the simulated GHL says no. Bodies as in the official OpenAPI and as measured by third parties."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that ends the request and undoes what it had begun."""

    def __init__(self, status: int, message: str | list[str], error: str = "", **more: Any) -> None:
        super().__init__(str(message))
        self.status = status
        self.body: dict[str, Any] = {"statusCode": status, "message": message, **more}
        if error:
            self.body["error"] = error


def bad_request(message: str, **more: Any) -> Refusal:
    return Refusal(400, message, "Bad Request", **more)


def unauthorized(message: str) -> Refusal:
    return Refusal(401, message, "Unauthorized")


def other_tenant() -> Refusal:
    return Refusal(403, "The token does not have access to this location.", "Forbidden")


def not_found(message: str) -> Refusal:
    return Refusal(404, message, "Not Found")


def slot_gone() -> Refusal:
    return bad_request("The slot you have selected is no longer available.")


def no_contact(contact_id: str) -> Refusal:
    """A missing contact is a 400, not a 404 (measured)."""
    return bad_request(f"Contact not found for id:{contact_id}")
