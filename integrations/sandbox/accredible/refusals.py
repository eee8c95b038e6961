"""How the simulated Accredible says no: no single shape (official spec and first-party recordings)."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that ends the request; a `body` of text is sent as text."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def bad_search(message: str) -> Refusal:
    return Refusal(400, {"code": 400, "message": message, "status": "invalid_search_query", "errors": {}})


def invalid(**errors: list[str]) -> Refusal:
    return Refusal(422, {"errors": errors})


def no_credential() -> Refusal:
    return Refusal(404, {"success": False, "data": "No credential with the id given in your account"})
