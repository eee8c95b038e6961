"""Every case of every operation through the validator, and what came of it."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from integrations.connectors.ghl import CONNECTOR
from integrations.engine.errors import HubError
from integrations.engine.spec import Operation, Outcome, Place
from integrations.engine.transport import Transport
from integrations.sandbox import Sandbox
from tests.conformance.findings import findings
from tests.connectors.ghl_cases import CASES
from tests.connectors.ghl_cases.case import Case, Values
from tests.connectors.ghl_cases.world import World

NOBODYS_TOKEN = "nobody"
NOTHINGS_ID = "nothing0000000000000"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(slots=True)
class Tally:
    """What came of one document. `lines` says what is not as it should be."""

    name: str
    operations: int = 0
    requests: int = 0
    violations: int = 0
    failures: int = 0
    undeclared: Counter[int] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.violations and not self.failures

    def __iadd__(self, other: Tally) -> Tally:
        self.operations += other.operations
        self.requests += other.requests
        self.violations += other.violations
        self.failures += other.failures
        self.undeclared += other.undeclared
        return self


class Run:
    """Calls to the document at hand go through its proxy, all others straight to the sandbox.

    With `break_one` one request is sent without something that it must have; then `to_break` is false.
    """

    def __init__(self, sandbox: Sandbox, direct: str, break_one: bool = False) -> None:
        self.to_break = break_one
        self._direct = direct
        self._proxy = ""
        self._calls: set[str] = set()
        self._tally = Tally("")
        self._case = ""
        self._client = httpx.Client(event_hooks={"response": [self._look]}, trust_env=False)
        self._world = World(sandbox, Transport(self._client, lambda: datetime.now(UTC)), self._address)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def document(self, path: Path, proxy: str) -> Tally:
        """All cases of the document's operations."""
        self._calls, self._proxy = calls(path), proxy
        self._tally = Tally(path.stem, operations=len(self._calls))
        tried: set[str] = set()
        for case in CASES:
            call = _call(CONNECTOR.operation(case.operation))
            if call in self._calls:
                self._try(case, first=call not in tried)
                tried.add(call)
        for call in sorted(self._calls - tried):
            self._fail(f"{call} has no case")
        return self._tally

    def _try(self, case: Case, first: bool) -> None:
        self._case = case.name
        try:
            case.run(self._world, lambda values: self._send(case.operation, values, first))
        except (AssertionError, HubError, LookupError, TypeError) as error:
            line = traceback.extract_tb(error.__traceback__)[-1].line
            self._fail(f"{case.name}: {type(error).__name__} {error or line}")

    def _send(self, key: str, values: Values, first: bool) -> Outcome:
        """The call. An operation's first also with a wrong token, and for a record that there is not."""
        operation = CONNECTOR.operation(key)
        if self.to_break:
            self._break(operation, values)
        if first and operation.signed:
            self._world.send(key, values, token=NOBODYS_TOKEN)
        outcome = self._world.send(key, values)
        if outcome.error:
            raise outcome.error
        ids = [f.key for f in operation.fields if f.place is Place.PATH and not f.fills and not f.choices]
        if first and ids:
            self._world.send(key, {**values, ids[-1]: NOTHINGS_ID})
        return outcome

    def _break(self, operation: Operation, values: Values) -> None:
        needed = [f.key for f in operation.fields if f.required and f.place is not Place.PATH and not f.fills]
        if needed:
            fields = tuple(replace(f, required=False, default=None) for f in operation.fields)
            left = {key: value for key, value in values.items() if key != needed[0]}
            self._world.send(operation.key, left, operation=replace(operation, fields=fields))
            self.to_break = False

    def _fail(self, line: str) -> None:
        self._tally.failures += 1
        self._tally.lines.append(f"failed: {line}")

    def _address(self, operation: Operation) -> str:
        return self._proxy if _call(operation) in self._calls else self._direct

    def _look(self, response: httpx.Response) -> None:
        """What the validator says of an exchange that went through it."""
        request = response.request
        if not self._proxy or not str(request.url).startswith(self._proxy):
            return
        self._tally.requests += 1
        for finding in findings(response):
            if finding.is_violation:
                self._tally.violations += 1
                self._tally.lines.append(f"{self._case}: {request.method} {request.url.path}: {finding}")
            elif finding.is_undeclared:
                self._tally.undeclared[response.status_code] += 1


def calls(document: Path) -> set[str]:
    """The calls of a document: "GET /contacts/"."""
    return set(_declared(document))


def left_open(document: Path) -> list[str]:
    """The calls whose good answer the document says nothing of: whatever comes is right."""
    return [
        call
        for call, declared in sorted(_declared(document).items())
        if not any(
            answer.get("content") for status, answer in declared["responses"].items() if status < "300"
        )
    ]


def _declared(document: Path) -> dict[str, dict[str, Any]]:
    paths: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))["paths"]
    return {
        f"{method.upper()} {path}": declared
        for path, found in paths.items()
        for method, declared in found.items()
        if method in METHODS
    }


def _call(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"
