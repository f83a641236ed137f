"""The baseline: a file of findings that are accepted where the source cannot say so, by their fingerprints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from kmsgen import nodes
from kmsgen.analysis.finding import Finding
from kmsgen.errors import KmsgenError, Location, Problem, Problems
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.reading.fields import Reader, present
from kmsgen.sources.model import SourceKey

FORMAT_VERSION = "1"
_REQUIRED = ("fingerprint", "rule", "key", "source", "reason")
_FIELDS = (*_REQUIRED, "until")
_REASON = "known when the baseline was written"


@dataclass(frozen=True)
class Entry:
    """One finding that is accepted."""

    fingerprint: str
    rule: str
    """Its name or code."""
    key: str
    source: str
    """The file in which the key is, or where else it is: keys of several may have one name."""
    reason: str
    until: str | None
    """The last day on which it is accepted, as `2027-01-31`; None for always."""
    at: Location


@dataclass(frozen=True)
class Baseline:
    """The findings that a file accepts."""

    entries: tuple[Entry, ...] = ()

    @cached_property
    def _by_print(self) -> dict[tuple[str, str, str], Entry]:
        return {(one.fingerprint, one.key, one.source): one for one in self.entries}

    def entry(self, key: SourceKey, finding: Finding) -> Entry | None:
        """What accepts a finding of a key."""
        return self._by_print.get((finding.fingerprint, key.name, source_of(key)))


def source_of(key: SourceKey) -> str:
    """The file in which a key is, or where else it is."""
    return key.at.file if key.at else key.where


def read_baseline(text: str, name: str, refused: Callable[[str], Problem | None]) -> Baseline:
    """The baseline that a JSON or YAML text holds; `refused` says what is wrong with accepting a rule's findings.

    Raises `KmsgenError` with every mistake, each with its place.
    """
    root, found = nodes.read(text, name)
    reader = Reader(Problems())
    reader.problems.extend(found)
    if root is None and not found:
        reader.problems.error("the file is empty", Location(name, 1, 1), "`--write-baseline FILE` writes one")
    entries = () if root is None else _entries(reader, root, refused)
    if reader.problems.errors:
        raise KmsgenError(*reader.problems.errors)
    return Baseline(entries)


def _entries(reader: Reader, root: Node, refused: Callable[[str], Problem | None]) -> tuple[Entry, ...]:
    fields = reader.fields(root, ("format_version", "findings"), "a baseline")
    if isinstance(root, Mapping):
        version = fields.get("format_version")
        if version is None or not (isinstance(version[1], Scalar) and version[1].value == FORMAT_VERSION):
            at = root if version is None else version[1]
            reader.fail(at, f"a baseline has `format_version` {FORMAT_VERSION}", "`--write-baseline FILE` writes one")
    if "findings" not in fields:
        return ()
    return present(_entry(reader, node, refused) for node in reader.items(fields["findings"][1]))


def _entry(reader: Reader, node: Node, refused: Callable[[str], Problem | None]) -> Entry | None:
    fields = reader.fields(node, _FIELDS, "an accepted finding")
    missing = [name for name in _REQUIRED if name not in fields]
    if missing and isinstance(node, Mapping):
        reader.fail(node, f"an accepted finding has no `{missing[0]}`", "`--write-baseline FILE` writes it")
    if missing:
        return None
    fingerprint, rule, key, source = (
        reader.raw_text(fields[name][1], f"the {name} of a finding") for name in _REQUIRED[:-1]
    )
    reason = reader.reason(fields["reason"][1])
    until = reader.day(fields["until"][1]) if "until" in fields else None
    if rule is not None and (problem := refused(rule)) is not None:
        reader.fail(fields["rule"][1], problem.message, problem.hint)
        return None
    if fingerprint is None or rule is None or key is None or source is None or reason is None:
        return None
    return Entry(fingerprint, rule, key, source, reason, until, node.at)


def accepting(key: SourceKey, findings: Iterable[Finding], before: Baseline) -> list[Entry]:
    """Entries that accept some findings of a key, each with the reason and the day that it had before."""
    made = []
    for one in findings:
        old = before.entry(key, one)
        reason, until = (old.reason, old.until) if old else (_REASON, None)
        made.append(Entry(one.fingerprint, one.rule, key.name, source_of(key), reason, until, Location("", 1, 1)))
    return made


def baseline_text(entries: Iterable[Entry]) -> str:
    """A baseline file that holds these entries, sorted, one to a line so that its changes can be read."""
    rows = [
        {
            "fingerprint": one.fingerprint,
            "rule": one.rule,
            "key": one.key,
            "source": one.source,
            "reason": one.reason,
            **({"until": one.until} if one.until else {}),
        }
        for one in sorted(entries, key=lambda one: (one.source, one.key, one.rule, one.fingerprint))
    ]
    lines = ",".join(f"\n    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    end = "\n  ]" if rows else "]"
    return f'{{\n  "format_version": "{FORMAT_VERSION}",\n  "findings": [{lines}{end}\n}}\n'
