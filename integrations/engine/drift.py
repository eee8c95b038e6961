"""What has changed between a table and its files; where operations are not as the files say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.engine.declared import request_fields
from integrations.engine.openapi import Call, Parameter, Table
from integrations.engine.overrides import Override, mended
from integrations.engine.spec import Connector, Deviation, Field, JsonObject, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`at` is a call or a schema, `says` one sentence, `calls` the names of the calls it touches."""

    at: str
    says: str
    calls: tuple[str, ...]


def differences(was: Table, now: Table) -> list[Difference]:
    """Every difference, calls first. A schema's is told once, with all the calls that reach it."""
    found = [Difference(at=name, says=f"{name} is gone from the files.", calls=(name,))
             for name in was.calls if name not in now.calls]  # fmt: skip
    found += [
        Difference(at=name, says=f"{name} is new in the files.", calls=(name,))
        for name in now.calls
        if name not in was.calls
    ]
    for name in was.calls.keys() & now.calls.keys():
        found += [
            Difference(at=name, says=f"{name}: {said}.", calls=(name,))
            for said in _of_call(was.calls[name], now.calls[name])
        ]
    reached = _reached(was, now)
    for name in sorted(was.schemas.keys() & now.schemas.keys()):
        for said in _of_schema(was.schemas[name], now.schemas[name], ""):
            found.append(Difference(at=name, says=f"{name}: {said}.", calls=reached.get(name, ())))
    return sorted(found, key=lambda difference: difference.says)


def _of_call(was: Call, now: Call) -> Iterator[str]:
    for what, before, after in (
        ("the operation id", was.operation_id, now.operation_id),
        ("the file", was.file, now.file),
        ("deprecated", was.deprecated, now.deprecated),
        ("the security", _plain(was.security), _plain(now.security)),
        ("the body's content type", was.content, now.content),
        ("whether the body is required", was.body_required, now.body_required),
        ("the success statuses", sorted(was.answers), sorted(now.answers)),
        ("the other statuses", sorted(was.refusals), sorted(now.refusals)),
    ):
        if before != after:
            yield f"{what} was {_shown(before)} and is {_shown(after)}"
    for header in dict.fromkeys((*was.headers, *now.headers)):
        old, new = was.headers.get(header), now.headers.get(header)
        if old != new:
            yield f"the header {header} was {_shown(old)} and is {_shown(new)}"
    yield from _of_parameters(was, now)
    yield from _of_schema(was.body or {}, now.body or {}, "the body")
    for status in sorted(was.answers.keys() & now.answers.keys()):
        yield from _of_schema(was.answers[status] or {}, now.answers[status] or {}, f"the answer {status}")


def _of_parameters(was: Call, now: Call) -> Iterator[str]:
    before = {(p.place, p.name): p for p in was.parameters}
    after = {(p.place, p.name): p for p in now.parameters}
    for place, name in dict.fromkeys((*before, *after)):
        yield from _of_parameter(
            f"the {place} parameter {name}", before.get((place, name)), after.get((place, name))
        )


