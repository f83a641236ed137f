"""Which requests one policy allows and another does not: as boxes, each with the statement that makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kmsgen.semantics.boxes import Box, meet, without
from kmsgen.semantics.space import Space, Stated
from kmsgen.semantics.statements import Access


@dataclass(frozen=True)
class Piece:
    """Some requests that are allowed on one side alone."""

    box: Box
    allow: int
    """The place of the statement that allows them, on the side that does."""
    deny: int | None
    """The place of the statement that denies them on the other side; None where nothing allows them there."""


class Side:
    """A policy in a space: what it allows at a level, and what it denies."""

    def __init__(self, space: Space, statements: Sequence[Stated], level: Access) -> None:
        self.space = space
        self.statements = statements
        self._level = level

    @cached_property
    def allows(self) -> list[tuple[int, Box]]:
        """The boxes of its Allows, each with the statement's place."""
        return list(self._boxes(allow=True))

    @cached_property
    def denies(self) -> list[tuple[int, Box]]:
        """The boxes of its Denies."""
        return list(self._boxes(allow=False))

    def _boxes(self, *, allow: bool) -> Iterator[tuple[int, Box]]:
        for place, one in enumerate(self.statements):
            if (one.statement.effect.value == "Allow") is allow:
                # A Deny takes in whoever it names, however strongly.
                for box in self.space.boxes(one, self._level if allow else "delegated"):
                    yield place, box


def beyond(wide: Side, narrow: Side, within: Sequence[Box] | None = None) -> Iterator[Piece]:
    """The requests that `wide` allows and `narrow` does not, at the level of both.

    `within`: only these. Raises `TooManyError` where they fall into more pieces than are kept.
    """
    impossible, denied = wide.space.forbidden, [box for _, box in wide.denies]
    allowed = [box for _, box in narrow.allows]
    for place, box in wide.allows:
        for start in _clipped(box, within):
            for piece in without(start, [*allowed, *denied, *impossible]):
                yield Piece(piece, place, None)
    same = {one for one in wide.statements if one.statement.effect.value == "Deny"}
    for at, deny in narrow.denies:
        if narrow.statements[at] in same:
            continue  # denied on both sides
        for place, box in wide.allows:
            common = meet(box, deny)
            for start in _clipped(common, within) if common else ():
                for piece in without(start, [*denied, *impossible]):
                    # What nothing allows on the other side is told above.
                    for kept in (meet(piece, other) for other in allowed):
                        if kept:
                            yield Piece(kept, place, at)


def _clipped(box: Box, within: Sequence[Box] | None) -> Iterator[Box]:
    if within is None:
        yield box
        return
    for limit in within:
        common = meet(box, limit)
        if common:
            yield common
