"""What one workflow says that another does not, in words: steps, mappings, and plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from integrations.engine.spec import FieldMapping, Finding, Step, TransformUse, WorkflowSpec

NOTHING = "nothing"
APART = ("id", "title", "mappings")  # told in words of their own
WORDS = {
    "kind": "what it is",
    "role": "whose connection it uses",
    "operation": "what it calls",
    "when": "its condition",
    "for_each": "the list it goes through",
    "item_key": "what tells the items of its list apart",
    "link": "the name its record is remembered by",
    "ends_link": "the link it ends",
    "again_from": "where it goes back to",
    "again_max": "how often it goes back",
    "reason": "the reason it gives",
    "finds": "how it looks first",
    "goes_on": "whether it goes on beyond an item that fails",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the part of the workflow it is `about`, and what it `says`."""

    about: str
    says: str

    @property
    def sentence(self) -> str:
        return f"{self.about}: {self.says}"


def of_steps(before: WorkflowSpec, after: WorkflowSpec) -> list[Change]:
    """Steps added, removed, renamed, moved, and what each does otherwise now."""
    had, have = _by_id(before), _by_id(after)
    moved = _moved([key for key in had if key in have], [key for key in have if key in had])
    found = [Change(_about(step), "was taken out.") for key, step in had.items() if key not in have]
    for key, step in have.items():
        if key not in had:
            found += [Change(_about(step), f"is new, {_place(after, key)}."), *_mapped((), step)]
            continue
        if key in moved:
            found.append(Change(_about(step), f"was moved: it comes {_place(after, key)} now."))
        found += _step(had[key], step)
    return found


def of_values(about: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Named values, before and after; `about` says what they are."""
    names = list(dict.fromkeys([*before, *after]))
    return [
        Change(about, f"“{name}”: {shown(before.get(name))} → {shown(after.get(name))}.")
        for name in names
        if before.get(name) != after.get(name)
    ]


def shown(value: Any) -> str:
    """A value as it stands in a sentence."""
    if value in (None, ""):
        return NOTHING
    if isinstance(value, Finding):
        return value.sentence
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def mapping_words(mapping: FieldMapping) -> str:
    """Where a mapped value comes from: `event.email` | trim, else “none”, required."""
    parts = [f"`{mapping.source}`"] if mapping.source else []
    parts += [_use(use) for use in mapping.transforms]
    fixed = [f"“{shown(mapping.default)}”"] if mapping.default is not None else []
    text = ", else ".join([*([" | ".join(parts)] if parts else []), *fixed]) or NOTHING
    return f"{text}, required" if mapping.required else text


def _use(use: TransformUse) -> str:
    given = ", ".join(f"{key}={shown(value)}" for key, value in use.args.items())
    return f"{use.name}({given})" if given else use.name


def _by_id(spec: WorkflowSpec) -> dict[str, Step]:
    return {step.id: step for step in spec.steps}


def _about(step: Step) -> str:
    return f"Step “{step.title}”"


def _place(spec: WorkflowSpec, key: str) -> str:
    """Behind which step, as people count them."""
    ids = [step.id for step in spec.steps]
    place = ids.index(key)
    return "first" if place == 0 else f"behind “{spec.steps[place - 1].title}”"


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest steps whose moving makes the one order of the other."""
    blocks = SequenceMatcher(a=before, b=after, autojunk=False).get_matching_blocks()
    return set(after) - {key for block in blocks for key in after[block.b : block.b + block.size]}


def _step(before: Step, after: Step) -> Iterator[Change]:
    about = _about(after)
    if before.title != after.title:
        yield Change(about, f"was called “{before.title}”.")
    for field in fields(Step):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if field.name not in APART and was != now:
            what = WORDS.get(field.name, field.name.replace("_", " "))
            yield Change(about, f"{what}: {_worded(was)} → {_worded(now)}.")
    yield from _mapped(before.mappings, after)


def _worded(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else shown(value)


def _mapped(before: Sequence[FieldMapping], step: Step) -> Iterator[Change]:
    """Each field whose mapping is not what it was; the order of the lines counts for nothing."""
    had = {mapping.target: mapping for mapping in before}
    have = {mapping.target: mapping for mapping in step.mappings}
    for target in dict.fromkeys([*had, *have]):
        if had.get(target) != have.get(target):
            was, now = (mapping_words(m) if m else NOTHING for m in (had.get(target), have.get(target)))
            yield Change(_about(step), f"`{target}`: {was} → {now}.")
