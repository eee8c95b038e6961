"""How the simulated Credly says no: `data.message` as a rule, `message` alone for a 404
(www.credly.com/docs)."""

from __future__ import annotations

from integrations.engine.spec import JsonObject


class Refusal(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def no(status: int, message: str) -> Refusal:
    return Refusal(status, {"data": {"message": message}})


def invalid(message: str) -> Refusal:
    return no(422, message)


def not_found() -> Refusal:
    return Refusal(404, {"message": "resource not found"})


def sentence(refusal: Refusal) -> str:
    inner = refusal.body.get("data")
    told = inner.get("message") if isinstance(inner, dict) else refusal.body.get("message")
    return f"Credly would refuse this: {told}."
