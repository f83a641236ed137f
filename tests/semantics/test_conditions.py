"""Condition operators, one case a line: what the request carries, what the policy tests, whether it holds."""

from __future__ import annotations

import pytest

from kmsgen.policy.model import condition
from kmsgen.semantics.conditions import holds

ABSENT: tuple[str, ...] = ()
KEY = "aws:Key"

CASES: list[tuple[str, str | list[str], str | tuple[str, ...], bool]] = [
    # Strings.
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", "100${*}", "100*", True),
    ("StringEquals", "a", ABSENT, False),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", "a", ABSENT, True),
    ("StringEqualsIgnoreCase", "AbC", "aBc", True),
    ("StringNotEqualsIgnoreCase", "AbC", "aBc", False),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a*", "b", False),
    ("StringNotLike", "a*", "ab", False),
    ("StringNotLike", "a*", ABSENT, True),
    ("StringEqualsIfExists", "a", ABSENT, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringNotEqualsIfExists", "a", ABSENT, True),
    # ARNs, part by part; ArnEquals has wildcards too.
    ("ArnLike", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", True),
    ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", True),
    ("ArnLike", "arn:aws:*", "arn:aws:s3:::b", False),
    ("ArnNotLike", "arn:aws:s3:::b", "arn:aws:s3:::c", True),
    ("ArnNotEquals", "arn:aws:s3:::b", ABSENT, True),
    ("ArnLike", "arn:aws:s3:::b", "no arn", False),
    # Booleans.
    ("Bool", "true", "true", True),
    ("Bool", "TRUE", "true", True),
    ("Bool", "false", "true", False),
    ("Bool", "false", ABSENT, False),
    ("BoolIfExists", "false", ABSENT, True),
    ("Bool", "yes", "yes", False),
    # Numbers.
    ("NumericEquals", "7", "7.0", True),
    ("NumericNotEquals", "7", "8", True),
    ("NumericLessThan", "7", "7", False),
    ("NumericLessThanEquals", "7", "7", True),
    ("NumericGreaterThan", "7", "8", True),
    ("NumericGreaterThanEquals", "7", "6", False),
    ("NumericLessThan", "7", "many", False),
    ("NumericLessThan", "7", ABSENT, False),
    ("NumericNotEquals", "7", ABSENT, True),
    # Dates, ISO 8601 or seconds.
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00", True),
    ("DateGreaterThanEquals", "2026-01-01", "1767225600", True),
    ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01", True),
    ("DateGreaterThan", "2026-01-01", "tomorrow", False),
    # Addresses.
    ("IpAddress", "203.0.113.0/24", "203.0.113.77", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
    ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
    ("NotIpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", False),
    ("NotIpAddress", "203.0.113.0/24", ABSENT, True),
    # Binary.
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
    ("BinaryEquals", "é", "QmluYXJ5", False),
    ("BinaryEquals", "QmluYXJ5", "é", False),
    # Presence.
    ("Null", "true", ABSENT, True),
    ("Null", "false", ABSENT, False),
    ("Null", "true", "x", False),
    ("Null", "false", "x", True),
    # Sets.
    ("ForAnyValue:StringEquals", "a", ("a", "b"), True),
    ("ForAnyValue:StringEquals", "c", ("a", "b"), False),
    ("ForAnyValue:StringEquals", "c", ABSENT, False),
    ("ForAnyValue:StringEqualsIfExists", "c", ABSENT, False),
    ("ForAnyValue:StringNotEquals", "a", ("a", "b"), True),
    ("ForAnyValue:StringNotEquals", "a", ("a",), False),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", "a", ABSENT, True),
    ("ForAllValues:StringNotEquals", "a", ("b", "c"), True),
    ("ForAllValues:StringNotEquals", "a", ("a", "c"), False),
    # A key with many values matches nothing without a set word.
    ("StringEquals", "a", ("a", "b"), False),
    ("StringNotEquals", "c", ("a", "b"), False),
    # A condition without values matches nothing, and its negation everything.
    ("StringEquals", [], "a", False),
    ("StringNotEquals", [], "a", True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), CASES)
def test_an_operator(operator: str, wanted: str | list[str], given: str | tuple[str, ...], expected: bool) -> None:
    values = (given,) if isinstance(given, str) else given
    context = {"aws:key": values} if values else {}
    assert holds(condition(operator, KEY, wanted), context) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "team", "given", "expected"),
    [
        ("StringEquals", "${aws:PrincipalTag/team}", "a", "a", True),
        ("StringEquals", "${aws:principaltag/TEAM}-x", "a", "a-x", True),
        ("StringEquals", "${aws:PrincipalTag/team}", None, "a", False),
        ("StringNotEquals", "${aws:PrincipalTag/team}", None, "a", True),
        ("StringEquals", "${aws:PrincipalTag/team, 'none'}", None, "none", True),
        ("StringLike", "${aws:PrincipalTag/team}*", "a*", "ab", False),
        ("StringLike", "${aws:PrincipalTag/team}*", "a*", "a*b", True),
        ("NumericEquals", "${aws:PrincipalTag/team}", "7", "7", False),
    ],
)
def test_a_policy_variable(operator: str, wanted: str, team: str | None, given: str, expected: bool) -> None:
    context = {"aws:key": (given,), **({"aws:principaltag/team": (team,)} if team else {})}
    assert holds(condition(operator, KEY, wanted), context) is expected


def test_before_2012_10_17_a_variable_is_text() -> None:
    test = condition("StringEquals", KEY, "${aws:username}")
    assert holds(test, {"aws:key": ("${aws:username}",)}, variables=False)
    assert not holds(test, {"aws:key": ("me",), "aws:username": ("me",)}, variables=False)


def test_keys_are_found_in_any_case() -> None:
    assert holds(condition("StringEquals", "KMS:viaservice", "x"), {"kms:viaservice": ("x",)})
