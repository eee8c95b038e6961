"""JMESPath as the hub uses it: cached, bounded in length, its complaints in sentences.

`evaluate` gives what an expression finds, `unseen` says in words which part of a path is not in the data.
Values may be quoted by neither: a sentence here names keys and kinds, never contents.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import (
    ArityError,
    EmptyExpressionError,
    JMESPathTypeError,
    ParseError,
)
from jmespath.functions import Functions, signature
from jmespath.parser import ParsedResult
from jmespath.visitor import Options, TreeInterpreter

from integrations.engine.errors import MappingFailed, did_you_mean

MAX_LENGTH = 2_000
MAX_DEPTH = 60


class _Functions(Functions):
    """JMESPath's functions, and the one it lacks for apps that keep a list in one text."""

    @signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_split(self, text: str | None, separator: str) -> list[str]:
        return [part.strip() for part in (text or "").split(separator) if part.strip()]


_OPTIONS = Options(custom_functions=_Functions())

Node = Any  # one node of the parsed tree: {"type": str, "value": Any, "children": list}


def evaluate(expression: str, data: Any) -> Any:
    """What the expression finds in `data`; None where it finds nothing.

    Raises MappingFailed: the expression cannot be read, or a function in it was given what it cannot take.
    """
    names = _names(expression)
    if names:
        return _under(names, data)
    try:
        return parsed(expression).search(data, _OPTIONS)
    except JMESPathTypeError as error:
        takes = " or ".join(error.expected_types)
        given = f"`{error.function_name}()` was given {error.actual_type}; it takes {takes}."
        missing = unseen(expression, data)
        hint = f" {ended(missing)}" if missing else ""
        raise MappingFailed(f"In {quoted(expression)}, {given}{hint}") from None
    except ArityError as error:
        raise MappingFailed(
            f"In {quoted(expression)}, `{error.function_name}()` takes {error.expected_arity} "
            f"argument(s) and has {error.actual_arity}."
        ) from None
    # Beside its own errors jmespath 1.1 lets Python's through: `'a' < `1`` is a TypeError, a slice with
    # step 0 a ValueError.
    except (ValueError, TypeError, ArithmeticError):
        raise MappingFailed(
            f"{quoted(expression)} compares or counts values of different kinds in this data."
        ) from None


@lru_cache(maxsize=4_096)
def _names(expression: str) -> tuple[str, ...]:
    """The names in `event.person.name`, found quicker without a walk over the tree; () for all else."""
    tree = parsed(expression).parsed
    nodes = tree["children"] if tree["type"] == "subexpression" else [tree]
    return tuple(node["value"] for node in nodes) if all(n["type"] == "field" for n in nodes) else ()


def _under(names: tuple[str, ...], data: Any) -> Any:
    for name in names:
        try:
            data = data.get(name)
        except AttributeError:  # a number, a text, a list, nothing
            return None
    return data


@lru_cache(maxsize=4_096)
def parsed(expression: str) -> ParsedResult:
    """The compiled expression. Raises MappingFailed with where it breaks."""
    if len(expression) > MAX_LENGTH:
        raise MappingFailed(
            f"An expression may be {MAX_LENGTH:,} characters long; this one has {len(expression):,}."
        )
    try:
        tree = jmespath.compile(expression)
    except EmptyExpressionError:
        raise MappingFailed("The expression is empty; write the path of a value.") from None
    except ParseError as error:
        raise MappingFailed(_where_it_breaks(expression, error.lex_position)) from None
    except (ValueError, RecursionError):
        raise MappingFailed(f"The expression {quoted(expression)} cannot be read; make it simpler.") from None
    _check(tree.parsed, expression)
    return tree


def _where_it_breaks(expression: str, position: int) -> str:
    rest = expression[position : position + 20]
    near = f"near “{rest}”" if rest.strip() else "where it ends too early"
    return f"The expression {quoted(expression)} cannot be read at character {position + 1}, {near}."


def _check(tree: Node, expression: str) -> None:
    """Functions by name, and nesting: known before the first run, not in the middle of one."""
    for node, depth in _nodes({"type": "root", "value": None, "children": [tree]}):
        kinds = [child["type"] for child in node["children"] if isinstance(child, dict)]
        if "expref" in kinds and node["type"] != "function_expression":
            raise MappingFailed(
                f"In {quoted(expression)}, a part with & stands outside a function's brackets."
            )
        if depth > MAX_DEPTH:
            raise MappingFailed(f"The expression {quoted(expression)} is nested too deeply; make it simpler.")
        if node["type"] == "function_expression" and node["value"] not in _Functions.FUNCTION_TABLE:
            known = difflib.get_close_matches(node["value"], _Functions.FUNCTION_TABLE)
            raise MappingFailed(
                did_you_mean(node["value"], known or list(_Functions.FUNCTION_TABLE), "JMESPath function")
            )


