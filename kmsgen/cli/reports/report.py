"""What every report is: a writer that takes one key's findings after another, and at the end how many there were."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import SEVERITIES, Finding
from kmsgen.analysis.registry import Rule
from kmsgen.policy import read
from kmsgen.semantics.request import Request
from kmsgen.words import counted


@dataclass(frozen=True)
class Run:
    """What a report knows beforehand."""

    rules: tuple[Rule, ...]
    """The rules that apply, by code."""
    colour: bool = False


@dataclass
class Counts:
    """How many there were of what."""

    keys: int = 0
    keys_with: int = 0
    """Keys with a finding that is not accepted."""
    error: int = 0
    warning: int = 0
    note: int = 0
    accepted: int = 0
    passed: int = 0
    """Expectations that hold."""
    failed: int = 0

    def add(self, one: KeyFindings) -> None:
        """Count a key."""
        counted = [finding for finding in one.findings if not finding.accepted]
        if not one.again:
            self.keys += 1
            self.keys_with += bool(counted)
        self.accepted += len(one.findings) - len(counted)
        met = sum(bool(result.holds) for result in one.expectations)
        self.passed += met
        self.failed += len(one.expectations) - met
        for finding in counted:
            setattr(self, finding.severity, getattr(self, finding.severity) + 1)

    @property
    def findings(self) -> int:
        """All that are not accepted."""
        return self.error + self.warning + self.note

    def words(self) -> str:
        """All of it in one line.

        >>> Counts(keys=40).words(), Counts(keys=3, keys_with=1, error=2, note=1, accepted=1).words()
        ('40 keys: nothing found', '3 keys: 2 errors, 1 note in 1 of them; 1 accepted')
        """
        said = [counted(getattr(self, one), one) for one in SEVERITIES if getattr(self, one)]
        head = f"{counted(self.keys, 'key')}: "
        within = f" in {self.keys_with} of them" if self.keys_with else ""
        parts = [f"{', '.join(said)}{within}" if said else "nothing found"]
        if self.accepted:
            parts.append(f"{self.accepted} accepted")
        if self.passed or self.failed:
            parts.append(f"{self.passed} of {counted(self.passed + self.failed, 'expectation')} met")
        return head + "; ".join(parts)


class Report(Protocol):
    """One format, writing into a stream."""

    def key(self, one: KeyFindings) -> None:
        """Take a key and what was found in it."""

    def end(self, counts: Counts) -> None:
        """Write whatever belongs after the last key."""


@dataclass
class Worst:
    """The worst findings among all that are taken, in a bounded space."""

    most: int
    _kept: list[tuple[tuple[int, str, int, str, str], Finding]] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Take one."""
        rank = (
            SEVERITIES.index(finding.severity),
            finding.source,
            finding.line or 0,
            finding.code,
            finding.fingerprint,
        )
        bisect.insort(self._kept, (rank, finding), key=lambda one: one[0])
        del self._kept[self.most :]

    def __iter__(self) -> Iterator[Finding]:
        return (finding for _, finding in self._kept)


def path_text(finding: Finding) -> str:
    """Where in the policy it is: `Statement[2].Condition.StringEquals.kms:ViaService`."""
    return read.path_text(finding.path)


def place(finding: Finding) -> str:
    """Where it stands, for people."""
    if finding.line is None:
        return finding.source
    return f"{finding.source}:{finding.line}" + (f":{finding.column}" if finding.column else "")


def request_document(request: Request) -> dict[str, object]:
    """A request as `can --requests` takes it."""
    context = {key: value if isinstance(value, str) else list(value) for key, value in sorted(request.context.items())}
    return {"principal": request.principal, "action": request.action, "context": context}
