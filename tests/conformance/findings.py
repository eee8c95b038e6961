"""What the validator says of an exchange: in a header, or in a problem document instead of the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

HEADER = "sl-violations"
PROBLEM = "application/problem+json"
UNDECLARED = "Unable to match the returned status code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`severity` is the validator's word: Error, Warning, Information, Hint."""

    severity: str
    place: str
    message: str

    @property
    def is_violation(self) -> bool:
        return self.severity == "Error"

    @property
    def is_undeclared(self) -> bool:
        """The answer's status is an error that the document does not list."""
        return not self.is_violation and self.message.startswith(UNDECLARED)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def findings(response: httpx.Response) -> list[Finding]:
    """All there is to say of this exchange; a problem document is a violation, whatever it holds."""
    found = _listed(response.headers.get(HEADER, ""))
    if response.headers.get("content-type", "").startswith(PROBLEM):
        problem = json.loads(response.read())
        found += [_finding(one) for one in problem.get("validation", [])]
        if not any(finding.is_violation for finding in found):
            text = f"{problem.get('title', '')}: {problem.get('detail', '')}"
            found.append(Finding(severity="Error", place="", message=text))
    return list(dict.fromkeys(found))


def _listed(header: str) -> list[Finding]:
    if not header:
        return []
    try:
        return [_finding(one) for one in json.loads(header)]
    except ValueError:  # too many for a header: it is cut off
        return [Finding(severity="Error", place="", message=header[:400])]


def _finding(one: dict[str, Any]) -> Finding:
    return Finding(
        severity=str(one.get("severity", "Error")),
        place=".".join(map(str, one.get("location", ()))),
        message=str(one.get("message", "")),
    )
