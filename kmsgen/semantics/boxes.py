"""Sets of requests as boxes: for every dimension the classes that are in, as bits; and what others leave of one."""

from __future__ import annotations

from collections.abc import Iterable

from kmsgen.semantics.strings import TooManyError

Box = tuple[int, ...]
"""One number for each dimension, whose bits say which of the dimension's classes are in."""

MAX_PIECES = 20_000
"""Into how many pieces a set is cut before the question is given up."""


def meet(one: Box, other: Box) -> Box | None:
    """What two boxes have in common; None for nothing."""
    common = tuple(a & b for a, b in zip(one, other, strict=True))
    return common if all(common) else None


def minus(box: Box, cut: Box) -> list[Box]:
    """What is left of a box without another, in pieces that have nothing in common."""
    if not all(a & b for a, b in zip(box, cut, strict=True)):
        return [box]
    pieces: list[Box] = []
    rest = list(box)
    for place, mask in enumerate(cut):
        outside = rest[place] & ~mask
        if outside:
            pieces.append((*rest[:place], outside, *rest[place + 1 :]))
            rest[place] &= mask
    return pieces


def without(box: Box, cuts: Iterable[Box]) -> list[Box]:
    """What is left of a box without any of several.

    Raises `TooManyError` where it falls into more pieces than are kept.
    """
    touching = [cut for cut in cuts if all(a & b for a, b in zip(box, cut, strict=True))]
    # Those that take away most first: what they leave is cut into fewer pieces by the others.
    touching.sort(key=lambda cut: sum(1 for a, b in zip(box, cut, strict=True) if a & ~b))
    pieces = [box]
    for cut in touching:
        pieces = [left for piece in pieces for left in minus(piece, cut)]
        if not pieces:
            break
        if len(pieces) > MAX_PIECES:
            raise TooManyError("statements that overlap in too many ways")
    return pieces


def bits(places_: Iterable[int]) -> int:
    """A mask with these places set."""
    mask = 0
    for place in places_:
        mask |= 1 << place
    return mask


def lowest(mask: int) -> int:
    """The place of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def places(mask: int) -> list[int]:
    """The places of all bits, the lowest first."""
    found = []
    while mask:
        found.append(lowest(mask))
        mask &= mask - 1
    return found


def united(boxes: Iterable[Box], place: int) -> int:
    """Which classes of one dimension any of some boxes has."""
    mask = 0
    for box in boxes:
        mask |= box[place]
    return mask
