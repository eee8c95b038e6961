"""Looking whether a record is there before it is created: by the value of a chosen field, through a read.

Which rows count is decided here and not by the app: many a search finds what only begins alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from integrations.engine.errors import (
    ContractBroken,
    HubError,
    MappingFailed,
    Refused,
    WrongUse,
    did_you_mean,
)
from integrations.engine.expressions import parsed
from integrations.engine.fitting import field_named, lies_in_free, needed
from integrations.engine.free_calls import is_free
from integrations.engine.spec import (
    Attempt,
    Connector,
    Field,
    Finding,
    Kind,
    Operation,
    Place,
    Proof,
    ProofKind,
    Read,
    Script,
    Step,
)
from integrations.engine.spreading import spread
from integrations.engine.transforms import is_empty

CREATED, UPDATED, LEFT = "created", "updated", "left as it was"
MOST_NAMED = 5


def key_of(finding: Finding, values: Mapping[str, Any], title: str) -> str:
    """The value to look for, as it is compared. Raises MappingFailed where there is none."""
    value = _at(values, finding.by)
    if is_empty(value) or isinstance(value, Mapping | list):
        raise MappingFailed(
            f"“{title}” looks for the record by {finding.by}, and that is empty; map it, or give the step a "
            "condition that leaves such events out."
        )
    return _plain(value)


def question(finding: Finding, values: Mapping[str, Any]) -> Read:
    """The read that is asked for it."""
    asked: dict[str, Any] = {}
    here = asked
    *above, last = finding.filter.split(".")
    for part in above:
        here = here.setdefault(part, {})
    here[last] = _at(values, finding.by)
    return Read(finding.operation, {**_headers(finding.operation, values), **asked})


def matching(finding: Finding, answer: Any, key: str, title: str) -> list[Mapping[str, Any]]:
    """The rows that have this value in the chosen field, each record once.

    Raises ContractBroken for an answer that cannot be read so: taken for "it is not there", it would have the
    record made again in every run.
    """
    at = finding.at or finding.by.rpartition(".")[2]
    rows = _rows(finding, answer, title)
    seen = [_plain(_search(at, row)) for row in rows]
    if rows and not any(seen):
        raise ContractBroken(
            f"“{title}”: none of the {len(rows)} rows that {finding.operation} found has “{at}”, so they "
            "cannot be told apart; say in the step where a row has it."
        )
    found = [row for row, value in zip(rows, seen, strict=True) if value == key]
    if not all(id_of(finding, row) for row in found):
        raise ContractBroken(
            f"“{title}”: the row that {finding.operation} found has no id at “{finding.id}”; say in the step "
            "where a row has it."
        )
    return list({id_of(finding, row): row for row in found}.values())


def _rows(finding: Finding, answer: Any, title: str) -> list[Mapping[str, Any]]:
    """The list in the answer: where the step says, or the only one there is; one record is a list of one."""
    found = _search(finding.rows, answer) if finding.rows else answer
    if not finding.rows and isinstance(answer, Mapping) and not id_of(finding, answer):
        lists = [value for value in answer.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    if isinstance(found, Mapping) and id_of(finding, found):
        found = [found]
    if answer is None or answer == "":
        found = []
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        where = f"at “{finding.rows}”" if finding.rows else "by itself"
        raise ContractBroken(
            f"“{title}”: the answer of {finding.operation} has no list of records {where}; say in the step "
            "where it is, such as contacts."
        )
    return found


def id_of(finding: Finding, row: Mapping[str, Any]) -> str:
    found = _search(finding.id, row)
    return "" if found is None or isinstance(found, Mapping | list) else str(found)


def the_one(
    finding: Finding, rows: Sequence[Mapping[str, Any]], title: str, app: str
) -> Mapping[str, Any] | None:
    """The record, or None. Raises Refused where several could be meant."""
    if len(rows) > 1:
        ids = [id_of(finding, row) for row in rows[:MOST_NAMED]]
        more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        raise Refused(
            f"“{title}”: {len(rows)} records in {app} have this {finding.by} (ids {', '.join(ids)}{more}), "
            "so nothing was written. Merge them there or choose a field that tells them apart; then run it "
            "again."
        )
    return rows[0] if rows else None


def changed(
    finding: Finding, create: Operation, update: Operation, values: Mapping[str, Any], record_id: str
) -> dict[str, Any]:
    """The values of the update: those of the create that it takes, and whose record it is."""
    given = spread(create, values)
    fields = {field.key: field for field in update.fields if not field.fills}
    own = {key: value for key, value in given.items() if key in fields and not fields[key].spread}
    own[finding.update_id] = record_id
    body = next((f.key for f in update.fields if f.spread and f.place is Place.BODY), "")
    rest = {key: value for key, value in given.items() if key not in own}
    free = {body: rest} if body and rest else {}
    return {**own, **free, **_headers(update.key, values)}


def _headers(operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was mapped into headers goes along with every call of the step that has any."""
    return {"headers": values["headers"]} if is_free(operation) and values.get("headers") else {}


