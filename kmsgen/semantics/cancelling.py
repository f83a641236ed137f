"""A request that a statement matches and others do not, found among the values that the statements themselves name.

What it finds is checked by `evaluate`'s own rules, so a request it returns is one. That it finds none is no proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kmsgen.catalog import condition_keys
from kmsgen.catalog.actions import ACTIONS, matching
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.policy.model import AWS, SERVICE, Condition, Policy, Principal, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.conditions import holds
from kmsgen.semantics.evaluate import matches
from kmsgen.semantics.request import Request, Values

_FRIENDLY: dict[str, tuple[str, ...]] = {
    # What a well-behaved caller sends, tried before anything else.
    "aws:multifactorauthpresent": ("true",),
    "aws:securetransport": ("true",),
    "kms:grantisforawsresource": ("true",),
    "kms:reencryptonsamekey": ("true",),
}
_OTHERS = {
    "string": "other",
    "arn": "arn:aws:s3:::other",
    "bool": "true",
    "numeric": "30",
    "date": "0",
    "ip": "8.8.8.8",
}
_IDENTITY = frozenset({"aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:principaltype"})
_DERIVED = _IDENTITY | {"aws:principalisawsservice", "aws:principalservicename", "aws:viaawsservice", "aws:username"}


def witness(policy: Policy, statement: Statement, avoiding: Sequence[Statement] = ()) -> Request | None:
    """A request that `statement` matches and none of `avoiding` does, or None where none is found."""
    for principal in _callers(statement, avoiding):
        for action in _actions(statement):
            found = _search(policy, statement, avoiding, Request(principal, action, _context(statement, action)))
            if found is not None:
                return found
    return None


def _search(policy: Policy, statement: Statement, avoiding: Sequence[Statement], request: Request) -> Request | None:
    """Falsify one condition after another of what must not match, as long as `statement` still does."""
    if not matches(policy, statement, request):
        return None
    hit = next((one for one in avoiding if matches(policy, one, request)), None)
    if hit is None:
        return request
    for test in sorted(hit.conditions):
        if test.key.lower() in _DERIVED or not condition_keys.carries(request.action, test.key):
            continue
        for values in _candidates(test, (*statement.conditions, *(c for one in avoiding for c in one.conditions))):
            context = {key: value for key, value in request.context.items() if key.lower() != test.key.lower()}
            changed = replace(request, context={**context, **({test.key: values} if values else {})})
            if holds(test, changed.values):
                continue
            found = _search(policy, statement, [one for one in avoiding if one is not hit], changed)
            if found is not None and not matches(policy, hit, found):
                return found
    return None


def _candidates(test: Condition, conditions: Iterable[Condition]) -> Iterator[Values]:
    """Values for a condition's key: what a good caller sends, what any condition names, another, none."""
    key = test.key.lower()
    if key in _FRIENDLY:
        yield _FRIENDLY[key]
    for one in conditions:
        if one.key.lower() == key:
            yield from ((instance(value),) for value in one.values)
    known = condition_keys.find(test.key)
    yield (_OTHERS[known.type if known else "string"],)
    yield ("false",)
    yield ()


def instance(pattern: str) -> str:
    """A value that a pattern matches: `*` and `?` as one letter each.

    >>> instance("arn:aws:s3:::logs/*")
    'arn:aws:s3:::logs/x'
    """
    return (
        pattern.replace("*", "x").replace("?", "x").split("/")[0]
        if _is_network(pattern)
        else (pattern.replace("*", "x").replace("?", "x"))
    )


def _is_network(text: str) -> bool:
    return "/" in text and all(character in "0123456789abcdef.:/" for character in text.lower())


def _context(statement: Statement, action: str) -> dict[str, Values]:
    """A context in which every condition of a statement holds, as far as each can be met for itself."""
    context: dict[str, Values] = {}
    for test in sorted(statement.conditions):
        operator = parse_operator(test.operator)
        key = test.key.lower()
        if operator is None or key in _IDENTITY or operator.negated or not test.values:
            continue
        if operator.base == "Null":
            if test.values[0] == "false" and not any(name.lower() == key for name in context):
                context[test.key] = (_OTHERS["string"],)
        elif operator.family in ("numeric", "date"):
            context[test.key] = (_beside(operator.base, test.values[0]),)
        else:
            context[test.key] = (instance(test.values[0]),)
    return context


def _beside(base: str, bound: str) -> str:
    """A value that an ordering operator takes, next to its bound."""
    if base.endswith(("Equals", "EqualsIgnoreCase")) and "Not" not in base:
        return bound
    if bound.isdecimal():
        return str(int(bound) - 1 if "LessThan" in base else int(bound) + 1)
    year = int(bound[:4]) + (-1 if "LessThan" in base else 1)
    return f"{year:04d}{bound[4:]}"


def _actions(statement: Statement) -> Iterator[str]:
    for pattern in sorted(statement.actions):
        yield from (action.name for action in matching(pattern) if action.in_key_policy)
    if statement.not_actions:
        yield from (name for name, action in ACTIONS.items() if action.in_key_policy)


def _callers(statement: Statement, avoiding: Sequence[Statement]) -> Iterator[str]:
    """Callers that the principals, and the identity conditions, of a statement may mean."""
    tests = {test.key.lower(): test for test in statement.conditions}
    arns = tests.get("aws:principalarn")
    if arns is not None and "Not" not in arns.operator:
        yield from (instance(pattern) for pattern in arns.values)
    for principal in sorted(statement.principals):
        yield from _callers_of(principal)
    for one in (statement, *avoiding):
        for test in one.conditions:
            if test.key.lower() == "aws:principalarn":
                yield from (instance(pattern) for pattern in test.values)


def _callers_of(principal: Principal) -> Iterator[str]:
    kind, value = principal
    if principal.is_everyone:
        yield from ("arn:aws:iam::999999999999:role/anyone", "sns.amazonaws.com")
    elif kind == SERVICE:
        yield value
    elif kind == AWS and (ACCOUNT.fullmatch(value) or value.endswith(":root")):
        account = value if ACCOUNT.fullmatch(value) else value.split(":")[4]
        partition = "aws" if ACCOUNT.fullmatch(value) else value.split(":")[1]
        yield f"arn:{partition}:iam::{account}:role/anyone"
        yield f"arn:{partition}:iam::{account}:root"
    else:
        yield value
