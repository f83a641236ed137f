"""Problems as people read them: the place, the line with a caret under it, the reason, what to write instead."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import TextIO

from kmsgen.errors import Location, Problem

_WIDTH = 140
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;34m",
    "caret": "\x1b[31m",
    "hint": "\x1b[36m",
}


_hushed = False


def hush(quiet: bool) -> None:
    """Whether to leave out, from now on, all that is neither a result nor an error: `--quiet`."""
    global _hushed
    _hushed = quiet


def problems(found: Iterable[Problem], stream: TextIO) -> None:
    """Print problems by their place, errors with errors and warnings with warnings in one order."""
    paint = Paint(wants_colour(stream))
    for problem in sorted(found, key=_place):
        if not _hushed:
            print(_problem(problem, paint), file=stream)
        elif problem.severity == "error":
            print(_problem(replace(problem, hint=None), paint), file=stream)


def _place(problem: Problem) -> tuple[str, int, int]:
    return (problem.at.file, problem.at.line, problem.at.column) if problem.at else ("", 0, 0)


def wants_colour(stream: TextIO) -> bool:
    """Whether colour belongs on a stream: on a terminal that can, unless `NO_COLOR` is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Paint:
    """Colours text, or leaves it as it is."""

    def __init__(self, on: bool) -> None:
        """`on`: whether to colour."""
        self._on = on

    def __call__(self, text: str, colour: str) -> str:
        """Text in the colour of that name."""
        return f"{_COLOURS[colour]}{text}\x1b[0m" if self._on else text


def _problem(problem: Problem, paint: Paint) -> str:
    place = f" {safe(str(problem.at))}:" if problem.at else ""
    lines = [f"{paint(f'{problem.severity}:', problem.severity)}{place} {safe(problem.message)}"]
    if problem.at and problem.at.text:
        lines += excerpt(problem.at, paint)
    if problem.hint:
        lines.append(f"  {paint('hint:', 'hint')} {safe(problem.hint)}")
    lines += [f"  {label}: {safe(str(at))}" for label, at in problem.related]
    return "\n".join(lines)


def excerpt(at: Location, paint: Paint) -> list[str]:
    """The line and a caret under what is meant; of a long line only what is near it."""
    start = max(0, at.column - 1 - _WIDTH // 2) if len(at.text) > _WIDTH else 0
    shown = at.text[start : start + _WIDTH]
    before, meant = shown[: at.column - 1 - start], shown[at.column - 1 - start :][: at.length]
    gutter = f"{at.line:>5} | "
    caret = paint("^" * max(1, _columns(meant)), "caret")
    return [f"{gutter}{safe(shown)}".rstrip(), f"{' ' * 5} | {' ' * _columns(before)}{caret}"]


def _columns(text: str) -> int:
    """How many columns of a terminal a text fills."""
    width = 0
    for character in safe(text):
        if not unicodedata.combining(character):
            width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def safe(text: str) -> str:
    """Text in one line, without what would steer a terminal: what a file says must not be able to."""
    return _CONTROL.sub(lambda found: " " if found[0] == "\t" else f"\\x{ord(found[0]):02x}", text)


def safe_lines(text: str) -> str:
    """Several lines, each of them safe."""
    return "\n".join(map(safe, text.split("\n")))


def notes(found: Iterable[str]) -> None:
    """Say what is to be said of a source as a whole."""
    for note in found:
        say(safe(f"note: {note}"))


def say(text: str) -> None:
    """A line for people, on standard error, where it is not in the way of results."""
    if not _hushed:
        print(text, file=sys.stderr)
