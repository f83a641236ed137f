"""Where the parts of a value stand, when it is put together of several."""

from __future__ import annotations

from typing import Any, NamedTuple

from kmsgen.documents import Path
from kmsgen.errors import Location
from kmsgen.sources.configuration.syntax import Span

Places = dict[Path, Location]


class Piece(NamedTuple):
    """A piece of a text, and where it stands."""

    text: str
    span: Span


def carry(arguments: list[Any], inner: list[Places], path: Path, places: Places, *, lists: bool) -> None:
    """Keep where the items stand that a function puts together."""
    before = 0
    for argument, found in zip(arguments, inner, strict=True):
        for one, place in found.items():
            if one and lists and isinstance(one[0], int):
                places[(*path, before + one[0], *one[1:])] = place
            elif one and not lists:
                places[(*path, *one)] = place
        before += len(argument) if isinstance(argument, list) else 1
