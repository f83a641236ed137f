"""Findings as SARIF 2.1.0, as code scanning takes them: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

What GitHub asks for beyond the standard:
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support.
"""

from __future__ import annotations

import json
import os
from typing import Any, TextIO

from kmsgen._version import __version__
from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding, Severity
from kmsgen.analysis.registry import Rule
from kmsgen.cli.reports.paths import in_repository, uri
from kmsgen.cli.reports.report import Counts, Run, path_text
from kmsgen.semantics.wording import example

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SECURITY: dict[Severity, str] = {"error": "8.0", "warning": "5.0", "note": "2.0"}
"""How GitHub ranks them: high, medium, low."""


class Sarif:
    """The report; one run, whose results are written as they come."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run.rules` are described before the first result."""
        self._stream = stream
        self._places = {rule.code: place for place, rule in enumerate(run.rules)}
        self._between = "\n"
        driver = {"name": "kmsgen", "version": __version__, "rules": [_rule(rule) for rule in run.rules]}
        stream.write(f'{{\n"$schema": "{SCHEMA}",\n"version": "2.1.0",\n"runs": [{{\n')
        stream.write(f'"tool": {{"driver": {json.dumps(driver, ensure_ascii=False)}}},\n')
        stream.write('"columnKind": "unicodeCodePoints",\n"results": [')

    def key(self, one: KeyFindings) -> None:
        """Write the key's findings."""
        for finding in one.findings:
            self._stream.write(self._between + json.dumps(self._result(finding), ensure_ascii=False))
            self._between = ",\n"

    def end(self, counts: Counts) -> None:
        """Close what was opened; SARIF counts nothing."""
        self._stream.write("\n]\n}]\n}\n")

    def _result(self, one: Finding) -> dict[str, Any]:
        parts = [one.message, *(["Write instead: " + one.help] if one.help else [])]
        parts += [f"For example: {example(request)}" for request in one.witness]
        result: dict[str, Any] = {
            "ruleId": one.code,
            **({"ruleIndex": self._places[one.code]} if one.code in self._places else {}),
            "level": one.severity,
            "message": {"text": "\n".join(parts)},
            "locations": [_location(one)],
            # GitHub looks at the first alone. What it would work out itself is the same for two keys of one line.
            "partialFingerprints": {"primaryLocationLineHash": one.fingerprint, "kmsgen/v1": one.fingerprint},
        }
        if one.accepted:
            # A baseline is a file beside what is checked: external, as the standard calls it (3.35.2).
            kind = "external" if one.outside else "inSource"
            result["suppressions"] = [{"kind": kind, "justification": one.accepted}]
        return result


def _location(one: Finding) -> dict[str, Any]:
    """The file and the line. A live key has neither; GitHub asks for a file all the same, and shows its ARN as one."""
    named = [one.key, *([path_text(one)] if one.path else [])]
    logical = {"name": one.key, "fullyQualifiedName": "/".join(named), "kind": "resource"}
    path = one.source if one.line is None else in_repository(one.source)
    artifact: dict[str, Any] = {"uri": uri(path)}
    if one.line is not None and not os.path.isabs(path):
        artifact["uriBaseId"] = "%SRCROOT%"
    region: dict[str, int] = {"startLine": one.line or 1}
    if one.line is not None and one.column is not None:
        region |= {"startColumn": one.column, "endColumn": one.column + max(1, one.length)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}, "logicalLocations": [logical]}


def _rule(rule: Rule) -> dict[str, Any]:
    text = f"{rule.why}\n\nAvoid:\n\n```yaml\n{rule.avoid}\n```\n\nPrefer:\n\n```yaml\n{rule.prefer}\n```"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.why, "markdown": text},
        "helpUri": rule.sources[0],
        "defaultConfiguration": {"level": rule.severity},
        "properties": {
            "precision": "very-high",
            "security-severity": _SECURITY[rule.severity],
            "tags": ["security", "aws-kms", rule.family.replace(" ", "-")],
        },
    }
