"""How the simulated site says no: `{code, message, data: {status}}` (developer.wordpress.org, REST API)."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that ends the request; a `body` of text is sent as a page."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def wrong(status: int, code: str, message: str, **data: Any) -> Refusal:
    return Refusal(status, {"code": code, "message": message, "data": {"status": status, **data}})


def bad_parameters(**params: str) -> Refusal:
    told = ", ".join(params)
    return wrong(400, "rest_invalid_param", f"Invalid parameter(s): {told}", params=params)


def in_use(code: str, message: str) -> Refusal:
    """A WP_Error without a status goes out as a 500, with `data` empty."""
    return Refusal(500, {"code": code, "message": message, "data": None})
