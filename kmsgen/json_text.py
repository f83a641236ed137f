"""JSON text to plain data, strictly by the standard, with the place at which each part of it stands."""

from __future__ import annotations

import json
import json.decoder
import re
from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from typing import Any, NamedTuple, NoReturn

from kmsgen.errors import Location, PolicyError, Problem
from kmsgen.nodes import MAX_DEPTH, Source

Path = tuple[str | int, ...]
"""Where something stands in data: `("Statement", 0, "Action")`."""

MAX_DIGITS = 400

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
        quick = _Quick(source)
        return Read(quick.whole(), _Places(source, quick.places, quick.rest))
    except (PolicyError, ValueError, RecursionError):
        return parse_strictly(source)


def parse_strictly(source: Source) -> Read:
    """The same with all places at once, and with the mistakes."""
    reader = _Json(source)
    data = reader.whole()
    if reader.problems:
        raise PolicyError(*reader.problems)
    return Read(data, reader.places)


def parse_large(text: str, name: str) -> Read:
    """The same, many times faster again, and without places but for those of mistakes."""
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        if _HALF_ESCAPED.search(text) and not _encodes(data):
            raise ValueError
    except (ValueError, RecursionError):
        return parse(text, name)
    return Read(data, {(): Location(name, 1, 1)})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def _no_constant(_: str) -> NoReturn:
    raise ValueError


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

    def inside(self, path: Path, start: int) -> dict[Path, Location]:
        """The places inside the value that begins at an offset; it is known to be right."""
        self._at = start
        self._value(path, len(path))
        return self.places

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
        if len(digits) > MAX_DIGITS:
            self._refuse(f"a number of more than {MAX_DIGITS} digits", self._at - len(digits))
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


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=Decimal, parse_int=_integer
)


class _Quick(_Json):
    """The same for what is right, many times faster: places are kept of what is at most two levels down."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.rest: dict[Path, int] = {}
        """Where each value begins whose inside has no places yet."""

    def whole(self) -> Any:
        """The data; raises `ValueError` or `PolicyError` where anything is wrong with it, in no particular words."""
        data = super().whole()
        text = self._text
        if (
            self.problems
            or not (text.isascii() or not _HALVES.search(text))
            or (_HALF_ESCAPED.search(text) and not _encodes(data))
        ):
            raise ValueError
        if text.count("{") + text.count("[") > MAX_DEPTH and _levels(data) > MAX_DEPTH + 1:
            raise ValueError
        return data

    def _value(self, path: Path, depth: int) -> Any:
        if depth < 2:
            return super()._value(path, depth)
        self.rest[path] = self._at
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value


def _encodes(data: Any) -> bool:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _levels(data: Any) -> int:
    """How many levels of lists and objects there are, with what is in the last of them."""
    level, count = [data], 0
    while level:
        lists = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level, count = [one for some in lists for one in some], count + 1
    return count


class _Places(Pairs[Path, Location]):
    """The places in a JSON text that is known to be right; those that are not at hand are worked out when asked for."""

    def __init__(self, source: Source, found: dict[Path, Location], rest: dict[Path, int]) -> None:
        self._source = source
        self._found = found
        self._rest = rest

    def __getitem__(self, path: Path) -> Location:
        if path not in self._found and (start := self._rest.pop(path[:2], None)) is not None:
            self._found |= _Json(self._source).inside(path[:2], start)
        return self._found[path]

    def _whole(self) -> dict[Path, Location]:
        while self._rest:
            path, start = self._rest.popitem()
            self._found |= _Json(self._source).inside(path, start)
        return self._found

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Path]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())
