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

from kmsgen.analysis.finding import Found
from kmsgen.analysis.operators import literal_wildcards
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS445"
SEVERITY = "error"
LIKE = ("access-analyzer WILDCARD_WITHOUT_LIKE_OPERATOR",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such value."""
    for test in view.tests:
        for value in literal_wildcards(test):
            like = test.condition.operator.replace("EqualsIgnoreCase", "Like").replace("Equals", "Like")
            yield Found(
                f"`{test.condition.operator}` takes wildcards literally: `{test.condition.key}` is never `{value}`",
                path=test.path,
                help=f"write `{like}`",
                about=f"{test.condition.key} {value}",
            )
