"""Findings as JUnit XML: a suite for each key, a failed test for each error and warning in it.

What continuous integration servers read: https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

import re
from typing import TextIO

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli.reports.paths import in_repository
from kmsgen.cli.reports.report import Counts, Run, path_text, place
from kmsgen.semantics.wording import example

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnit:
    """The report."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        """`run` says nothing that matters here."""
        self._stream = stream
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kmsgen check">\n')

    def key(self, one: KeyFindings) -> None:
        """Write the key's suite: its findings and the expectations that hold; without either, one test that passes."""
        held = [result.expected for result in one.expectations if result.holds]
        failed = sum(finding.severity != "note" and not finding.accepted for finding in one.findings)
        skipped = sum(bool(finding.accepted) for finding in one.findings)
        counts = f'tests="{len(one.findings) + len(held) or 1}" failures="{failed}" errors="0" skipped="{skipped}"'
        name = _attribute(f"{one.key.where} {one.key.name}")
        self._stream.write(f"  <testsuite name={name} {counts}>\n")
        for finding in one.findings:
            self._case(finding)
        for expected in held:
            verb = "allowed" if expected.allow else "denied"
            name = _attribute(f"expectation: `{expected.who}` is {verb} `{expected.to}`")
            at = f'file={_attribute(expected.at.file)} line="{expected.at.line}"'
            self._stream.write(f"    <testcase name={name} classname={_attribute(one.key.name)} {at}/>\n")
        if not one.findings and not held:
            self._stream.write(f'    <testcase name="nothing found" classname={_attribute(one.key.name)}/>\n')
        self._stream.write("  </testsuite>\n")

    def _case(self, one: Finding) -> None:
        head = (
            f"    <testcase name={_attribute(f'{one.code} {one.rule}: {one.message}')} classname={_attribute(one.key)}"
        )
        if one.line is not None:
            head += f' file={_attribute(in_repository(one.source))} line="{one.line}"'
        said = [place(one), *([path_text(one)] if one.path else []), *([one.help] if one.help else [])]
        said += [f"e.g. {example(request)}" for request in one.witness]
        from xml.sax.saxutils import escape  # it brings half of the standard library's network with it

        body = escape(_xml("\n".join(said)), {"\r": "&#13;"})
        if one.accepted:
            inner = f"<skipped message={_attribute('accepted: ' + one.accepted)}/>"
        elif one.severity == "note":
            inner = f"<system-out>{body}</system-out>"
        else:
            inner = f"<failure type={_attribute(one.severity)} message={_attribute(one.message)}>{body}</failure>"
        self._stream.write(f"{head}>{inner}</testcase>\n")

    def end(self, counts: Counts) -> None:
        """Close what was opened."""
        self._stream.write("</testsuites>\n")


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(_xml(text))


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
