"""A principal is not written as one.

It is neither twelve digits nor the ARN of a role, a user, a session or an account: a colon is missing, the number of
the account has lost a zero, a service stands under `AWS`, or a placeholder was left in. KMS answers with
`MalformedPolicyDocumentException` and does not say which principal it means.

Avoid:

    Principal: {AWS: "arn:aws:iam:111122223333:role/App"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS415"
SEVERITY = "error"
LIKE = (
    "access-analyzer INVALID_PRINCIPAL_FORMAT",
    "access-analyzer INVALID_PARTITION",
    "parliament UNKNOWN_PRINCIPAL",
    "parliament INVALID_ARN",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every principal that is no ARN and no account."""
    return flaws(view.statement, "malformed")
