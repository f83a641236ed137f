"""A principal has a wildcard or a policy variable in its ARN.

`Principal` takes a whole ARN or a lone `*`, nothing between: KMS refuses the policy, and no caller would match. For
several roles of one pattern name the account, and test `aws:PrincipalArn` in a condition.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:role/app-*"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:root"}
    Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS412"
SEVERITY = "error"
LIKE = ("access-analyzer UNSUPPORTED_WILDCARD_IN_PRINCIPAL",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every principal that is a pattern."""
    return flaws(view.statement, "wildcard")
