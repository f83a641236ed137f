"""A value with a wildcard is compared by an operator that takes it literally.

`*` and `?` stand for other characters in `StringLike` and in the ARN operators alone. With `StringEquals` the value
is a text that no request has: an Allow gives nothing, and a Deny with `StringNotEquals` denies everybody.

Avoid:

    Condition: {StringEquals: {"kms:ViaService": "ec2.*.amazonaws.com"}}

Prefer:

    Condition: {StringLike: {"kms:ViaService": "ec2.*.amazonaws.com"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import FREE_TEXT
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.semantics.world import KeyFacts

CODE = "KMS445"
SEVERITY = "error"
LIKE = ("access-analyzer WILDCARD_WITHOUT_LIKE_OPERATOR",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such value."""
    for test in view.tests:
        if test.operator.family != "string" or test.operator.globs:
            continue
        for value in test.condition.values:
            if _meant(test, value):
                like = test.condition.operator.replace("EqualsIgnoreCase", "Like").replace("Equals", "Like")
                yield Found(
                    f"`{test.condition.operator}` takes wildcards literally: `{test.condition.key}` is never `{value}`",
                    path=test.path,
                    help=f"write `{like}`",
                    about=f"{test.condition.key} {value}",
                )


def _meant(test: Tested, value: str) -> bool:
    """Whether a wildcard is meant: a question mark may be part of a text."""
    if ("*" not in value and "?" not in value) or not has_wildcard(value):
        return False
    free = test.known is None or test.known.name in FREE_TEXT
    return has_wildcard(value.replace("?", "")) or not free
