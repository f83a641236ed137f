"""A condition key with many values is compared as if it had one, and never matches.

Without `ForAnyValue` or `ForAllValues` AWS matches no value of such a key: an Allow gives nothing, a Deny denies
nothing.

Avoid:

    Condition: {StringLike: {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}

Prefer:

    Condition: {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.policy.never import missing_set_word
from kmsgen.semantics.world import KeyFacts

CODE = "KMS452"
SEVERITY = "error"
LIKE = ("access-analyzer MISSING_QUALIFIER",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test."""
    for test in view.tests:
        if (reason := missing_set_word(test.condition, test.operator, test.known)) is not None:
            message, help_ = reason
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {test.condition.key}")
