"""Statements of which only a stack knows what they say, because a symbol stands where it stands for too little.

A symbol equals nothing but itself. Of a text that a request may hold, like a bucket's ARN, that is as good as any other
text. Where only some values can ever occur, like `true` or the names of actions, a symbol is none of them, and a
statement that holds one would be taken to match nothing, whatever the stack makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsgen.catalog import condition_keys
from kmsgen.catalog.patterns import is_unknown_arn
from kmsgen.policy.model import SERVICE, Condition, Effect, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

_ARN = "aws:principalarn"
_OF_CALLERS = frozenset({"aws:principaltype", "aws:principalservicename", "aws:username"})
"""Keys whose values are those of the callers that there are, as far as policies name them."""
_ACCOUNTS = frozenset({"aws:principalaccount", "kms:calleraccount"})
_TEXTS = ("string", "arn")


def unknown(statement: Statement, facts: KeyFacts) -> str | None:
    """The first symbol of a statement by which it is not known what it says; None where there is none.

    >>> from kmsgen.policy.model import condition
    >>> asked = frozenset({condition("Bool", "aws:SecureTransport", "⟨Flag⟩")})
    >>> unknown(Statement(Effect.ALLOW, conditions=asked), KeyFacts())
    '⟨Flag⟩'
    """
    return min(_symbols(statement, facts), default=None)


def told(statements: Iterable[Statement], facts: KeyFacts) -> Iterator[str]:
    """Why it is not decided what some statements say, each symbol once."""
    for text in dict.fromkeys(text for one in statements if (text := unknown(one, facts)) is not None):
        yield f"it depends on `{text}`, which only the stack knows"


def at_most(statement: Statement, facts: KeyFacts) -> Statement | None:
    """A statement that matches all that one may match, whatever its symbols are; None where none is known to."""
    actions, not_actions = _widened(statement.actions, statement.not_actions)
    resources, not_resources = _widened(statement.resources, statement.not_resources)
    wide = statement.but(
        conditions=frozenset(test for test in statement.conditions if not any(_of_test(test, statement, facts))),
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
    )
    return None if unknown(wide, facts) else wide


def _widened(named: frozenset[str], spared: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """An element and its negation without symbols, so that they match at least as much."""
    left = frozenset(one for one in spared if not is_symbolic(one))
    everything = any(map(is_symbolic, named)) or bool(spared and not left)
    return (frozenset({"*"}) if everything else named), left


def _symbols(statement: Statement, facts: KeyFacts) -> Iterator[str]:
    yield from filter(is_symbolic, statement.actions | statement.not_actions)
    yield from (one for one in statement.resources | statement.not_resources if is_symbolic(one) and one != facts.arn)
    by_account = any(test.key.lower() in _ACCOUNTS for test in statement.conditions)
    for kind, value in statement.principals | statement.not_principals:
        if not is_symbolic(value):
            continue
        # A service is known by its name, and of whom a stack makes it is not known of which account it is.
        if Request(value, "").kind != "service" if kind == SERVICE else by_account and is_unknown_arn(value):
            yield value
    for test in statement.conditions:
        yield from _of_test(test, statement, facts)


def _of_test(test: Condition, statement: Statement, facts: KeyFacts) -> Iterator[str]:
    """The symbols among a test's values that are none of those that its key can have."""
    symbols = [value for value in test.values if is_symbolic(value)]
    if not symbols:
        return
    key, operator = test.key.lower(), parse_operator(test.operator)
    known = condition_keys.find(test.key)
    texts = operator is not None and operator.family in _TEXTS and (known is None or known.type in _TEXTS)
    fixed = facts.constants.get(key)
    for value in symbols:
        closed = not texts or key in _OF_CALLERS or (fixed is not None and value not in fixed)
        if closed or (key == _ARN and is_unknown_arn(value) and not _of_any_account(statement)):
            yield value


def _of_any_account(statement: Statement) -> bool:
    """Whether callers of every account are let in: of which one a principal is that a stack makes is not known.

    Nor is it whether that is one whom the policy names elsewhere. Letting in somebody twice does no harm, but a Deny
    that spares them spares the other as well.
    """
    everybody = statement.effect is Effect.ALLOW and any(one.is_everyone for one in statement.principals)
    return everybody and not any(test.key.lower() in _ACCOUNTS for test in statement.conditions)
