"""Endpoints and scopes as public guides write them, and what they are here.

Guides leave out the slash at the end of `POST /calendars/`, write `:calendarId` for a parameter, and list
`calendars.readonly` among the endpoints. `mentions` finds what a text speaks of, `operation_named` the
operation that somebody means.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Connector, Operation

METHOD = r"\b(GET|POST|PUT|PATCH|DELETE)\s+"
ENDPOINT = re.compile(rf"(?:{METHOD})?(?<![\w}}:/])(/[A-Za-z][\w/:{{}}-]*)", re.IGNORECASE)
SCOPE = re.compile(r"(?<![\w/.])([A-Za-z]\w*(?:[./][A-Za-z]\w*)*\.(?:readonly|write|\*))(?![\w/*])")
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Mention:
    """An endpoint or a scope in a text, and what it is. Without operations and scopes: nothing known."""

    text: str
    operations: tuple[Operation, ...] = ()
    scopes: tuple[str, ...] = ()
    says: str = ""

    @property
    def known(self) -> bool:
        return bool(self.operations or self.scopes)


def mentions(connector: Connector, text: str) -> list[Mention]:
    """Every endpoint and scope that the text speaks of, in its order."""
    found = [(match.start(), _endpoint(connector, match)) for match in ENDPOINT.finditer(text)]
    found += [(match.start(), _scope(connector, match[1])) for match in SCOPE.finditer(text)]
    return [mention for _, mention in sorted(found, key=lambda pair: pair[0])]


def _endpoint(connector: Connector, match: re.Match[str]) -> Mention:
    method, path = (match[1] or "").upper(), match[2]
    found = operations_at(connector, method, path)
    return Mention(match[0].strip(), tuple(found))


def operations_at(connector: Connector, method: str, path: str) -> list[Operation]:
    """The operations at a path as guides write it: slash or none at its end, `:id` or `{id}` or a real id.

    Without a method those of every method.
    """
    rated = [
        (rating, operation)
        for operation in connector.operations.values()
        if (not method or operation.method == method)
        and (rating := _rating(operation.path, path)) is not None
    ]
    best = max((rating for rating, _ in rated), default=0)
    return [operation for rating, operation in rated if rating == best]


def _rating(declared: str, written: str) -> int | None:
    """How many words of the path are the operation's own; None where it is another path."""
    ours, theirs = _segments(declared), _segments(written)
    if len(ours) != len(theirs):
        return None
    rating = 0
    for our, their in zip(ours, theirs, strict=True):
        if our.startswith("{"):
            continue
        if our.lower() != their.lower():
            return None
        rating += 1
    return rating


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def scopes_of(connector: Connector) -> dict[str, list[str]]:
    """Every scope, with the operations and triggers that need it."""
    found: dict[str, list[str]] = {}
    for operation in connector.operations.values():
        for scope in operation.needed_scopes:
            found.setdefault(scope, []).append(operation.key)
    for trigger in connector.triggers.values():
        for scope in trigger.scopes:
            found.setdefault(scope, []).append(trigger.key)
    return found


def _scope(connector: Connector, text: str) -> Mention:
    known = scopes_of(connector)
    words = re.split(r"[./]", text)
    found = [
        scope
        for scope in known
        if (parts := re.split(r"[./]", scope)) == words or (words[-1] == "*" and parts[:-1] == words[:-1])
    ]
    if not found:
        return Mention(text)
    return Mention(text, scopes=tuple(found), says=_scope_says(text, found, known))


def _scope_says(text: str, found: Sequence[str], known: dict[str, list[str]]) -> str:
    is_one = "is a scope (what a token may do), not an endpoint" if len(found) == 1 else "stands for scopes"
    written = "" if list(found) == [text] else f", written {' and '.join(f'`{scope}`' for scope in found)}"
    needs = list(dict.fromkeys(key for scope in found for key in known[scope]))
    more = f" and {len(needs) - MOST_NAMED} more" if len(needs) > MOST_NAMED else ""
    return f"`{text}` {is_one}{written}. It is needed for {', '.join(needs[:MOST_NAMED])}{more}."


def operation_named(connector: Connector, text: str) -> Operation:
    """The operation of that key, or the one that a guide's line means. Raises WrongUse, in words."""
    text = text.strip()
    if text in connector.operations:
        return connector.operations[text]
    found = mentions(connector, text)
    meant = list({op.key: op for mention in found for op in mention.operations}.values())
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise WrongUse(f"“{text}” may mean {', '.join(op.key for op in meant)}; give one of these.")
    says = next((mention.says for mention in found if mention.says), "")
    if says:
        raise WrongUse(says)
    near = difflib.get_close_matches(text, connector.operations, n=5, cutoff=0.4)
    raise WrongUse(did_you_mean(text, near or list(connector.operations), f"operation of {connector.title}"))
