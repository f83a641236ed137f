"""Statements taken apart into the smallest things they allow: one caller, one action, one set of conditions.

Two statements that say the same in other words come apart into the same atoms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.catalog.principals import ACCOUNT, account_of, root_arn
from kmsgen.policy.model import ANYONE, AWS, Condition, Effect, Statement
from kmsgen.policy.operators import parse_operator

EVERY_ACTION = "kms:*"
"""Among actions: those that AWS does not have yet, which `kms:*` alone stands for."""
_ARN_KEY = "aws:principalarn"
_LIKE = {"StringLike": "StringEquals", "ArnLike": "ArnEquals"}


class Unit(NamedTuple):
    """One caller that a statement names: a principal, and what its `aws:PrincipalArn` is like, where that is tested."""

    kind: str
    value: str
    pattern: str = ""


class Atom(NamedTuple):
    """One thing that is allowed."""

    unit: Unit
    conditions: frozenset[Condition]
    action: str


@dataclass(frozen=True)
class World:
    """What is known of the key whose statements are taken apart."""

    working: frozenset[str]
    kind: str
    partition: str
    account: str


def atoms(statement: Statement, world: World) -> Iterator[Atom]:
    """What a statement allows; what can never happen is left out."""
    if statement.effect is not Effect.ALLOW or statement.not_principals or statement.not_actions:
        return
    named = _expanded(statement.actions)
    tests = frozenset(canonical(test) for test in statement.conditions)
    for unit, conditions in _units(statement, tests, world.partition):
        for action in sorted(named):
            able = action in world.working and not (foreign(unit, world.account) and is_own(action))
            if action == EVERY_ACTION or (able and _alive(action, conditions, world.kind)):
                yield Atom(unit, conditions, action)


def foreign(unit: Unit, account: str) -> bool:
    """Whether a caller is of another account than the key's."""
    named = account_of(unit.pattern or unit.value)
    return unit.kind == AWS and named.isdigit() and named != account


def is_own(action: str) -> bool:
    """Whether only principals of the key's own account can ever do it, whatever the policy says."""
    return not actions.ACTIONS[action].across_accounts


def plain(statement: Statement) -> bool:
    """Whether atoms say all that there is to a statement."""
    return (
        statement.effect is Effect.ALLOW
        and not (statement.not_principals or statement.not_actions or statement.not_resources)
        and statement.resources == {"*"}
    )


def _expanded(patterns: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for pattern in patterns:
        found |= {one.name for one in actions.matching(pattern)}
        if pattern.lower() == EVERY_ACTION:
            found.add(EVERY_ACTION)
    return frozenset(found)


def _units(
    statement: Statement, tests: frozenset[Condition], partition: str
) -> Iterator[tuple[Unit, frozenset[Condition]]]:
    likes = [test for test in tests if test.key == _ARN_KEY and test.operator in ("ArnLike", "ArnEquals")]
    for principal in sorted(statement.principals):  # whatever comes of this must not depend on hashes
        kind, value = principal
        if principal.is_everyone:
            kind, value = AWS, ANYONE
        elif kind == AWS and ACCOUNT.fullmatch(value):
            value = root_arn(partition, value)
        if len(likes) == 1 and (value == ANYONE or value.endswith(":root")):
            rest = tests - set(likes)
            for pattern in likes[0].values:
                # Of which account the caller is, its ARN says anyway.
                said = Condition("StringEquals", "aws:principalaccount", (account_of(pattern),))
                yield Unit(kind, value, pattern), rest - {said}
        else:
            yield Unit(kind, value), tests


def _alive(action: str, conditions: frozenset[Condition], kind: str) -> bool:
    """Whether a request for the action can meet the conditions, as far as that depends on what it carries."""
    for test in conditions:
        operator = parse_operator(test.operator)
        absent_is_fine = operator is None or operator.negated or operator.if_exists or operator.base == "Null"
        absent_is_fine = absent_is_fine or operator is None or operator.set_word == "ForAllValues"
        if not absent_is_fine and not condition_keys.carries(action, test.key, kind):
            return False
    return True


@lru_cache(maxsize=4096)
def canonical(test: Condition) -> Condition:
    """A test in the one form that all of its spellings share."""
    operator, values = parse_operator(test.operator), test.values
    if operator is None:
        return test
    base = operator.base
    if base in ("ArnEquals", "ArnNotEquals"):
        base = base.replace("Equals", "Like")
    if base in ("StringLike", "StringNotLike", "ArnLike", "ArnNotLike") and not any(map(has_wildcard, values)):
        base = base.replace("Like", "Equals")
        base = base.replace("Arn", "String") if test.key.lower() != _ARN_KEY else base
    if base in ("Bool", "Null"):
        values = tuple(sorted({value.lower() for value in values}))
    spelled = f"{operator.set_word}:{base}" if operator.set_word else base
    known = condition_keys.find(test.key)
    exact = known is not None and known.name[-1] not in ":/"
    key = test.key.lower() if exact or known is None else _prefixed(test.key, known.name)
    return Condition(spelled + ("IfExists" if operator.if_exists else ""), key, values)


def _prefixed(key: str, prefix: str) -> str:
    """A key that ends in a name of the user's: condition keys do not tell cases apart, but names are kept."""
    return prefix.lower() + key[len(prefix) :]


@dataclass
class Allowed:
    """What a policy allows, atom by atom, with the statements that do."""

    by: dict[tuple[Unit, str], list[tuple[frozenset[Condition], int]]] = field(default_factory=dict)

    def add(self, atom: Atom, statement: int) -> None:
        """Take one atom of a statement."""
        self.by.setdefault((atom.unit, atom.action), []).append((atom.conditions, statement))

    def allows(self, atom: Atom) -> bool:
        """Whether the policy allows at least this."""
        ways = self.by.get((atom.unit, atom.action), ())
        return any(conditions <= atom.conditions for conditions, _ in ways)

    def covered_by(self, atom: Atom) -> set[int]:
        """The statements of which an atom takes the place, in part."""
        ways = self.by.get((atom.unit, atom.action), ())
        return {statement for conditions, statement in ways if atom.conditions <= conditions}

    def units(self) -> tuple[Unit, ...]:
        """Everybody who is named."""
        return tuple(dict.fromkeys(unit for unit, _ in self.by))
