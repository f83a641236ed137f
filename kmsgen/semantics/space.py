"""All requests there can be, as far as some policies tell them apart, and statements as sets of them.

A request has a caller, an action, a key and a value for every condition key; each is a dimension of the space, divided
into classes. What cannot occur together (an encryption context on `DescribeKey`) is forbidden. Where something is not
certain, the space has it: it may hold requests that never occur, and it leaves out none that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.policy.model import VERSION, Condition, Policy, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.acting import Acting, acting
from kmsgen.semantics.boxes import Box, bits
from kmsgen.semantics.classes import Tested, Values, classes
from kmsgen.semantics.conditions import Context, prepared, variables_in
from kmsgen.semantics.evaluate import honoured_across
from kmsgen.semantics.identity import IDENTITY_KEYS, Caller, callers
from kmsgen.semantics.resources import key_arns
from kmsgen.semantics.rules import forbidden_together, is_optional, supposed_apart
from kmsgen.semantics.statements import LEVELS, Access, Matcher
from kmsgen.semantics.world import KeyFacts

CALLER, ACTION, KEY = 0, 1, 2
"""The first dimensions; those of condition keys follow."""

_VIA, _FORWARDED = "kms:viaservice", "aws:viaawsservice"
_CONTEXT_KEYS, _CONTEXT = "kms:encryptioncontextkeys", "kms:encryptioncontext:"
# Variables whose value a caller's account fixes; a pattern with these alone says who calls.
_NO, _YES = 0b01, 0b10
"""The classes of a question's dimension."""
_ACCOUNT_KEYS = frozenset({"aws:principalaccount", "kms:calleraccount"})

_VARIABLE = re.compile(r"\$\{[^}*?$][^}]*\}")
_DEFAULT = "'"
"""What tells a variable with a default."""

Part = dict[int, int]
"""A set of requests by the dimensions that it narrows."""


class Dim(NamedTuple):
    """One dimension: the callers, the actions, the keys, a condition key, or a question."""

    name: str
    values: tuple[Values, ...]
    is_key: bool = False
    """Whether it is a condition key, and its name that key in lower case."""

    @property
    def full(self) -> int:
        """All classes."""
        return (1 << len(self.values)) - 1


@dataclass(frozen=True)
class Question:
    """A condition whose values depend on other keys of the request; its answer is a dimension of its own."""

    condition: Condition
    """With its negation taken away, and only the values that have variables."""
    needs: frozenset[str]
    """The keys, in lower case, without any of which it is not met."""


class Stated(NamedTuple):
    """A statement as it stands in its policy."""

    statement: Statement
    variables: bool
    """Whether `${…}` stands for context."""


def stated(policy: Policy) -> list[Stated]:
    """A policy's statements."""
    return [Stated(statement, policy.version == VERSION) for statement in policy.statements]


