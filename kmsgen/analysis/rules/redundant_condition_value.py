"""A condition value says nothing beside another one of the same test.

The values of a test are alternatives, so one that another covers changes nothing: a bucket's ARN beside a pattern
that matches it, a smaller bound beside a larger one, `true` beside `false`. Somebody may believe in the narrower one.

Avoid:

    Condition: {StringLike: {"kms:ViaService": ["s3.*.amazonaws.com", s3.eu-west-1.amazonaws.com]}}

Prefer:

    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kmsgen.analysis.finding import Found
from kmsgen.analysis.networks import network
from kmsgen.analysis.subject import Subject, Tested, View
from kmsgen.catalog.patterns import arn_like, glob
from kmsgen.semantics.conditions import instant, number

CODE = "KMS474"
SEVERITY = "note"
LIKE = ("access-analyzer REDUNDANT_CONDITION_VALUE_NUM", "access-analyzer INVALID_CONDITION_MULTIPLE_BOOLEAN")
_MANY = 200
"""Longer lists are not compared each with each."""


def check(subject: Subject) -> Iterator[Found]:
    """Every value that another one of its test covers, in a policy that people wrote."""
    if not subject.written_by_hand:
        return  # a template spells out what a parameter may make unnecessary
    for index, view in enumerate(subject.views):
        if view.tests:
            yield from (found._replace(statement=index) for found in _of(view))


def _of(view: View) -> Iterator[Found]:
    for test in view.tests:
        if not 1 < len(test.condition.values) <= _MANY:
            continue
        for value, other in _covered(test):
            yield Found(
                f"`{value}` says nothing beside `{other}`",
                path=test.path,
                help="keep the one that is meant",
                about=f"{test.condition.operator} {test.condition.key} {value}",
            )


def _covered(test: Tested) -> Iterator[tuple[str, str]]:
    family, values = test.operator.family, test.condition.values
    if family in ("bool", "null") and {value.lower() for value in values} >= {"true", "false"}:
        yield "true", "false"
    elif family in ("numeric", "date") and test.operator.base.removesuffix("Equals").endswith("Than"):
        yield from _beyond(test)
    elif family == "ip":
        ranges = {value: found for value in values if (found := network(value)) is not None}
        for value, one in ranges.items():
            wider = (other for other, two in ranges.items() if other != value and one.within(two.range))
            if (found_in := next(wider, None)) is not None:
                yield value, found_in
    elif test.operator.globs:
        # As text: a star of the wider pattern takes in whatever stands for a star of the narrower one.
        like = arn_like if family == "arn" else glob
        wide = {value: like(value) for value in values if "*" in value and "?" not in value and "${" not in value}
        for value in values:
            covering = (other for other, matches in wide.items() if other != value and matches(value))
            if "${" not in value and (other := next(covering, None)) is not None:
                yield value, other


def _beyond(test: Tested) -> Iterator[tuple[str, str]]:
    """The bounds that another one goes beyond."""
    read = number if test.operator.family == "numeric" else instant
    bounds: dict[str, Decimal] = {value: got for value in test.condition.values if (got := read(value)) is not None}
    if len(bounds) > 1:
        furthest = (max if "LessThan" in test.operator.base else min)(bounds, key=bounds.__getitem__)
        yield from ((value, furthest) for value in bounds if value != furthest)
