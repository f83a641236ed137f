"""Statements whose conditions no request meets: found by an example where there is one, else by proof."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.analysis.conditions import all_unsent, never_matches, sends_source, unsent, who
from kmsgen.analysis.keys import flaw, no_variable
from kmsgen.analysis.operators import fit, literal_wildcards
from kmsgen.analysis.subject import Tested, View, view
from kmsgen.policy.model import Effect, Statement
from kmsgen.policy.never import why_never
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.conditions import instant, number, variables_in
from kmsgen.semantics.friendly import OTHER_ACCOUNT, SOME, instance
from kmsgen.semantics.identity import IDENTITY_KEYS
from kmsgen.semantics.prove import Proof, callers
from kmsgen.semantics.request import Request
from kmsgen.semantics.rules import is_optional
from kmsgen.semantics.statements import Matcher
from kmsgen.semantics.world import KeyFacts

# Keys that depend on each other, so that an example made key by key may be none.
_TOGETHER = (
    frozenset({"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"}),
    frozenset({"aws:multifactorauthage", "aws:multifactorauthpresent"}),
    frozenset({"aws:viaawsservice", "kms:viaservice"}),
)
_CONTEXT, _CONTEXT_KEYS = "kms:encryptioncontext:", "kms:encryptioncontextkeys"
_SENDERS = {"principals": "principal", "services": "service"}


def contradicts(one: View, facts: KeyFacts) -> tuple[Proof, tuple[Tested, ...]] | None:
    """Why a statement's conditions are never met: the proof, and the fewest that never are; None where they may be.

    What other rules find of a single condition is none of it.
    """
    if all_unsent(one) or any(_told(one, test) for test in one.tests):
        return None
    statement = _known(one.statement)
    if statement is None or (not _related(one) and _example(view(statement), facts)):
        return None
    return _decided(replace(statement, effect=Effect.ALLOW, sid=None, origin=()), facts)


def _known(statement: Statement) -> Statement | None:
    """The statement without the conditions whose values a stack gives; None where it gives the principals."""
    if any(is_symbolic(one.value) for one in statement.principals | statement.not_principals):
        return None
    kept = frozenset(test for test in statement.conditions if not any(map(is_symbolic, test.values)))
    return statement if len(kept) == len(statement.conditions) else replace(statement, conditions=kept)


@lru_cache(maxsize=1024)
def _decided(statement: Statement, facts: KeyFacts) -> tuple[Proof, tuple[Tested, ...]] | None:
    proof = never_matches(statement, callers(), facts)
    if proof.holds is False:
        return None
    if proof.holds is None:
        return proof, ()
    if never_matches(replace(statement, conditions=frozenset()), callers(), facts).holds is not False:
        return None  # it is not for its conditions
    return proof, _fewest(statement, facts)


def _fewest(statement: Statement, facts: KeyFacts) -> tuple[Tested, ...]:
    """One condition that is never met, else two that never are together, else all."""
    tests = view(statement).tests
    for size in range(1, min(3, len(tests))):
        for some in itertools.combinations(tests, size):
            part = replace(statement, conditions=frozenset(test.condition for test in some))
            if never_matches(part, callers(), facts).holds:
                return some
    return tests


def _told(one: View, test: Tested) -> bool:
    """Whether another rule finds a test that alone is never met."""
    if test.known is None:
        return flaw(test.condition.key) is not None or not test.holds_if_absent
    if not test.condition.values or fit(test).how == "never":
        return True
    sender = "any" if sends_source(one) else _SENDERS.get(who(one), "any")
    if why_never(test.condition, sender) is not None:  # type: ignore[arg-type]
        return True
    if any(no_variable(name) for value in test.condition.values for name in variables_in(value)):
        return True
    return not test.operator.negated and bool(literal_wildcards(test))


def _related(one: View) -> bool:
    context = _CONTEXT_KEYS in one.keys and any(key.startswith(_CONTEXT) for key in one.keys)
    return context or any(len(one.keys & keys) > 1 for keys in _TOGETHER)


def _example(one: View, facts: KeyFacts) -> bool:
    """Whether a request made of the conditions' own values, key by key, is matched."""
    able = sorted(one.actions - unsent(one.statement).keys())
    if not able or any(test.operator.base == "Null" and not is_optional(test.lower) for test in one.tests):
        return False
    context = dict(_values(one.tests, facts))
    told = {key: context.pop(key) for key in IDENTITY_KEYS if key in context}
    matcher = Matcher(one.statement, True)
    # What says who calls the request has to say by itself.
    requests = (Request(principal, able[0], context, facts.arn) for principal in _principals(one, told))
    return any(matcher.matches(request) != "none" for request in requests)


def _values(tests: Iterable[Tested], facts: KeyFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    for test in tests:
        if test.operator.base == "Null" and test.holds_if_absent:
            continue
        if test.lower in facts.constants:
            yield test.lower, facts.constants[test.lower]
        elif not (test.operator.negated or test.operator.base == "Null"):
            yield test.lower, (_met(test),)
    for test in tests:
        # A key that is only demanded has any value, unless another test says which.
        if test.operator.base == "Null" and not test.holds_if_absent and not _valued(test, tests):
            yield test.lower, (SOME.get(test.known.type, "example") if test.known else "example",)


def _valued(test: Tested, tests: Iterable[Tested]) -> bool:
    return any(one.lower == test.lower and one.operator.base != "Null" and not one.operator.negated for one in tests)


def _met(test: Tested) -> str:
    """A value that meets a test."""
    value, base = min(test.condition.values), test.operator.base
    if test.operator.family in ("numeric", "date"):
        read = number(value) if test.operator.family == "numeric" else instant(value)
        step = -1 if base.endswith("LessThan") else 1 if base.endswith("GreaterThan") else 0
        return value if read is None or not step else str(read + step)
    if test.operator.family == "ip":
        return value.partition("/")[0]
    return instance(test.lower, value)


def _principals(one: View, told: dict[str, tuple[str, ...]]) -> Iterator[str]:
    account = next(iter((*told.get("aws:principalaccount", ()), *told.get("kms:calleraccount", ()))), None)
    like = next(iter(told.get("aws:principalarn", ())), None)
    for own in one.accounts or (account or OTHER_ACCOUNT,):
        yield (like or "arn:aws:iam::999988887777:role/example").replace(OTHER_ACCOUNT, own)
        yield f"arn:aws:iam::{own}:root"
        yield f"arn:aws:iam::{own}:user/example"
    yield from one.arns
    yield from one.services
    yield from told.get("aws:principalservicename", ("example.amazonaws.com",))
