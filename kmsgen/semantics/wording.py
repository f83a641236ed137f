"""Principals and conditions in plain words, for people who review a change."""

from __future__ import annotations

from collections.abc import Sequence

from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import SERVICE, Condition, Principal, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.classes import Values
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import account_named

_VERBS = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringEqualsIgnoreCase": "is, in any case,",
    "StringNotEqualsIgnoreCase": "is not, in any case,",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is like",
    "ArnLike": "is like",
    "ArnNotEquals": "is not like",
    "ArnNotLike": "is not like",
    "NumericEquals": "is",
    "NumericNotEquals": "is not",
    "NumericLessThan": "is less than",
    "NumericLessThanEquals": "is at most",
    "NumericGreaterThan": "is more than",
    "NumericGreaterThanEquals": "is at least",
    "DateEquals": "is",
    "DateNotEquals": "is not",
    "DateLessThan": "is before",
    "DateLessThanEquals": "is not after",
    "DateGreaterThan": "is after",
    "DateGreaterThanEquals": "is not before",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
    "Bool": "is",
    "BinaryEquals": "is",
}
_OPPOSITES = {
    **{base: said.replace("is", "is not", 1) for base, said in _VERBS.items() if "not" not in said},
    **{base: said.replace("is not", "is", 1) for base, said in _VERBS.items() if "not" in said},
    "NumericLessThan": "is at least",
    "NumericLessThanEquals": "is more than",
    "NumericGreaterThan": "is at most",
    "NumericGreaterThanEquals": "is less than",
}


def principal_words(principal: Principal) -> str:
    """A principal as people say it.

    >>> principal_words(Principal("AWS", "arn:aws:iam::111122223333:role/team/App"))
    'role/team/App of 111122223333'
    """
    kind, value = principal
    if principal.is_everyone:
        return "anyone"
    if kind == SERVICE:
        return value
    account = account_named(value)
    if account is not None:
        return f"account {account}, by its IAM policies"
    parts = value.split(":", 5)
    return f"{parts[5]} of {account_of(value)}" if len(parts) == 6 else value


def root_words(principal: Principal) -> str:
    """The root user alone of an account that a principal names.

    >>> root_words(Principal("AWS", "arn:aws:iam::111122223333:root"))
    'the root user of 111122223333'
    """
    account = account_named(principal.value)
    return principal_words(principal) if account is None else f"the root user of {account}"


def condition_words(test: Condition) -> str:
    """What a condition demands of its key, without naming the key.

    >>> condition_words(Condition("StringLike", "kms:ViaService", ("s3.*.amazonaws.com",)))
    'is like s3.*.amazonaws.com'
    >>> condition_words(Condition("ForAllValues:StringEquals", "kms:GrantOperations", ("Decrypt", "Encrypt")))
    'has no value that is not Decrypt or Encrypt'
    """
    operator = parse_operator(test.operator)
    if operator is None:
        return f"{test.operator} {listed(test.values)}"
    if operator.base == "Null":
        return "is absent" if "true" in test.values else "is present"
    if operator.set_word == "ForAnyValue":
        return f"has a value that {_VERBS[operator.base]} {listed(test.values)}"
    if operator.set_word:
        return f"has no value that {_OPPOSITES[operator.base]} {listed(test.values)}"
    said = f"{_VERBS[operator.base]} {listed(test.values)}"
    return f"{said}, or is absent" if operator.if_exists or operator.negated else said


def negated_words(test: Condition) -> str:
    """What is true of a condition's key where the condition does not hold.

    >>> negated_words(Condition("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)))
    'is not s3.eu-west-1.amazonaws.com, or is absent'
    """
    operator = parse_operator(test.operator)
    if operator is None:
        return f"is not such that {condition_words(test)}"
    if operator.base == "Null":
        return "is present" if "true" in test.values else "is absent"
    if operator.set_word == "ForAnyValue":
        return f"has no value that {_VERBS[operator.base]} {listed(test.values)}"
    if operator.set_word:
        return f"has a value that {_OPPOSITES[operator.base]} {listed(test.values)}"
    said = f"{_OPPOSITES[operator.base]} {listed(test.values)}"
    return said if operator.if_exists or operator.negated else f"{said}, or is absent"


def classes_words(classes: Sequence[Values], *, exact: bool) -> str:
    """Some classes of values; `exact`: whether each has no other value than the one shown."""
    shown = [values[0] if len(values) == 1 else f"[{', '.join(values)}]" for values in classes if values]
    texts = [f"{'is' if exact else 'is such as'} {listed(shown[:4])}"] if shown else []
    return " or ".join([*texts, *(["is absent"] if () in classes else [])])


def example(request: Request) -> str:
    """A request in one line.

    >>> example(Request("sns.amazonaws.com", "kms:Decrypt", {"aws:SourceAccount": "111122223333"}))
    'sns.amazonaws.com kms:Decrypt with aws:SourceAccount=111122223333'
    """
    context = context_words(request)
    return f"{request.principal} {request.action}" + (f" with {context}" if context else "")


def sids(statements: Sequence[Statement]) -> str:
    """Statements by what they are called."""
    return " and ".join(dict.fromkeys(f"`{one.sid}`" if one.sid else "a statement without `Sid`" for one in statements))


def context_words(request: Request) -> str:
    """What a request says of itself, in one line; empty where it says nothing."""
    return ", ".join(
        f"{key}={value if isinstance(value, str) else '|'.join(value)}"
        for key, value in sorted(request.context.items())
    )


def listed(values: Sequence[str]) -> str:
    """Several values, any of which is meant."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}" if values else "nothing"
