"""A condition has no values to compare with.

A test with an empty list is met by no value: a positive one is never true, so an Allow gives nothing and a Deny
denies nothing, and a negated one is always true. Lists become empty where the code that writes the policy was given
nobody.

Avoid:

    Condition: {ArnLike: {"aws:PrincipalArn": []}}

Prefer:

    Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/App"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS475"
SEVERITY = "warning"
LIKE = (
    "access-analyzer EMPTY_ARRAY_CONDITION",
    "access-analyzer EMPTY_ARRAY_CONDITION_FORALLVALUES",
    "access-analyzer EMPTY_ARRAY_CONDITION_FORANYVALUE",
    "access-analyzer EMPTY_ARRAY_CONDITION_IFEXISTS",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such condition."""
    for test in view.tests:
        if not test.condition.values:
            yield Found(
                f"`{test.condition.operator}` compares `{test.condition.key}` with nothing, and so {_said(test)}",
                path=test.path,
                help="give it a value, or take the statement out",
                about=f"{test.condition.operator} {test.condition.key}",
            )


def _said(test: Tested) -> str:
    if test.operator.base != "Null" and test.operator.negated:
        return "is true where the key is present" if test.operator.set_word == "ForAnyValue" else "is always true"
    absent = test.operator.base != "Null" and (test.operator.set_word == "ForAllValues" or test.operator.if_exists)
    return "is true only where the key is absent" if absent else "is never true"