def _of_parameter(what: str, was: Parameter | None, now: Parameter | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"{what} is {'new' if was is None else 'gone'}"
        return
    if was.required != now.required:
        yield f"{what} is {'now' if now.required else 'no longer'} required"
    yield from _of_schema(was.schema, now.schema, what)


def _of_schema(was: JsonObject, now: JsonObject, where: str) -> Iterator[str]:
    """The differences of two schemas; `where` is the way to them, in words."""
    for key in dict.fromkeys((*was, *now)):
        before, after = was.get(key), now.get(key)
        if before == after:
            continue
        if key == "properties":
            yield from _of_members(before or {}, after or {}, where)
        elif isinstance(before, dict) and isinstance(after, dict):
            yield from _of_schema(
                before, after, f"{where}[]" if key == "items" else f"{where} ({key})".strip()
            )
        elif key == "required":
            yield from _of_required(before or [], after or [], where)
        else:
            of = f" of {where}" if where else ""
            yield f"the {key}{of} was {_shown(before)} and is {_shown(after)}"


def _of_members(was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[str]:
    for key in dict.fromkeys((*was, *now)):
        path = f"{where}.{key}" if where else f"the field {key}"
        if key not in was:
            yield f"{path} is new"
        elif key not in now:
            yield f"{path} is gone"
        else:
            yield from _of_schema(was[key], now[key], path)


def _of_required(was: list[str], now: list[str], where: str) -> Iterator[str]:
    for key in dict.fromkeys((*was, *now)):
        path = f"{where}.{key}" if where else f"the field {key}"
        if (key in was) != (key in now):
            yield f"{path} is {'now' if key in now else 'no longer'} required"


def _plain(security: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {scheme: list(scopes) for scheme, scopes in security.items()}


def _shown(value: Any) -> str:
    if value in (None, "", [], {}, ()):
        return "nothing"
    if isinstance(value, list | tuple | set):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key} ({_shown(item)})" for key, item in value.items())
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"


def _reached(*tables: Table) -> dict[str, tuple[str, ...]]:
    """Schema -> names of the calls that reach it."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for name, call in table.calls.items():
            for schema in reach(table, call):
                found.setdefault(schema, {})[name] = None
    return {schema: tuple(names) for schema, names in found.items()}


def reach(table: Table, call: Call) -> set[str]:
    """The names of all schemas in a call's body, parameters and answers."""
    found: set[str] = set()
    waiting: list[Any] = [call.body, *call.answers.values(), *(p.schema for p in call.parameters)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = part.get("$ref")
            if isinstance(name, str) and name not in found:
                found.add(name)
                waiting.append(table.schemas.get(name))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found


# --- what the hub sends, against the files --------------------------------------------------------


def unexplained(connector: Connector, table: Table) -> list[Difference]:
    """Where an operation is not what the files, with the known deviations laid over them, say of its call."""
    assert connector.official is not None
    deviations = connector.official.deviations
    held = mended(table, (d for d in deviations if isinstance(d, Override)))
    operations = {f"{o.method} {o.path}": o for o in connector.operations.values()}
    found = []
    for name, call in table.calls.items():
        operation = operations.get(name)
        if operation is None:
            found.append(Difference(at=name, says=f"{name} has no operation.", calls=(name,)))
            continue
        said = (*_of_facts(operation, call, held.calls[name]), *_of_fields(operation, held, name))
        found += [
            Difference(at=name, says=f"{operation.key} ({name}): {what}.", calls=(name,)) for what in said
        ]
    return [*found, *_lost(deviations, table)]


def _lost(deviations: tuple[Deviation, ...], table: Table) -> list[Difference]:
    return [
        Difference(at=at, says=f"{at}: the files have it no more, and a deviation speaks of it.", calls=())
        for deviation in deviations
        for at in deviation.at
        if at not in table.calls and at not in table.schemas
    ]


def _of_facts(operation: Operation, call: Call, held: Call) -> Iterator[str]:
    versions = {values[0] for values in call.headers.values() if values}
    for what, sent, said in (
        ("the operation id", operation.operation_id, call.operation_id),
        ("scopes", sorted(operation.scopes), sorted(call.scopes)),
        ("deprecated", operation.deprecated, call.deprecated),
        ("the version", {operation.version} - {""}, versions),
        ("headers", dict(operation.headers), {name: values[0] for name, values in held.headers.items()}),
        ("the success statuses", sorted(operation.success), sorted(held.answers)),
    ):
        if sent != said:
            yield f"{what}: the hub has {_shown(sent)}, the files {_shown(said)}"


def _of_fields(operation: Operation, held: Table, name: str) -> Iterator[str]:
    ours = _flat(operation.fields)
    theirs = _flat(request_fields(held, held.calls[name]))
    for path in sorted(ours.keys() ^ theirs.keys()):
        yield f"only {'the hub has' if path in ours else 'the files have'} the field {path}"
    for path in sorted(ours.keys() & theirs.keys()):
        if ours[path] != theirs[path]:
            yield f"the field {path} is {'' if theirs[path] else 'not '}required in the files"


def _flat(fields: tuple[Field, ...], above: str = "") -> dict[str, bool]:
    """Every field with its members, "query limit" or "body sort.field" -> whether it is required."""
    found = {}
    for field in fields:
        path = f"{above}.{field.key}" if above else f"{field.place} {field.key}"
        found[path] = field.required
        found |= _flat(field.fields, path)
    return found
