"""Keys through the rules: to each key its findings, with their places, without those that were accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from kmsgen.analysis.applying import all_found, decided_by
from kmsgen.analysis.baseline import Baseline
from kmsgen.analysis.expectations import ExpectationResult, decided
from kmsgen.analysis.finding import Finding, Found, Severity, fingerprinted
from kmsgen.analysis.guardrails.judge import judge
from kmsgen.analysis.guardrails.model import Guardrail
from kmsgen.analysis.registry import Rule, all_rules, rule_named
from kmsgen.analysis.replicas import RULE, Gathered, apart, sets_of
from kmsgen.analysis.subject import Asked, KeySubject
from kmsgen.analysis.suppressions import Acceptance, Entries, Stale, checked
from kmsgen.errors import Location
from kmsgen.policy.model import Policy, Statement
from kmsgen.sources.model import SourceKey
from kmsgen.sources.principals import caller_of

OF_GUARDRAILS = ("guardrail-broken", "guardrail-undecided")
"""The rules by which guardrails are told of."""


@dataclass(frozen=True)
class Settings:
    """What a run of `check` is to do."""

    asked: Asked
    rules: tuple[Rule, ...] | None = None
    """The rules that apply; all of them where this is None."""
    guardrails: tuple[Guardrail, ...] = ()
    """What an organisation demands of every key; `OF_GUARDRAILS` are their rules."""
    baseline: Baseline = field(default_factory=Baseline)
    """The findings that are accepted beside those that a source itself accepts."""

    @property
    def acceptance(self) -> Acceptance:
        """What decides whether a finding is accepted."""
        return Acceptance(self.asked.today, self.baseline)


class KeyFindings(NamedTuple):
    """A key, and what is wrong with it."""

    key: SourceKey
    findings: tuple[Finding, ...]
    """In the order of their places; accepted ones among them."""
    expectations: tuple[ExpectationResult, ...] = ()
    """What became of what its source expects of it."""
    again: bool = False
    """Whether it is only told of once more, after all keys."""


def check(keys: Sequence[SourceKey], settings: Settings) -> Iterator[KeyFindings]:
    """The findings of keys that belong together: those of one file, or of one account; in the order of the keys.

    A key whose policy is not known has one finding, which says so: what cannot be judged is not called good. Raises
    `KmsgenError` where a source accepts findings of a rule that there is not, or whose findings cannot be accepted, and
    where the caller that is asked about is nobody to one of the keys.
    """
    checked(keys)
    rules = all_rules() if settings.rules is None else settings.rules
    stale = Stale(keys, settings.acceptance, rules)
    subjects = {index: _subject(key, settings.asked) for index, key in enumerate(keys) if key.policy is not None}
    readable = tuple(subjects)
    for places in sets_of(keys[index] for index in readable):
        members = [readable[place] for place in places]
        alone = {index: subjects[index] for index in members}
        for index in members:
            others = tuple(one for other, one in alone.items() if other != index)
            subjects[index] = replace(alone[index], siblings=others)
    for index, key in enumerate(keys):
        yield _accepted(_result(key, subjects.get(index), rules, settings), settings.acceptance, stale)


def _accepted(result: KeyFindings, acceptance: Acceptance, stale: Stale) -> KeyFindings:
    """The result with its accepted findings marked, and with what is stale of what its source accepts."""
    key = result.key
    marked = [acceptance.marked(key, one) for one in result.findings]
    more = _findings(key, stale.after(key, result.findings))
    if not more and not any(one.accepted for one in marked):
        return result
    return result._replace(findings=tuple(sorted((*marked, *more), key=_order)))


def across(found: Sequence[Gathered], settings: Settings) -> Iterator[KeyFindings]:
    """What is wrong with keys of multi-Region sets whose primary is of another part of a run than they are."""
    rule = rule_named(RULE)
    if rule.of_key is None or rule not in (all_rules() if settings.rules is None else settings.rules):
        return
    asked = replace(settings.asked, caller=None)
    for key, primary in apart(found):
        name = primary.name if primary.name != key.name else f"{primary.name} ({primary.where})"
        sibling = replace(_subject(primary, asked), name=name, is_primary=True)
        subject = replace(_subject(key, asked), is_primary=False, siblings=(sibling,))
        findings = tuple(settings.acceptance.marked(key, one) for one in _findings(key, decided_by(rule, subject)))
        if findings:
            yield KeyFindings(key, findings, again=True)


def leftovers(entries: Entries, settings: Settings) -> Iterator[KeyFindings]:
    """What is stale of the baseline after a run: findings in its file, under the names of the keys they are about."""
    found: dict[str, list[tuple[Rule, Found]]] = {}
    for name, rule, one in entries.stale():
        found.setdefault(name, []).append((rule, one))
    for name, some in found.items():
        key = SourceKey(name, None, "policy", settings.baseline.entries[0].at.file)
        yield KeyFindings(key, tuple(_findings(key, some)), again=True)


def _result(key: SourceKey, subject: KeySubject | None, rules: tuple[Rule, ...], settings: Settings) -> KeyFindings:
    if subject is None:
        return KeyFindings(key, tuple(_findings(key, _unreadable(key, rules))))
    expectations = _expectations(key, subject, rules)
    found = (*all_found(subject, rules), *_guarded(key, subject, settings.guardrails, rules), *_unmet(expectations))
    return KeyFindings(key, tuple(_findings(key, found)), expectations)


def _subject(key: SourceKey, asked: Asked) -> KeySubject:
    assert key.policy is not None
    if asked.caller is not None:  # a name is meant in each key's own account
        asked = replace(asked, caller=caller_of(key, asked.caller))
    return KeySubject(
        key.policy,
        key.facts,
        asked,
        written_by_hand=key.kind != "blueprint",
        name=key.name,
        settings=key.settings,
        aliases=key.aliases,
        is_primary=key.is_primary,
    )


def _unreadable(key: SourceKey, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Found]]:
    if (rule := rule_named("unreadable-policy")) in rules:
        yield rule, Found(f"its policy cannot be judged: {key.reason}")


def _guarded(
    key: SourceKey, subject: KeySubject, guardrails: Iterable[Guardrail], rules: Collection[Rule]
) -> Iterator[tuple[Rule, Found]]:
    for guardrail in guardrails:
        judged = judge(guardrail, key, subject.policy)
        if judged is not None:
            rule = rule_named("guardrail-broken" if judged[0] is False else "guardrail-undecided")
            if rule in rules:
                # What is undecided is as bad as what is broken: neither is proved.
                yield replace(rule, severity=guardrail.severity), judged[1]


def _expectations(key: SourceKey, subject: KeySubject, rules: Collection[Rule]) -> tuple[ExpectationResult, ...]:
    if not key.expected or not _EXPECTING & {rule.name for rule in rules}:
        return ()
    return tuple(decided(one, subject.policy, subject.facts) for one in key.expected)


_EXPECTING = {"expectation-failed", "expectation-undecided"}


def _unmet(results: Iterable[ExpectationResult]) -> Iterator[tuple[Rule, Found]]:
    for result in results:
        if result.found is not None:
            yield rule_named("expectation-undecided" if result.holds is None else "expectation-failed"), result.found


def _findings(key: SourceKey, found: Iterable[tuple[Rule, Found]]) -> list[Finding]:
    made = fingerprinted(
        (_finding(key, rule, one), _short(key.policy, one.statement), one.about) for rule, one in found
    )
    return sorted(made, key=_order)


def _order(finding: Finding) -> tuple[int, int, str, str]:
    return (
        finding.line or 0,
        -1 if finding.statement_index is None else finding.statement_index,
        finding.code,
        finding.message,
    )


def _short(policy: Policy | None, index: int | None) -> str:
    """A statement without a `Sid` in a few words of its own, for fingerprints."""
    if policy is None or index is None or policy.statements[index].sid:
        return ""
    one = policy.statements[index]
    principals = sorted(f"{kind}:{value}" for kind, value in one.principals | one.not_principals)
    return repr((one.effect.value, principals, sorted(one.actions), sorted(one.not_actions), sorted(one.conditions)))


def _finding(key: SourceKey, rule: Rule, found: Found) -> Finding:
    statement = None if found.statement is None or key.policy is None else key.policy.statements[found.statement]
    at = found.at or _place(key, statement, found)
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        message=found.message,
        key=key.name,
        statement=statement.sid if statement else None,
        statement_index=found.statement,
        path=() if statement is None or found.statement is None else ("Statement", found.statement, *found.path),
        source=at.file if at else key.where,
        line=at.line if at else None,
        column=at.column if at else None,
        text=at.text if at else "",
        length=at.length if at else 1,
        help=found.help,
        witness=found.witness,
    )


def _place(key: SourceKey, statement: Statement | None, found: Found) -> Location | None:
    """The blueprint line where there is one, else where that part of the policy stands, else where the key does."""
    if statement is None:
        return key.at
    if key.place is not None and (at := key.place(("Statement", found.statement or 0, *found.path))) is not None:
        return at
    if statement.origin:
        first = statement.origin[0]
        return Location(first.file, first.line, first.column)
    return key.at


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings that are not accepted."""
    return min((one.severity for one in findings if not one.accepted), key=_RANK.__getitem__, default=None)


_RANK = {"error": 0, "warning": 1, "note": 2}
