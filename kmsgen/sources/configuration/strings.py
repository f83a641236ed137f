"""What a text in Terraform's language means: escapes undone, the indentation of a heredoc taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsgen.errors import Problems
from kmsgen.sources.configuration.syntax import Chunk, Expression, Span, Template, Text

_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|)|([$%])\4\{')
_DOUBLED = re.compile(r"([$%])\1\{")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

Hole = tuple[int, int, Expression]
"""Where an expression in a text begins and ends, and the expression."""


def quoted(text: Text, start: int, end: int, problems: Problems) -> Template:
    """A piece of a text in quotes, in which there is no expression; an escape that is none is told."""
    parts: list[Chunk] = []
    at = start
    for found in _ESCAPE.finditer(text.text, start, end):
        parts += _run(text, at, found.start())
        at = found.end()
        simple, short, long, mark = found.groups()
        meant = _MEANT[simple] if simple else f"{mark}{{" if mark else _character(short or long)
        if meant is None:
            problems.error("this escape is not known", text.at(found.start(), 2), "a `\\` itself is written `\\\\`")
            continue
        parts.append(Chunk(meant, found.start()))
    parts += _run(text, at, end)
    return Template(Span(text, start, end - start), tuple(parts))


def _run(text: Text, start: int, end: int) -> Iterator[Chunk]:
    if start < end:
        yield Chunk(text.text[start:end], start)


def _character(digits: str | None) -> str | None:
    number = int(digits, 16) if digits else -1
    return chr(number) if 0 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else None


def heredoc(text: Text, start: int, end: int, holes: list[Hole], *, flush: bool) -> tuple[Chunk | Expression, ...]:
    """The parts of a heredoc; with `flush` all lines lose the indentation of the one that has the least.

    https://developer.hashicorp.com/terraform/language/expressions/strings#indented-heredocs
    """
    width = _indentation(text.text, start, end, holes) if flush else 0
    parts: list[Chunk | Expression] = []
    at = start
    for hole_start, hole_end, expression in holes:
        parts += _lines(text.text, at, hole_start, width, start)
        parts.append(expression)
        at = hole_end
    parts += _lines(text.text, at, end, width, start)
    return tuple(parts)


def _indentation(text: str, start: int, end: int, holes: list[Hole]) -> int:
    """The least indentation of a line that has something on it; a blank line says nothing."""
    least: int | None = None
    at = start
    while at < end:
        line_end = text.find("\n", at, end)
        line_end = end if line_end < 0 else line_end
        hole = next((one for one in holes if one[0] < line_end < one[1]), None)
        while hole is not None:  # an expression may go over several lines
            line_end = text.find("\n", hole[1], end)
            line_end = end if line_end < 0 else line_end
            hole = next((one for one in holes if one[0] < line_end < one[1]), None)
        line = text[at:line_end]
        if line.strip():
            width = len(line) - len(line.lstrip())
            least = width if least is None else min(least, width)
        at = line_end + 1
    return least or 0


def _lines(text: str, start: int, end: int, width: int, first: int) -> Iterator[Chunk]:
    at = start
    while at < end:
        line_end = text.find("\n", at, end)
        line_end = end if line_end < 0 else line_end + 1
        begins = at == first or text[at - 1] == "\n"
        if begins and width:
            blank = len(text[at:line_end]) - len(text[at:line_end].lstrip(" \t"))
            at += min(width, blank)
        last = at
        for found in _DOUBLED.finditer(text, at, line_end):
            if last < found.start():
                yield Chunk(text[last : found.start()], last)
            yield Chunk(f"{found[1]}{{", found.start())
            last = found.end()
        if last < line_end:
            yield Chunk(text[last:line_end], last)
        at = line_end
