"""Findings as JSON: every one, accepted ones too, and how many there are."""

from __future__ import annotations

import json
from typing import Any, TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli.reports.report import Counts, Run, path_text, request_document

FORMAT_VERSION = "1"


class Json:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run` says nothing that matters here."""
        self._stream = stream
        self._between = "\n"
        stream.write(f'{{\n"format_version": "{FORMAT_VERSION}",\n"findings": [')

    def key(self, one: KeyFindings) -> None:
        """Write the key's findings."""
        for finding in one.findings:
            self._stream.write(self._between + json.dumps(document(finding), ensure_ascii=False))
            self._between = ",\n"

    def end(self, counts: Counts) -> None:
        """Write how many there were."""
        summary = {
            "keys": counts.keys,
            "keys_with_findings": counts.keys_with,
            "errors": counts.error,
            "warnings": counts.warning,
            "notes": counts.note,
            "accepted": counts.accepted,
            "expectations": {"passed": counts.passed, "failed": counts.failed},
        }
        self._stream.write(f'\n],\n"summary": {json.dumps(summary)}\n}}\n')


def document(one: Finding) -> dict[str, Any]:
    """A finding as JSON data."""
    return {
        "code": one.code,
        "rule": one.rule,
        "severity": one.severity,
        "message": one.message,
        "key": one.key,
        "statement": one.statement,
        "source": one.source,
        "line": one.line,
        "column": one.column,
        "path": path_text(one) or None,
        "help": one.help,
        "witness": [request_document(request) for request in one.witness],
        "fingerprint": one.fingerprint,
        "accepted": one.accepted,
    }
