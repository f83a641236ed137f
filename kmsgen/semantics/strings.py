"""Patterns to strings: one string for every combination of patterns that some string can match, and no other can.

All patterns run side by side as one automaton whose state is a bit for every place in every pattern; what it can reach
is searched breadth first, so that each combination is met by a shortest string. The theory: Shift-And,
https://doi.org/10.1145/135239.135243, and minterms of a set of languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from kmsgen.catalog.patterns import ARN_PARTS, Token, is_unknown_arn, tokens

MAX_STATES = 20_000
"""How many states are searched before the question is given up."""


class TooManyError(Exception):
    """More combinations than can be searched; the message says of what."""


class Characters(NamedTuple):
    """A set of characters: those listed, or (negated) all others."""

    listed: frozenset[str]
    negated: bool = False

    def has(self, character: str) -> bool:
        """Whether a character is one of them."""
        return (character in self.listed) is not self.negated


ANY = Characters(frozenset(), True)
NO_COLON = Characters(frozenset(":"), True)
NO_SLASH = Characters(frozenset("/"), True)


@dataclass(frozen=True)
class Linear:
    """A pattern as a row of single characters, with runs of any length allowed between them."""

    items: tuple[Characters, ...]
    loops: tuple[tuple[int, Characters], ...]
    """Before which item (the last: after all of them) a run of which characters may stand."""


def linear(pieces: Iterable[tuple[Token, Characters]], *, fold: bool = False) -> Linear:
    """The pattern that pieces make, each with the characters that its wildcard takes in."""
    items: list[Characters] = []
    loops: dict[int, Characters] = {}
    for token, wild in pieces:
        if token.kind == "literal":
            both = {token.character.lower(), token.character.upper()} if fold and token.character.isascii() else set()
            items.append(Characters(frozenset(both or {token.character})))
        elif token.kind == "?":
            items.append(wild)
        elif loops.get(len(items)) != ANY:
            loops[len(items)] = wild
    return Linear(tuple(items), tuple(sorted(loops.items())))


@lru_cache(maxsize=4096)
def glob_pattern(text: str, *, fold: bool = False, escapes: bool = True) -> Linear:
    """A pattern of `StringLike`; with `fold`, one of `StringEqualsIgnoreCase` has no wildcards and should be quoted."""
    return linear(((token, ANY) for token in tokens(text, escapes=escapes)), fold=fold)


@lru_cache(maxsize=4096)
def literal_pattern(text: str, *, fold: bool = False) -> Linear:
    """A pattern that matches one string alone, or with `fold` that string in any case."""
    return linear(((Token("literal", character), ANY) for character in text), fold=fold)


@lru_cache(maxsize=4096)
def arn_pattern(text: str, *, escapes: bool = True) -> Linear | None:
    """A pattern of `ArnLike`, whose wildcards stop at a `:` but in the last part; None for one that matches nothing."""
    if text == "*" or is_unknown_arn(text):
        return glob_pattern(text, escapes=escapes)
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return None
    pieces: list[tuple[Token, Characters]] = []
    for place, part in enumerate(parts):
        last = place == ARN_PARTS - 1
        pieces += [(token, ANY if last else NO_COLON) for token in tokens(part, escapes=escapes)]
        if not last:
            pieces.append((Token("literal", ":"), ANY))
    return linear(pieces)


class Automaton:
    """Several patterns side by side; the first `shapes` of them say what strings there can be at all.

    A character beyond U+00FF is none that a key policy can name, so nothing tells it from others.
    """

    def __init__(self, patterns: Sequence[Linear], *, shapes: int = 0) -> None:
        self.start = 0
        self._accepts: list[int] = []
        self._items: list[tuple[int, Characters]] = []
        self._loops: list[tuple[int, Characters]] = []
        self._live = 0
        offset = 0
        for place, pattern in enumerate(patterns):
            self.start |= 1 << offset
            self._items += [(offset + step, one) for step, one in enumerate(pattern.items)]
            self._loops += [(offset + step, one) for step, one in pattern.loops]
            self._accepts.append(1 << (offset + len(pattern.items)))
            if place < shapes:
                self._live |= (1 << (offset + len(pattern.items) + 1)) - (1 << offset)
            offset += len(pattern.items) + 1
        self._shapes = shapes
        self._names: dict[int, frozenset[str]] = {}
        for bit, one in (*self._items, *self._loops):
            if len(one.listed) <= _FEW:
                self._names[bit] = self._names.get(bit, frozenset()) | one.listed
        self._classes = _classes(frozenset(one for _, one in (*self._items, *self._loops) if len(one.listed) > _FEW))
        self._masks: dict[str, tuple[int, int]] = {}

    def _mask(self, character: str) -> tuple[int, int]:
        if character not in self._masks:
            self._masks[character] = _bits(self._items, character), _bits(self._loops, character)
        return self._masks[character]

    def step(self, state: int, character: str) -> int:
        """The state after one more character."""
        steps, stays = self._mask(character)
        return ((state & steps) << 1) | (state & stays)

    def after(self, text: str, state: int | None = None) -> int:
        """The state after a text."""
        state = self.start if state is None else state
        for character in text:
            state = self.step(state, character)
        return state

    def accepted(self, state: int) -> int:
        """Which patterns match what led to a state: a bit for each."""
        return sum(1 << place for place, accept in enumerate(self._accepts) if state & accept)

    def words(self, start: int | None = None) -> dict[int, str]:
        """A shortest string for every combination of patterns that one matches, by the combination's bits.

        Only strings that some shape matches count, where there are shapes. `start`: the state to search from.
        Raises `TooManyError` where there are more states than are searched.
        """
        found: dict[int, str] = {}
        for state, text in self.ends(start).items():
            found.setdefault(self.accepted(state), text)
        return found

    def ends(self, start: int | None = None) -> dict[int, str]:
        """As `words`, for every state that such strings lead to: those of two states may go on differently."""
        first = self.start if start is None else start
        seen = {first}
        waiting = [(first, "")]
        found: dict[int, str] = {}
        shape_bits = (1 << self._shapes) - 1
        for state, text in waiting:
            if not self._shapes or self.accepted(state) & shape_bits:
                found.setdefault(state, text)
            for character in self._relevant(state):
                after = self.step(state, character)
                if after in seen or (self._live and not after & self._live):
                    continue
                seen.add(after)
                if len(seen) > MAX_STATES:
                    raise TooManyError(f"{len(self._accepts)} overlapping patterns")
                waiting.append((after, text + character))
        return found

    def _relevant(self, state: int) -> Iterable[str]:
        """The characters that can make a difference in a state: those that its places name, and one of all others."""
        named: set[str] = set()
        left = state
        while left:
            low = left & -left
            named |= self._names.get(low.bit_length() - 1, frozenset())
            left ^= low
        generic = (next((one for one in members if one not in named), None) for members in self._classes)
        return (*(one for one in generic if one is not None), *sorted(named))


def _bits(sets: Iterable[tuple[int, Characters]], character: str) -> int:
    mask = 0
    for bit, characters in sets:
        if characters.has(character):
            mask |= 1 << bit
    return mask


_FEW = 2
"""Sets of more characters than this are told by a representative, not by each of their characters."""
_FRIENDLY = "xyzabcdefghijklmnopqrstuvw0123456789-_./:"
_ALL = (*_FRIENDLY, *(chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x100)) if chr(code) not in _FRIENDLY))


@lru_cache(maxsize=64)
def _classes(sets: frozenset[Characters]) -> tuple[tuple[str, ...], ...]:
    """All characters, put together where no set tells them apart; in each class the friendliest first."""
    ordered = sorted(sets, key=lambda one: (one.negated, sorted(one.listed)))
    classes: dict[tuple[bool, ...], list[str]] = {}
    for character in _ALL:
        classes.setdefault(tuple(one.has(character) for one in ordered), []).append(character)
    return tuple(tuple(members) for members in classes.values())
