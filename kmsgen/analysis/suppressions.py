"""Findings that somebody accepts, in the source itself or in a baseline: which are, and which acceptances are stale.

What `check` says of itself and of guardrails (its last family) cannot be accepted: an unreadable policy, a rule that
gave up, an expectation that fails and a guardrail that is broken are mended where they stand.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kmsgen.analysis.baseline import Baseline, Entry, accepting, source_of
from kmsgen.analysis.finding import Finding, Found
from kmsgen.analysis.registry import Rule, find, rule_named, unknown_rule
from kmsgen.analysis.replicas import RULE, names_of_set
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.policy.accepted import AllowedFinding
from kmsgen.sources.model import SourceKey

_NEVER = "check itself"
"""The family whose findings count whatever is accepted."""


def can_be_accepted(rule: Rule) -> bool:
    """Whether a finding of the rule may be accepted."""
    return rule.family != _NEVER


def refused(word: str) -> Problem | None:
    """What is wrong with accepting findings of the rule that a word names; None where nothing is."""
    rule = find(word)
    if rule is None:
        return unknown_rule(word)
    if can_be_accepted(rule):
        return None
    hints = {
        "guardrail-broken": "make the exception in the guardrail: `except`, `unless`, or `keys: {except: …}`",
        "guardrail-undecided": "make the exception in the guardrail: `keys: {except: …}`",
        "expectation-failed": "change the expectation, or the policy",
    }
    return Problem(f"`{rule.name}` cannot be accepted", hint=hints.get(rule.name, "mend what it tells of"))


def checked(keys: Iterable[SourceKey]) -> None:
    """Raise `KmsgenError` where a key's source accepts findings that cannot be accepted, or of no rule there is."""
    problems = Problems()
    for one in dict.fromkeys(one for key in keys for one in key.accepted):
        if (problem := refused(one.rule)) is not None:
            problems.add(replace(problem, at=one.at))
    if problems.errors:
        raise KmsgenError(*problems.errors)


@dataclass(frozen=True)
class Acceptance:
    """What applies to one run."""

    today: datetime.date
    baseline: Baseline

    def marked(self, key: SourceKey, finding: Finding) -> Finding:
        """A finding with the reason why it is accepted, and by whom; as it is where it is not."""
        rule = rule_named(finding.rule)
        if not can_be_accepted(rule):
            return finding
        for one in key.accepted:
            if find(one.rule) is rule and not self.is_past(one.until):
                return replace(finding, accepted=one.reason)
        entry = self.baseline.entry(key, finding)
        if entry is None or self.is_past(entry.until):
            return finding
        return replace(finding, accepted=entry.reason, outside=True)

    def is_past(self, until: str | None) -> bool:
        """Whether the last day of an acceptance is over."""
        return until is not None and datetime.date.fromisoformat(until) < self.today


class Stale:
    """Keeps account of what sources accept, and tells at the last key that shares a line what of it is stale.

    A line may be shared: by the keys of several environments, or by all that take it from `defaults`.
    """

    def __init__(self, keys: Sequence[SourceKey], acceptance: Acceptance, rules: Collection[Rule]) -> None:
        self._acceptance = acceptance
        self._left = Counter(one for key in keys for one in dict.fromkeys(key.accepted))
        self._rules = frozenset(rule.name for rule in rules if self._left)
        self._used: set[AllowedFinding] = set()

    def after(self, key: SourceKey, findings: Iterable[Finding]) -> Iterator[tuple[Rule, Found]]:
        """What is stale, now that a key's findings are known."""
        fired = {finding.rule for finding in findings}
        for one in dict.fromkeys(key.accepted):
            rule = find(one.rule)
            assert rule is not None
            self._left[one] -= 1
            if rule.name in fired:
                self._used.add(one)
            if not self._left[one] and not (rule.name == RULE and one not in self._used and _is_spread(key)):
                yield from self._told(one, rule)

    def _told(self, one: AllowedFinding, rule: Rule) -> Iterator[tuple[Rule, Found]]:
        found = _stale(self._acceptance, rule, one.reason, one.until, used=one in self._used)
        if found is not None and {rule.name, found[0].name} <= self._rules:
            yield found[0], found[1]._replace(at=one.at, about=f"{one.at.file} {rule.name}")


def _is_spread(key: SourceKey) -> bool:
    """Whether other parts of the run may have keys of the key's set, so that what they differ in is not known yet."""
    return key.is_primary is None and bool(names_of_set(key))


def _stale(
    acceptance: Acceptance, rule: Rule, reason: str, until: str | None, *, used: bool
) -> tuple[Rule, Found] | None:
    """What is stale about accepting a rule's findings; None where nothing is."""
    if not used:
        message = f"`{rule.name}` is accepted, and there is no such finding"
        return rule_named("unused-suppression"), Found(message, help="remove it")
    if not acceptance.is_past(until):
        return None
    message = f"`{rule.name}` was accepted until {until}: {reason}"
    hint = "mend what it tells of, or look at it anew and give another day"
    return rule_named("expired-suppression"), Found(message, help=hint)


class Entries:
    """Keeps account of a baseline over a whole run, and tells in the end what of it is stale.

    Of keys that the run does not see nothing is told.
    """

    def __init__(self, acceptance: Acceptance, rules: Collection[Rule]) -> None:
        self._acceptance = acceptance
        self._rules = frozenset(rule.name for rule in rules)
        self._keys = {(entry.source, entry.key) for entry in acceptance.baseline.entries}
        self._seen: set[tuple[str, str]] = set()
        self._used: set[Entry] = set()

    def take(self, key: SourceKey, findings: Iterable[Finding]) -> None:
        """Note the findings of one key."""
        if (place := (source_of(key), key.name)) in self._keys:
            self._seen.add(place)
            entries = (self._acceptance.baseline.entry(key, finding) for finding in findings)
            self._used.update(entry for entry in entries if entry is not None)

    def stale(self) -> Iterator[tuple[str, Rule, Found]]:
        """What is stale, with the key that each is about."""
        for entry in self._acceptance.baseline.entries:
            rule = find(entry.rule)
            assert rule is not None
            if (entry.source, entry.key) not in self._seen or rule.name not in self._rules:
                continue
            used = entry in self._used
            found = _stale(self._acceptance, rule, entry.reason, entry.until, used=used)
            if found is not None and found[0].name in self._rules:
                yield entry.key, found[0], found[1]._replace(at=entry.at, about=entry.fingerprint)


def into_baseline(
    key: SourceKey, findings: Sequence[Finding], before: Baseline, today: datetime.date
) -> tuple[tuple[Finding, ...], list[Entry]]:
    """A key's findings as a baseline of them all leaves them, and what stands in it for them.

    What the source accepts is not written, nor what cannot be accepted; what `before` says of a finding stays.
    """
    open_ = [one for one in findings if one.accepted is None and can_be_accepted(rule_named(one.rule))]
    entries = accepting(key, open_, before)
    acceptance = Acceptance(today, Baseline(tuple(entries)))
    return tuple(acceptance.marked(key, one) if one.accepted is None else one for one in findings), entries
