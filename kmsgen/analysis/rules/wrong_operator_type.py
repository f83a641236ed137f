"""An operator of one type compares a condition key of another, and so never matches.

`Bool` reads `true` and `false`, the numeric operators numbers, `IpAddress` addresses. A key with values of another
kind is never met: an Allow gives nothing, and a Deny keeps nobody out, or with a negated operator everybody.

Avoid:

    Condition: {Bool: {"aws:PrincipalOrgID": "true"}}

Prefer:

    Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.operators import fit
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS446"
SEVERITY = "error"
LIKE = (
    "parliament MISMATCHED_TYPE",
    "access-analyzer TYPE_MISMATCH",
    "access-analyzer DATA_TYPE_MISMATCH",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every operator that cannot read what its key holds."""
    for test in view.tests:
        if (found := fit(test)).how == "never":
            key, operator = test.condition.key, test.condition.operator
            yield Found(
                f"`{operator}` never matches `{key}`, which holds {found.holds}",
                path=test.path,
                help=f"compare it with `{found.better}`",
                about=f"{operator} {key}",
            )
