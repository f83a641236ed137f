"""Findings as annotations of a GitHub workflow, the worst first: it shows ten of each kind for a step, and no more.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from __future__ import annotations

from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding, Severity
from kmsgen.cli.reports.report import Counts, Run, Worst

SHOWN = 10
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


class GitHub:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run` says nothing that matters here."""
        self._stream = stream
        # One notice is kept for saying how many more there are.
        self._worst = {one: Worst(SHOWN - (one == "note")) for one in _COMMANDS}

    def key(self, one: KeyFindings) -> None:
        """Keep the worst of the key's findings."""
        for finding in one.findings:
            if not finding.accepted:
                self._worst[finding.severity].add(finding)

    def end(self, counts: Counts) -> None:
        """Write those that are shown, and how many more there are."""
        shown = [finding for worst in self._worst.values() for finding in worst]
        for finding in shown:
            self._stream.write(_command(finding) + "\n")
        if counts.findings > len(shown):
            more = f"kmsgen shows {len(shown)} of {counts.findings} findings here: {counts.words()}"
            self._stream.write(f"::notice::{_data(more)}\n")
        self._stream.write(_inert(counts.words()) + "\n")


def _command(one: Finding) -> str:
    at = [f"file={_property(one.source)}"] if one.line is not None else []
    at += [f"line={one.line}"] if one.line is not None else []
    at += [f"col={one.column}"] if one.line is not None and one.column is not None else []
    at.append(f"title={_property(f'{one.code} {one.rule}')}")
    said = f"{one.key}: {one.message}" + (f"\n{one.help}" if one.help else "")
    return f"::{_COMMANDS[one.severity]} {','.join(at)}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _inert(line: str) -> str:
    """A line that cannot be taken for a command."""
    return line.replace("::", ": :")
