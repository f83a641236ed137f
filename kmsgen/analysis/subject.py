"""A key as rules see it: its policy with each statement taken apart once, what is known beside it, what is asked."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.condition_keys import ConditionKey
from kmsgen.catalog.key_specs import SPECS, kind_of
from kmsgen.policy.limits import is_unremarkable, size
from kmsgen.policy.model import AWS, SERVICE, VERSION, Condition, Effect, Policy, Statement
from kmsgen.policy.operators import Operator, parse_operator
from kmsgen.semantics.statements import account_named, acting
from kmsgen.semantics.world import KeyFacts

_KNOWN = tuple((name, name.lower()) for name, action in actions.ACTIONS.items() if action.in_key_policy)


class Tested(NamedTuple):
    """One condition, looked up."""

    condition: Condition
    operator: Operator
    known: ConditionKey | None
    """None for a condition key that the catalogue does not have."""
    lower: str
    """The condition key in lower case."""

    @property
    def path(self) -> tuple[str, ...]:
        """Where it stands in its statement."""
        return ("Condition", self.condition.operator, self.condition.key)

    @property
    def holds_if_absent(self) -> bool:
        """Whether it is true of a request that does not carry the key."""
        if self.operator.base == "Null":
            return "true" in (value.lower() for value in self.condition.values)
        if self.operator.set_word:
            return self.operator.set_word == "ForAllValues"
        return self.operator.negated or self.operator.if_exists


class View:
    """One statement, taken apart; equal statements share one."""

    def __init__(self, statement: Statement) -> None:
        """`statement` without regard to where it comes from."""
        self.statement = statement
        self.allows = statement.effect is Effect.ALLOW
        self.everyone = any(one.is_everyone for one in statement.principals)
        """Whether its `Principal` is `*`; `NotPrincipal` is another matter."""
        self.services = tuple(sorted(value for kind, value in statement.principals if kind == SERVICE))
        named = sorted(one.value for one in statement.principals if one.kind == AWS and not one.is_everyone)
        self.accounts = tuple(account for value in named if (account := account_named(value)) is not None)
        """The accounts that it lets in, or keeps out, as a whole."""
        self.arns = tuple(value for value in named if account_named(value) is None)
        """Every other `AWS` principal, as it is written: an ARN, or the unique id of what was deleted."""

    @cached_property
    def actions(self) -> frozenset[str]:
        """The known actions that a key policy can grant and the statement matches, as AWS writes them."""
        return _matched(self.statement.actions, self.statement.not_actions)

    @cached_property
    def tests(self) -> tuple[Tested, ...]:
        """Its conditions, in order; operators that do not exist never get as far as a policy."""
        found = []
        for one in sorted(self.statement.conditions):
            operator = parse_operator(one.operator)
            assert operator is not None
            found.append(Tested(one, operator, condition_keys.find(one.key), one.key.lower()))
        return tuple(found)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The condition keys that it tests, in lower case."""
        return frozenset(one.key.lower() for one in self.statement.conditions)

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"`{self.statement.sid}`" if self.statement.sid else "a statement without `Sid`"

    def testing(self, *keys: str) -> Iterator[Tested]:
        """Its conditions on these keys, given in lower case."""
        return (test for test in self.tests if test.lower in keys)


@lru_cache(maxsize=1024)
def _matched(actions: frozenset[str], not_actions: frozenset[str]) -> frozenset[str]:
    acts = acting(actions, not_actions)
    return frozenset(name for name, lower in _KNOWN if acts(lower))


@lru_cache(maxsize=1024)
def view(statement: Statement) -> View:
    """The statement, taken apart."""
    return View(statement)


@dataclass(frozen=True)
class Asked:
    """What a run of `check` is asked beside the keys."""

    today: datetime.date
    caller: str | None = None
    """Who applies the policy; for a subject, as an ARN. None where nobody said."""


ANY_DAY = Asked(datetime.date.min)
"""Asked for what is said on every day alike: of dates that have passed nothing is told."""


@dataclass(frozen=True)
class Subject:
    """A policy under check, with what rules about policies may look at beside it."""

    policy: Policy
    facts: KeyFacts
    asked: Asked
    written_by_hand: bool = True
    """Whether the policy is one that people wrote, rather than one compiled from a blueprint."""

    @cached_property
    def views(self) -> tuple[View, ...]:
        """Its statements, taken apart, in their order."""
        return tuple(view(statement) for statement in self.policy.statements)

    @property
    def allows(self) -> Iterator[tuple[int, View]]:
        """Its Allow statements and their places."""
        return ((index, one) for index, one in enumerate(self.views) if one.allows)

    @property
    def denies(self) -> Iterator[tuple[int, View]]:
        """Its Deny statements and their places."""
        return ((index, one) for index, one in enumerate(self.views) if not one.allows)

    @cached_property
    def kind(self) -> str | None:
        """The kind of key (one of `actions.KINDS`); None where its spec and usage are not known."""
        spec, usage = self.facts.spec, self.facts.usage
        return kind_of(spec, usage) if spec in SPECS and usage in SPECS[spec].usages else None

    @property
    def variables(self) -> bool:
        """Whether `${…}` in conditions stands for context, as since version 2012-10-17."""
        return self.policy.version == VERSION


@dataclass(frozen=True)
class KeySubject(Subject):
    """One key under check, with all that is known of it."""

    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the key is beside its policy, as far as it is known; see `changes.attributes` for the names."""
    aliases: tuple[str, ...] = ()
    siblings: tuple[KeySubject, ...] = ()
    """The other keys of its multi-Region set, as far as the source has them."""
    is_primary: bool | None = None
    """Of a multi-Region set, whether it is the primary; None where it is none or that is not known."""

    @cached_property
    def size(self) -> int:
        """The policy's size in bytes; 0 for one that is clearly far from its limit."""
        return 0 if is_unremarkable(self.policy) else size(self.policy)