class Space:
    """The requests that some statements can tell apart."""

    def __init__(self, statements: Iterable[Stated], facts: KeyFacts, *, supposing: bool = False) -> None:
        """`supposing`: leave out what hardly any request is like, too, though AWS does not say that none is.

        Raises `TooManyError` where there are more classes than can be told apart.
        """
        self.facts = facts
        self._supposing = supposing
        self.statements = list(dict.fromkeys(statements))
        plain = [one.statement for one in self.statements]
        tests = _tests(self.statements)
        self.questions = list(
            dict.fromkeys(
                question
                for one in self.statements
                for test in sorted(one.statement.conditions)
                for question in _questions(test, one.variables)
            )
        )
        self.callers: list[Caller] = callers(plain, tests, facts.account)
        self.acting: Acting = acting(plain)
        self.arns: list[str | None] = key_arns(plain, facts.arn, facts.account)
        self.dims = self._dimensions(tests)
        self.place = {dim.name: place for place, dim in enumerate(self.dims)}
        self.full: Box = tuple(dim.full for dim in self.dims)
        self.forbidden: list[Box] = [self.box(part) for part in self._forbidden()]
        self._known: dict[tuple[Stated, Access], list[Box]] = {}

    def _dimensions(self, tests: dict[str, list[Tested]]) -> list[Dim]:
        dims = [
            Dim("caller", tuple((caller.request.principal,) for caller in self.callers)),
            Dim("action", tuple((name,) for name in self.acting.names)),
            Dim("key", tuple((arn or "",) for arn in self.arns)),
        ]
        asked = dict.fromkeys(sorted(tests))
        asked |= dict.fromkeys(sorted(need for question in self.questions for need in question.needs))
        if _FORWARDED in asked:
            asked.setdefault(_VIA)
        for key in asked:
            if key in IDENTITY_KEYS or key == _FORWARDED or key in self.facts.constants:
                continue
            names = (
                [one.removeprefix(_CONTEXT) for one in asked if one.startswith(_CONTEXT)]
                if key == _CONTEXT_KEYS
                else []
            )
            found = classes(key, tests.get(key, []), names, optional=is_optional(key))
            dims.append(Dim(key, tuple(found), is_key=True))
        return dims + [Dim(repr(question.condition), ((), ("true",))) for question in self.questions]

    def box(self, part: Part) -> Box:
        """A part as a box."""
        return tuple(part.get(place, full) for place, full in enumerate(self.full))

    @cached_property
    def foreign(self) -> int:
        """The callers of other accounts than the key's, as bits; none where that is not known."""
        own = self.facts.account
        return self._callers(lambda caller: own is not None and caller.request.account not in ("", own))

    def _callers(self, chosen: Callable[[Caller], bool]) -> int:
        return bits(place for place, caller in enumerate(self.callers) if chosen(caller))

    def boxes(self, one: Stated, level: Access) -> list[Box]:
        """The requests that a statement matches at least as strongly as `level`."""
        if (one, level) not in self._known:
            self._known[one, level] = self._boxes(one, level)
        return self._known[one, level]

    def _boxes(self, one: Stated, level: Access) -> list[Box]:
        matcher, least = Matcher(one.statement, one.variables), LEVELS[level]
        strengths = [LEVELS[matcher.strength(caller.request)] for caller in self.callers]
        who = bits(place for place, strength in enumerate(strengths) if strength >= least)
        if level == "direct":
            # Another account's word is needed in any case, so its principals are let in no less as an account.
            who |= bits(place for place, strength in enumerate(strengths) if strength) & self.foreign
        what = bits(place for place, name in enumerate(self.acting.names) if matcher.acts(name.lower()))
        where = bits(place for place, arn in enumerate(self.arns) if matcher.on_key(arn))
        parts: list[Part] = [{CALLER: who, ACTION: what, KEY: where}]
        for test in sorted(one.statement.conditions):
            ways = self.ways(test, one.variables)
            parts = [both for part in parts for way in ways if (both := _both(part, way, self.full)) is not None]
        return [self.box(part) for part in parts if all(part.values())]

    def ways(self, test: Condition, variables: bool) -> list[Part]:
        """The requests for which a condition holds, in one part or several."""
        operator, key = parse_operator(test.operator), test.key.lower()
        asked = _questions(test, variables)
        if operator is None or not asked:
            return [self._plain(test, key, variables)]
        answers = [self.place[repr(question.condition)] for question in asked]
        if operator.set_word:
            return [{answers[0]: _YES}]
        fixed = tuple(value for value in test.values if not variables_in(value))
        plain = self._plain(test._replace(values=fixed), key, variables) if fixed else {}
        if operator.negated:
            return [{**plain, **dict.fromkeys(answers, _NO)}]
        ways: list[Part] = [*({answer: _YES} for answer in answers), *([plain] if fixed else [])]
        if operator.if_exists and not fixed:
            ways.append(self._absent(key, self.place.get(key)))
        return ways

    def _absent(self, key: str, place: int | None) -> Part:
        if key in self.facts.constants or key == _FORWARDED:
            return {CALLER: 0}
        if place is not None:
            return {place: bits(at for at, values in enumerate(self.dims[place].values) if not values)}
        return {CALLER: self._callers(lambda caller: key not in caller.values)}

    def _plain(self, test: Condition, key: str, variables: bool) -> Part:
        holds = prepared(test, variables)
        if key in IDENTITY_KEYS:
            return {CALLER: self._callers(lambda caller: holds(caller.values))}
        if key in self.facts.constants:
            return {} if holds(self.facts.constants) else {CALLER: 0}
        if key == _FORWARDED:
            place = self.place[_VIA]
            said: list[Context] = [{_FORWARDED: (str(bool(values)).lower(),)} for values in self.dims[place].values]
        else:
            place = self.place[key]
            said = [{key: values} for values in self.dims[place].values]
        return {place: bits(at for at, context in enumerate(said) if holds(context))}

    def _forbidden(self) -> list[Part]:
        parts = [
            *forbidden_together(self.dims, self.place, self.acting, self.callers, self.facts),
            *(part for question in self.questions for part in self._unanswerable(question)),
            *(supposed_apart(self.dims, self.place) if self._supposing else ()),
        ]
        if self.foreign:
            across = bits(at for at, name in enumerate(self.acting.names) if not honoured_across(name))
            parts.append({CALLER: self.foreign, ACTION: across})
        working = self.facts.working
        if working is not None:
            # A key of its kind does nothing else, whatever a policy says.
            dead = bits(at for at, name in enumerate(self.acting.names) if name in ACTIONS and name not in working)
            parts.append({ACTION: dead})
        return [part for part in parts if all(part.values())]

    def _unanswerable(self, question: Question) -> Iterable[Part]:
        """A key that is absent matches no value, nor does a value whose variable has none."""
        answer = self.place[repr(question.condition)]
        everything = question.condition.operator.startswith("ForAllValues")
        key = question.condition.key.lower()
        yield {**self._absent(key, self.place.get(key)), answer: _NO if everything else _YES}
        for need in question.needs if not everything else ():
            yield {**self._absent(need, self.place.get(need)), answer: _YES}


