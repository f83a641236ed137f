"""One condition against the context of one request, by AWS's documented rules.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
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
    return prepared(test, variables)(context)


@lru_cache(maxsize=2048)
def prepared(test: Condition, variables: bool = True) -> Callable[[Context], bool]:
    """A condition as a test of contexts, whose keys are in lower case."""
    operator = parse_operator(test.operator)
    if operator is None:
        return lambda context: False
    key = test.key.lower()
    if operator.base == "Null":
        absent, present = ("true" in map(str.lower, test.values)), ("false" in map(str.lower, test.values))
        return lambda context: present if context.get(key) else absent
    holds_for = _value_test(operator, test.values, variables)
    if operator.set_word == "ForAnyValue":
        return lambda context: any(holds_for(value, context) for value in context.get(key, ()))
    if operator.set_word:
        return lambda context: all(holds_for(value, context) for value in context.get(key, ()))
    without = operator.negated or operator.if_exists

    def single(context: Context) -> bool:
        values = context.get(key)
        if not values:
            return without
        # A multivalued key needs a set word; without one AWS matches nothing.
        return len(values) == 1 and holds_for(values[0], context)

    return single


def variables_in(pattern: str) -> tuple[str, ...]:
    """The condition keys, in lower case, that the policy variables in a value name.

    >>> variables_in("arn:aws:iam::${aws:PrincipalAccount}:role/${*}"), variables_in("${aws:username, 'x'}")
    (('aws:principalaccount',), ('aws:username',))
    """
    return tuple(_named(found[1])[0] for found in _VARIABLE.finditer(pattern)) if "${" in pattern else ()


def _named(variable: str) -> tuple[str, str | None]:
    """The key that a variable names, in lower case, and its default."""
    with_default = _DEFAULT.fullmatch(variable)
    return (with_default[1] if with_default else variable).strip().lower(), with_default[2] if with_default else None


def _value_test(operator: Operator, patterns: Iterable[str], variables: bool) -> Callable[[str, Context], bool]:
    """Whether a condition holds for one value of its key, the negation included."""
    resolves = variables and operator.family in ("string", "arn")
    open_ = [pattern for pattern in patterns if resolves and variables_in(pattern)]
    fixed = [_matcher(operator.base, pattern, variables) for pattern in patterns if pattern not in open_]
    negated = operator.negated
    if not open_:
        if len(fixed) == 1:
            (only,) = fixed
            return lambda value, context: only(value) is not negated
        return lambda value, context: any(test(value) for test in fixed) is not negated

    def test_value(value: str, context: Context) -> bool:
        resolved = (resolve(pattern, context) for pattern in open_)
        matched = any(test(value) for test in fixed) or any(
            _matcher(operator.base, pattern, True)(value) for pattern in resolved if pattern is not None
        )
        return matched is not negated

    return test_value


def resolve(pattern: str, context: Context) -> str | None:
    """The pattern with its policy variables replaced; None where one has no value, which matches nothing."""
    missing = False

    def replace(found: re.Match[str]) -> str:
        nonlocal missing
        name, default = _named(found[1])
        values = context.get(name, ())
        if len(values) == 1:
            return re.sub(r"[*?$]", lambda special: f"${{{special[0]}}}", values[0])
        if default is None:
            missing = True
        return default or ""

    resolved = _VARIABLE.sub(replace, pattern)
    return None if missing else resolved


@lru_cache(maxsize=2048)
def _matcher(base: str, pattern: str, escapes: bool) -> Callable[[str], bool]:
    """A test for one value of a condition; negation is the caller's."""
    if base.startswith("Arn"):
        return arn_like(pattern, escapes=escapes)
    if base in ("StringLike", "StringNotLike"):
        return glob(pattern, escapes=escapes)
    if base.startswith("String"):
        literal = unescaped(pattern) if escapes else pattern
        if base.endswith("IgnoreCase"):
            folded = fold(literal)
            return lambda value: fold(value) == folded
        return lambda value: value == literal
    if base == "Bool":
        wanted = pattern.lower()
        return lambda value: value.lower() == wanted and wanted in ("true", "false")
    if base == "BinaryEquals":
        return _typed(_binary, eq, pattern)
    if base in ("IpAddress", "NotIpAddress"):
        return _in_network(pattern)
    if base.startswith("Numeric"):
        return _typed(number, _ORDERS[base.removeprefix("Numeric")], pattern)
    return _typed(instant, _ORDERS[base.removeprefix("Date")], pattern)


def unescaped(pattern: str) -> str:
    """A value without wildcards as the text that it stands for.

    >>> unescaped("100${*}")
    '100*'
    """
    return _ESCAPE.sub(r"\1", pattern) if "${" in pattern else pattern


def fold(text: str) -> str:
    """ASCII letters in lower case, everything else as it is: how AWS ignores case."""
    return "".join(character.lower() if character.isascii() else character for character in text)


def _typed(read: Callable[[str], Any], order: Callable[[Any, Any], bool], pattern: str) -> Callable[[str], bool]:
    """A comparison of values that may not be of their type, in which case nothing matches."""
    wanted = read(pattern)

    def compare(value: str) -> bool:
        given = read(value)
        return wanted is not None and given is not None and order(given, wanted)

    return compare


def number(text: str) -> Decimal | None:
    """What the numeric operators read; None for what is no number."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def instant(text: str) -> Decimal | None:
    """Seconds since 1970, from ISO 8601 or from that number itself."""
    if (seconds := number(text)) is not None:
        return seconds
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return Decimal(str(moment.timestamp()))


def _binary(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # no Base64, or no ASCII
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