def _nodes(tree: Node) -> Iterator[tuple[Node, int]]:
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node["children"] if isinstance(child, dict)]


def quoted(text: str) -> str:
    """The text for a sentence: one line, at most 80 characters."""
    line = " ".join(text.split())
    return f"“{line[:79]}…”" if len(line) > 80 else f"“{line}”"


def ended(text: str) -> str:
    """The text with a full stop, unless it ends already."""
    return text if text.endswith((".", "?")) else f"{text}."


def kind_of(value: Any) -> str:
    """What sort of value it is, for a sentence: "a text", "a list"."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a yes/no value"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list | tuple) else "an object"


# --- what is not there ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unseen:
    """A key that a path asks for and the data does not have.

    `siblings` are the keys that are there; `holder` says what stands there instead of an object.
    """

    parent: str
    key: str
    siblings: Sequence[str] = ()
    holder: str = ""

    @property
    def path(self) -> str:
        return _joined(self.parent, self.key)

    @property
    def sentence(self) -> str:
        path = self.path
        if self.holder == "a list":
            each = _joined(f"{self.parent}[*]", self.key)
            first = _joined(f"{self.parent}[0]", self.key)
            return f"`{self.parent}` is a list: write `{first}` for its first row or `{each}` for all"
        if self.holder:
            return f"`{self.parent}` is {self.holder} and has no `{self.key}`"
        if not self.parent:
            place = "something a mapping can see"
        elif self.parent in ("event", "item"):
            place = f"in this {self.parent}"
        else:
            place = f"in `{self.parent}`"
        near = difflib.get_close_matches(self.key, self.siblings, n=1)
        hint = f"; did you mean `{_joined(self.parent, near[0])}`?" if near else ""
        return f"`{path}` is not {place}{hint}"


def unseen(expression: str, data: Any) -> str:
    """The first part of a path in the expression that `data` does not have, in words; "" if none.

    A key that is there with an empty value is seen. Of `a || b` one seen side is enough.
    Raises MappingFailed for an expression that cannot be read.
    """
    found = first_unseen(expression, data)
    return found.sentence if found else ""


def first_unseen(expression: str, data: Any) -> Unseen | None:
    """The same as a value: which key of which parent."""
    return next(_unseen(parsed(expression).parsed, data, ""), None)


def _unseen(node: Node, here: Any, path: str) -> Iterator[Unseen]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        if isinstance(here, Mapping) and node["value"] not in here:
            yield Unseen(path, node["value"], siblings=[str(key) for key in here])
        elif here is not None and not isinstance(here, Mapping):
            yield Unseen(path, node["value"], holder=kind_of(here))
    elif kind in ("subexpression", "index_expression", "pipe"):
        yield from _unseen_in_chain(children, here, path)
    elif kind in ("projection", "value_projection", "filter_projection"):
        yield from _unseen_in_list(node, here, path)
    elif kind == "or_expression":
        sides = [list(_unseen(child, here, path)) for child in children]
        yield from sides[0] if all(sides) else []
    elif kind not in ("slice", "expref"):
        for child in children:
            yield from _unseen(child, here, path)


def _unseen_in_chain(children: list[Node], here: Any, path: str) -> Iterator[Unseen]:
    for child in children:
        missing = list(_unseen(child, here, path))
        if missing:
            yield from missing
            return
        here, path = _value(child, here), path + _written(child, path)


def _unseen_in_list(node: Node, here: Any, path: str) -> Iterator[Unseen]:
    """Rows differ in what they leave out: a key counts as there when any row has it."""
    left, right = node["children"][0], node["children"][1]
    missing = list(_unseen(left, here, path))
    yield from missing
    rows = None if missing else _value(left, here)
    if node["type"] == "value_projection" and isinstance(rows, Mapping):
        rows = list(rows.values())
    if isinstance(rows, list) and any(isinstance(row, Mapping) for row in rows):
        merged = {key: value for row in rows if isinstance(row, Mapping) for key, value in row.items()}
        yield from _unseen(right, merged, f"{path}{_written(left, path)}[*]")


def _value(node: Node, here: Any) -> Any:
    try:
        return TreeInterpreter(_OPTIONS).visit(node, here)
    except (ValueError, TypeError, ArithmeticError):
        return None


def _written(node: Node, path: str) -> str:
    """The node as one would write it after `path`, as far as a path goes."""
    if node["type"] == "field":
        return _joined(path, node["value"])[len(path) :]
    if node["type"] == "index":
        return f"[{node['value']}]"
    text = ""
    if node["type"] in ("subexpression", "index_expression", "flatten"):
        for child in node["children"]:
            text += _written(child, path + text)
    return text


def _joined(parent: str, key: str) -> str:
    written = key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) else json.dumps(key, ensure_ascii=False)
    return f"{parent}.{written}" if parent else written
