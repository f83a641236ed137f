"""JSON text to plain data by the letter of the standard, with the place of each part and of each mistake."""

from __future__ import annotations

import json.decoder
import re
from typing import Any, NoReturn

from kmsgen.errors import Location, PolicyError, Problem
from kmsgen.nodes import MAX_DEPTH, Source

Path = tuple[str | int, ...]
"""Where something stands in data: `("Statement", 0, "Action")`."""

MAX_DIGITS = 400
SPACE = re.compile(r"[ \t\r\n]*")
HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a surrogate pair, which are no characters."""

_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


class Decimal(float):
    """A number with a fraction or an exponent, that is written back as it was."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Decimal:
        """`text` is a JSON number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __str__(self) -> str:
        return self.text


class Reader:
    """A parser of JSON that keeps places; Python's own tells them only of mistakes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted = 0
        self.places: dict[Path, Location] = {}
        self.problems: list[Problem] = []

    def whole(self) -> Any:
        """The data; raises `PolicyError` at the first mistake after which nothing can be read."""
        self._skip()
        if self._at == len(self._text):
            self._refuse("there is nothing here, and JSON is expected")
        self.places[()] = self.place(self._at)
        value = self._value((), 0)
        self._skip()
        if self._at < len(self._text):
            self._refuse("more text stands after the end of the JSON value")
        return value

    def inside(self, path: Path, start: int) -> None:
        """Find the places inside the value that begins at an offset; it is known to be right."""
        self._at = start
        self._value(path, len(path))

    def _skip(self) -> None:
        self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]

    def place(self, offset: int, length: int = 1) -> Location:
        """The place at an offset; lines are counted on, or back, from the last one that was asked for."""
        if offset < self._counted:
            self._line -= self._text.count("\n", offset, self._counted)
            self._line_start = self._text.rfind("\n", 0, offset) + 1
        else:
            self._line += self._text.count("\n", self._counted, offset)
            if (found := self._text.rfind("\n", self._counted, offset)) >= 0:
                self._line_start = found + 1
        self._counted = offset
        return self._source.location(self._line, offset - self._line_start + 1, length)

    def _refuse(self, message: str, offset: int | None = None) -> NoReturn:
        at = self.place(min(self._at if offset is None else offset, len(self._text)))
        raise PolicyError(*self.problems, Problem(f"not valid JSON: {message}", at))

    def _value(self, path: Path, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep")
        character = self._text[self._at : self._at + 1]
        if character == '"':
            return self._string()
        if character == "{":
            return self._object(path, depth)
        if character == "[":
            return self._list(path, depth)
        if (number := _NUMBER.match(self._text, self._at)) is not None:
            self._at = number.end()
            return Decimal(number[0]) if number[2] or number[3] else self._integer(number[1])
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        return self._refuse(
            f"a value is expected, not `{character}`" if character else "it ends where a value is expected"
        )

    def _integer(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            self._refuse(f"a number of more than {MAX_DIGITS} digits", self._at - len(digits))
        return int(digits)

    def _string(self) -> str:
        try:
            value, self._at = json.decoder.scanstring(self._text, self._at + 1, True)  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            self._refuse(error.msg[:1].lower() + error.msg[1:], error.pos)
        if HALVES.search(value):
            self._refuse("half of a surrogate pair is no character")
        return str(value)

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, start in self._members():
            here = (*path, name)
            place = self.place(start, self._at - start)
            if name in made:
                related = (("first here", self.places[here]),)
                self.problems.append(Problem(f"`{name}` stands twice in one object", place, None, related))
            else:
                self.places[here] = place
            self._skip()
            if self._text[self._at : self._at + 1] != ":":
                self._refuse("a `:` is expected after a name")
            self._at += 1
            self._skip()
            value = self._value(here, depth + 1)
            made.setdefault(name, value)
        return made

    def _members(self) -> Any:
        """The names in an object, each with where it begins; the caller reads the value before it asks for the next."""
        for start in self._items("}"):
            if self._text[start : start + 1] != '"':
                self._refuse("a name in double quotes is expected")
            yield self._string(), start

    def _list(self, path: Path, depth: int) -> list[Any]:
        made: list[Any] = []
        for start in self._items("]"):
            here = (*path, len(made))
            self.places[here] = self.place(start)
            made.append(self._value(here, depth + 1))
        return made

    def _items(self, close: str) -> Any:
        """Where each item between brackets begins; the caller reads it before it asks for the next."""
        self._at += 1
        self._skip()
        if self._text[self._at : self._at + 1] == close:
            self._at += 1
            return
        while True:
            yield self._at
            self._skip()
            character = self._text[self._at : self._at + 1]
            self._at += 1
            if character == close:
                return
            if character != ",":
                self._at -= 1
                self._refuse(f"`,` or `{close}` is expected" if character else f"it ends before its `{close}`")
            self._skip()