def _both(one: Part, other: Part, full: Box) -> Part | None:
    joined = dict(one)
    for place, mask in other.items():
        joined[place] = joined.get(place, full[place]) & mask
        if not joined[place]:
            return None
    return joined


def _tests(statements: Sequence[Stated]) -> dict[str, list[Tested]]:
    """What each condition key, in lower case, is tested for; without the values that depend on other keys."""
    found: dict[str, dict[Tested, None]] = {}
    for statement, variables in statements:
        for test in statement.conditions:
            operator, key = parse_operator(test.operator), test.key.lower()
            if operator is None:
                continue
            fixed = test
            if _questions(test, variables):
                fixed = test._replace(values=tuple(value for value in test.values if not variables_in(value)))
            holds = prepared(fixed._replace(operator=_single(fixed.operator)), variables)
            asked = Tested(fixed, operator, variables, lambda value, key=key, holds=holds: holds({key: (value,)}))  # type: ignore[misc]
            found.setdefault(key, {}).setdefault(asked)
    return {key: list(asked) for key, asked in found.items()}


def _single(operator: str) -> str:
    return operator.rpartition(":")[2]


def _questions(test: Condition, variables: bool) -> list[Question]:
    """The questions that a condition asks of other keys: one for each value, or, with a set word, one in all."""
    operator = parse_operator(test.operator)
    if not variables or operator is None or operator.family not in ("string", "arn"):
        return []
    named = {value: frozenset(names) for value in test.values if (names := variables_in(value))}
    if not named or (test.key.lower() in IDENTITY_KEYS and all(names <= _ACCOUNT_KEYS for names in named.values())):
        return []
    if operator.set_word:
        return [Question(test, frozenset())]
    base = operator.base.replace("Not", "")
    return [
        Question(
            Condition(_plainest(base, value), test.key.lower(), (value,)),
            names if _DEFAULT not in value else frozenset(),
        )
        for value, names in sorted(named.items())
    ]


def _plainest(base: str, value: str) -> str:
    """The operator that asks the same: without a wildcard of its own a pattern is a text, whatever variables hold."""
    wild = has_wildcard(_VARIABLE.sub("", value))
    return "StringEquals" if base == "StringLike" and not wild else base
