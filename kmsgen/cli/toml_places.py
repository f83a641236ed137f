"""Where the keys of a TOML text stand: Python's own reader gives their values, and no places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from kmsgen.errors import BlueprintError, Location, Problem

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(text: str, file: str) -> dict[str, Any]:
    """What a TOML text says.

    Raises `BlueprintError` with the place where it is not valid.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, lines = str(error), text.split("\n")
        found = _AT.search(said)
        line = int(found[1]) if found and found[1] else len(lines)
        column = int(found[2]) if found and found[2] else len(lines[-1]) + 1
        message = _AT.sub("", said)
        at = Location(file, line, column, 1, lines[line - 1].rstrip("\r"))
        raise BlueprintError(Problem(f"not valid TOML: {message[:1].lower()}{message[1:]}", at)) from error


def table(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands under some keys, one in another; None where there is nothing."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


class Places:
    """The places of the keys of one table of a valid TOML text."""

    def __init__(self, text: str, file: str, path: tuple[str, ...]) -> None:
        """`path`: the keys under which the table stands, none for the whole document."""
        self._lines = [line.removesuffix("\r") for line in text.split("\n")]
        self._file = file
        self._path = path
        self._spans: dict[str, tuple[int, int]] | None = None

    def key(self, key: str) -> Location:
        """Where a key of the table stands."""
        start, end = self._span(key)
        written = re.compile(rf"""(?<![\w-])["']?({re.escape(key)})["']?\s*=""")
        for number in range(start, end):
            if found := written.search(self._lines[number]):
                return self._location(number, found.start(1), len(key))
        return self._within(start, end, key) or self._location(start, 0, 1)

    def item(self, key: str, value: str) -> Location:
        """Where a text stands within what a key says; the key's own place where it is written in another way."""
        start, end = self._span(key)
        quoted = (self._within(start, end, f"{mark}{value}{mark}") for mark in "\"'")
        return next((found for found in quoted if found), None) or self.key(key)

    def _within(self, start: int, end: int, text: str) -> Location | None:
        for number in range(start, end):
            if (column := self._lines[number].find(text)) >= 0:
                return self._location(number, column, len(text))
        return None

    def _location(self, number: int, column: int, length: int) -> Location:
        return Location(self._file, number + 1, column + 1, length, self._lines[number])

    def _span(self, key: str) -> tuple[int, int]:
        if self._spans is None:
            self._spans = self._measured()
        return self._spans.get(key, (0, len(self._lines)))

    def _measured(self) -> dict[str, tuple[int, int]]:
        """The first line of each key's entry and the line after its last, both from 0.

        Each beginning of the text that ends with a line is read: what it says and the one before it did not is what
        the lines between them write. So no grammar but Python's own is asked where strings and lists end.
        """
        spans: dict[str, tuple[int, int]] = {}
        start = 0
        for end in range(1, len(self._lines) + 1):
            try:
                there = table(tomllib.loads("\n".join(self._lines[:end])), self._path)
            except tomllib.TOMLDecodeError:
                continue  # in the middle of an entry
            for name in there if isinstance(there, dict) else ():
                spans.setdefault(name, (start, end))
            start = end
        return spans
