"""How the simulated Active Knocker says no: with status 200 and `status` false, as a customer's client saw.

What it does with a bad key is not known: setting `bad_key`.
"""

from __future__ import annotations

from typing import Any

PAGE = "<!DOCTYPE html><html><head><title>Active Knocker</title></head><body>Sign in</body></html>"


class Refusal(Exception):
    """An answer that ends the request; a `body` of text is sent as a page."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def no(words: str) -> Refusal:
    return Refusal(200, {"status": False, "msg": words})


def bad_key(kind: str) -> Refusal:
    if kind == "page":
        return Refusal(200, PAGE)
    if kind == "object":
        return Refusal(200, {"status": False, "msg": "Invalid API key"})
    return Refusal(401, {"message": "Unauthorized"})
