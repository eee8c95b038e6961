"""Field names of public guides, and what the app really has; and what a whole set of them gives away.

`advice` says what one word of a guide is in one operation: the real field, a key of the answer, or in words
why there is none and what serves instead. `chain_of` tells when somebody aims at one call and means several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from integrations.engine.endpoints import Mention, mentions
from integrations.engine.expressions import ended
from integrations.engine.fitting import field_named
from integrations.engine.spec import Alias, Chain, Connector, Operation, TransformUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a guide's word for a field is here.

    `field` is the target that takes it ("": none does), `reads` the key of the answer that holds it, `chain`
    what the word gives away that somebody means.
    """

    word: str
    operation: str
    field: str = ""
    reads: str = ""
    says: str = ""
    transforms: tuple[TransformUse, ...] = ()
    chain: Chain | None = None

    @property
    def sentence(self) -> str:
        if self.field == self.word:
            return f"`{self.word}` is a field of {self.operation}."
        if self.field:
            says = f" {self.says}" if self.says else ""
            return f"What guides call `{self.word}` is `{self.field}` in {self.operation}.{says}"
        return f"{self.operation} has no field `{self.word}`: {self.says}"


def advice(connector: Connector, operation: Operation, word: str) -> Advice | None:
    """What a word of the guides is in this operation; None where nobody knows it."""
    fields = [field for field in operation.fields if not field.fills]
    chain = chain_of(connector, operation, [word])
    about = _About(word, operation.key, chain)
    if field_named(word, fields) is not None:
        return about.is_field(word)
    alias = alias_of(connector, operation, word)
    if alias is not None:
        if alias.field and field_named(alias.field, fields) is not None:
            return about.is_field(alias.field, alias.says, alias.transforms)
        if alias.field and (path := _in_answer(alias.field, operation)):
            return about.is_read(path, alias.says)
        if alias.says:
            return about.is_nothing(alias.says)
    for known in fields:
        if _plain(known.key) == _plain(word):
            return about.is_field(known.key)
    if path := _in_answer(word, operation):
        return about.is_read(path)
    return about.is_nothing(chain.says) if chain else None


@dataclass(frozen=True, slots=True)
class _About:
    """The same word, operation and chain for whatever the advice turns out to be."""

    word: str
    operation: str
    chain: Chain | None

    def is_field(self, key: str, says: str = "", transforms: tuple[TransformUse, ...] = ()) -> Advice:
        return Advice(
            word=self.word,
            operation=self.operation,
            field=key,
            says=says if key != self.word else "",
            transforms=transforms if key != self.word else (),
            chain=self.chain,
        )

    def is_read(self, path: str, says: str = "") -> Advice:
        told = f"it comes with the answer, as `{path}`, and is read, not written. {says}".strip()
        return Advice(word=self.word, operation=self.operation, reads=path, says=told, chain=self.chain)

    def is_nothing(self, says: str) -> Advice:
        return Advice(word=self.word, operation=self.operation, says=ended(says), chain=self.chain)


def alias_of(connector: Connector, operation: Operation, word: str) -> Alias | None:
    """The alias whose place is told most exactly."""
    aliases = connector.guide.aliases if connector.guide else ()
    rated = [
        (exactness, alias)
        for alias in aliases
        if word in alias.words and (exactness := max(_exactness(at, operation) for at in alias.at)) >= 0
    ]
    return max(rated, key=lambda pair: pair[0])[1] if rated else None


def _exactness(at: str, operation: Operation) -> int:
    """How much of the place is told; -1 where it is another."""
    method, _, path = at.rpartition(" ")
    here = operation.path == path[:-1] if path.endswith("$") else operation.path.startswith(path)
    return 2 * len(path) + bool(method) if here and method in ("", operation.method) else -1


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _in_answer(key: str, operation: Operation) -> str:
    """The key in the record that the operation gives: declared, else in its sample."""
    names = [field.key for field in operation.answer]
    return key if key in names or key in _sample_keys(operation.sample) else ""


def _sample_keys(sample: object, depth: int = 0) -> Iterator[str]:
    if isinstance(sample, list) and sample:
        yield from _sample_keys(sample[0], depth)
    elif isinstance(sample, dict) and depth <= 1:
        for key, value in sample.items():
            yield key
            yield from _sample_keys(value, depth + 1)


# --- what somebody really means -------------------------------------------------------------------


def chain_of(connector: Connector, operation: Operation, words: Sequence[str]) -> Chain | None:
    """The chain that is meant by who aims at this operation and gives these words."""
    known = {field.key for field in operation.fields}
    for chain in connector.guide.chains if connector.guide else ():
        if chain.aims == operation.key and any(word in chain.signs and word not in known for word in words):
            return chain
    return None


def takes_of(chain: Chain) -> set[str]:
    """Every word that the chain has a place for."""
    return {word for link in chain.links for word in (*link.takes, *([link.each] if link.each else []))}


@dataclass(frozen=True, slots=True)
class Reading:
    """A guide's lines read as a whole: what they speak of, and what they give away."""

    mentions: list[Mention]
    chains: list[Chain]


def read_lines(connector: Connector, text: str) -> Reading:
    """What the text mentions, and the chains that its other words give away."""
    found = mentions(connector, text)
    words = re.findall(r"[A-Za-z]\w*", text)
    chains = [
        chain
        for mention in found
        for operation in mention.operations
        if (chain := chain_of(connector, operation, words)) is not None
    ]
    return Reading(found, list({chain.key: chain for chain in chains}.values()))
