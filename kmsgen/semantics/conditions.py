"""One condition against the context of one request, by AWS's documented rules.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
"""

from __future__ import annotations

import base64
import binascii
import datetime
import ipaddress
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from kmsgen.catalog.patterns import arn_like, glob
from kmsgen.policy.model import Condition
from kmsgen.policy.operators import Operator, parse_operator

Context = Mapping[str, tuple[str, ...]]

_VARIABLE = re.compile(r"\$\{([^}*?$][^}]*)\}")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'(.*)'", re.DOTALL)
_ESCAPE = re.compile(r"\$\{([*?$])\}")
_ORDERS = {
    "Equals": eq, "NotEquals": eq, "LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge,
}  # fmt: skip


def holds(test: Condition, context: Context, *, variables: bool = True) -> bool:
    """Whether a condition holds. `variables`: whether `${…}` in its values stands for context, as since 2012-10-17."""
    operator = parse_operator(test.operator)
    if operator is None:
        return False
    values = context.get(test.key.lower())
    if operator.base == "Null":
        return any(wanted.lower() == ("true" if not values else "false") for wanted in test.values)
    if operator.set_word:
        return _set_holds(operator, test, values or (), context, variables)
    if not values:
        return operator.negated or operator.if_exists
    if len(values) > 1:
        return False  # a multivalued key needs a set word; without one AWS matches nothing
    return _holds_for(operator, test, values[0], context, variables)


def _set_holds(operator: Operator, test: Condition, values: tuple[str, ...], context: Context, variables: bool) -> bool:
    each = (_holds_for(operator, test, value, context, variables) for value in values)
    return any(each) if operator.set_word == "ForAnyValue" else all(each)


def _holds_for(operator: Operator, test: Condition, value: str, context: Context, variables: bool) -> bool:
    matched = False
    for pattern in test.values:
        resolved: str | None = pattern
        if variables and "${" in pattern and operator.family in ("string", "arn"):
            resolved = _resolve(pattern, context)
        if resolved is not None and _matcher(operator.base, resolved, variables)(value):
            matched = True
            break
    return matched is not operator.negated


def _resolve(pattern: str, context: Context) -> str | None:
    """The pattern with its policy variables replaced; None where one has no value, which matches nothing."""
    missing = False

    def replace(found: re.Match[str]) -> str:
        nonlocal missing
        with_default = _DEFAULT.fullmatch(found[1])
        name = (with_default[1] if with_default else found[1]).strip().lower()
        values = context.get(name, ())
        if len(values) == 1:
            return re.sub(r"[*?$]", lambda special: f"${{{special[0]}}}", values[0])
        if with_default:
            return with_default[2]
        missing = True
        return ""

    resolved = _VARIABLE.sub(replace, pattern)
    return None if missing else resolved


@lru_cache(maxsize=8192)
def _matcher(base: str, pattern: str, escapes: bool) -> Callable[[str], bool]:
    """A test for one value of a condition; negation is the caller's."""
    if base.startswith("Arn"):
        return arn_like(pattern)
    if base in ("StringLike", "StringNotLike"):
        return glob(pattern)
    if base.startswith("String"):
        literal = _ESCAPE.sub(r"\1", pattern) if escapes else pattern
        if base.endswith("IgnoreCase"):
            folded = _fold(literal)
            return lambda value: _fold(value) == folded
        return lambda value: value == literal
    if base == "Bool":
        wanted = pattern.lower()
        return lambda value: value.lower() == wanted and wanted in ("true", "false")
    if base == "BinaryEquals":
        return _typed(_binary, eq, pattern)
    if base in ("IpAddress", "NotIpAddress"):
        return _in_network(pattern)
    if base.startswith("Numeric"):
        return _typed(_number, _ORDERS[base.removeprefix("Numeric")], pattern)
    return _typed(_instant, _ORDERS[base.removeprefix("Date")], pattern)


def _fold(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)


def _typed(read: Callable[[str], Any], order: Callable[[Any, Any], bool], pattern: str) -> Callable[[str], bool]:
    """A comparison of values that may not be of their type, in which case nothing matches."""
    wanted = read(pattern)

    def compare(value: str) -> bool:
        given = read(value)
        return wanted is not None and given is not None and order(given, wanted)

    return compare


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _instant(text: str) -> Decimal | None:
    """Seconds since 1970, from ISO 8601 or from that number itself."""
    if (number := _number(text)) is not None:
        return number
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return Decimal(str(moment.timestamp()))


def _binary(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _in_network(pattern: str) -> Callable[[str], bool]:
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return lambda value: False

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside
