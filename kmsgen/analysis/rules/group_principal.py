"""The policy names an IAM group.

A group is no identity: nobody calls KMS as a group, and KMS refuses a policy that names one.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:group/Developers"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/Developers"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS413"
SEVERITY = "error"
LIKE = ("access-analyzer UNSUPPORTED_PRINCIPAL",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every group."""
    return flaws(view.statement, "group")
