"""Which planned key is which current one: by ARN, by id, by alias, by name, one to one and always the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kmsgen.errors import KmsgenError, Problem
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.model import SourceKey


@dataclass(frozen=True)
class Pair:
    """A planned key and the current one that it is; one of them None for a key that is new or gone."""

    planned: SourceKey | None
    current: SourceKey | None
    by: str | None = None
    """How they were matched."""

    @property
    def name(self) -> str:
        """What the key is called: as the planned side calls it, where it is there."""
        key = self.planned or self.current
        assert key is not None
        return key.name


Words = Callable[[SourceKey], Iterable[str]]


def match(planned: Sequence[SourceKey], current: Sequence[SourceKey]) -> tuple[Pair, ...]:
    """Every key of both sides once: the planned ones in their order, then the current ones that are gone.

    Raises `KmsgenError` where a key may be several of the other side's.
    """
    matching = _Matching(planned, current)
    for by, words in _ROUNDS.items():
        matching.round(by, words)
    if len(planned) == len(current) == 1 and (planned[0].nameless or current[0].nameless):
        matching.join(0, 0, "being the only key")
    matching.raise_if_unclear()
    return tuple(matching.pairs())


def _by_arn(key: SourceKey) -> Iterator[str]:
    if key.arn:
        yield key.arn


def _by_id(key: SourceKey) -> Iterator[str]:
    if key.key_id:
        yield key.key_id


def _plain(name: str) -> str:
    """A name without what one format allows in it and another does not: `orders-eu`, `orders_eu`, `OrdersEu`."""
    return "".join(character for character in name.casefold() if character.isalnum())


_ROUNDS: dict[str, Words] = {
    "ARN": _by_arn,
    "id": _by_id,
    "alias": lambda key: key.aliases,
    "name": lambda key: {key.name, *key.names},
    "name, but for its spelling": lambda key: {_plain(name) for name in (key.name, *key.names)},
}


class _Matching:
    def __init__(self, planned: Sequence[SourceKey], current: Sequence[SourceKey]) -> None:
        self._planned = planned
        self._current = current
        self._found: dict[int, tuple[int, str]] = {}
        self._taken: set[int] = set()
        self._unclear: dict[int, tuple[set[int], str]] = {}
        self._names = {key.name for key in planned} & {key.name for key in current}

    def join(self, new: int, old: int, by: str) -> None:
        """Say that two keys are one, unless either is another's already."""
        if new not in self._found and old not in self._taken:
            self._found[new] = (old, by)
            self._taken.add(old)
            self._unclear.pop(new, None)

    def round(self, by: str, words: Words) -> None:
        """Join every two keys that are each other's one best match by these words."""
        by_word: dict[str, set[int]] = defaultdict(set)
        for old, key in enumerate(self._current):
            for word in words(key):
                by_word[word].add(old)
        likely = {
            new: {old for word in words(key) for old in by_word.get(word, ()) if self._may_be(new, old, by)}
            for new, key in enumerate(self._planned)
            if new not in self._found
        }
        joined = True
        while joined:
            joined = False
            wanting: dict[int, set[int]] = defaultdict(set)
            for new, olds in likely.items():
                for old in olds:
                    wanting[old].add(new)
            for new, olds in likely.items():
                best = self._best(olds - self._taken, lambda old, new=new: self._score(new, old))  # type: ignore[misc]
                if new in self._found or len(best) != 1:
                    continue
                (old,) = best
                rivals = {one for one in wanting[old] if one not in self._found}
                if self._best(rivals, lambda one, old=old: self._score(one, old)) == {new}:  # type: ignore[misc]
                    self.join(new, old, by)
                    joined = True
        for new, olds in likely.items():
            if new not in self._found and olds - self._taken:
                self._unclear.setdefault(new, (olds, by))

    @staticmethod
    def _best(ones: set[int], score: Callable[[int], int]) -> set[int]:
        highest = max(map(score, ones), default=0)
        return {one for one in ones if score(one) == highest}

    def _may_be(self, new: int, old: int, by: str) -> bool:
        planned, current = self._planned[new], self._current[old]
        if old in self._taken or any(_differ(one, other) for one, other in _places(planned, current)):
            return False
        # An alias can move from key to key; where both sides name their keys alike, the names say which is which.
        same_names = planned.kind == current.kind and planned.name != current.name
        return not (by == "alias" and same_names and ({planned.name, current.name} & self._names))

    def _score(self, new: int, old: int) -> int:
        planned, current = self._planned[new], self._current[old]
        agreed = sum(one is not None and one == other for one, other in _places(planned, current))
        return 2 * agreed + (planned.name == current.name) + (bool(set(planned.aliases) & set(current.aliases)))

    def raise_if_unclear(self) -> None:
        """Raise what could not be decided."""
        problems = []
        for new, (olds, by) in sorted(self._unclear.items()):
            left = sorted(olds - self._taken)
            if new in self._found or not left:
                continue
            listed = ", ".join(f"`{self._current[old].name}` ({self._current[old].where})" for old in left)
            key = self._planned[new]
            message = f"by its {by} the planned key `{key.name}` ({key.where}) may be {listed}"
            problems.append(Problem(message, hint="pick one key on each side: `SOURCE#KEY`"))
        if problems:
            raise KmsgenError(*problems)

    def pairs(self) -> Iterator[Pair]:
        """The outcome."""
        for new, key in enumerate(self._planned):
            old, by = self._found.get(new, (None, None))
            yield Pair(key, None if old is None else self._current[old], by)
        yield from (Pair(None, key) for old, key in enumerate(self._current) if old not in self._taken)


def _places(planned: SourceKey, current: SourceKey) -> Iterator[tuple[str | None, str | None]]:
    yield planned.environment, current.environment
    yield planned.facts.account, current.facts.account
    yield planned.facts.region, current.facts.region


def _differ(one: str | None, other: str | None) -> bool:
    """Whether two things are known and not the same."""
    return bool(one and other and one != other and not is_symbolic(one) and not is_symbolic(other))
