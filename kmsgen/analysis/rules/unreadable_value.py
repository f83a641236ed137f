"""A condition value is not of the type that its operator compares.

An operator that cannot read a value never matches it, and KMS says nothing: `IpAddress` with the name of an endpoint,
`Bool` with `yes`, a date in another form than ISO 8601, an ARN with fewer than six parts. Policy variables stand for
text and work with the string and ARN operators alone.

Avoid:

    Condition: {IpAddress: {"aws:SourceIp": vpce-0a1b2c3d}}

Prefer:

    Condition: {StringEquals: {"aws:SourceVpce": vpce-0a1b2c3d}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.operators import fit
from kmsgen.analysis.placeholders import is_placeholder
from kmsgen.analysis.subject import View
from kmsgen.policy.never import unreadable
from kmsgen.semantics.world import KeyFacts

CODE = "KMS448"
SEVERITY = "error"
LIKE = (
    "parliament MISMATCHED_TYPE",
    "access-analyzer INVALID_CONDITION_DATA_TYPE",
    "access-analyzer INVALID_VARIABLE_FOR_OPERATOR",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such value, unless the operator is the wrong one for the key anyway."""
    for test in view.tests:
        if test.operator.family != "string" and fit(test).how != "never":
            values = tuple(one for one in test.condition.values if not is_placeholder(test, one))
            for message, help_ in unreadable(test.condition._replace(values=values), test.operator):
                yield Found(message, path=test.path, help=help_, about=f"{test.condition.key} {message}")
