"""Findings for a terminal: the place, the line with a caret under it, the reason, what to write instead."""

from __future__ import annotations

from functools import lru_cache
from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli import render
from kmsgen.cli.reports.report import Counts, Run, path_text, place
from kmsgen.errors import KmsgenError, Location
from kmsgen.files import read_text
from kmsgen.nodes import Source
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
        lines = [f"{head} {render.safe(place(one))}: {render.safe(one.message)} {name}"]
        text = one.text or (_file(one.source).line(one.line) if one.line else "")
        if one.line and text:
            lines += render.excerpt(Location(one.source, one.line, one.column or 1, one.length, text), self._paint)
        where = f", {path_text(one)}" if one.path else ""
        lines.append(f"  key: {render.safe(one.key + where)}")
        if one.help:
            lines.append(f"  {self._paint('hint:', 'hint')} {render.safe(one.help)}")
        lines += [f"  e.g. {render.safe(example(request))}" for request in one.witness]
        return lines


@lru_cache(maxsize=8)
def _file(path: str) -> Source:
    """The text of a file that findings are in; none where it is no file, or not what it was when it was read."""
    try:
        return Source(path, read_text(path))
    except KmsgenError:
        return Source(path, "")
