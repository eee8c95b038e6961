"""How the simulated ActiveCampaign says no: `errors`, `message`, `{}`, and the same as text/plain."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that ends the request. With `plain` its JSON is sent as text/plain, as custom objects do."""

    def __init__(self, status: int, body: Any, *, plain: bool = False) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body
        self.plain = plain


def forbidden() -> Refusal:
    """A bad key is 403. What stands in the body is not documented."""
    return Refusal(403, {"message": "You do not have permission to access this resource."})


def bare() -> Refusal:
    return Refusal(400, {})


def missing(what: str, record_id: str) -> Refusal:
    return Refusal(404, {"message": f"No Result found for {what} with id {record_id}"})


def invalid(title: str, code: str = "field_invalid", pointer: str = "") -> Refusal:
    error = {"title": title, "detail": "", "code": code, "source": {"pointer": f"/data/attributes/{pointer}"}}
    return Refusal(422, {"errors": [error]})


def needed(what: str, field: str) -> Refusal:
    return invalid(f"The {what} {field} was not provided.", "field_missing", field)


def unfit(detail: str, field: str) -> Refusal:
    """A custom object's: its pointer has another shape, and its type is text/plain."""
    error = {
        "title": f'Invalid value for field "{field}"',
        "detail": detail,
        "source": {"type": "pointer", "value": f"/data/attributes/{field.replace('.', '/')}"},
    }
    return Refusal(422, {"errors": [error]}, plain=True)
