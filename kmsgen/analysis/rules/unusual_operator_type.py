"""An operator compares a condition key of another type as mere text, or as a number.

`StringEquals` `true` on a key that is true or false works as long as nobody writes `True`; dates, numbers and
addresses compared as texts miss whatever is written in another way. AWS documents operators of the key's own type.

Avoid:

    Condition: {StringEquals: {"kms:GrantIsForAWSResource": "true"}}

Prefer:

    Condition: {Bool: {"kms:GrantIsForAWSResource": "true"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.operators import fit
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS447"
SEVERITY = "warning"
LIKE = (
    "parliament MISMATCHED_TYPE_BUT_USABLE",
    "access-analyzer TYPE_MISMATCH_BOOLEAN",
    "access-analyzer TYPE_MISMATCH_DATE",
    "access-analyzer TYPE_MISMATCH_IP_RANGE",
    "access-analyzer TYPE_MISMATCH_NUMBER",
    "access-analyzer TYPE_MISMATCH_STRING",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every operator that reads its key's values as something else."""
    for test in view.tests:
        if (found := fit(test)).how == "loosely":
            key, operator = test.condition.key, test.condition.operator
            yield Found(
                f"`{operator}` compares `{key}`, which holds {found.holds}, as {found.read_as}",
                path=test.path,
                help=f"write `{found.better}`",
                about=f"{operator} {key}",
            )
