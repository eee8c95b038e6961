"""What a transform is, and the words they share. Values are JSON values; a time is ISO 8601 text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.engine.errors import MappingFailed
from integrations.engine.expressions import kind_of, quoted
from integrations.engine.spec import Field, FieldType

Args = Mapping[str, Any]


class TransformFailed(MappingFailed):
    """A value cannot be read as this transform needs it."""

    kind = "transform_failed"


@dataclass(frozen=True, slots=True)
class ZoneContext:
    """What a transform may know beside its value: the run's context, and the zone of its wall clocks.

    `zone` is an IANA name, or "" where none is known: then a transform that needs one has to be told.
    """

    zone: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> ZoneContext:
        """The zone is `options.timezone`; without it the `timezone` of the accounts, if they agree."""
        chosen = (context.get("options") or {}).get("timezone")
        accounts = (context.get("accounts") or {}).values()
        zones = {account["timezone"] for account in accounts if account.get("timezone")}
        if chosen or len(zones) == 1:
            return cls(zone=str(chosen or zones.pop()), values=context)
        return cls(values=context)


Run = Callable[[Any, Args, ZoneContext], Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A value and arguments that show the transform at work, and what comes out (a test holds us to it)."""

    value: Any
    gives: Any
    args: Args = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One named way to change a value. `takes` and `gives` are None where any kind will do.

    Nothing stays nothing: a value of None, "" or [] passes by untouched unless `takes_empty`.
    `any_value` names the parameters that hold any JSON value, `paths` those that are JMESPath into the value,
    `texts` those with {placeholders}. In all others "{expression}" is looked up in the run's context.
    `may_hold`: with `otherwise` "hold" a person is asked where it fails.
    `fixed` names the parameters whose values may come out as they are (of an object, those beside its words),
    `rules` the words among them that stand for none; `fills`: what is there already passes by.
    """

    name: str
    title: str
    help: str
    run: Run
    example: Example
    takes: FieldType | None = None
    gives: FieldType | None = None
    params: tuple[Field, ...] = ()
    takes_empty: bool = False
    any_value: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    may_hold: bool = False
    fixed: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One transform at work: what went in, and what came out.

    `problem` says why it failed, `note` why nothing came out where the operator allowed for that. `holds`:
    a person is asked before it goes on without.
    """

    transform: str
    args: Args
    before: Any
    after: Any
    problem: str = ""
    note: str = ""
    holds: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "transform": self.transform,
            "args": dict(self.args),
            "before": self.before,
            "after": self.after,
            "problem": self.problem,
            "note": self.note,
        }


OTHERWISE = Field(
    key="otherwise",
    label="If it cannot be read",
    choices=(("fail", "an error"), ("empty", "leave it out")),
    default="fail",
)


def is_empty(value: Any) -> bool:
    """None, "" and [] are nothing; 0, False and {} are something."""
    return value is None or value == "" or value == []


def as_text(value: Any) -> str:
    """Text as it is, numbers written out (3.0 as 3), yes/no as true and false. Raises TransformFailed."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    raise TransformFailed(f"This needs a text and got {kind_of(value)}; pick one part of it first.")


def as_list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise TransformFailed(f"This needs a list and got {kind_of(value)}.")


def shown(value: Any) -> str:
    """The value for a sentence, shortened."""
    if isinstance(value, str | int | float):
        return quoted(as_text(value))
    return kind_of(value)
