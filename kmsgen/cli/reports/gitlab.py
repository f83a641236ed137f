"""Findings as a GitLab code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import hashlib
import json
from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Severity
from kmsgen.cli.reports.report import Counts, Run

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


class GitLab:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run` says nothing that matters here."""
        self._stream = stream
        self._between = "[\n"

    def key(self, one: KeyFindings) -> None:
        """Write the key's findings."""
        for finding in one.findings:
            if finding.accepted:
                continue
            # Keys of one name in two files are two keys.
            digest = hashlib.sha256(f"{finding.source}\x1f{finding.fingerprint}".encode()).hexdigest()
            entry = {
                "description": f"{finding.key}: {finding.message}",
                "check_name": f"{finding.code} {finding.rule}",
                "fingerprint": digest,
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": finding.source, "lines": {"begin": finding.line or 1}},
            }
            self._stream.write(self._between + json.dumps(entry, ensure_ascii=False))
            self._between = ",\n"

    def end(self, counts: Counts) -> None:
        """Close the list."""
        self._stream.write("[]\n" if self._between == "[\n" else "\n]\n")
