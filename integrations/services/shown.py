"""What may be shown of a call by hand: no secret that was sent, and none that came back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.engine.redact import HIDDEN
from integrations.engine.request import Prepared
from integrations.engine.spec import Field, Operation


def shown_body(prepared: Prepared) -> Any:
    """The body without what its fields call secret."""
    hidden = {field.key for field in prepared.operation.fields if field.secret}
    return _without(prepared.body, hidden) if hidden else prepared.body


def _without(body: Any, hidden: set[str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {key: HIDDEN if key in hidden else value for key, value in body.items()}


def masked(value: Any, operations: Iterable[Operation]) -> Any:
    """The answer without what is declared secret in it, such as a token."""
    hidden = {field.key for operation in operations for field in _secret(operation.answer)}
    return _masked(value, hidden) if hidden else value


def _secret(fields: tuple[Field, ...]) -> list[Field]:
    inner = [found for field in fields for found in _secret(field.fields)]
    return [field for field in fields if field.secret] + inner


def _masked(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if key in hidden else _masked(item, hidden) for key, item in value.items()}
    return [_masked(item, hidden) for item in value] if isinstance(value, list) else value
