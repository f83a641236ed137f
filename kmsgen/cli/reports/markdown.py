"""Findings as Markdown for a comment on a change: the worst first, and no more than such a comment takes."""

from __future__ import annotations

from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli.explain_text import cell
from kmsgen.cli.reports.report import Counts, Run, Worst, place

LIMIT = 60_000
"""Characters; GitHub takes 65,536 in a comment, and its reader may want to add to it."""
_ROWS = 500


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
        self._stream.write(f"**kmsgen check**: {counts.words()}\n")
        rows, room = [], LIMIT
        for finding in self._worst:
            row = _row(finding)
            room -= len(row) + 1
            if room < 0:
                break
            rows.append(row)
        if rows:
            self._stream.write("\n| | Rule | Key | Place | What |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n")
        if counts.findings > len(rows):
            self._stream.write(f"\nand {counts.findings - len(rows)} more\n")


def _row(one: Finding) -> str:
    said = one.message + (f" ({one.help})" if one.help else "")
    cells = (one.severity, f"{one.code} {one.rule}", one.key, place(one), said)
    return f"| {' | '.join(map(cell, cells))} |"
