"""A Deny that means callers without MFA lets pass those whose request says nothing of MFA at all.

`aws:MultiFactorAuthPresent` is absent, rather than `false`, from requests that are signed with a user's long-term
access keys, and `aws:MultiFactorAuthAge` is absent without MFA. A condition that compares an absent key does not hold,
so such a Deny never reaches the very callers that it is meant for.

Avoid:

    Effect: Deny
    Condition: {Bool: {"aws:MultiFactorAuthPresent": "false"}}

Prefer:

    Effect: Deny
    Condition: {BoolIfExists: {"aws:MultiFactorAuthPresent": "false"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS480"
SEVERITY = "warning"
LIKE = ("parliament BAD_PATTERN_FOR_MFA",)

_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every test of MFA for which a Deny does not hold where nothing is said of MFA."""
    if view.allows:
        return
    for test in view.testing(*_KEYS):
        asks = test.condition.values == ("true",)
        if test.holds_if_absent or test.operator.base == "Null" or (test.operator.family == "bool" and asks):
            continue  # it holds without MFA, or is about those who have it
        message = f"{view.called} lets pass requests without `{test.condition.key}`: those of long-term access keys"
        yield Found(
            message, path=test.path, help=f"write `{test.condition.operator}IfExists`", about=test.condition.key
        )
