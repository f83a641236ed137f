"""The policy names something that never calls KMS.

Instance profiles, policies, identity providers, organizations and their units, canonical user ids and resources of
other services are no callers of KMS. Some of these KMS refuses, the others match nobody.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:instance-profile/App"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS414"
SEVERITY = "error"
LIKE = ("access-analyzer UNSUPPORTED_PRINCIPAL",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every principal of another kind than KMS has."""
    return flaws(view.statement, "unsupported")
