"""Keys through the rules: to each key its findings, with their places, without those that were accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from kmsgen.analysis.finding import Finding, Found, Severity, fingerprinted
from kmsgen.analysis.registry import Rule, all_rules
from kmsgen.analysis.subject import Asked, Subject, view
from kmsgen.errors import Location
from kmsgen.policy.model import Policy, Statement
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from kmsgen.sources.principals import caller_of


@dataclass(frozen=True)
class Settings:
    """What a run of `check` is to do."""

    asked: Asked
    rules: tuple[Rule, ...] | None = None
    """The rules that apply; None for all of them."""
    more: tuple[Callable[[Subject, SourceKey], Iterable[tuple[Rule, Found]]], ...] = ()
    """What else is to be found out about each key: expectations, guardrails."""


class KeyFindings(NamedTuple):
    """A key, and what is wrong with it."""

    key: SourceKey
    findings: tuple[Finding, ...]
    """In the order of their places; accepted ones among them."""


def check(keys: Sequence[SourceKey], settings: Settings) -> Iterator[KeyFindings]:
    """The findings of keys that belong together: those of one file, or of one account; in the order of the keys.

    A key whose policy is not known has one finding, which says so: what cannot be judged is not called good. Raises
    `KmsgenError` where the caller that is asked about is nobody to one of the keys.
    """
    rules = all_rules() if settings.rules is None else settings.rules
    subjects = {index: _subject(key, settings.asked) for index, key in enumerate(keys) if key.policy is not None}
    sets: dict[tuple[str, ...], list[int]] = {}
    for index in subjects:
        if (set_ := _set_of(keys[index])) is not None:
            sets.setdefault(set_, []).append(index)
    for members in sets.values():
        alone = {index: subjects[index] for index in members}
        for index in members:
            others = tuple(one for other, one in alone.items() if other != index)
            subjects[index] = replace(alone[index], siblings=others)
    for index, key in enumerate(keys):
        subject = subjects.get(index)
        found = _unreadable(key, rules) if subject is None else _all_found(subject, key, rules, settings)
        yield KeyFindings(key, tuple(_findings(key, found)))


def _subject(key: SourceKey, asked: Asked) -> Subject:
    assert key.policy is not None
    if asked.caller is not None:  # a name is meant in each key's own account
        asked = replace(asked, caller=caller_of(key, asked.caller))
    return Subject(
        key.name,
        key.policy,
        key.facts,
        asked,
        key.settings,
        key.aliases,
        is_primary=key.is_primary,
        written_by_hand=key.kind != "blueprint",
    )


def _set_of(key: SourceKey) -> tuple[str, ...] | None:
    """What the keys of one multi-Region set have in common: their id, or the blueprint's name for them."""
    if key.key_id is not None and key.key_id.startswith("mrk-"):
        return (key.key_id,)
    if key.kind == "blueprint" and key.is_primary is not None:
        return (key.where, key.environment or "", key.names[0])
    return None


def _unreadable(key: SourceKey, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Found]]:
    for rule in rules:
        if rule.name == "unreadable-policy":
            yield rule, Found(f"its policy cannot be judged: {key.reason}")


def _all_found(
    subject: Subject, key: SourceKey, rules: tuple[Rule, ...], settings: Settings
) -> Iterator[tuple[Rule, Found]]:
    for index, statement in enumerate(subject.policy.statements):
        for rule, found in _of_statement(rules, statement, subject.facts):
            yield rule, found._replace(statement=index)
    for rule in rules:
        if rule.of_key is not None:
            yield from ((rule, found) for found in rule.of_key(subject))
    for more in settings.more:
        yield from more(subject, key)


@lru_cache(maxsize=16_384)
def _of_statement(rules: tuple[Rule, ...], statement: Statement, facts: KeyFacts) -> tuple[tuple[Rule, Found], ...]:
    one = view(statement)
    return tuple((rule, found) for rule in rules if rule.of_statement for found in rule.of_statement(one, facts))


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
    if policy is None or index is None:
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
