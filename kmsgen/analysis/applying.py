"""A key through the rules: what they find of its statements, of its policy, and of the key itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, ParamSpec

from kmsgen.analysis.finding import Found
from kmsgen.analysis.registry import OfKey, OfPolicy, OfStatement, Rule, rule_named
from kmsgen.analysis.subject import KeySubject, Subject, view
from kmsgen.policy.model import Statement
from kmsgen.semantics.alike import Alike, alike
from kmsgen.semantics.strings import TooManyError
from kmsgen.semantics.world import KeyFacts

P = ParamSpec("P")
_OfRule = tuple[Rule, Found]


class _Sorted(NamedTuple):
    """Rules by what they look at."""

    of_statement: tuple[tuple[Rule, OfStatement], ...]
    of_policy: tuple[tuple[Rule, OfPolicy], ...]
    of_key: tuple[tuple[Rule, OfKey], ...]


@lru_cache(maxsize=16)
def _sorted(rules: tuple[Rule, ...]) -> _Sorted:
    return _Sorted(
        tuple((rule, rule.of_statement) for rule in rules if rule.of_statement is not None),
        tuple((rule, rule.of_policy) for rule in rules if rule.of_policy is not None),
        tuple((rule, rule.of_key) for rule in rules if rule.of_key is not None),
    )


def all_found(subject: KeySubject, rules: tuple[Rule, ...]) -> Iterator[_OfRule]:
    """What the rules find of a key, in no particular order."""
    # A caller whom somebody asks about is told by name.
    known = subject.asked.caller is not None
    shared = (Alike if known else alike)((subject.policy,), subject.facts)
    plain = Subject(shared.policies[0], shared.facts, subject.asked, subject.written_by_hand)
    for rule, found in _of_policy(rules, plain):
        yield rule, own(shared, found) if shared.names else found
    for rule, check in _sorted(rules).of_key:
        yield from _decided(rule, check, subject)


def own(shared: Alike, found: Found) -> Found:
    """What is found of a key under plain names, in its own."""
    return found._replace(
        message=shared.text(found.message),
        help=None if found.help is None else shared.text(found.help),
        about=shared.text(found.about),
        witness=tuple(map(shared.request, found.witness)),
    )


@lru_cache(maxsize=1024)
def _of_policy(rules: tuple[Rule, ...], subject: Subject) -> tuple[_OfRule, ...]:
    found: list[_OfRule] = []
    for index, statement in enumerate(subject.policy.statements):
        found += ((rule, one._replace(statement=index)) for rule, one in _of_statement(rules, statement, subject.facts))
    for rule, check in _sorted(rules).of_policy:
        found += _decided(rule, check, subject)
    return tuple(found)


@lru_cache(maxsize=2048)
def _of_statement(rules: tuple[Rule, ...], statement: Statement, facts: KeyFacts) -> tuple[_OfRule, ...]:
    one, found = view(statement), list[_OfRule]()
    for rule, check in _sorted(rules).of_statement:
        found += _decided(rule, check, one, facts)
    return tuple(found)


def decided_by(rule: Rule, subject: KeySubject) -> Iterator[_OfRule]:
    """What one rule about keys finds of a key."""
    if rule.of_key is not None:
        yield from _decided(rule, rule.of_key, subject)


def _decided(rule: Rule, check: Callable[P, Iterable[Found]], *args: P.args, **more: P.kwargs) -> Iterator[_OfRule]:
    """What a rule finds; where it gives up, that as well, so that no rule falls silent."""
    try:
        for one in check(*args, **more):
            yield rule, one
    except TooManyError as error:
        message = f"`{rule.name}` could not be decided: there are too many cases to tell apart: {error}"
        yield rule_named("undecided"), Found(message, about=rule.name)
