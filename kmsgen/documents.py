"""JSON or YAML text to plain data, with the place at which each part of it stands."""

from __future__ import annotations

import json
import json.decoder
import re
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from typing import Any, NoReturn

from kmsgen import nodes
from kmsgen.errors import KmsgenError, Location, PolicyError, Problem
from kmsgen.nodes import MAX_DEPTH, Mapping, Node, Scalar, Sequence, Source

Path = tuple[str | int, ...]
"""Where something stands in data: `("Statement", 0, "Action")`."""

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_HALVES = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
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


@dataclass(frozen=True)
class Document:
    """Data, and where it comes from."""

    data: Any
    name: str
    places: Pairs[Path, Location] = field(default_factory=dict, repr=False)
    """A member of an object stands where its name does, an item of a list where it begins itself."""

    def at(self, path: Path) -> Location | None:
        """The place of what a path leads to, or of the nearest thing above it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path)

    def below(self, path: Path) -> Document:
        """The part that a path leads to, as a document."""
        data = self.data
        for step in path:
            data = data[step]
        size = len(path)
        kept = {one[size:]: place for one, place in self.places.items() if one[:size] == path}
        return Document(data, self.name, kept)


def read_json(text: str, name: str) -> Document:
    """The data of a JSON text, strictly by the standard, and no name twice in one object.

    Raises `PolicyError` with every mistake and its place; what is no JSON at all is told at its first mistake.
    """
    reader = _Json(Source(name, text.removeprefix("\ufeff")))
    data = reader.whole()
    if reader.problems:
        raise PolicyError(*reader.problems)
    return Document(data, name, reader.places)


def read_large_json(text: str, name: str) -> Document:
    """The same, many times faster, and without places but for those of mistakes."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise ValueError
        return made

    def constant(_: str) -> NoReturn:
        raise ValueError

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=constant)
        if _HALF_ESCAPED.search(text):
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return read_json(text, name)
    return Document(data, name, {(): Location(name, 1, 1)})


class _Json:
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
        self._skip()
        if self._at == len(self._text):
            self._refuse("there is nothing here, and JSON is expected")
        self.places[()] = self._place(self._at)
        value = self._value((), 0)
        self._skip()
        if self._at < len(self._text):
            self._refuse("more text stands after the end of the JSON value")
        return value

    def _skip(self) -> None:
        self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]

    def _place(self, offset: int, length: int = 1) -> Location:
        """Offsets are asked for in ascending order but for mistakes, so lines are counted on from the last one."""
        if offset < self._counted:
            self._line, self._line_start, self._counted = 1, 0, 0
        self._line += self._text.count("\n", self._counted, offset)
        if (found := self._text.rfind("\n", self._counted, offset)) >= 0:
            self._line_start = found + 1
        self._counted = offset
        return self._source.location(self._line, offset - self._line_start + 1, length)

    def _refuse(self, message: str, offset: int | None = None) -> NoReturn:
        at = self._place(min(self._at if offset is None else offset, len(self._text)))
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
        if len(digits) > 400:
            self._refuse("a number of more than 400 digits", self._at - len(digits))
        return int(digits)

    def _string(self) -> str:
        try:
            value, self._at = json.decoder.scanstring(self._text, self._at + 1, True)  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            self._refuse(error.msg[:1].lower() + error.msg[1:], error.pos)
        if _HALVES.search(value):
            self._refuse("half of a surrogate pair is no character")
        return str(value)

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, start in self._members():
            here = (*path, name)
            place = self._place(start, self._at - start)
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
            self.places[here] = self._place(start)
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


def read_yaml(text: str, name: str) -> Document:
    """The data of a YAML text: every scalar as the text it is, a tag (`!Ref x`) as the function that it stands for.

    Raises `KmsgenError` with every mistake and its place.
    """
    root, problems = nodes.read(text, name)
    if problems:
        raise KmsgenError(*problems)
    places: dict[Path, Location] = {(): root.at if root is not None else Location(name, 1, 1)}
    data = None if root is None else _plain(root, (), places)
    return Document(data, name, places)


def _plain(node: Node, path: Path, places: dict[Path, Location]) -> Any:
    if node.tag is not None:
        function = node.tag.removeprefix("!")
        function = function if function in ("Ref", "Condition") else f"Fn::{function}"
        here = (*path, function)
        places[here] = node.at
        argument = _untagged(node, here, places)
        if function == "Fn::GetAtt" and isinstance(argument, str):
            argument = argument.split(".", 1)
        return {function: argument}
    return _untagged(node, path, places)


def _untagged(node: Node, path: Path, places: dict[Path, Location]) -> Any:
    if isinstance(node, Mapping):
        made: dict[str, Any] = {}
        for name, (key, value) in node.items.items():
            places[*path, name] = key.at
            made[name] = _plain(value, (*path, name), places)
        return made
    if isinstance(node, Sequence):
        items = []
        for index, item in enumerate(node.items):
            places[*path, index] = item.at
            items.append(_plain(item, (*path, index), places))
        return items
    assert isinstance(node, Scalar)
    return None if node.is_null else node.value
