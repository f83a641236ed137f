"""The policy names one federated user.

Whoever calls `GetFederationToken` chooses the name, so the ARN says nothing of who it is but its account; and a user
principal covers its federated sessions in any case.

Avoid:

    Principal: {AWS: "arn:aws:sts::111122223333:federated-user/Bob"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#sts-session-principals
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS417"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every federated user."""
    return flaws(view.statement, "federated-user")
