"""Why a single condition could never hold, or is refused by KMS, whatever is asked of the key; None where it could.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Literal

from kmsgen.catalog.condition_keys import ConditionKey, find
from kmsgen.policy.model import Condition
from kmsgen.policy.operators import Family, Operator, parse_operator
from kmsgen.policy.reference import is_symbolic

Caller = Literal["principal", "service", "any"]
"""Whose requests are meant: only IAM principals', only AWS services', or anybody's."""
Reason = tuple[str, str | None]
"""What is wrong, and what to write instead."""

_SENDERS = {"principal": "IAM principals", "service": "AWS services that call by themselves"}


def why_never(test: Condition, caller: Caller) -> Reason | None:
    """What is wrong with a condition on requests of such callers; None where it may hold."""
    operator, known = parse_operator(test.operator), find(test.key)
    if operator is None:
        return None
    return (
        refused_set_word(test, operator, known)
        or missing_set_word(test, operator, known)
        or next(unreadable(test, operator), None)
        or never_sent(test, operator, known, caller)
    )


def refused_set_word(test: Condition, operator: Operator, known: ConditionKey | None) -> Reason | None:
    """What is wrong with a `ForAllValues` for which KMS refuses the policy."""
    if known is None or operator.set_word != "ForAllValues":
        return None
    if known.name not in ("kms:EncryptionContext:", "aws:RequestTag/"):
        return None
    hint = f"write `{operator.base}`, the key has one value"
    return f"KMS refuses `ForAllValues` with `{test.key}`: it holds where the key is absent", hint


def missing_set_word(test: Condition, operator: Operator, known: ConditionKey | None) -> Reason | None:
    """What is wrong with a comparison of a key of many values as if it had one."""
    if known is None or not known.multivalued or operator.set_word or operator.base == "Null":
        return None
    hint = f"write `ForAnyValue:{test.operator}`"
    return f"`{test.key}` has many values and never matches without a set word", hint


def unreadable(test: Condition, operator: Operator) -> Iterator[Reason]:
    """What is wrong with each value that is not of the operator's type."""
    reads, what = _FAMILIES[operator.family]
    for value in test.values:
        # Only texts and ARNs may hold policy variables, whose values nobody knows before a request.
        open_ = is_symbolic(value) or ("${" in value and operator.family in ("string", "arn"))
        if not open_ and not reads(value):
            yield f"`{value}` is {what}, and `{test.operator}` compares nothing else", None


def never_sent(test: Condition, operator: Operator, known: ConditionKey | None, caller: Caller) -> Reason | None:
    """What is wrong with a test of a key that requests of such callers do not carry."""
    absent_is_fine = operator.negated or operator.if_exists or operator.set_word == "ForAllValues"
    if caller == "any" or known is None or absent_is_fine:
        return None
    values = {value.lower() for value in test.values}
    if known.name == "aws:PrincipalIsAWSService":
        if values == {"true" if caller == "principal" else "false"} and operator.base == "Bool":
            return f"the condition never holds: `{test.key}` is about {_SENDERS[_other(caller)]}", None
        return None
    if known.sender in ("any", caller) or (operator.base == "Null" and values != {"false"}):
        return None
    hint = "for a caller that a service forwards use `kms:ViaService`" if known.sender == "service" else None
    return f"the condition never holds: only requests of {_SENDERS[known.sender]} carry `{test.key}`", hint


def _other(caller: Caller) -> str:
    return "service" if caller == "principal" else "principal"


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    try:
        return _is_number(text) or bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        return bool(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return False


def _is_binary(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True) is not None
    except ValueError:  # no Base64, or no ASCII
        return False


_FAMILIES: dict[Family, tuple[Callable[[str], bool], str]] = {
    "string": (lambda text: True, ""),
    "arn": (lambda text: text == "*" or text.count(":") >= 5, "no ARN"),
    "bool": (lambda text: text.lower() in ("true", "false"), "neither `true` nor `false`"),
    "null": (lambda text: text.lower() in ("true", "false"), "neither `true` nor `false`"),
    "numeric": (_is_number, "no number"),
    "date": (_is_date, "no date"),
    "ip": (_is_network, "no address range"),
    "binary": (_is_binary, "no Base64"),
}
