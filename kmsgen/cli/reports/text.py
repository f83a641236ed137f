"""Findings for a terminal: the place, the line with a caret under it, the reason, what to write instead."""

from __future__ import annotations

from functools import lru_cache
from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli import render
from kmsgen.cli.reports.report import Counts, Run, path_text, place
from kmsgen.errors import Location
from kmsgen.semantics.wording import example


class Text:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run.colour` says whether it is for a terminal that has colours."""
        self._stream = stream
        self._paint = render.Paint(run.colour)

    def key(self, one: KeyFindings) -> None:
        """Write the key's findings."""
        for finding in one.findings:
            if not finding.accepted:
                self._stream.write("\n".join(self._lines(finding)) + "\n")

    def end(self, counts: Counts) -> None:
        """Write how many there were."""
        self._stream.write(counts.words() + "\n")

    def _lines(self, one: Finding) -> list[str]:
        name = self._paint(f"[{one.code} {one.rule}]", "hint")
        head = self._paint(f"{one.severity}:", one.severity)
        lines = [f"{head} {_safe(place(one))}: {_safe(one.message)} {name}"]
        text = one.text or (_line(one.source, one.line) if one.line else "")
        if one.line and text:
            lines += render.excerpt(Location(one.source, one.line, one.column or 1, one.length, text), self._paint)
        where = f", {path_text(one)}" if one.path else ""
        lines.append(f"  key: {_safe(one.key + where)}")
        if one.help:
            lines.append(f"  {self._paint('hint:', 'hint')} {_safe(one.help)}")
        lines += [f"  e.g. {_safe(example(request))}" for request in one.witness]
        return lines


@lru_cache(maxsize=8)
def _file(path: str) -> tuple[str, ...]:
    """The lines of a file that findings are in; none where it cannot be read as it was."""
    try:
        with open(path, encoding="utf-8") as file:
            return tuple(file.read().splitlines())
    except (OSError, UnicodeDecodeError, ValueError):
        return ()


def _line(path: str, number: int) -> str:
    lines = _file(path)
    return lines[number - 1] if number <= len(lines) else ""


def _safe(text: str) -> str:
    """Text in one line, with nothing in it that steers a terminal."""
    return render.safe(text.replace("\r", " ").replace("\n", " "))
