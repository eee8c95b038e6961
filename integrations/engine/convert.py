"""A step that follows a public guide, made into one that the app can do. Values in, values out.

`chained` puts the chain in the place of a step that aims at the wrong call, each word's mapping moved to
where it belongs. `renamed` gives a step the real names of fields that guides call otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from integrations.engine.errors import WrongUse
from integrations.engine.guides import advice, takes_of
from integrations.engine.spec import Chain, Connector, FieldMapping, Link, Operation, Step, WorkflowSpec

STEP = re.compile(r"\bsteps\.(\w+)")


@dataclass(frozen=True, slots=True)
class Converted:
    """The steps that stand in the place of one, and what a person should know about it."""

    steps: tuple[Step, ...]
    told: tuple[str, ...] = ()


def replaced(spec: WorkflowSpec, step_id: str, by: Sequence[Step]) -> WorkflowSpec:
    """The workflow with these steps in the place of one. Raises WrongUse where an id is taken."""
    others = [step.id for step in spec.steps if step.id != step_id]
    for step in by:
        if step.id in others:
            raise WrongUse(f"There is a step “{step.id}” already; rename it first.")
    steps = [new for step in spec.steps for new in (by if step.id == step_id else (step,))]
    return replace(spec, steps=tuple(steps))


# --- one call that is meant to be several ---------------------------------------------------------


def chained(connector: Connector, chain: Chain, step: Step) -> Converted:
    """The chain in the place of the step. Its last step keeps the step's id, so that later ones find it."""
    given = {mapping.target: mapping for mapping in step.mappings}
    links = [link for link in chain.links if _stands(link, given)]
    if step.for_each and len(links) > 1:
        raise WrongUse(
            f"“{step.title}” is done for each of a list, and cannot be made several steps by itself; "
            f"put the steps of “{chain.title}” in by hand."
        )
    *before, last = [link.step.id for link in links]
    ids = {**{name: f"{_word(step.id)}_{name}" for name in before}, last: step.id}
    steps = [_made(link, step, given, ids) for link in links]
    told = [_left_out(connector, chain, word) for word in given if not _used(word, links, ids)]
    told += [
        f"The transforms of `{word}` were left out; put them where they are needed."
        for word, mapping in given.items()
        if mapping.transforms and any(link.each == word for link in links)
    ]
    return Converted(tuple(steps), tuple(told))


def _stands(link: Link, given: dict[str, FieldMapping]) -> bool:
    wanted = not link.needs or any(word in given for word in link.needs)
    return wanted and not any(word in given for word in link.unless)


def _used(word: str, links: Sequence[Link], ids: dict[str, str]) -> bool:
    return any(word in link.takes or (link.each == word and _each(link, ids) is not None) for link in links)


def _each(link: Link, ids: dict[str, str]) -> Step | None:
    """The step to be done for each value of a word, if the chain as it was made has what it goes by."""
    several = link.for_each
    return several if several and _within(several.for_each, ids) else None


def _made(link: Link, old: Step, given: dict[str, FieldMapping], ids: dict[str, str]) -> Step:
    """One step of the chain, with the mappings of the words that it takes."""
    word = given.get(link.each)
    several = _each(link, ids) if word else None
    model = several or link.step
    fixed = {m.target: _renumbered(m, ids) for m in model.mappings if _within(m.source, ids)}
    taken: dict[str, FieldMapping] = {}
    for key, target in link.takes.items():
        if key in given:
            taken.setdefault(target, replace(given[key], target=target, required=False))
    for_each = _with_ids(model.for_each, ids).replace("{each}", _source(word)) if word else old.for_each
    is_last = ids[model.id] == old.id
    return replace(
        model,
        id=ids[model.id],
        role=old.role,
        when=old.when,
        for_each=for_each,
        item_key=model.item_key or old.item_key,
        mappings=tuple(({**taken, **fixed} if several else {**fixed, **taken}).values()),
        link=old.link if is_last else "",
        ends_link=old.ends_link if is_last else "",
        again_from=old.again_from if is_last else "",
        again_max=old.again_max if is_last else 0,
    )


def _source(mapping: FieldMapping) -> str:
    """The mapping's value as an expression; a fixed one is written as JSON between backticks."""
    return mapping.source or "`" + json.dumps(mapping.default, ensure_ascii=False).replace("`", "\\`") + "`"


def _within(source: str, ids: dict[str, str]) -> bool:
    """Whether every step that the source names is in the chain as it was made."""
    return all(name in ids for name in STEP.findall(source))


def _renumbered(mapping: FieldMapping, ids: dict[str, str]) -> FieldMapping:
    return replace(mapping, source=_with_ids(mapping.source, ids))


def _with_ids(expression: str, ids: dict[str, str]) -> str:
    return STEP.sub(lambda found: f"steps.{ids.get(found[1], found[1])}", expression)


def _word(step_id: str) -> str:
    """The id as a word that an expression can name without quotes."""
    return re.sub(r"\W", "_", step_id)


def _left_out(connector: Connector, chain: Chain, word: str) -> str:
    if word in takes_of(chain):
        return f"`{word}` was left out: the chain takes this from elsewhere."
    known = advice(connector, connector.operation(chain.aims), word)
    if known is None:
        return f"`{word}` was left out."
    if known.field:
        return f"`{word}` was left out: it is `{known.field}` of {chain.aims}, and has no place here."
    return f"`{word}` was left out: {known.says}"


# --- fields by their real names -------------------------------------------------------------------


def renamed(connector: Connector, operation: Operation, step: Step) -> Converted:
    """The step with every mapping that a guide's word stands for on the app's own field."""
    told: list[str] = []
    mappings: list[FieldMapping] = []
    taken = {mapping.target for mapping in step.mappings}
    for mapping in step.mappings:
        known = advice(connector, operation, mapping.target)
        if known is None or not known.field or known.field == mapping.target:
            mappings.append(mapping)
        elif known.field in taken:
            told.append(f"`{mapping.target}` was left out: `{known.field}` is mapped already.")
        else:
            taken.add(known.field)
            told.append(f"`{mapping.target}` is `{known.field}` now.")
            mappings.append(
                replace(mapping, target=known.field, transforms=(*mapping.transforms, *known.transforms))
            )
    return Converted((replace(step, mappings=tuple(mappings)),), tuple(told))
