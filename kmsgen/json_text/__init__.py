"""JSON text to plain data, strictly by the standard, with the place at which each part of it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping as Pairs
from typing import Any, NamedTuple

from kmsgen.errors import Location, PolicyError
from kmsgen.json_text.quick import HALF_ESCAPED, Places, Quick, encodes, no_constant, once
from kmsgen.json_text.strict import MAX_DIGITS, Decimal, Path, Reader
from kmsgen.nodes import Source

__all__ = ["MAX_DIGITS", "Decimal", "Path", "Read", "parse", "parse_large", "parse_strictly"]


class Read(NamedTuple):
    """What is read of a text."""

    data: Any
    places: Pairs[Path, Location]


def parse(text: str, name: str) -> Read:
    """The data of a JSON text in which no name stands twice in one object, and its places.

    Raises `PolicyError` with every mistake and its place; what is no JSON at all is told at its first mistake.
    """
    source = Source(name, text.removeprefix("\ufeff"))
    try:
        quick = Quick(source.text)
        return Read(quick.whole(), Places(source, quick))
    except (PolicyError, ValueError, RecursionError):
        return parse_strictly(source)


def parse_strictly(source: Source) -> Read:
    """The same with all places at once, and with the mistakes."""
    reader = Reader(source)
    data = reader.whole()
    if reader.problems:
        raise PolicyError(*reader.problems)
    return Read(data, reader.places)


def parse_large(text: str, name: str) -> Read:
    """The same, many times faster again, and without places but for those of mistakes."""
    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
        if HALF_ESCAPED.search(text) and not encodes(data):
            raise ValueError
    except (ValueError, RecursionError):
        return parse(text, name)
    return Read(data, {(): Location(name, 1, 1)})
