"""The same data and places of JSON that is right, many times faster; what is wrong is left to the strict reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from typing import Any, NoReturn

from kmsgen.errors import Location
from kmsgen.json_text.strict import HALVES, MAX_DIGITS, SPACE, Decimal, Path, Reader
from kmsgen.nodes import MAX_DEPTH, Source

HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
"""What may become half of a surrogate pair."""
_NAME = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*')
_AFTER = re.compile(r"[ \t\r\n]*([,\]}])[ \t\r\n]*")
_LEVELS = 2


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object; raises `ValueError` where a name stands twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def no_constant(_: str) -> NoReturn:
    """Raise `ValueError`: `NaN` and the like are no JSON."""
    raise ValueError


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_constant, parse_float=Decimal, parse_int=_integer)


class Quick:
    """The same for what is right, many times faster: where it begins is kept of what is two levels down at most."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._deep = _LEVELS
        self.offsets: dict[Path, tuple[int, int]] = {}
        """Where each part begins, and how long it is for a caret."""
        self.rest: dict[Path, int] = {}
        """Where each value begins whose inside has no places yet."""

    def whole(self) -> Any:
        """The data; raises `ValueError` or `RecursionError` where anything is wrong, in no particular words."""
        text = self._text
        start = SPACE.match(text).end()  # type: ignore[union-attr]
        self.offsets[()] = start, 1
        data, end = self._value((), start)
        if (
            SPACE.match(text, end).end() < len(text)  # type: ignore[union-attr]
            or not (text.isascii() or not HALVES.search(text))
            or (HALF_ESCAPED.search(text) and not encodes(data))
        ):
            raise ValueError
        if text.count("{") + text.count("[") > MAX_DEPTH and _levels(data) > MAX_DEPTH + 1:
            raise ValueError
        return data

    def look_into(self, path: Path, start: int) -> None:
        """Keep as much of the value that begins at an offset.

        Raises `ValueError` where names are written with escapes.
        """
        self._deep = len(path) + _LEVELS
        self._value(path, start)

    def _value(self, path: Path, at: int) -> tuple[Any, int]:
        """The value that begins at an offset, and where it ends."""
        if len(path) < self._deep:
            opening = self._text[at : at + 1]
            if opening == "{":
                return self._object(path, at)
            if opening == "[":
                return self._list(path, at)
        else:
            self.rest[path] = at
        return _DECODER.raw_decode(self._text, at)

    def _object(self, path: Path, at: int) -> tuple[dict[str, Any], int]:
        made: dict[str, Any] = {}
        text, at = self._text, self._inside(at)
        more = text[at : at + 1] != "}"
        while more:
            name = _NAME.match(text, at)
            if name is None or name[1] in made:
                raise ValueError
            here = (*path, name[1])
            self.offsets[here] = at, name.end(1) + 1 - at
            made[name[1]], at = self._value(here, name.end())
            more, at = self._more(at, "}")
        return made, at + (not made)

    def _list(self, path: Path, at: int) -> tuple[list[Any], int]:
        made: list[Any] = []
        at = self._inside(at)
        more = self._text[at : at + 1] != "]"
        while more:
            here = (*path, len(made))
            self.offsets[here] = at, 1
            value, at = self._value(here, at)
            made.append(value)
            more, at = self._more(at, "]")
        return made, at + (not made)

    def _inside(self, at: int) -> int:
        return SPACE.match(self._text, at + 1).end()  # type: ignore[union-attr]

    def _more(self, at: int, close: str) -> tuple[bool, int]:
        """Whether another item follows, and where it, or what comes after the end, begins."""
        found = _AFTER.match(self._text, at)
        if found is None or found[1] not in (",", close):
            raise ValueError
        return found[1] == ",", found.end()


def encodes(data: Any) -> bool:
    """Whether no text in it holds half of a surrogate pair."""
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


class Places(Pairs[Path, Location]):
    """The places in a JSON text that is known to be right, each worked out when it is asked for."""

    def __init__(self, source: Source, quick: Quick) -> None:
        self._reader = Reader(source)
        self._quick = quick

    def __getitem__(self, path: Path) -> Location:
        found, offsets = self._reader.places, self._quick.offsets
        size = 0
        while path not in found and path not in offsets and size < len(path):
            size += 1
            self._look_into(path[:size])
        if path not in found:
            found[path] = self._reader.place(*offsets[path])
        return found[path]

    def _look_into(self, path: Path) -> None:
        start = self._quick.rest.pop(path, None)
        if start is None:
            return
        try:
            self._quick.look_into(path, start)
        except ValueError:  # a name in it is written with escapes
            self._reader.inside(path, start)

    def _all(self) -> set[Path]:
        while self._quick.rest:
            self._look_into(next(iter(self._quick.rest)))
        return {*self._quick.offsets, *self._reader.places}

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Path]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
