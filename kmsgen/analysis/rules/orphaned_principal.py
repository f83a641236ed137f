"""The policy names a role or a user that was deleted.

KMS ties a principal to the one role or user that had its ARN when the policy was written. When that is deleted, its
unique id is left (`AROA…` of a role, `AIDA…` of a user), and matches nobody ever again; a role that is made anew under
the same name has no access. KMS refuses the next policy that still has the id, so that an unrelated change fails.

Avoid:

    Principal: {AWS: AROAEXAMPLEEXAMPLEID1}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS411"
SEVERITY = "error"
LIKE = (
    "access-analyzer INVALID_ROLE_REFERENCE",
    "access-analyzer INVALID_USER_REFERENCE",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every id of what was deleted."""
    return flaws(view.statement, "deleted")