def proven(finding: Finding, operation: Operation) -> Operation:
    """The create with the look as its proof: what may have happened is looked up by the chosen field.

    The field's value is the identity written to, so that no two such writes are under way at once.
    """
    own = operation.proof
    proof = Proof(
        kind=ProofKind.NATURAL_KEY,
        target=".".join(f'"{part}"' for part in finding.by.split(".")),
        look_up=partial(_look_up, finding),
        operations=(finding.operation,),
        visible_after_s=max(finding.visible_after_s, own.visible_after_s if own else 0.0),
        source="the step looks by a field that the operator chose",
    )
    return replace(operation, proof=proof)


def _look_up(finding: Finding, attempt: Attempt) -> Script:
    outcome = yield question(finding, attempt.values)
    if outcome.error is not None:
        raise outcome.error
    rows = matching(finding, outcome.value, _plain(_at(attempt.values, finding.by)), finding.operation)
    return next((row for row in rows if id_of(finding, row) not in attempt.owned), None)


# --- whether it can be done at all ----------------------------------------------------------------


def completed(finding: Finding, connector: Connector) -> Finding:
    """With the parameter that takes the value, and the field that takes the id, where there is but one."""
    if not finding.filter:
        finding = replace(finding, filter=_filter(finding, connector.operation(finding.operation)))
    if not finding.update or finding.update_id:
        return finding
    ids = [
        f.key
        for f in connector.operation(finding.update).fields
        if f.place is Place.PATH and not f.fills and f.default is None
    ]
    if len(ids) != 1:
        raise WrongUse(
            did_you_mean("", ids, f"field of {finding.update} for the record’s id called")
            if ids
            else f"{finding.update} has no field for the record’s id in its path; say which takes it."
        )
    return replace(finding, update_id=ids[0])


def _filter(finding: Finding, look: Operation) -> str:
    """The parameter named like the field; else the one that has to be given."""
    name = finding.by.rpartition(".")[2]
    if is_free(look.key):
        return f"query.{name}"
    names = [field.key for field in look.fields if not field.fills]
    asked = [field.key for field in needed(look.fields)]
    if name in names or len(asked) == 1:
        return name if name in names else asked[0]
    raise WrongUse(
        f"Say which parameter of {look.key} takes the value: {', '.join(names) or 'it has none at all'}."
    )


def problems(step: Step, connector: Connector) -> Iterator[str]:
    """What keeps the step from looking first, one sentence each."""
    finding = step.finds
    if finding is None:
        return
    create, look = connector.operation(step.operation), connector.operation(finding.operation)
    if create.kind is not Kind.CREATE or create.queued:
        yield f"{create.key} creates nothing; choose the operation that makes the record."
    if look.kind is not Kind.READ:
        yield f"{look.key} writes; choose the list or search that finds the record."
    if not _has(create.fields, finding.by):
        yield did_you_mean(finding.by, _names(create.fields), f"field of {create.key}")
    if not _has(look.fields, finding.filter):
        yield did_you_mean(finding.filter, _names(look.fields), f"parameter of {look.key}")
    if lacking := [f.key for f in needed(look.fields) if f.key != finding.filter.partition(".")[0]]:
        yield f"{look.key} needs {', '.join(lacking)} too; choose a search that is asked by one value."
    yield from _of_update(finding, connector)
    for text in (finding.rows, finding.at, finding.id):
        try:
            parsed(text) if text else None
        except HubError as error:
            yield error.sentence
    if not finding.id:
        yield "Say where a row has the record’s id, such as id."
    if not 0 <= finding.visible_after_s <= 3600:
        yield "A new record is shown after 0 to 3600 seconds."


def _of_update(finding: Finding, connector: Connector) -> Iterator[str]:
    if not finding.update:
        return
    update = connector.operation(finding.update)
    if update.kind is not Kind.UPDATE or update.queued:
        yield f"{update.key} changes no record; choose the operation that updates it."
    if not _has(update.fields, finding.update_id):
        yield did_you_mean(finding.update_id, _names(update.fields), f"field of {update.key}")


def _has(fields: Sequence[Field], name: str) -> bool:
    found = field_named(name, fields)
    return (found is not None and not found.fills) or lies_in_free(name, fields)


def _names(fields: Sequence[Field]) -> list[str]:
    return [field.key for field in fields if not field.fills]


def _at(values: Mapping[str, Any], path: str) -> Any:
    here: Any = values
    for part in path.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def _search(expression: str, value: Any) -> Any:
    try:
        return jmespath.search(expression, value)
    except JMESPathError:  # the answer has other types than thought
        return None


def _plain(value: Any) -> str:
    """5 and "5", "Ada@x" and "ada@x " are the same."""
    return "" if value is None else str(value).strip().casefold()
