"""Findings as Markdown for a comment on a change: the worst first, and no more than such a comment takes."""

from __future__ import annotations

from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli.markup import code, escaped
from kmsgen.cli.reports.report import Counts, Run, Worst, place

LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment, and whoever posts it may want to add to it."""
MARKER = "<!-- kmsgen:check -->"
"""By which a bot finds its comment again."""
_ROWS = 500
_HEAD = """
| | Rule | Key | Place | What |
| --- | --- | --- | --- | --- |"""


class Markdown:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run` says nothing that matters here."""
        self._stream = stream
        self._worst = Worst(_ROWS)

    def key(self, one: KeyFindings) -> None:
        """Keep the worst of the key's findings."""
        for finding in one.findings:
            if not finding.accepted:
                self._worst.add(finding)

    def end(self, counts: Counts) -> None:
        """Write the table, and how many more there are."""
        self._stream.write(f"{MARKER}\n## What is wrong with key policies\n\n{counts.words()}\n")
        rows, room = list[str](), LIMIT
        for row in map(_row, self._worst):
            if len(row) < room:  # one that is too long must not hide those after it
                rows.append(row)
                room -= len(row) + 1
        if rows:
            self._stream.write("\n".join((_HEAD, *rows, "")))
        if counts.findings > len(rows):
            self._stream.write(f"\nand {counts.findings - len(rows)} more\n")


def _row(one: Finding) -> str:
    said = escaped(one.message, table=True) + (f"<br>{escaped(one.help, table=True)}" if one.help else "")
    named = (code(text, table=True) for text in (one.key, place(one)))
    return f"| {one.severity} | {one.code} {one.rule} | {' | '.join(named)} | {said} |"
